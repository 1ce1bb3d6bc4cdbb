//! The payload: JSON, types, and what each claim may say. All tokens here have good signatures.

use greenroom_token::{JsonFault, TokenError, TokenType};
use proptest::prelude::*;
use serde_json::json;

use crate::support::{
    NOW_SECS, any_json, changed, check, check_access, claims, grant, ring, verdict, with_claims,
    with_payload, without,
};

const CLAIMS: [&str; 11] = [
    "aud",
    "exp",
    "grants",
    "grants_version",
    "iat",
    "iss",
    "jti",
    "nbf",
    "sid",
    "sub",
    "typ",
];

fn malformed() -> Result<(), TokenError> {
    Err(TokenError::PayloadJson(JsonFault::Malformed))
}

#[test]
fn a_good_token_says_what_it_says() {
    let token = check_access(&with_claims(&claims())).unwrap();
    assert_eq!(token.grant(), grant());
    assert_eq!(token.token_type(), TokenType::Access);
    assert_eq!(token.token_id().to_string(), claims()["jti"]);
    assert_eq!(token.family().to_string(), claims()["sid"]);
    assert_eq!(token.issued_at().unix_secs(), NOW_SECS);
    assert_eq!(token.expires_at().unix_secs(), NOW_SECS + 600);
}

#[test]
fn every_claim_is_needed() {
    for name in CLAIMS {
        assert_eq!(
            verdict(&without(name)),
            Err(TokenError::MissingClaim(name)),
            "{name}"
        );
    }
    assert_eq!(verdict(&json!({})), Err(TokenError::MissingClaim("grants")));
}

#[test]
fn no_other_claim_is_taken() {
    for name in [
        "scope", "admin", "cnf", "kid", "Typ", "EXP", "exp ", "", "еxp", "exp\0",
    ] {
        assert_eq!(
            verdict(&changed(name, json!(1))),
            Err(TokenError::UnknownClaim),
            "{name}"
        );
    }
}

#[test]
fn types_are_exact() {
    for name in CLAIMS {
        for value in [
            json!(null),
            json!(true),
            json!({}),
            json!(1.5),
            json!([]),
            json!(["telnyx_access_token"]),
            json!("text"),
            json!(7),
        ] {
            let fits = match name {
                "exp" | "iat" | "nbf" => value.is_i64(),
                "grants" => value.is_array(),
                _ => value.is_string(),
            };
            if !fits {
                assert_eq!(
                    verdict(&changed(name, value.clone())),
                    Err(TokenError::WrongClaimType(name)),
                    "{name}: {value}"
                );
            }
        }
    }
}

#[test]
fn one_issuer_one_audience_one_subject_one_version() {
    for (name, error) in [
        ("iss", TokenError::WrongIssuer),
        ("aud", TokenError::WrongAudience),
        ("sub", TokenError::WrongSubject),
        ("grants_version", TokenError::WrongGrantsVersion),
        ("typ", TokenError::UnknownTokenType),
        ("jti", TokenError::MalformedTokenId),
        ("sid", TokenError::MalformedFamily),
    ] {
        let good = claims()[name].as_str().unwrap().to_owned();
        for wrong in [
            "",
            "telnyx_telephony",
            "*",
            &format!("{good} "),
            &format!(" {good}"),
            &format!("{good}\0"),
            &format!("{good}{good}"),
            &good.to_uppercase(),
            &good[1..],
        ] {
            if wrong == good {
                continue;
            }
            let verdict = verdict(&changed(name, json!(wrong)));
            assert_eq!(verdict, Err(error), "{name}: {wrong:?}");
        }
    }
    assert_eq!(
        verdict(&changed("aud", json!(["telnyx_access_token"]))),
        Err(TokenError::WrongClaimType("aud"))
    );
}

#[test]
fn the_kind_is_what_the_claim_says() {
    let refresh = with_claims(&changed("typ", json!("refresh")));
    assert!(check(&ring(), &refresh, TokenType::Refresh).is_ok());
    assert_eq!(
        check(&ring(), &refresh, TokenType::Access),
        Err(TokenError::WrongTokenType)
    );
}

#[test]
fn no_name_twice_at_any_level() {
    let good = claims().to_string();
    for (from, to) in [
        (r#""typ":"access""#, r#""typ":"refresh","typ":"access""#),
        (
            r#""typ":"access""#,
            r#""\u0074yp":"refresh","typ":"access""#,
        ),
        (r#""iat""#, r#""exp":9999999999,"iat""#),
        (r#""grants_version""#, r#""grants":[],"grants_version""#),
        (r#""actions""#, r#""actions":[],"actions""#),
        (r#""subjects""#, r#""resources":["*"],"subjects""#),
    ] {
        let payload = good.replacen(from, to, 1);
        assert_ne!(payload, good);
        assert_eq!(
            check_access(&with_payload(&payload)).map(|_| ()),
            Err(TokenError::PayloadJson(JsonFault::DuplicateName)),
            "{to}"
        );
    }
}

#[test]
fn a_payload_is_one_small_json_object() {
    let good = claims().to_string();
    let json = |fault| Err(TokenError::PayloadJson(fault));
    let deep = format!("{}1{}", "[".repeat(100), "]".repeat(100));
    for (payload, wanted) in [
        (String::new(), malformed()),
        ("null".into(), json(JsonFault::NotAnObject)),
        (format!("[{good}]"), json(JsonFault::NotAnObject)),
        (format!("{good}{good}"), malformed()),
        (format!("{good},"), malformed()),
        (format!("\u{feff}{good}"), malformed()),
        (good[..good.len() - 1].into(), malformed()),
        (good.replace("null", "nu\u{0}ll"), malformed()),
        (good.replace("null", r"\ud800"), malformed()),
        (good.replace("\"null\"", &deep), json(JsonFault::TooDeep)),
        (
            good.replace("\"join\"", &vec!["\"join\""; 33].join(",")),
            json(JsonFault::TooManyMembers),
        ),
        // Homographs and invisible characters are other texts.
        (
            good.replace("access\"", "аccess\""),
            Err(TokenError::UnknownTokenType),
        ),
        (
            good.replace("\"null\"", "\"null\u{200b}\""),
            Err(TokenError::WrongSubject),
        ),
        (
            good.replace("null", r"\u0000"),
            Err(TokenError::WrongSubject),
        ),
    ] {
        let verdict = check_access(&with_payload(&payload)).map(|_| ());
        assert_eq!(verdict, wanted, "{payload:.120}");
    }
    let not_utf8 = good
        .into_bytes()
        .into_iter()
        .map(|byte| if byte == b'j' { 0xff } else { byte });
    assert_eq!(
        check_access(&with_payload(not_utf8.collect::<Vec<u8>>())).map(|_| ()),
        malformed()
    );
    // The same said with escapes and spaces is the same; nobody but us can have signed it.
    let spelled = claims()
        .to_string()
        .replace("access\"", "acc\\u0065ss\"")
        .replace(',', " ,\n");
    assert!(check_access(&with_payload(spelled)).is_ok());
}

proptest! {
    #[test]
    fn no_other_value_of_a_text_claim_will_do(
        name in prop::sample::select(vec!["aud", "iss", "sub", "grants_version", "typ"]),
        value in any_json(),
    ) {
        prop_assume!(value != claims()[name]);
        prop_assert!(verdict(&changed(name, value)).is_err());
    }
}
