//! The header `traceparent` of W3C Trace Context: which span of a caller's a request was made in.

use axum::http::HeaderMap;

/// Length of a version 00 header, and of what later versions begin with.
const LENGTH: usize = 55;
/// Longest header of a later version that is looked at.
const LENGTH_MAX: usize = 128;

/// A span of somebody else's trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remote {
    /// Its trace.
    pub trace_id: [u8; 16],
    /// The span.
    pub span_id: [u8; 8],
    /// Its trace flags.
    pub flags: u8,
}

/// The caller's span, if a request names exactly one as the standard says.
pub fn caller(headers: &HeaderMap) -> Option<Remote> {
    let mut values = headers.get_all("traceparent").iter();
    match (values.next(), values.next()) {
        (Some(value), None) => parse(value.as_bytes()),
        (_, _) => None,
    }
}

fn parse(text: &[u8]) -> Option<Remote> {
    if text.len() > LENGTH_MAX {
        return None;
    }
    let (known, rest) = text.split_at_checked(LENGTH)?;
    let mut fields = known.split(|byte| *byte == b'-');
    let [version] = hex(fields.next()?)?;
    let remote = Remote {
        trace_id: hex(fields.next()?)?,
        span_id: hex(fields.next()?)?,
        flags: hex::<1>(fields.next()?)?[0],
    };
    let is_whole = match version {
        0 => rest.is_empty(),
        u8::MAX => false,
        _ => rest.is_empty() || rest.starts_with(b"-"),
    };
    let is_named = remote.trace_id != [0; 16] && remote.span_id != [0; 8];
    (is_whole && is_named && fields.next().is_none()).then_some(remote)
}

/// Reads exactly so many bytes in lower-case hex.
fn hex<const BYTES: usize>(text: &[u8]) -> Option<[u8; BYTES]> {
    let mut bytes = [0; BYTES];
    if text.len() != BYTES * 2 {
        return None;
    }
    for (byte, digits) in bytes.iter_mut().zip(text.chunks(2)) {
        for digit in digits {
            let value = match digit {
                b'0'..=b'9' => digit - b'0',
                b'a'..=b'f' => digit - b'a' + 10,
                _ => return None,
            };
            *byte = *byte << 4 | value;
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn what_the_standard_says_is_read() {
        let remote = parse(GOOD.as_bytes()).unwrap();
        assert_eq!(remote.trace_id[..2], [0x4b, 0xf9]);
        assert_eq!(
            remote.span_id,
            [0, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7]
        );
        assert_eq!(remote.flags, 1);
        for later in [
            "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03-more",
        ] {
            assert!(parse(later.as_bytes()).is_some(), "{later}");
        }
    }

    #[test]
    fn nothing_else_is() {
        for wrong in [
            "",
            "00",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g",
            "00-4bf92f3577b34da6a3ce929d0e0e473-600f067aa0ba902b7-01",
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01more",
            "0x-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa-ba902b7-01",
        ] {
            assert_eq!(parse(wrong.as_bytes()), None, "{wrong}");
        }
        let long = format!("01{}-{}", &GOOD[2..], "x".repeat(LENGTH_MAX));
        assert_eq!(parse(long.as_bytes()), None);
        let mut headers = HeaderMap::new();
        headers.append("traceparent", GOOD.parse().unwrap());
        assert!(caller(&headers).is_some());
        headers.append("traceparent", GOOD.parse().unwrap());
        assert_eq!(caller(&headers), None, "which of them?");
    }
}
