//! Datagrams on a stream: each with its length before it, 16 bits, big-endian (RFC 4571).

/// Longest datagram that is taken, in bytes. WebRTC keeps to what fits a network's packet; its
/// length field would allow 65,535.
pub(crate) const FRAME_MAX_BYTES: usize = 4 * 1024;

const LENGTH_BYTES: usize = 2;

/// What came is no stream of datagrams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FrameTooLong;

/// Takes a stream apart. Holds one frame at most.
#[derive(Debug, Default)]
pub(crate) struct Deframer {
    partial: Vec<u8>,
}

impl Deframer {
    /// Takes what came next; `each` gets every datagram that is whole.
    pub(crate) fn push(
        &mut self,
        mut bytes: &[u8],
        mut each: impl FnMut(&[u8]),
    ) -> Result<(), FrameTooLong> {
        loop {
            if self.partial.is_empty() {
                let Some((frame, rest)) = split_frame(bytes)? else {
                    self.partial.extend_from_slice(bytes);
                    return Ok(());
                };
                each(frame);
                bytes = rest;
                continue;
            }
            let wanted = self.missing()?;
            let (taken, rest) = bytes.split_at(wanted.min(bytes.len()));
            self.partial.extend_from_slice(taken);
            bytes = rest;
            if taken.len() < wanted {
                return Ok(());
            }
            if self.missing()? == 0 {
                each(self.partial.get(LENGTH_BYTES..).unwrap_or_default());
                self.partial.clear();
            }
        }
    }

    /// How many bytes the length, or else the datagram, still lacks.
    fn missing(&self) -> Result<usize, FrameTooLong> {
        let Some((length, so_far)) = self.partial.split_first_chunk() else {
            return Ok(LENGTH_BYTES - self.partial.len());
        };
        Ok(checked_length(*length)?.saturating_sub(so_far.len()))
    }
}

fn checked_length(bytes: [u8; LENGTH_BYTES]) -> Result<usize, FrameTooLong> {
    let length = usize::from(u16::from_be_bytes(bytes));
    if length > FRAME_MAX_BYTES {
        return Err(FrameTooLong);
    }
    Ok(length)
}

type Split<'a> = (&'a [u8], &'a [u8]);

fn split_frame(bytes: &[u8]) -> Result<Option<Split<'_>>, FrameTooLong> {
    let Some((length, rest)) = bytes.split_first_chunk() else {
        return Ok(None);
    };
    Ok(rest.split_at_checked(checked_length(*length)?))
}

/// Appends a datagram to a stream. One that is too long is left out; no datagram of ours is.
pub(crate) fn frame(datagram: &[u8], out: &mut Vec<u8>) {
    if let Ok(length) = u16::try_from(datagram.len()) {
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(datagram);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(lengths: &[usize]) -> (Vec<u8>, Vec<Vec<u8>>) {
        let mut out = Vec::new();
        let mut datagrams = Vec::new();
        for (index, length) in lengths.iter().enumerate() {
            let datagram = vec![u8::try_from(index).unwrap(); *length];
            frame(&datagram, &mut out);
            datagrams.push(datagram);
        }
        (out, datagrams)
    }

    #[test]
    fn however_it_is_cut_the_same_comes_out() {
        let (bytes, datagrams) = stream(&[1, 0, 300, FRAME_MAX_BYTES, 2, 0, 0, 77]);
        let mut random = fastrand::Rng::with_seed(7);
        for piece_max in [1, 2, 3, 7, 100, 5_000, 100_000] {
            let mut deframer = Deframer::default();
            let mut got = Vec::new();
            let mut rest = bytes.as_slice();
            while !rest.is_empty() {
                let (piece, left) = rest.split_at(random.usize(1..=piece_max.min(rest.len())));
                deframer
                    .push(piece, |datagram| got.push(datagram.to_vec()))
                    .unwrap();
                rest = left;
            }
            assert_eq!(got, datagrams, "pieces of up to {piece_max}");
            assert!(deframer.partial.is_empty());
        }
    }

    #[test]
    fn too_long_is_refused_before_it_is_kept() {
        for pieces in [&[&b"GET / HTTP/1.1\r\n"[..]][..], &[b"\xff", b"\xff", b"x"]] {
            let mut deframer = Deframer::default();
            let result = pieces
                .iter()
                .try_for_each(|piece| deframer.push(piece, |_| panic!("no datagram")));
            assert_eq!(result, Err(FrameTooLong));
            assert!(deframer.partial.len() <= LENGTH_BYTES);
        }
    }
}
