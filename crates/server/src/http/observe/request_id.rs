//! The id of each request: the client's own, or a random one.

use axum::http::{HeaderMap, HeaderValue};
use greenroom_domain::Entropy;

use super::REQUEST_ID;

/// Longest request id that is taken over from a client.
const GIVEN_MAX_BYTES: usize = 64;
/// Random bytes of an id.
const RANDOM_BYTES: usize = 12;

/// The client's own request id if it is a sane one, or a new one.
pub(super) fn request_id(headers: &HeaderMap, entropy: &dyn Entropy) -> HeaderValue {
    let given = headers.get(&REQUEST_ID).filter(|id| is_sane(id));
    given.cloned().unwrap_or_else(|| {
        let mut random = [0; RANDOM_BYTES];
        entropy.fill(&mut random);
        HeaderValue::from_bytes(&hex(random)).unwrap_or(HeaderValue::from_static("none"))
    })
}

fn is_sane(id: &HeaderValue) -> bool {
    !id.is_empty()
        && id.len() <= GIVEN_MAX_BYTES
        && id
            .as_bytes()
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
}

fn hex(bytes: [u8; RANDOM_BYTES]) -> [u8; 2 * RANDOM_BYTES] {
    let mut text = [0; 2 * RANDOM_BYTES];
    for (pair, byte) in text.as_chunks_mut().0.iter_mut().zip(bytes) {
        *pair = [digit(byte >> 4), digit(byte & 15)];
    }
    text
}

const fn digit(value: u8) -> u8 {
    match value {
        0..=9 => b'0' + value,
        _ => b'a' + (value - 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sane_request_id_is_kept() {
        let id = |given: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(
                &REQUEST_ID,
                HeaderValue::from_bytes(given.as_bytes()).unwrap(),
            );
            request_id(&headers, &crate::edges::SystemEntropy)
                .to_str()
                .unwrap()
                .to_owned()
        };
        assert_eq!(id("abc-123_x.y"), "abc-123_x.y");
        for wrong in ["", "with space", &"a".repeat(GIVEN_MAX_BYTES + 1), "é"] {
            assert_eq!(id(wrong).len(), 24, "{wrong}");
        }
    }

    #[test]
    fn new_ones_are_hex() {
        let text = hex([0, 1, 0x9a, 0xbf, 0xff, 0x7e, 0, 0, 0, 0, 0, 0x10]);
        assert_eq!(&text, b"00019abfff7e000000000010");
    }
}
