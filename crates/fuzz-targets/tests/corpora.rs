//! Every input in `fuzz/corpus` goes through its target on each run of the tests.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says at which input"
)]

use std::fs;
use std::path::{Path, PathBuf};

use greenroom_fuzz_targets::{datagram, janus_frame, known_tokens, query, sdp, token};

fn corpus(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(target)
}

/// Plays the corpus of a target; the name of an input that fails is the last one printed.
fn replay(name: &str, target: fn(&[u8])) {
    let mut inputs: Vec<PathBuf> = fs::read_dir(corpus(name))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    inputs.sort();
    assert!(!inputs.is_empty(), "no corpus for {name}");
    for input in inputs {
        println!("{}", input.display());
        target(&fs::read(input).unwrap());
    }
}

#[test]
fn tokens() {
    replay("token", token);
}

#[test]
fn janus_frames() {
    replay("janus_frame", janus_frame);
}

#[test]
fn queries() {
    replay("query", query);
}

#[test]
fn datagrams() {
    replay("datagram", datagram);
}

#[test]
fn session_descriptions() {
    replay("sdp", sdp);
}

/// The corpus begins with what is really issued, or else nothing in it gets past the first check.
#[test]
fn the_tokens_in_the_corpus_are_those_that_are_issued() {
    for (name, issued) in ["issued-client", "issued-refresh"]
        .iter()
        .zip(known_tokens())
    {
        let path = corpus("token").join(name);
        let kept = fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(kept, *issued, "write the right one to {}", path.display());
    }
}
