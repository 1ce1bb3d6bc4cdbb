//! The bare cost of signatures: the same library, messages of the same size, and nothing else.

use std::hint::black_box;

use anyhow::Context;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, ParsedPublicKey};

use crate::figures::float;
use crate::machine::own_cpu_nanos;

/// How many are made for one figure.
const TIMES: u32 = 500;

/// What is signed and checked for one request.
pub(crate) struct Signatures {
    pair: Ed25519KeyPair,
    public: ParsedPublicKey,
    sign: Vec<Vec<u8>>,
    check: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Signatures {
    /// Signs messages of the lengths `sign`, and checks signatures of messages of the lengths `check`,
    /// with a key that needs not be secret.
    pub(crate) fn new(sign: &[usize], check: &[usize]) -> anyhow::Result<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32])
            .ok()
            .context("no key")?;
        let public = ParsedPublicKey::new(&ED25519, pair.public_key())
            .ok()
            .context("no public key")?;
        let message = |length: &usize| vec![b'a'; *length];
        let signed = |length| {
            let message = message(length);
            let signature = pair.sign(&message).as_ref().to_vec();
            (message, signature)
        };
        Ok(Self {
            sign: sign.iter().map(message).collect(),
            check: check.iter().map(signed).collect(),
            pair,
            public,
        })
    }

    /// Makes and checks all of them; whether all hold.
    pub(crate) fn all(&self) -> bool {
        for message in &self.sign {
            black_box(self.pair.sign(black_box(message)));
        }
        self.check
            .iter()
            .all(|(message, signature)| self.public.verify_sig(message, signature).is_ok())
    }

    /// CPU time of all of them, in microseconds.
    pub(crate) fn cpu_micros(&self) -> anyhow::Result<f64> {
        let before = own_cpu_nanos();
        for _ in 0..TIMES {
            anyhow::ensure!(self.all(), "a good signature does not hold");
        }
        Ok(float(own_cpu_nanos() - before) / 1e3 / f64::from(TIMES))
    }
}
