//! What an operator is told about a token.

use greenroom_token::{Check, CheckOutcome, Explanation, TokenError, VerifyPolicy, explain};
use serde_json::json;

use crate::support::{
    NOW, ROOM, at, changed, claims, header, key, pair, ring, segments, sign_raw, with_claims,
    with_header, with_payload,
};

fn explained(raw: &str) -> Explanation {
    explain(&ring(), raw, &VerifyPolicy::default(), NOW)
}

/// A token that fails at each check, in order.
fn one_for_each_check() -> Vec<(Check, String)> {
    let ring = ring();
    let good = pair(&ring).client.jwt.into_exposed();
    let [head, payload, signature] = segments(&good);
    let stranger = key(77);
    let mut no_account = claims();
    no_account["grants"][0]["subjects"] = json!([]);
    vec![
        (Check::Size, "x".repeat(5_000)),
        (Check::Segments, format!("{head}.{payload}")),
        (Check::Encoding, format!("{head}.{payload}.{signature}=")),
        (Check::Header, with_header("[]")),
        (
            Check::Algorithm,
            with_header(r#"{"alg":"none","typ":"JWT"}"#),
        ),
        (
            Check::HeaderMembers,
            with_header(r#"{"alg":"Ed25519","typ":"JWT","jku":"x"}"#),
        ),
        (
            Check::Key,
            sign_raw(
                &stranger,
                header(&stranger).to_string(),
                claims().to_string(),
            ),
        ),
        (
            Check::Signature,
            format!("{head}.{payload}.{}", "A".repeat(86)),
        ),
        (Check::Payload, with_payload("[]")),
        (Check::Claims, with_claims(&changed("exp", json!("soon")))),
        (Check::Type, with_claims(&changed("typ", json!("id")))),
        (
            Check::Identity,
            with_claims(&changed("aud", json!("telnyx_telephony"))),
        ),
        (
            Check::Times,
            with_claims(&changed(
                "exp",
                json!(claims()["iat"].as_i64().unwrap() - 1),
            )),
        ),
        (Check::Grants, with_claims(&no_account)),
    ]
}

#[test]
fn every_check_can_fail_and_the_rest_is_not_reached() {
    let cases = one_for_each_check();
    assert_eq!(
        cases.iter().map(|(check, _)| *check).collect::<Vec<_>>(),
        Check::ALL
    );
    for (failing, raw) in cases {
        let explanation = explained(&raw);
        let error = explanation.result().unwrap_err();
        assert_eq!(error.check(), failing, "{error}");
        let at = Check::ALL
            .iter()
            .position(|check| *check == failing)
            .unwrap();
        for (index, (check, outcome)) in explanation.checks().enumerate() {
            assert_eq!(check, Check::ALL[index]);
            let wanted = match index.cmp(&at) {
                std::cmp::Ordering::Less => CheckOutcome::Passed,
                std::cmp::Ordering::Equal => CheckOutcome::Failed(error),
                std::cmp::Ordering::Greater => CheckOutcome::NotReached,
            };
            assert_eq!(outcome, wanted, "{failing:?}, {check:?}");
        }
        let shown = explanation.to_string();
        assert!(
            shown.starts_with(&format!("Refused: {error}.\n")),
            "{shown}"
        );
        assert_eq!(shown.matches("FAILED").count(), 1);
        assert_eq!(
            shown.matches("not reached").count(),
            Check::ALL.len() - 1 - at
        );
    }
}

#[test]
fn no_reason_repeats_the_token() {
    for (_, raw) in one_for_each_check() {
        let explanation = explained(&raw);
        let error = explanation.result().unwrap_err();
        let shown = format!("{error} {error:?} {explanation} {explanation:?}");
        for segment in raw.split('.').filter(|segment| segment.len() > 24) {
            assert!(!shown.contains(&segment[..24]), "{shown}");
            assert!(!shown.contains(&segment[segment.len() - 24..]), "{shown}");
        }
    }
}

#[test]
fn a_good_token_is_described() {
    let ring = ring();
    let pair = pair(&ring);
    for (token, kind) in [
        (&pair.client, "client token"),
        (&pair.refresh, "refresh token"),
    ] {
        let explanation = explained(token.jwt.expose());
        assert!(explanation.result().is_ok());
        assert!(
            explanation
                .checks()
                .all(|(_, outcome)| outcome == CheckOutcome::Passed)
        );
        let shown = explanation.to_string();
        for part in [
            kind,
            ROOM,
            &pair.family.to_string(),
            &ring.active().kid().to_string(),
            &token.expires_at.to_rfc3339_secs(),
            r#""sub":"null""#,
            r#""alg":"Ed25519""#,
        ] {
            assert!(shown.contains(part), "{part} in {shown}");
        }
        let [.., signature] = segments(token.jwt.expose());
        assert!(!shown.contains(&signature[..10]));
        assert!(!shown.contains("not to be trusted"));
    }
}

#[test]
fn claims_are_shown_even_if_nothing_holds() {
    let ring = ring();
    let good = pair(&ring).client.jwt.into_exposed();
    let [head, payload, _] = segments(&good);
    let explanation = explained(&format!("{head}.{payload}.{}", "A".repeat(86)));
    assert_eq!(explanation.result(), Err(TokenError::BadSignature));
    assert!(explanation.claims().unwrap().contains(ROOM));
    assert!(explanation.header().unwrap().contains("Ed25519"));
    assert!(explanation.to_string().contains("not to be trusted"));

    let later = explain(&ring, &good, &VerifyPolicy::default(), at(2_000_000_000));
    assert_eq!(later.result(), Err(TokenError::Expired));
    assert!(later.claims().unwrap().contains(ROOM));
}

#[test]
fn a_terminal_is_safe() {
    let hostile = "\u{1b}]0;owned\u{7}\u{1b}[2J\r\n\u{202e}\u{9b}31m\u{7f}é";
    let raw = sign_raw(&key(1), hostile, json!({"x": hostile}).to_string());
    let shown = explained(&raw).to_string();
    assert!(
        shown
            .chars()
            .all(|character| matches!(character, ' '..='~' | '\n'))
    );
    assert!(shown.contains(r"\u{1b}]0;owned\u{7}"));
    let raw = sign_raw(&key(1), [0xff, 0xfe, 0x00], b"\xf0\x28\x8c\x28");
    let shown = explained(&raw).to_string();
    assert!(shown.contains(r"\u{fffd}"));
}

#[test]
fn what_cannot_be_decoded_is_said_to_be_so() {
    for raw in ["", "x", "a.b", "!.!.!", &"x".repeat(10_000_000)] {
        let explanation = explained(raw);
        assert_eq!(explanation.header(), None);
        assert!(explanation.to_string().contains("cannot be decoded"));
        assert!(explanation.to_string().len() < 2_000);
    }
}

#[test]
fn an_explanation_has_a_bound() {
    let escaped = "\u{1}".repeat(2_800);
    let raw = format!(
        "{}.{}.",
        crate::support::encode("{}"),
        crate::support::encode(escaped)
    );
    assert!(raw.len() <= 4_096);
    assert!(explained(&raw).to_string().len() < 32 * 1024);
}
