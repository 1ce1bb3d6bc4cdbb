//! Bytes as datagrams that come to a shard with two connections.

use std::net::SocketAddr;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use aws_lc_rs::hmac;
use greenroom_domain::Entropy;
use greenroom_sfu::{
    Command, Negotiator, Output, PeerId, PublisherSettings, Seat, Shard, ShardAddresses, Transmit,
    Transport,
};

/// A publisher's offer, as a browser makes it.
pub(crate) const OFFER: &str = include_str!("datagram/offer.sdp");

/// Datagrams of one input that are looked at: what comes after has happened before.
const DATAGRAMS_MAX: usize = 64;

/// Addresses and names that two connections can be known by.
const ENTRIES_MAX: usize = 2 * (3 + 8);

const SERVER: ([u8; 4], u16) = ([192, 0, 2, 1], 5_000);

/// Every byte the same: names and passwords that everybody knows, another for each connection.
pub(crate) struct Constant(pub(crate) u8);

impl Entropy for Constant {
    fn fill(&self, out: &mut [u8]) {
        out.fill(self.0);
    }
}

pub(crate) struct World {
    pub(crate) start: Instant,
    pub(crate) negotiator: Negotiator,
}

#[expect(
    clippy::disallowed_methods,
    reason = "an Instant can be had in no other way; nothing here depends on which"
)]
pub(crate) static WORLD: LazyLock<World> = LazyLock::new(|| {
    let start = Instant::now();
    let addresses = ShardAddresses {
        udp: vec![SocketAddr::from(SERVER)],
        tcp: vec![SocketAddr::from(SERVER)],
    };
    World {
        start,
        negotiator: Negotiator::new(&[addresses], start).unwrap(),
    }
});

/// Feeds datagrams: each is a byte of directions, a length (one byte), and as many bytes.
///
/// Of the directions, the lowest two bits choose the address it comes from, 4 says that it comes by
/// TCP, 8 that its STUN length and integrity are to be made right with the password of the first
/// connection, 16 with that of the second, and the highest three how long to wait first.
pub fn datagram(input: &[u8]) {
    let mut shard = Shard::new(WORLD.start);
    let mut now = WORLD.start;
    for peer in [1, 2] {
        let seat = Seat {
            peer: PeerId(peer.into()),
            shard: 0,
        };
        let settings = PublisherSettings {
            bitrate_bps: 500_000,
            ..PublisherSettings::OPEN
        };
        let (new, ..) = WORLD
            .negotiator
            .answer_publisher(now, &Constant(peer), seat, OFFER, settings)
            .unwrap();
        shard.handle_command(now, Command::Add(Box::new(new)));
    }
    let mut rest = input;
    for _ in 0..DATAGRAMS_MAX {
        let [directions, len, after @ ..] = rest else {
            break;
        };
        let (datagram, after) = after.split_at(after.len().min((*len).into()));
        rest = after;
        let waited = Duration::from_millis(
            [0, 1, 20, 100, 500, 1_000, 5_000, 20_000][usize::from(directions >> 5)],
        );
        now += waited;
        wait(&mut shard, now);
        feed(&mut shard, now, *directions, datagram);
        check(&mut shard);
    }
    shard.handle_command(now, Command::Remove(PeerId(1)));
    shard.handle_command(now, Command::Remove(PeerId(2)));
    assert_eq!(shard.entries(), 0, "something is left behind");
}

fn feed(shard: &mut Shard, now: Instant, directions: u8, datagram: &[u8]) {
    let source = SocketAddr::from(([198, 51, 100, 1], 4_000 + u16::from(directions & 0b11)));
    let transport = if directions & 0b100 == 0 {
        Transport::Udp
    } else {
        Transport::Tcp
    };
    let password = match directions & 0b1_1000 {
        0b0_1000 => Some(1),
        0b1_0000 => Some(2),
        _ => None,
    };
    let datagram = match password {
        Some(of) => sign(datagram, of),
        None => datagram.to_vec(),
    };
    shard.handle_datagram(now, transport, source, SocketAddr::from(SERVER), &datagram);
}

/// Makes length and integrity of a STUN message right (RFC 8489 section 14.5).
fn sign(message: &[u8], seed: u8) -> Vec<u8> {
    const INTEGRITY: [u8; 4] = [0x00, 0x08, 0x00, 0x14];
    let mut signed = message.to_vec();
    if signed.len() < 20 {
        return signed;
    }
    signed.truncate(signed.len() / 4 * 4);
    let len = u16::try_from(signed.len() - 20 + 24).unwrap();
    signed[2..4].copy_from_slice(&len.to_be_bytes());
    // What the negotiator makes of a constant.
    let password = [b'A' + seed; 24];
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &password);
    let tag = hmac::sign(&key, &signed);
    signed.extend_from_slice(&INTEGRITY);
    signed.extend_from_slice(tag.as_ref());
    signed
}

/// Does all that is due by then.
fn wait(shard: &mut Shard, now: Instant) {
    let mut rounds = 0;
    while let Some(due) = shard.deadline().filter(|due| *due <= now) {
        shard.handle_timeout(due);
        check(shard);
        rounds += 1;
        assert!(rounds < 10_000, "no progress");
    }
    shard.handle_timeout(now);
}

fn check(shard: &mut Shard) {
    let mut outputs = 0;
    while let Some(output) = shard.poll_output() {
        outputs += 1;
        assert!(outputs < 10_000, "no end of output");
        match output {
            Output::Transmit(transmit) => {
                assert!(!transmit.payload.is_empty());
                assert!(transmit.datagrams().count() <= Transmit::SEGMENTS_MAX);
                assert!(transmit.datagrams().all(|datagram| !datagram.is_empty()));
            }
            Output::Event(_) => {}
            Output::MixInput(input) => assert!(input.payload.is_empty(), "there is no mix"),
        }
    }
    assert!(
        shard.entries() <= ENTRIES_MAX,
        "{} entries",
        shard.entries()
    );
    assert_eq!(shard.counters().faults, 0, "a fault was caught");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Without this the corpus would reach nothing beyond the first check.
    #[test]
    fn a_signed_request_is_answered_by_the_way_it_came() {
        for (name, transport) in [("binding", Transport::Udp), ("tcp", Transport::Tcp)] {
            is_answered(name, transport);
        }
    }

    /// Feeds the first datagram of an input in the corpus.
    fn is_answered(name: &str, transport: Transport) {
        let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus/datagram");
        let input = std::fs::read(std::path::Path::new(corpus).join(name)).unwrap();
        let (seat, settings) = (
            Seat {
                peer: PeerId(1),
                shard: 0,
            },
            PublisherSettings::OPEN,
        );
        let (new, ..) = WORLD
            .negotiator
            .answer_publisher(WORLD.start, &Constant(1), seat, OFFER, settings)
            .unwrap();
        let mut shard = Shard::new(WORLD.start);
        shard.handle_command(WORLD.start, Command::Add(Box::new(new)));
        let entries = shard.entries();
        let end = 2 + usize::from(input[1]);
        feed(&mut shard, WORLD.start, input[0], &input[2..end]);
        let Some(Output::Transmit(answer)) = shard.poll_output() else {
            panic!("no answer to {name}");
        };
        assert_eq!(answer.transport, transport);
        assert_eq!(answer.datagrams().count(), 1);
        check(&mut shard);
        assert_eq!(shard.entries(), entries + 1, "its address is learnt");
    }
}
