//! The times of a token: whole numbers, in order, within bounds.

use greenroom_token::{JsonFault, TokenError, TokenType};
use proptest::prelude::*;
use serde_json::json;

use crate::support::{
    NOW_SECS, any_json, changed, check, check_access, claims, ring, verdict, with_claims,
    with_payload,
};

/// The payload of a good token with this text in place of the value of `exp`.
fn with_exp_text(text: &str) -> Result<(), TokenError> {
    let payload = claims().to_string().replace(
        &format!("\"exp\":{}", NOW_SECS + 600),
        &format!("\"exp\":{text}"),
    );
    check_access(&with_payload(payload)).map(|_| ())
}

#[test]
fn exp_is_a_whole_number_in_range() {
    for (text, wanted) in [
        ("null", TokenError::WrongClaimType("exp")),
        ("true", TokenError::WrongClaimType("exp")),
        ("\"1619094295\"", TokenError::WrongClaimType("exp")),
        ("\"\"", TokenError::WrongClaimType("exp")),
        ("[1619094295]", TokenError::WrongClaimType("exp")),
        ("{}", TokenError::WrongClaimType("exp")),
        ("1619094295.0", TokenError::WrongClaimType("exp")),
        ("1619094295.5", TokenError::WrongClaimType("exp")),
        ("1.619094295e9", TokenError::WrongClaimType("exp")),
        ("1e3", TokenError::WrongClaimType("exp")),
        ("1e308", TokenError::WrongClaimType("exp")),
        ("-0", TokenError::WrongClaimType("exp")),
        // Beyond 64 bits JSON numbers are read as floats.
        ("18446744073709551616", TokenError::WrongClaimType("exp")),
        ("-9223372036854775809", TokenError::WrongClaimType("exp")),
        ("9223372036854775808", TokenError::TimeOutOfRange("exp")),
        ("18446744073709551615", TokenError::TimeOutOfRange("exp")),
        ("9223372036854775807", TokenError::TimeOutOfRange("exp")),
        ("253402300800", TokenError::TimeOutOfRange("exp")),
        ("-1", TokenError::TimeOutOfRange("exp")),
        ("-9223372036854775808", TokenError::TimeOutOfRange("exp")),
        ("253402300799", TokenError::LivesTooLong),
        ("0", TokenError::TimesOutOfOrder),
    ] {
        assert_eq!(with_exp_text(text), Err(wanted), "{text}");
    }
    for text in [
        "1e400",
        "-1e400",
        "NaN",
        "Infinity",
        "0x60",
        "01619094295",
        "+1",
        "1_0",
        "",
    ] {
        assert_eq!(
            with_exp_text(text),
            Err(TokenError::PayloadJson(JsonFault::Malformed)),
            "{text}"
        );
    }
}

#[test]
fn times_are_in_order_and_lives_have_bounds() {
    let times = |nbf: i64, iat: i64, exp: i64| {
        let mut claims = claims();
        claims["nbf"] = json!(NOW_SECS + nbf);
        claims["iat"] = json!(NOW_SECS + iat);
        claims["exp"] = json!(NOW_SECS + exp);
        claims
    };
    assert_eq!(verdict(&times(-1, 0, 3_600)), Ok(()));
    assert_eq!(verdict(&times(0, 0, 1)), Ok(()));
    assert_eq!(verdict(&times(-1_000_000, -10, 10)), Ok(()));
    for (nbf, iat, exp, wanted) in [
        (1, 0, 600, TokenError::TimesOutOfOrder),
        (700, 0, 600, TokenError::TimesOutOfOrder),
        (-1, 0, 0, TokenError::TimesOutOfOrder),
        (-1, 601, 600, TokenError::TimesOutOfOrder),
        (-1, 0, 3_601, TokenError::LivesTooLong),
        (-4_000, -3_590, 11, TokenError::LivesTooLong),
        (-601, -600, 0, TokenError::Expired),
        (-601, -600, -1, TokenError::Expired),
        (6, 6, 600, TokenError::NotYetValid),
        (5, 6, 600, TokenError::IssuedInFuture),
    ] {
        assert_eq!(
            verdict(&times(nbf, iat, exp)),
            Err(wanted),
            "{nbf} {iat} {exp}"
        );
    }
    for (life, good) in [(86_400, true), (86_401, false)] {
        let mut claims = times(-1, 0, life);
        claims["typ"] = json!("refresh");
        let verdict = check(&ring(), &with_claims(&claims), TokenType::Refresh);
        assert_eq!(verdict.is_ok(), good, "{life}");
        assert!(good || verdict == Err(TokenError::LivesTooLong));
    }
}

proptest! {
    #[test]
    fn only_a_whole_number_ahead_is_an_expiry(value in any_json()) {
        let good = value
            .as_i64()
            .is_some_and(|exp| (NOW_SECS + 1..=NOW_SECS + 3_600).contains(&exp));
        prop_assert_eq!(verdict(&changed("exp", value)).is_ok(), good);
    }
}
