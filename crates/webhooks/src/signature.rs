//! The signature of a delivery, as the official SDKs verify it: Ed25519 over the time, a pipe character and the body.

use std::fmt;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use greenroom_domain::{Entropy, Timestamp};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject;
use zeroize::Zeroizing;

/// The header with the signature: 64 bytes in base64 with padding, 88 characters on one line.
pub const SIGNATURE_HEADER: &str = "telnyx-signature-ed25519";
/// The header with the time of the attempt, in Unix seconds. SDKs accept 300 s either way.
pub const TIMESTAMP_HEADER: &str = "telnyx-timestamp";

/// Longest key file that is looked at, in bytes; ours has 119.
const PEM_MAX_BYTES: usize = 4 * 1024;

/// What is wrong with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not an unencrypted Ed25519 key as PKCS#8 in PEM.
    #[error("not an Ed25519 key in one PEM block labelled PRIVATE KEY")]
    Rejected,
    /// The cryptographic library could not work, for instance for want of memory.
    #[error("the cryptographic library failed")]
    Library,
}

/// The key that signs deliveries.
pub struct WebhookKey(Ed25519KeyPair);

/// What a delivery carries in its two headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The value of [`TIMESTAMP_HEADER`].
    pub timestamp: String,
    /// The value of [`SIGNATURE_HEADER`].
    pub signature: String,
}

impl WebhookKey {
    /// Makes a key from 32 random bytes.
    pub fn generate(entropy: &dyn Entropy) -> Result<Self, KeyError> {
        let mut seed = Zeroizing::new([0; 32]);
        entropy.fill(seed.as_mut_slice());
        Ed25519KeyPair::from_seed_unchecked(seed.as_slice())
            .map(Self)
            .map_err(|_| KeyError::Library)
    }

    /// Reads a key as [`Self::to_pem`] or `openssl genpkey -algorithm ed25519` write it.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        if text.len() > PEM_MAX_BYTES {
            return Err(KeyError::Rejected);
        }
        let der =
            PrivatePkcs8KeyDer::from_pem_slice(text.as_bytes()).map_err(|_| KeyError::Rejected)?;
        Ed25519KeyPair::from_pkcs8(der.secret_pkcs8_der())
            .map(Self)
            .map_err(|_| KeyError::Rejected)
    }

    /// The private key as PKCS#8 in PEM, readable by OpenSSL.
    pub fn to_pem(&self) -> Result<Zeroizing<String>, KeyError> {
        let der = self.0.to_pkcs8v1().map_err(|_| KeyError::Library)?;
        // 48 bytes, so that the block has one line.
        let line = Zeroizing::new(STANDARD.encode(der.as_ref()));
        Ok(Zeroizing::new(format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            line.as_str()
        )))
    }

    /// The public key as SDKs take it: its 32 bytes in base64 with padding.
    pub fn public_key(&self) -> String {
        STANDARD.encode(self.0.public_key().as_ref())
    }

    /// Signs a body that is sent at `now`.
    pub fn sign(&self, body: &[u8], now: Timestamp) -> Result<Signed, KeyError> {
        let timestamp = now.unix_secs().max(0).to_string();
        let mut message = Vec::with_capacity(timestamp.len() + 1 + body.len());
        message.extend_from_slice(timestamp.as_bytes());
        message.push(b'|');
        message.extend_from_slice(body);
        let signature = self.0.try_sign(&message).map_err(|_| KeyError::Library)?;
        Ok(Signed {
            timestamp,
            signature: STANDARD.encode(signature.as_ref()),
        })
    }
}

impl fmt::Debug for WebhookKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("WebhookKey")
            .field(&self.public_key())
            .finish()
    }
}

#[cfg(test)]
mod tests;
