//! How far a long piece of work has come, on standard error.

use std::io::Write;

/// Less than this is done before anybody wonders, in bytes.
const LARGE_BYTES: u64 = 64 * 1024 * 1024;

/// Says every tenth of the way how far it has come, if the way is long.
#[derive(Debug)]
pub struct Progress {
    what: &'static str,
    total_bytes: u64,
    done_bytes: u64,
    said: u64,
}

impl Progress {
    /// Of work on so many bytes.
    pub const fn new(what: &'static str, total_bytes: u64) -> Self {
        Self {
            what,
            total_bytes,
            done_bytes: 0,
            said: 0,
        }
    }

    /// So many more bytes are done.
    pub fn add(&mut self, bytes: usize) {
        self.done_bytes += bytes as u64;
        if let Some(tenths) = self.due() {
            let _ = writeln!(
                std::io::stderr(),
                "{}: {} % of {} MiB",
                self.what,
                tenths * 10,
                self.total_bytes / (1024 * 1024)
            );
        }
    }

    /// The tenth that was just reached and is to be told.
    fn due(&mut self) -> Option<u64> {
        if self.total_bytes < LARGE_BYTES {
            return None;
        }
        let tenths = self.done_bytes.saturating_mul(10) / self.total_bytes;
        let is_new = tenths > self.said;
        self.said = self.said.max(tenths);
        is_new.then_some(tenths)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_tenth_is_told_once_and_short_ways_never() {
        let mut long = Progress::new("work", LARGE_BYTES);
        let mut told = Vec::new();
        for _ in 0..64 {
            long.done_bytes += 1024 * 1024;
            told.extend(long.due());
        }
        assert_eq!(told, (1..=10).collect::<Vec<_>>());
        let mut short = Progress::new("work", 1_000);
        short.done_bytes = 1_000;
        assert_eq!(short.due(), None);
    }
}
