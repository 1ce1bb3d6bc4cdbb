//! Whether a media port can be reached: a STUN binding request without credentials, and its answer (RFC 8489).
//!
//! A request that belongs to no connection is answered if it is as long as its answer, so that nobody gains by sending
//! one in another's name, and not more often than [`ANSWERS_PER_SEC`].

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

/// Answers of one shard in a second: far more than those who look after a server ask for.
pub(crate) const ANSWERS_PER_SEC: u32 = 50;

/// Length of a request, in bytes: as long as the longest answer.
pub const REACH_REQUEST_BYTES: usize = ANSWER_MAX_BYTES;

/// What makes one request differ from another.
pub type TransactionId = [u8; 12];

/// An answer with an IPv6 address in it.
const ANSWER_MAX_BYTES: usize = HEADER_BYTES + 4 + 20;
const HEADER_BYTES: usize = 20;
/// Nobody asks at greater length.
const REQUEST_MAX_BYTES: usize = 128;

const MAGIC_COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
const BINDING_REQUEST: u16 = 0x0001;
const BINDING_SUCCESS: u16 = 0x0101;
const SOFTWARE: u16 = 0x8022;
const XOR_MAPPED_ADDRESS: u16 = 0x0020;
/// Attributes from here on may be left aside by whoever does not know them.
const OPTIONAL: u16 = 0x8000;
/// Says who asks, and makes the request as long as its answer.
const ASKED_BY: &[u8; 20] = b"greenroom reachable?";

/// A request. `id` should be random.
pub fn reach_request(id: TransactionId) -> Vec<u8> {
    message(BINDING_REQUEST, id, SOFTWARE, ASKED_BY)
}

/// The answer to a request that came from `source`; `None` if it is no request, or one with credentials.
pub fn reach_answer(request: &[u8], source: SocketAddr) -> Option<Vec<u8>> {
    if request.len() > REQUEST_MAX_BYTES {
        return None;
    }
    let (kind, id, mut attributes) = parse(request)?;
    if kind != BINDING_REQUEST || attributes.any(|(kind, _)| kind < OPTIONAL) {
        return None;
    }
    let answer = message(BINDING_SUCCESS, id, XOR_MAPPED_ADDRESS, &mapped(source, id));
    (answer.len() <= request.len()).then_some(answer)
}

/// The address that the request of that id was seen to come from; `None` if this is no answer to it.
pub fn reach_answered(answer: &[u8], id: TransactionId) -> Option<SocketAddr> {
    let (kind, its_id, mut attributes) = parse(answer)?;
    if kind != BINDING_SUCCESS || its_id != id {
        return None;
    }
    let (_, value) = attributes.find(|(kind, _)| *kind == XOR_MAPPED_ADDRESS)?;
    unmapped(value, id)
}

/// Bounds how often a shard answers.
#[derive(Debug)]
pub(crate) struct Answers {
    second_began: Instant,
    given: u32,
}

impl Answers {
    pub(crate) const fn new(now: Instant) -> Self {
        Self {
            second_began: now,
            given: 0,
        }
    }

    /// Whether one more may be given.
    pub(crate) fn admit(&mut self, now: Instant) -> bool {
        if now.saturating_duration_since(self.second_began) >= Duration::from_secs(1) {
            *self = Self::new(now);
        }
        self.given += 1;
        self.given <= ANSWERS_PER_SEC
    }
}

fn message(kind: u16, id: TransactionId, attribute: u16, value: &[u8]) -> Vec<u8> {
    let length = |bytes: usize| u16::try_from(bytes).unwrap_or_default().to_be_bytes();
    let mut message = Vec::with_capacity(ANSWER_MAX_BYTES);
    message.extend_from_slice(&kind.to_be_bytes());
    message.extend_from_slice(&length(4 + value.len()));
    message.extend_from_slice(&MAGIC_COOKIE);
    message.extend_from_slice(&id);
    message.extend_from_slice(&attribute.to_be_bytes());
    message.extend_from_slice(&length(value.len()));
    message.extend_from_slice(value);
    message
}

type Parsed<'a> = (u16, TransactionId, Attributes<'a>);

fn parse(message: &[u8]) -> Option<Parsed<'_>> {
    let (kind, rest) = message.split_first_chunk::<2>()?;
    let (length, rest) = rest.split_first_chunk::<2>()?;
    let (cookie, rest) = rest.split_first_chunk::<4>()?;
    let (id, attributes) = rest.split_first_chunk::<12>()?;
    let is_whole = usize::from(u16::from_be_bytes(*length)) == attributes.len();
    (*cookie == MAGIC_COOKIE && is_whole)
        .then(|| (u16::from_be_bytes(*kind), *id, Attributes(attributes)))
}

/// The attributes of a message, up to the first that is not whole.
struct Attributes<'a>(&'a [u8]);

impl<'a> Iterator for Attributes<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (kind, rest) = self.0.split_first_chunk::<2>()?;
        let (length, rest) = rest.split_first_chunk::<2>()?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (value, rest) = rest.split_at_checked(length)?;
        let padding = length.next_multiple_of(4) - length;
        self.0 = rest.get(padding..).unwrap_or_default();
        Some((u16::from_be_bytes(*kind), value))
    }
}

/// What an address is mixed with, so that no box on the way takes it for one to be rewritten.
fn mask(id: TransactionId) -> [u8; 16] {
    let mut mask = [0; 16];
    let bytes = MAGIC_COOKIE.iter().chain(&id);
    for (at, byte) in mask.iter_mut().zip(bytes) {
        *at = *byte;
    }
    mask
}

fn mapped(address: SocketAddr, id: TransactionId) -> Vec<u8> {
    let [high, low, ..] = MAGIC_COOKIE;
    let port = address.port() ^ u16::from_be_bytes([high, low]);
    let (family, octets) = match address.ip() {
        IpAddr::V4(ip) => (1, ip.octets().to_vec()),
        IpAddr::V6(ip) => (2, ip.octets().to_vec()),
    };
    let mut value = vec![0, family];
    value.extend_from_slice(&port.to_be_bytes());
    value.extend(octets.iter().zip(mask(id)).map(|(byte, mask)| byte ^ mask));
    value
}

fn unmapped(value: &[u8], id: TransactionId) -> Option<SocketAddr> {
    let ([_, family], rest) = value.split_first_chunk::<2>()?;
    let (port, octets) = rest.split_first_chunk::<2>()?;
    let [high, low, ..] = MAGIC_COOKIE;
    let port = u16::from_be_bytes(*port) ^ u16::from_be_bytes([high, low]);
    let clear: Vec<u8> = octets
        .iter()
        .zip(mask(id))
        .map(|(byte, mask)| byte ^ mask)
        .collect();
    let ip = match family {
        1 => IpAddr::from(<[u8; 4]>::try_from(clear).ok()?),
        2 => IpAddr::from(<[u8; 16]>::try_from(clear).ok()?),
        _ => return None,
    };
    Some(SocketAddr::new(ip, port))
}

#[cfg(test)]
mod tests;
