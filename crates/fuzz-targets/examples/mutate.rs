//! Feeds a target with changed inputs of its corpus, without coverage and on the stable toolchain:
//! `cargo run --example mutate -- datagram 100000 1` (target, how many, seed).

#![expect(
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a tool for developers, which says what it does"
)]

use std::fs;
use std::path::Path;

use greenroom_fuzz_targets::{datagram, janus_frame, query, sdp, token};

const USAGE: &str = "mutate TARGET COUNT SEED";

fn main() {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().expect(USAGE);
    let count: u64 = arguments.next().and_then(|n| n.parse().ok()).expect(USAGE);
    let seed: u64 = arguments.next().and_then(|n| n.parse().ok()).expect(USAGE);
    let target: fn(&[u8]) = match name.as_str() {
        "datagram" => datagram,
        "janus_frame" => janus_frame,
        "query" => query,
        "sdp" => sdp,
        "token" => token,
        _ => {
            eprintln!("there is no target {name}");
            return;
        }
    };
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(&name);
    let mut inputs: Vec<Vec<u8>> = fs::read_dir(corpus)
        .expect("a corpus")
        .filter_map(|entry| fs::read(entry.ok()?.path()).ok())
        .collect();
    inputs.sort();
    let mut random = fastrand::Rng::with_seed(seed);
    let last = std::env::temp_dir().join(format!("mutate-{name}-{seed}"));
    for round in 0..count {
        let input = mutate(&inputs, &mut random);
        // Whatever breaks is the last one written.
        fs::write(&last, &input).expect("a place for the input");
        target(&input);
        if round % 1_000 == 0 {
            eprintln!("{name}: {round} of {count}, inputs in {}", last.display());
        }
    }
}

/// One to eight changes to one input, or the beginning of one before the end of another.
fn mutate(inputs: &[Vec<u8>], random: &mut fastrand::Rng) -> Vec<u8> {
    let choose = |random: &mut fastrand::Rng| random.choice(inputs).cloned().unwrap_or_default();
    let mut input = choose(random);
    for _ in 0..random.usize(1..=8) {
        let at = random.usize(0..=input.len());
        match random.u8(0..8) {
            0 => {
                let other = choose(random);
                input.truncate(at);
                input.extend_from_slice(other.get(random.usize(0..=other.len())..).unwrap_or(&[]));
            }
            1 => input.truncate(at),
            2 => input.insert(at, random.u8(..)),
            3 if at < input.len() => drop(input.remove(at)),
            4 => {
                // A piece again: a line, a datagram, an attribute.
                let end = (at + random.usize(1..200)).min(input.len());
                let piece = input.get(at..end).unwrap_or(&[]).to_vec();
                let to = random.usize(0..=input.len());
                input.splice(to..to, piece);
            }
            5 => {
                let end = (at + random.usize(1..40)).min(input.len());
                input.drain(at..end);
            }
            6 => {
                if let Some(byte) = input.get_mut(at) {
                    *byte ^= 1 << random.u8(0..8);
                }
            }
            _ => {
                if let Some(byte) = input.get_mut(at) {
                    *byte = *random
                        .choice(&[0, 1, 9, 0x20, 0x3b, 0x7f, 0x80, 0xff])
                        .unwrap_or(&0);
                }
            }
        }
    }
    input
}
