//! Forged tokens: algorithm, key and signature.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use greenroom_token::{KeyRing, SigningKey, TokenError, TokenType, VerifyPolicy, verify};
use serde_json::{Value, json};

use crate::support::{
    NOW, check, check_access, claims, decode, encode, header, key, pair, ring, segments, sign_raw,
    with_header,
};

fn good() -> String {
    pair(&ring()).client.jwt.into_exposed()
}

#[test]
fn the_pattern_itself_is_good() {
    let key = key(1);
    let token = sign_raw(&key, header(&key).to_string(), claims().to_string());
    assert!(check_access(&token).is_ok());
    assert!(check_access(&good()).is_ok());
}

#[test]
fn no_algorithm_and_no_signature() {
    let [_, payload, signature] = segments(&good()).map(ToOwned::to_owned);
    for name in ["none", "None", "NONE", "nOnE", " none", "", "null"] {
        let header = encode(json!({"alg": name, "typ": "JWT"}).to_string());
        for signature in ["", &signature] {
            assert_eq!(
                check_access(&format!("{header}.{payload}.{signature}")),
                Err(TokenError::WrongAlgorithm),
                "{name}"
            );
        }
    }
    let [header, payload, _] = segments(&good()).map(ToOwned::to_owned);
    assert_eq!(
        check_access(&format!("{header}.{payload}.")),
        Err(TokenError::SignatureLength)
    );
}

#[test]
fn the_public_key_is_no_hmac_secret() {
    let key = key(1);
    let public = key.public_key();
    let jwk = json!({"crv": "Ed25519", "kty": "OKP", "x": encode(public)}).to_string();
    let mut spki = vec![
        0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
    ];
    spki.extend(public);
    let pem = format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----",
        STANDARD.encode(&spki)
    );
    let secrets = [
        public.to_vec(),
        encode(public).into_bytes(),
        spki,
        pem.clone().into_bytes(),
        format!("{pem}\n").into_bytes(),
        jwk.into_bytes(),
        key.kid().to_string().into_bytes(),
        Vec::new(),
        b"secret".to_vec(),
    ];
    for (name, algorithm) in [
        ("HS256", hmac::HMAC_SHA256),
        ("HS384", hmac::HMAC_SHA384),
        ("HS512", hmac::HMAC_SHA512),
        ("Ed25519", hmac::HMAC_SHA512),
    ] {
        for secret in &secrets {
            let mut header = header(&key);
            header["alg"] = name.into();
            let input = format!(
                "{}.{}",
                encode(header.to_string()),
                encode(claims().to_string())
            );
            let tag = hmac::sign(&hmac::Key::new(algorithm, secret), input.as_bytes());
            let verdict = check_access(&format!("{input}.{}", encode(tag)));
            let wanted = if name == "Ed25519" {
                TokenError::BadSignature
            } else {
                TokenError::WrongAlgorithm
            };
            assert_eq!(verdict, Err(wanted), "{name}");
        }
    }
}

#[test]
fn one_name_of_the_algorithm() {
    let key = key(1);
    let named = |name: Value| {
        let mut header = header(&key);
        header["alg"] = name;
        with_header(header.to_string())
    };
    for wrong in [
        "EdDSA",
        "Ed448",
        "ed25519",
        "ED25519",
        "Ed25519ph",
        "Ed25519ctx",
        "eddsa",
        "ES256",
        "RS256",
        "PS256",
        "X25519",
        "Ed25519 ",
        "Ed25519\0",
        "Еd25519",
    ] {
        assert_eq!(
            check_access(&named(wrong.into())),
            Err(TokenError::WrongAlgorithm),
            "{wrong}"
        );
    }
    for wrong in [json!(null), json!(1), json!(["Ed25519"]), json!({})] {
        assert_eq!(check_access(&named(wrong)), Err(TokenError::NoAlgorithm));
    }
    let absent = json!({"typ": "JWT", "kid": key.kid().to_string()});
    assert_eq!(
        check_access(&with_header(absent.to_string())),
        Err(TokenError::NoAlgorithm)
    );
}

#[test]
fn the_older_name_only_by_policy() {
    let key = key(1);
    let ring = ring();
    let lenient = VerifyPolicy::default().accepting_eddsa();
    let verdict = |name: &str, policy: &VerifyPolicy| {
        let mut header = header(&key);
        header["alg"] = name.into();
        let token = with_header(header.to_string());
        verify(&ring, &token, TokenType::Access, policy, NOW)
    };
    assert!(verdict("EdDSA", &lenient).is_ok());
    assert!(verdict("Ed25519", &lenient).is_ok());
    for wrong in ["Ed448", "eddsa", "EDDSA", "none"] {
        assert_eq!(verdict(wrong, &lenient), Err(TokenError::WrongAlgorithm));
    }
}

#[test]
fn a_key_id_is_a_name_and_nothing_else() {
    let known = key(1).kid().to_string();
    for wrong in [
        json!(""),
        json!("../../../../etc/passwd"),
        json!("/dev/null"),
        json!("' OR '1'='1"),
        json!("\0"),
        json!(format!("{known}\0")),
        json!(format!("{known}=")),
        json!(format!(" {known}")),
        json!(known.to_lowercase().replace('-', "+")),
        json!("k".repeat(2_000)),
        json!("http://127.0.0.1/key"),
        json!(null),
        json!(1),
        json!([known]),
        json!({"kid": known}),
    ] {
        let token = with_header(json!({"alg": "Ed25519", "typ": "JWT", "kid": wrong}).to_string());
        assert_eq!(
            check_access(&token),
            Err(TokenError::MalformedKeyId),
            "{wrong}"
        );
    }
    let stranger = key(77);
    let token = sign_raw(
        &stranger,
        header(&stranger).to_string(),
        claims().to_string(),
    );
    assert_eq!(check_access(&token), Err(TokenError::UnknownKey));
    // Our name, their signature.
    let token = sign_raw(&stranger, header(&key(1)).to_string(), claims().to_string());
    assert_eq!(check_access(&token), Err(TokenError::BadSignature));
    // One of our keys under the name of another.
    let token = sign_raw(&key(2), header(&key(1)).to_string(), claims().to_string());
    assert_eq!(check_access(&token), Err(TokenError::BadSignature));
    // No name: the active and the retiring keys are tried, the next is not.
    for (seed, wanted) in [(1, true), (2, false), (3, true), (77, false)] {
        let token = sign_raw(
            &key(seed),
            r#"{"alg":"Ed25519","typ":"JWT"}"#,
            claims().to_string(),
        );
        let verdict = check_access(&token);
        assert_eq!(verdict.is_ok(), wanted, "{seed}");
        assert!(wanted || verdict == Err(TokenError::BadSignature));
    }
}

#[test]
fn a_signature_has_one_form() {
    let good = good();
    let [header, payload, signature] = segments(&good);
    let bytes = decode(signature);
    let with = |bytes: &[u8]| check_access(&format!("{header}.{payload}.{}", encode(bytes)));
    for length in [0, 1, 31, 32, 33, 63, 65, 96, 128, 1_000] {
        let mut other = bytes.clone();
        other.resize(length, 0);
        assert_eq!(with(&other), Err(TokenError::SignatureLength), "{length}");
    }
    let der = [
        &[0x30, 0x44, 0x02, 0x20],
        &bytes[..32],
        &[0x02, 0x20],
        &bytes[32..],
    ]
    .concat();
    assert_eq!(with(&der), Err(TokenError::SignatureLength));
    let swapped = [&bytes[32..], &bytes[..32]].concat();
    let twice_r = [&bytes[..32], &bytes[..32]].concat();
    let twice_s = [&bytes[32..], &bytes[32..]].concat();
    let zero_s = [&bytes[..32], &[0; 32][..]].concat();
    for other in [
        swapped,
        twice_r,
        twice_s,
        zero_s,
        vec![0; 64],
        vec![0xff; 64],
    ] {
        assert_eq!(with(&other), Err(TokenError::BadSignature));
    }
    // S + L is the other S that a careless verifier takes.
    let order: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut malleable = bytes;
    let mut carry = 0_u16;
    for (byte, add) in malleable[32..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        [*byte, _] = sum.to_le_bytes();
        carry = sum >> 8;
    }
    assert_eq!(with(&malleable), Err(TokenError::BadSignature));
    // The signature of another token of the same key.
    let other = pair(&ring()).refresh.jwt.into_exposed();
    let [.., other] = segments(&other);
    assert_eq!(
        check_access(&format!("{header}.{payload}.{other}")),
        Err(TokenError::BadSignature)
    );
}

#[test]
fn parts_of_two_tokens_do_not_mix() {
    let pair = pair(&ring());
    let (client, refresh) = (pair.client.jwt.expose(), pair.refresh.jwt.expose());
    let (one, other) = (segments(client), segments(refresh));
    for mix in 1..7 {
        let parts: Vec<&str> = (0..3)
            .map(|at| {
                if mix >> at & 1 == 1 {
                    one[at]
                } else {
                    other[at]
                }
            })
            .collect();
        let token = parts.join(".");
        let honest = token == client || token == refresh;
        for kind in [TokenType::Access, TokenType::Refresh] {
            assert!(honest || check(&ring(), &token, kind).is_err());
        }
    }
}

#[test]
fn a_kind_of_token_is_good_for_one_purpose() {
    let ring = ring();
    let pair = pair(&ring);
    for (token, kind, other) in [
        (
            pair.client.jwt.expose(),
            TokenType::Access,
            TokenType::Refresh,
        ),
        (
            pair.refresh.jwt.expose(),
            TokenType::Refresh,
            TokenType::Access,
        ),
    ] {
        assert_eq!(check(&ring, token, kind).unwrap().token_type(), kind);
        assert_eq!(check(&ring, token, other), Err(TokenError::WrongTokenType));
    }
}

#[test]
fn a_ring_of_other_keys_knows_nothing() {
    let elsewhere = KeyRing::start(key(50), key(51), NOW).unwrap();
    assert_eq!(
        check(&elsewhere, &good(), TokenType::Access),
        Err(TokenError::UnknownKey)
    );
    let key: &SigningKey = elsewhere.active();
    assert!(!ring().contains(key.kid()));
}
