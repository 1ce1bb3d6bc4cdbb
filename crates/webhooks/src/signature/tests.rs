use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};

use super::*;

/// Always the same "random" bytes.
struct Fixed(u8);

impl Entropy for Fixed {
    fn fill(&self, out: &mut [u8]) {
        out.fill(self.0);
    }
}

const NOW: Timestamp = Timestamp::from_unix_micros(1_618_566_380_954_863);

#[test]
fn what_is_signed_is_time_pipe_and_body() {
    let key = WebhookKey::generate(&Fixed(7)).unwrap();
    let signed = key.sign(b"{\"a\": 1}", NOW).unwrap();
    assert_eq!(signed.timestamp, "1618566380");
    assert_eq!(signed.signature.len(), 88);
    assert!(!signed.signature.contains(['\n', '-', '_']));
    let public = STANDARD.decode(key.public_key()).unwrap();
    assert_eq!(public.len(), 32);
    let signature = STANDARD.decode(signed.signature).unwrap();
    let public = UnparsedPublicKey::new(&ED25519, public);
    public.verify(b"1618566380|{\"a\": 1}", &signature).unwrap();
    assert!(public.verify(b"1618566381|{\"a\": 1}", &signature).is_err());
}

#[test]
fn a_key_survives_its_file() {
    let key = WebhookKey::generate(&Fixed(7)).unwrap();
    let pem = key.to_pem().unwrap();
    assert_eq!(pem.len(), 119);
    let read = WebhookKey::from_pem(&pem).unwrap();
    assert_eq!(read.public_key(), key.public_key());
    assert_eq!(read.sign(b"x", NOW).unwrap(), key.sign(b"x", NOW).unwrap());
    assert_ne!(
        WebhookKey::generate(&Fixed(8)).unwrap().public_key(),
        key.public_key()
    );
}

#[test]
fn what_is_no_key_is_refused() {
    let key = WebhookKey::generate(&Fixed(7)).unwrap();
    let pem = key.to_pem().unwrap();
    for wrong in [
        "",
        "nonsense",
        &pem.replace("PRIVATE", "PUBLIC"),
        &pem.replacen('M', "N", 3),
        &" ".repeat(PEM_MAX_BYTES + 1),
    ] {
        assert!(WebhookKey::from_pem(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn the_private_half_is_not_shown() {
    let key = WebhookKey::generate(&Fixed(7)).unwrap();
    assert_eq!(
        format!("{key:?}"),
        format!("WebhookKey({:?})", key.public_key())
    );
}
