//! Which RTP streams a connection may bring.

/// Streams that one connection may ever have: its tracks with all layers and resends, and as many again
/// for each of a dozen new beginnings.
///
/// The engine makes a place for a stream before it knows that the packet is genuine, and keeps it.
const SOURCES_MAX: usize = 128;

/// The streams that a connection has had, by SSRC.
#[derive(Debug, Default)]
pub(crate) struct Sources(Vec<[u8; 4]>);

impl Sources {
    /// Whether the engine may see a datagram: it is no RTP, or of a stream that is known or has a place.
    pub(crate) fn admit(&mut self, datagram: &[u8]) -> bool {
        let Some(source) = source(datagram) else {
            return true;
        };
        if self.0.contains(&source) {
            return true;
        }
        let has_place = self.0.len() < SOURCES_MAX;
        if has_place {
            self.0.push(source);
        }
        has_place
    }
}

/// The SSRC of an RTP packet (RFC 3550 section 5.1); `None` if it is something else: RTCP has what would
/// be payload types 64 to 95 (RFC 5761 section 4).
fn source(datagram: &[u8]) -> Option<[u8; 4]> {
    let [first, second, _, _, _, _, _, _, source @ ..] = datagram else {
        return None;
    };
    let is_rtp = (128..192).contains(first) && !(64..96).contains(&(second & 0x7f));
    source.first_chunk().copied().filter(|_| is_rtp)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(first: u8, second: u8, source: u32) -> Vec<u8> {
        let mut packet = vec![first, second, 0, 1, 0, 0, 0, 2];
        packet.extend(source.to_be_bytes());
        packet
    }

    #[test]
    fn only_new_streams_need_a_place() {
        let mut sources = Sources::default();
        for source in 0..SOURCES_MAX {
            let source = u32::try_from(source).unwrap();
            assert!(sources.admit(&packet(0x90, 111, source)));
        }
        assert!(!sources.admit(&packet(0x80, 0xef, 1 << 20)));
        assert!(sources.admit(&packet(0x80, 96, 5)), "a known one");
        assert!(sources.admit(&packet(0x80, 200, 1 << 20)), "RTCP");
        assert!(sources.admit(&packet(22, 254, 1 << 20)), "DTLS");
        for len in 0..12 {
            assert!(sources.admit(&packet(0x80, 96, 1 << 20)[..len]));
        }
        assert_eq!(sources.0.len(), SOURCES_MAX);
    }
}
