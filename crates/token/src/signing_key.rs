//! A key pair that signs tokens.

use std::fmt;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use greenroom_domain::Entropy;
use zeroize::Zeroizing;

use crate::encoding::{SIGNATURE_BYTES, push_base64url};
use crate::key_id::KeyId;
use crate::pem;
use crate::verifying_key::VerifyingKey;

/// What is wrong with a signing key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not one PEM block with the label `PRIVATE KEY`.
    #[error("not one PEM block labelled PRIVATE KEY")]
    NotPem,
    /// A PEM block that is protected by a passphrase, which is not supported.
    #[error("the private key is encrypted; an unencrypted PKCS#8 file is needed")]
    Encrypted,
    /// More text than any key has.
    #[error("longer than any Ed25519 key file")]
    TooLong,
    /// Not PKCS#8 with an Ed25519 key, or a public key inside that belongs to another private key.
    #[error("not an Ed25519 key in PKCS#8, or its public and private halves do not match")]
    Rejected,
    /// A public key of small order or in an encoding that is not canonical (RFC 8032).
    #[error("a weak public key")]
    Weak,
    /// The cryptographic library could not work, for instance for want of memory.
    #[error("the cryptographic library failed")]
    Library,
}

/// An Ed25519 key pair and its name. Only whole pairs exist: a public key is always derived from
/// its private key, never taken on trust beside it.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    public: VerifyingKey,
    kid: KeyId,
    header_segment: String,
}

impl SigningKey {
    /// Makes a new key from 32 random bytes.
    pub fn generate(entropy: &dyn Entropy) -> Result<Self, KeyError> {
        let mut seed = Zeroizing::new([0; 32]);
        entropy.fill(seed.as_mut_slice());
        let pair =
            Ed25519KeyPair::from_seed_unchecked(seed.as_slice()).map_err(|_| KeyError::Library)?;
        Self::from_pair(pair)
    }

    /// Reads a key from PKCS#8 in PEM, as [`Self::to_pkcs8_pem`] or `openssl genpkey -algorithm
    /// ed25519` write it. Both versions of PKCS#8 are read (RFC 5958); a public key inside must
    /// be the one of the private key.
    pub fn from_pkcs8_pem(text: &str) -> Result<Self, KeyError> {
        let der = pem::decode(text)?;
        let pair = Ed25519KeyPair::from_pkcs8(&der).map_err(|_| KeyError::Rejected)?;
        Self::from_pair(pair)
    }

    /// The private key as PKCS#8 in PEM, readable by OpenSSL.
    pub fn to_pkcs8_pem(&self) -> Result<Zeroizing<String>, KeyError> {
        let der = self.pair.to_pkcs8v1().map_err(|_| KeyError::Library)?;
        Ok(pem::encode(der.as_ref()))
    }

    /// The name of this key, as tokens carry it.
    pub fn kid(&self) -> KeyId {
        self.kid
    }

    /// The public key (RFC 8032), 32 bytes.
    pub fn public_key(&self) -> [u8; 32] {
        self.public.bytes()
    }

    /// The public half, ready to check signatures.
    pub(crate) fn verifying(&self) -> &VerifyingKey {
        &self.public
    }

    /// The header of every token that this key signs, already in base64url.
    pub(crate) fn header_segment(&self) -> &str {
        &self.header_segment
    }

    /// Signs `message`.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<[u8; SIGNATURE_BYTES], KeyError> {
        let signature = self.pair.try_sign(message).map_err(|_| KeyError::Library)?;
        signature.as_ref().try_into().map_err(|_| KeyError::Library)
    }

    fn from_pair(pair: Ed25519KeyPair) -> Result<Self, KeyError> {
        let public = pair
            .public_key()
            .as_ref()
            .try_into()
            .map_err(|_| KeyError::Library)?;
        let kid = KeyId::of_public_key(&public);
        let header = format!(r#"{{"alg":"Ed25519","typ":"JWT","kid":"{kid}"}}"#);
        let mut header_segment = String::new();
        push_base64url(&mut header_segment, header.as_bytes());
        Ok(Self {
            pair,
            public: VerifyingKey::new(public).map_err(|_| KeyError::Weak)?,
            kid,
            header_segment,
        })
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("SigningKey")
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
