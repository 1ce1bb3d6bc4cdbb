//! The public half of a signing key, and the one place where a signature is checked.

use aws_lc_rs::signature::{ED25519, ParsedPublicKey};

use crate::encoding::SIGNATURE_BYTES;

/// Clears the sign of x, which is the top bit of an encoded point.
const Y_TOP_BYTE: u8 = 0x7f;

/// The field's prime, 2^255 - 19, little-endian.
const FIELD_PRIME: [u8; 32] = [
    0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
];

/// The y coordinates of the eight points whose order divides 8, in their canonical encoding.
const SMALL_ORDER_Y: [[u8; 32]; 5] = [
    // Order 4.
    [0; 32],
    // Order 1.
    [
        1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0,
    ],
    // Order 2.
    [
        0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0x7f,
    ],
    // Order 8.
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98,
        0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53,
        0xfc, 0x05,
    ],
    // Order 8.
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67,
        0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac,
        0x03, 0x7a,
    ],
];

/// A public key under which some signatures would hold for messages nobody signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WeakKey;

/// A signature that does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BadSignature;

/// A public key, parsed once so that a check does not have to.
pub(crate) struct VerifyingKey {
    bytes: [u8; 32],
    parsed: ParsedPublicKey,
}

impl VerifyingKey {
    /// Takes 32 public bytes; refuses points of small order and encodings that are not canonical.
    pub(crate) fn new(bytes: [u8; 32]) -> Result<Self, WeakKey> {
        if !is_canonical(&bytes) || is_small_order(&bytes) {
            return Err(WeakKey);
        }
        let parsed = ParsedPublicKey::new(&ED25519, bytes).map_err(|_| WeakKey)?;
        Ok(Self { bytes, parsed })
    }

    /// The 32 public bytes.
    pub(crate) const fn bytes(&self) -> [u8; 32] {
        self.bytes
    }

    /// Checks a signature strictly: S below the group order, the equation without cofactor, and
    /// no R of small order (which no honest signer produces).
    pub(crate) fn check(
        &self,
        message: &[u8],
        signature: &[u8; SIGNATURE_BYTES],
    ) -> Result<(), BadSignature> {
        let r = signature.first_chunk::<32>().ok_or(BadSignature)?;
        if is_small_order(r) {
            return Err(BadSignature);
        }
        self.parsed
            .verify_sig(message, signature)
            .map_err(|_| BadSignature)
    }
}

fn y_of(point: &[u8; 32]) -> [u8; 32] {
    let mut y = *point;
    y[31] &= Y_TOP_BYTE;
    y
}

fn is_small_order(point: &[u8; 32]) -> bool {
    SMALL_ORDER_Y.contains(&y_of(point))
}

/// Whether y is below the field's prime.
fn is_canonical(point: &[u8; 32]) -> bool {
    y_of(point).iter().rev().lt(FIELD_PRIME.iter().rev())
}

#[cfg(test)]
mod tests;
