//! Hostile tokens: size, segments, spelling, and what a header may hold.

use greenroom_token::{JsonFault, Segment, TokenError};
use serde_json::json;

use crate::support::{
    check_access, claims, encode, header, key, pair, ring, segments, sign_raw, with_header,
    with_payload,
};

const HEADER_MALFORMED: TokenError = TokenError::HeaderJson(JsonFault::Malformed);

fn good() -> String {
    pair(&ring()).client.jwt.into_exposed()
}

#[test]
fn nothing_in_the_header_brings_in_a_key_or_changes_the_rules() {
    let key = key(1);
    for (name, value) in [
        ("jku", json!("http://127.0.0.1:9/jwks.json")),
        (
            "jwk",
            json!({"kty": "OKP", "crv": "Ed25519", "x": encode(key.public_key())}),
        ),
        ("x5u", json!("http://127.0.0.1:9/cert.pem")),
        ("x5c", json!(["MIIB"])),
        ("x5t", json!("AA")),
        ("x5t#S256", json!("AA")),
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("b64", json!(false)),
        ("b64", json!(true)),
        ("zip", json!("DEF")),
        ("enc", json!("A256GCM")),
        ("cty", json!("JWT")),
        ("epk", json!({})),
    ] {
        let mut header = header(&key);
        header[name] = value;
        assert_eq!(
            check_access(&with_header(header.to_string())),
            Err(TokenError::ForbiddenHeader(name)),
            "{name}"
        );
    }
    for name in [
        "JKU",
        "iss",
        "exp",
        "",
        "url",
        "nonce",
        "alg ",
        "https://example.com/x",
    ] {
        let mut header = header(&key);
        header[name] = json!("x");
        assert_eq!(
            check_access(&with_header(header.to_string())),
            Err(TokenError::UnknownHeader),
            "{name}"
        );
    }
    for wrong in [
        json!("jwt"),
        json!("at+jwt"),
        json!("JOSE"),
        json!(""),
        json!(null),
        json!(1),
    ] {
        let mut header = header(&key);
        header["typ"] = wrong.clone();
        assert_eq!(
            check_access(&with_header(header.to_string())),
            Err(TokenError::NotJwt),
            "{wrong}"
        );
    }
    assert_eq!(
        check_access(&with_header(r#"{"alg":"Ed25519"}"#)),
        Err(TokenError::NotJwt)
    );
}

#[test]
fn a_header_is_one_json_object() {
    let kid = key(1).kid();
    let cases = [
        (String::new(), HEADER_MALFORMED),
        ("x".into(), HEADER_MALFORMED),
        ("[]".into(), TokenError::HeaderJson(JsonFault::NotAnObject)),
        (
            "\"Ed25519\"".into(),
            TokenError::HeaderJson(JsonFault::NotAnObject),
        ),
        (
            r#"{"alg":"none","alg":"Ed25519","typ":"JWT"}"#.into(),
            TokenError::HeaderJson(JsonFault::DuplicateName),
        ),
        (
            r#"{"alg":"Ed25519","\u0061lg":"none","typ":"JWT"}"#.into(),
            TokenError::HeaderJson(JsonFault::DuplicateName),
        ),
        (
            format!(r#"{{"alg":"Ed25519","typ":"JWT","kid":"{kid}","kid":"{kid}"}}"#),
            TokenError::HeaderJson(JsonFault::DuplicateName),
        ),
        (
            format!(r#"{{"alg":{}1{}}}"#, "[".repeat(500), "]".repeat(500)),
            TokenError::HeaderJson(JsonFault::TooDeep),
        ),
        (
            format!(r#"{{"alg":[{}1]}}"#, "1,".repeat(1_000)),
            TokenError::HeaderJson(JsonFault::TooManyMembers),
        ),
        (
            "\u{feff}{\"alg\":\"Ed25519\",\"typ\":\"JWT\"}".into(),
            HEADER_MALFORMED,
        ),
        (
            r#"{"alg":"Ed25519","typ":"JWT"}{}"#.into(),
            HEADER_MALFORMED,
        ),
        (r#"{"alg":"Ed25519","typ":"JWT"}x"#.into(), HEADER_MALFORMED),
    ];
    for (header, wanted) in cases {
        assert_eq!(
            check_access(&with_header(&header)),
            Err(wanted),
            "{header:.80}"
        );
    }
    assert_eq!(
        check_access(&with_header(b"{\"alg\":\"Ed25519\",\"typ\":\"JWT\xff\"}")),
        Err(HEADER_MALFORMED)
    );
    // Spelled otherwise but saying the same: still signed by us.
    let same = format!(r#"{{ "kid": "{kid}", "\u0074yp": "JWT", "alg": "Ed25519" }}"#);
    assert!(check_access(&with_header(same)).is_ok());
}

#[test]
fn three_segments_and_no_other_form() {
    let good = good();
    let [header, payload, signature] = segments(&good);
    let json_form = json!({"payload": payload, "protected": header, "signature": signature});
    for wrong in [
        String::new(),
        header.into(),
        format!("{header}.{payload}"),
        format!("{good}."),
        format!(".{good}"),
        format!("{good}.{signature}"),
        format!("{header}.{payload}.{signature}.{signature}.{signature}"),
        ".".repeat(3_000),
        json_form.to_string(),
        good.replace('.', ","),
    ] {
        assert_eq!(
            check_access(&wrong),
            Err(TokenError::NotThreeSegments),
            "{wrong:.80}"
        );
    }
    assert_eq!(check_access(".."), Err(HEADER_MALFORMED));
    // A token inside a token.
    let nested = sign_raw(&key(1), self::header(&key(1)).to_string(), &good);
    assert_eq!(
        check_access(&nested),
        Err(TokenError::PayloadJson(JsonFault::Malformed))
    );
}

#[test]
fn size_comes_first() {
    let good = good();
    for size in [4_097, 10_000, 10_000_000] {
        let mut long = good.clone();
        long.push_str(&".".repeat(size - good.len()));
        assert_eq!(check_access(&long), Err(TokenError::TooLong));
    }
    let mut long = good.clone();
    long.push_str(&"A".repeat(4_096 - good.len()));
    assert_eq!(check_access(&long), Err(TokenError::SignatureLength));
}

#[test]
fn one_spelling_of_each_segment() {
    let good = good();
    let parts = segments(&good);
    let names = [Segment::Header, Segment::Payload, Segment::Signature];
    for (index, segment) in names.into_iter().enumerate() {
        let part = parts[index];
        let respelled = [
            format!("{part}="),
            format!("{part}=="),
            format!(" {part}"),
            format!("{part} "),
            format!("{part}\n"),
            format!("{}\r\n{}", &part[..8], &part[8..]),
            format!("{}+{}", &part[..8], &part[9..]),
            format!("{}/{}", &part[..8], &part[9..]),
            format!("{}%{}", &part[..8], &part[9..]),
            format!("{}é{}", &part[..8], &part[10..]),
            format!("{}\0{}", &part[..8], &part[9..]),
        ];
        for respelled in respelled {
            let mut parts = parts;
            parts[index] = &respelled;
            assert_eq!(
                check_access(&parts.join(".")),
                Err(TokenError::NotBase64Url(segment)),
                "{respelled:?}"
            );
        }
    }
}

#[test]
fn unused_bits_are_zero() {
    // Payloads of all three lengths modulo 3; spaces after the JSON make the difference.
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for spaces in 0..3 {
        let payload = format!("{}{}", claims(), " ".repeat(spaces));
        let good = with_payload(&payload);
        assert!(check_access(&good).is_ok());
        let [header, payload, signature] = segments(&good);
        for (index, part) in [payload, signature].into_iter().enumerate() {
            for last in alphabet.chars() {
                let other = format!("{}{last}", &part[..part.len() - 1]);
                if other == part {
                    continue;
                }
                let token = if index == 0 {
                    format!("{header}.{other}.{signature}")
                } else {
                    format!("{header}.{payload}.{other}")
                };
                assert!(check_access(&token).is_err());
            }
        }
    }
}
