use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::*;

struct Fixed(u8);

impl Entropy for Fixed {
    fn fill(&self, out: &mut [u8]) {
        out.fill(self.0);
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        STANDARD.encode(der)
    )
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

/// The private key of the first test vector of RFC 8032, in PKCS#8 version 1.
const V1: &str = "302e020100300506032b6570042204209d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
const V1_PUBLIC: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

/// The same in version 2, with the given public key.
fn version_2(public: &[u8]) -> Vec<u8> {
    let mut der = hex("3051020101300506032b657004220420");
    der.extend(hex(&V1[32..]));
    der.extend(hex("812100"));
    der.extend(public);
    der
}

#[test]
fn a_key_survives_its_file() {
    let key = SigningKey::generate(&Fixed(7)).unwrap();
    let text = key.to_pkcs8_pem().unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "-----BEGIN PRIVATE KEY-----");
    assert_eq!(lines[1].len(), 64);
    assert_eq!(lines[2..], ["-----END PRIVATE KEY-----"]);
    assert!(text.ends_with('\n'));
    let read = SigningKey::from_pkcs8_pem(&text).unwrap();
    assert_eq!(read.kid(), key.kid());
    assert_eq!(read.public_key(), key.public_key());
    assert_eq!(read.sign(b"x"), key.sign(b"x"));
    let crlf = text.replace('\n', "\r\n");
    assert_eq!(SigningKey::from_pkcs8_pem(&crlf).unwrap().kid(), key.kid());
}

#[test]
fn both_versions_are_read() {
    for der in [hex(V1), version_2(&hex(V1_PUBLIC))] {
        let key = SigningKey::from_pkcs8_pem(&pem("PRIVATE KEY", &der)).unwrap();
        assert_eq!(key.public_key().to_vec(), hex(V1_PUBLIC));
        let signature = hex(concat!(
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555",
            "fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ));
        assert_eq!(key.sign(b"").unwrap().to_vec(), signature);
    }
}

#[test]
fn a_public_key_beside_must_be_the_right_one() {
    let with_public = |public: &[u8]| {
        SigningKey::from_pkcs8_pem(&pem("PRIVATE KEY", &version_2(public))).map(|_| ())
    };
    let own = hex(V1_PUBLIC);
    let stranger = SigningKey::generate(&Fixed(1)).unwrap().public_key();
    let order_8 = hex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05");
    let mut identity = [0; 32];
    identity[0] = 1;
    let mut above_the_prime = [0xff; 32];
    above_the_prime[31] = 0x7f;
    let mut flipped = own.clone();
    flipped[0] ^= 1;
    assert_eq!(with_public(&own), Ok(()));
    for public in [
        &stranger[..],
        &order_8,
        &identity,
        &above_the_prime,
        &flipped,
        &[0; 32],
        &own[..31],
        &[],
    ] {
        assert_eq!(
            with_public(public),
            Err(KeyError::Rejected),
            "{public:02x?}"
        );
    }
}

#[test]
fn what_is_not_one_plain_key_is_refused() {
    let good = pem("PRIVATE KEY", &hex(V1));
    let body = STANDARD.encode(hex(V1));
    let cases = [
        (String::new(), KeyError::NotPem),
        (body.clone(), KeyError::NotPem),
        (pem("PUBLIC KEY", &hex(V1)), KeyError::NotPem),
        (pem("EC PRIVATE KEY", &hex(V1)), KeyError::NotPem),
        (pem("ENCRYPTED PRIVATE KEY", &hex(V1)), KeyError::Encrypted),
        (format!("{good}{good}"), KeyError::NotPem),
        (format!("note\n{good}"), KeyError::NotPem),
        (good.replace("END PRIVATE", "END OTHER"), KeyError::NotPem),
        (good.replace(&body[..4], "!!!!"), KeyError::NotPem),
        (good.replace(&body, &body[..60]), KeyError::Rejected),
        (good.replace(&body, ""), KeyError::Rejected),
        (
            "-----BEGIN PRIVATE KEY-----END PRIVATE KEY-----".into(),
            KeyError::NotPem,
        ),
        ("x".repeat(1_000_000), KeyError::TooLong),
        (pem("PRIVATE KEY", &[0; 48]), KeyError::Rejected),
    ];
    for (text, wanted) in cases {
        let error = SigningKey::from_pkcs8_pem(&text).unwrap_err();
        assert_eq!(error, wanted, "{}", &text[..text.len().min(80)]);
    }
}

#[test]
fn keys_of_other_kinds_are_refused() {
    // The same octets under the object identifiers of X25519 and Ed448.
    for other in ["2b656e", "2b6571"] {
        let der = hex(&V1.replace("2b6570", other));
        let text = pem("PRIVATE KEY", &der);
        assert_eq!(
            SigningKey::from_pkcs8_pem(&text).unwrap_err(),
            KeyError::Rejected
        );
    }
    // A JWK is not a key file, whatever it holds.
    let jwk = r#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}"#;
    assert_eq!(
        SigningKey::from_pkcs8_pem(jwk).unwrap_err(),
        KeyError::NotPem
    );
}

#[test]
fn debug_shows_the_name_only() {
    let key = SigningKey::generate(&Fixed(7)).unwrap();
    let shown = format!("{key:?}");
    assert_eq!(
        shown,
        format!("SigningKey {{ kid: KeyId({}), .. }}", key.kid())
    );
    for error in [KeyError::NotPem, KeyError::Rejected, KeyError::Weak] {
        assert!(!error.to_string().is_empty());
    }
}

#[test]
fn the_header_is_as_in_the_wild() {
    let key = SigningKey::generate(&Fixed(7)).unwrap();
    let header = crate::encoding::decode_base64url(key.header_segment()).unwrap();
    assert_eq!(
        String::from_utf8(header).unwrap(),
        format!(r#"{{"alg":"Ed25519","typ":"JWT","kid":"{}"}}"#, key.kid())
    );
}
