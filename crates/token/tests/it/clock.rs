//! Expiry, leeway, and clocks that differ.

use greenroom_domain::Timestamp;
use greenroom_token::{LeewayTooLong, TokenError, TokenType, VerifyPolicy, verify};

use crate::support::{NOW_SECS, at, pair, ring};

fn policy(leeway: u32) -> VerifyPolicy {
    VerifyPolicy::new(leeway).unwrap()
}

/// What becomes of a client token issued at `NOW` and good for 600 s, seen after `step` seconds.
fn after(step: i64, leeway: u32) -> Result<(), TokenError> {
    let ring = ring();
    let policy = policy(leeway);
    let now = at(NOW_SECS + step);
    verify(
        &ring,
        pair(&ring).client.jwt.expose(),
        TokenType::Access,
        &policy,
        now,
    )
    .map(|_| ())
}

#[test]
fn expiry_has_no_leeway() {
    for leeway in [0, 5, 60] {
        assert_eq!(after(0, leeway), Ok(()));
        assert_eq!(after(599, leeway), Ok(()));
        for late in [600, 601, 605, 661, 1_000_000] {
            assert_eq!(
                after(late, leeway),
                Err(TokenError::Expired),
                "{leeway} {late}"
            );
        }
    }
}

#[test]
fn expiry_is_exact_below_the_second() {
    let ring = ring();
    let token = pair(&ring).client;
    let seen = |now: Timestamp| {
        verify(
            &ring,
            token.jwt.expose(),
            TokenType::Access,
            &VerifyPolicy::default(),
            now,
        )
        .map(|_| ())
    };
    assert_eq!(seen(token.expires_at.saturating_add_micros(-1)), Ok(()));
    assert_eq!(seen(token.expires_at), Err(TokenError::Expired));
}

#[test]
fn leeway_is_for_clocks_that_are_behind() {
    // `iat` is the present and `nbf` a second earlier, so the leeway is used up second by second.
    for (step, leeway, wanted) in [
        (-1, 0, Err(TokenError::IssuedInFuture)),
        (-2, 0, Err(TokenError::NotYetValid)),
        (-1, 5, Ok(())),
        (-5, 5, Ok(())),
        (-6, 5, Err(TokenError::IssuedInFuture)),
        (-7, 5, Err(TokenError::NotYetValid)),
        (-60, 60, Ok(())),
        (-61, 60, Err(TokenError::IssuedInFuture)),
        (-61, 5, Err(TokenError::NotYetValid)),
        (1, 0, Ok(())),
        (5, 0, Ok(())),
        (61, 0, Ok(())),
    ] {
        assert_eq!(after(step, leeway), wanted, "{step} {leeway}");
    }
}

#[test]
fn leeway_has_a_bound() {
    assert!(VerifyPolicy::new(60).is_ok());
    assert_eq!(VerifyPolicy::new(61), Err(LeewayTooLong));
    assert_eq!(VerifyPolicy::new(u32::MAX), Err(LeewayTooLong));
    assert_eq!(VerifyPolicy::new(5).unwrap(), VerifyPolicy::default());
    assert!(LeewayTooLong.to_string().contains("60"));
}

#[test]
fn absurd_clocks_refuse() {
    let ring = ring();
    let token = pair(&ring).client.jwt.into_exposed();
    for now in [i64::MIN, -1, 0, 1, i64::MAX] {
        for now in [at(now), Timestamp::from_unix_micros(now)] {
            let policy = VerifyPolicy::default();
            assert!(verify(&ring, &token, TokenType::Access, &policy, now).is_err());
        }
    }
}
