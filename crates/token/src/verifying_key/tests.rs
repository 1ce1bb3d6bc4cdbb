//! The published vectors of Wycheproof, and hostile signatures built here, all through the code
//! that verification of a token uses.

use aws_lc_rs::digest::{SHA512, digest};
use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;
use wycheproof::TestResult;
use wycheproof::eddsa::{TestName, TestSet};

use super::*;
use crate::check::{Segment, TokenError};
use crate::encoding::{decode_signature, push_base64url};

/// Checks a signature as verification of a token does, from the text of its last segment on.
fn judge(public: [u8; 32], message: &[u8], signature: &[u8]) -> Result<(), TokenError> {
    let key = VerifyingKey::new(public).map_err(|WeakKey| TokenError::UnknownKey)?;
    let mut segment = String::new();
    push_base64url(&mut segment, signature);
    let signature = decode_signature(&segment)
        .map_err(|_| TokenError::NotBase64Url(Segment::Signature))?
        .ok_or(TokenError::SignatureLength)?;
    key.check(message, &signature)
        .map_err(|BadSignature| TokenError::BadSignature)
}

/// What an independent implementation says that is known for its strictness.
fn referee(public: [u8; 32], message: &[u8], signature: &[u8]) -> bool {
    let Ok(signature) = ed25519_dalek::Signature::from_slice(signature) else {
        return false;
    };
    ed25519_dalek::VerifyingKey::from_bytes(&public)
        .is_ok_and(|key| key.verify_strict(message, &signature).is_ok())
}

#[test]
fn wycheproof_as_labelled() {
    let set = TestSet::load(TestName::Ed25519).unwrap();
    let (mut valid, mut invalid) = (0, 0);
    for group in &set.test_groups {
        let public: [u8; 32] = group.key.pk.as_slice().try_into().unwrap();
        for test in &group.tests {
            let verdict = judge(public, &test.msg, &test.sig);
            match test.result {
                TestResult::Valid => {
                    valid += 1;
                    assert_eq!(verdict, Ok(()), "case {}: {}", test.tc_id, test.comment);
                }
                TestResult::Invalid | TestResult::Acceptable => {
                    invalid += 1;
                    let wanted = if test.sig.len() == SIGNATURE_BYTES {
                        TokenError::BadSignature
                    } else {
                        TokenError::SignatureLength
                    };
                    assert_eq!(
                        verdict,
                        Err(wanted),
                        "case {}: {}",
                        test.tc_id,
                        test.comment
                    );
                }
            }
        }
    }
    assert_eq!((valid, invalid), (88, 63));
}

const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// `number` plus `times` the group order, or nothing if that takes more than 256 bits.
fn plus_order(number: [u8; 32], times: u32) -> Option<[u8; 32]> {
    let mut carry = 0;
    let mut out = [0; 32];
    for ((to, one), other) in out.iter_mut().zip(number).zip(ORDER) {
        let sum = u32::from(one) + u32::from(other) * times + carry;
        [*to, ..] = sum.to_le_bytes();
        carry = sum >> 8;
    }
    (carry == 0).then_some(out)
}

fn secret() -> Scalar {
    Scalar::from_bytes_mod_order([0x42; 32])
}

fn nonce() -> Scalar {
    Scalar::from_bytes_mod_order([0x17; 32])
}

/// The hash that ties a signature to R, the public key and the message (RFC 8032).
fn challenge(r: [u8; 32], public: [u8; 32], message: &[u8]) -> Scalar {
    let hashed = digest(&SHA512, &[&r, &public, message].concat());
    Scalar::from_bytes_mod_order_wide(hashed.as_ref().try_into().unwrap())
}

fn modulo_8(scalar: Scalar) -> usize {
    usize::from(scalar.to_bytes()[0] & 7)
}

struct Forged {
    public: [u8; 32],
    message: Vec<u8>,
    signature: [u8; 64],
}

/// How a point is written in the key or signature, and for the hash.
#[derive(Clone, Copy)]
enum Spelling {
    /// In its one canonical form.
    Canonical,
    /// With y above the prime; hashed as it should have been written.
    AboveHashedReduced,
    /// With y above the prime; hashed as it is written.
    Above,
}

/// A point as a hostile signer makes it: a part in the prime-order group, a part of small order.
#[derive(Clone, Copy)]
struct Point {
    scalar: Scalar,
    torsion: EdwardsPoint,
    spelling: Spelling,
}

impl Point {
    fn new(scalar: Scalar, torsion: EdwardsPoint) -> Self {
        Self {
            scalar,
            torsion,
            spelling: Spelling::Canonical,
        }
    }

    /// The point of order 4 with y = 0, which can also be written as y = p.
    fn with_two_spellings(spelling: Spelling) -> Self {
        let torsion = EIGHT_TORSION
            .into_iter()
            .find(|point| point.compress().0 == [0; 32])
            .unwrap();
        Self {
            spelling,
            ..Self::new(Scalar::ZERO, torsion)
        }
    }

    fn canonical(&self) -> [u8; 32] {
        (ED25519_BASEPOINT_POINT * self.scalar + self.torsion)
            .compress()
            .0
    }

    fn written(&self) -> [u8; 32] {
        match self.spelling {
            Spelling::Canonical => self.canonical(),
            Spelling::AboveHashedReduced | Spelling::Above => FIELD_PRIME,
        }
    }

    fn hashed(&self) -> [u8; 32] {
        match self.spelling {
            Spelling::Canonical | Spelling::AboveHashedReduced => self.canonical(),
            Spelling::Above => FIELD_PRIME,
        }
    }
}

/// Signs with these points. Tries messages until the parts of small order cancel out, so that the
/// equation holds as it stands, or until they do not, so that it holds with the cofactor only.
fn forge(public: Point, r: Point, cancels: bool) -> Forged {
    for attempt in 0_u32..1_000 {
        let message = attempt.to_le_bytes().to_vec();
        let hash = challenge(r.hashed(), public.hashed(), &message);
        let mut torsion = r.torsion;
        for _ in 0..modulo_8(hash) {
            torsion += public.torsion;
        }
        if (torsion == EIGHT_TORSION[0]) != cancels {
            continue;
        }
        let s = r.scalar + hash * public.scalar;
        let mut signature = [0; 64];
        signature[..32].copy_from_slice(&r.written());
        signature[32..].copy_from_slice(&s.to_bytes());
        return Forged {
            public: public.written(),
            message,
            signature,
        };
    }
    panic!("no message does it");
}

/// An ordinary signature.
fn honest() -> Forged {
    forge(
        Point::new(secret(), EIGHT_TORSION[0]),
        Point::new(nonce(), EIGHT_TORSION[0]),
        true,
    )
}

/// An ordinary signature with S moved up by some group orders.
fn with_s_plus(times: u32) -> Option<Forged> {
    let mut forged = honest();
    let s = forged.signature[32..].try_into().unwrap();
    forged.signature[32..].copy_from_slice(&plus_order(s, times)?);
    Some(forged)
}

const VALID: Result<(), TokenError> = Ok(());
const BAD: Result<(), TokenError> = Err(TokenError::BadSignature);
const WEAK: Result<(), TokenError> = Err(TokenError::UnknownKey);

/// The twelve classes that `ed25519-speccheck` tells apart, in its order, made anew.
fn twelve_classes() -> [(Forged, Result<(), TokenError>); 12] {
    let small = Point::new(Scalar::ZERO, EIGHT_TORSION[1]);
    let mixed_key = Point::new(secret(), EIGHT_TORSION[1]);
    let mixed_r = Point::new(nonce(), EIGHT_TORSION[1]);
    let prime_r = Point::new(nonce(), EIGHT_TORSION[0]);
    let two_spellings = Point::with_two_spellings;
    let even_r = Point::new(nonce(), EIGHT_TORSION[2]);
    [
        // S = 0, both points small.
        (forge(small, small, true), WEAK),
        (forge(small, mixed_r, true), WEAK),
        (forge(mixed_key, small, true), BAD),
        // Holds in every reading. A key like this is in no ring: ours come from their private halves.
        (forge(mixed_key, mixed_r, true), VALID),
        // Hold with the cofactor only.
        (forge(mixed_key, mixed_r, false), BAD),
        (forge(mixed_key, prime_r, false), BAD),
        // S out of range.
        (with_s_plus(1).unwrap(), BAD),
        (with_s_plus(13).unwrap(), BAD),
        // R, then the key, in a spelling that is not canonical.
        (
            forge(mixed_key, two_spellings(Spelling::AboveHashedReduced), true),
            BAD,
        ),
        (forge(mixed_key, two_spellings(Spelling::Above), true), BAD),
        (
            forge(two_spellings(Spelling::AboveHashedReduced), even_r, true),
            WEAK,
        ),
        (forge(two_spellings(Spelling::Above), even_r, true), WEAK),
    ]
}

#[test]
fn twelve_classes_of_hostile_signatures_have_fixed_verdicts() {
    for (index, (forged, wanted)) in twelve_classes().into_iter().enumerate() {
        let Forged {
            public,
            message,
            signature,
        } = forged;
        assert_eq!(judge(public, &message, &signature), wanted, "class {index}");
        assert_eq!(
            referee(public, &message, &signature),
            wanted.is_ok(),
            "class {index}, referee"
        );
    }
}

#[test]
fn an_honest_signature_holds_until_s_is_out_of_range() {
    let forged = honest();
    assert_eq!(
        judge(forged.public, &forged.message, &forged.signature),
        VALID
    );
    let moved: Vec<Forged> = (1..=15).filter_map(with_s_plus).collect();
    assert!(moved.len() >= 14);
    for forged in moved {
        assert_eq!(
            judge(forged.public, &forged.message, &forged.signature),
            BAD
        );
    }
    for s in [[0; 32], ORDER, [0xff; 32]] {
        let mut signature = forged.signature;
        signature[32..].copy_from_slice(&s);
        assert_eq!(judge(forged.public, &forged.message, &signature), BAD);
    }
}

/// All ways to write the points of small order: canonical, with y above the prime, and with the
/// sign of an x that is 0.
fn small_order_encodings() -> Vec<[u8; 32]> {
    let mut all = Vec::new();
    for low in [
        0_u8, // y = 0 written as p
        1,    // y = 1 written as p + 1
    ] {
        let mut above = FIELD_PRIME;
        above[0] += low;
        all.push(above);
    }
    all.extend(EIGHT_TORSION.map(|point| point.compress().0));
    let signed: Vec<[u8; 32]> = all
        .iter()
        .map(|point| {
            let mut point = *point;
            point[31] ^= 0x80;
            point
        })
        .collect();
    all.extend(signed);
    all
}

#[test]
fn small_orders_are_listed_completely() {
    for point in EIGHT_TORSION {
        assert!(is_small_order(&point.compress().0));
    }
    for encoding in small_order_encodings() {
        assert!(VerifyingKey::new(encoding).is_err(), "{encoding:02x?}");
    }
    assert!(!is_small_order(&ED25519_BASEPOINT_POINT.compress().0));
    assert!(VerifyingKey::new(ED25519_BASEPOINT_POINT.compress().0).is_ok());
}

#[test]
fn encodings_from_the_prime_up_are_refused() {
    for low in 0xed..=0xff_u8 {
        for sign in [0, 0x80] {
            let mut encoding = FIELD_PRIME;
            encoding[0] = low;
            encoding[31] |= sign;
            assert!(!is_canonical(&encoding), "{encoding:02x?}");
            assert!(VerifyingKey::new(encoding).is_err());
        }
    }
    let mut largest = FIELD_PRIME;
    largest[0] -= 1;
    assert!(is_canonical(&largest));
}

#[test]
fn r_of_small_order_is_refused_however_it_is_written() {
    let public = honest().public;
    for r in small_order_encodings() {
        let mut signature = [0; 64];
        signature[..32].copy_from_slice(&r);
        let s = challenge(r, public, b"message") * secret();
        signature[32..].copy_from_slice(&s.to_bytes());
        assert_eq!(judge(public, b"message", &signature), BAD, "{r:02x?}");
    }
}

proptest::proptest! {
    #[test]
    fn the_referee_agrees_on_damaged_signatures(
        message: Vec<u8>,
        seed: [u8; 32],
        at in 0_usize..64,
        mask: u8,
    ) {
        use ed25519_dalek::Signer;
        let signer = ed25519_dalek::SigningKey::from_bytes(&seed);
        let public = signer.verifying_key().to_bytes();
        let mut signature = signer.sign(&message).to_bytes();
        signature[at] ^= mask;
        let verdict = judge(public, &message, &signature);
        proptest::prop_assert_eq!(verdict.is_ok(), referee(public, &message, &signature));
        proptest::prop_assert_eq!(verdict.is_ok(), mask == 0);
    }
}
