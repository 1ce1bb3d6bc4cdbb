//! The data channel of a connection: text in both directions.

use std::collections::VecDeque;

use greenroom_domain::limits::TEXT_MAX_BYTES;
use str0m::Rtc;
use str0m::channel::{ChannelData, ChannelId};

use crate::negotiator::{CHANNEL_BUFFER_MAX_BYTES, DUMMY_CHANNEL_LABEL};

/// Messages that wait for a channel to open or to drain: what a room of fifty says while a phone is
/// in a tunnel. One that has more waiting is taken to be gone.
const WAITING_MAX_MESSAGES: usize = 1_000;

/// The same in bytes.
const WAITING_MAX_BYTES: usize = 8 * TEXT_MAX_BYTES;

/// The channel wants more when it has no more than this left, in bytes.
const LOW_BYTES: usize = CHANNEL_BUFFER_MAX_BYTES / 4;

/// The text side of a connection.
#[derive(Debug, Default)]
pub(crate) struct Text {
    channel: Option<ChannelId>,
    waiting: VecDeque<String>,
    waiting_bytes: usize,
}

/// More waits than is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotDraining;

impl Text {
    /// A channel is open; whether it is the client's. Of several, the last counts.
    pub(crate) fn open(&mut self, channel: ChannelId, label: &str) -> bool {
        if label == DUMMY_CHANNEL_LABEL {
            return false;
        }
        self.channel = Some(channel);
        true
    }

    pub(crate) fn close(&mut self, channel: ChannelId) {
        if self.channel == Some(channel) {
            self.channel = None;
        }
    }

    /// Text that came in; `None` if it is none.
    pub(crate) fn read(&self, data: ChannelData) -> Option<String> {
        if self.channel != Some(data.id) || data.binary {
            return None;
        }
        String::from_utf8(data.data).ok()
    }

    /// Takes text that is to be written. An empty one is not: str0m puts it into a chunk without data,
    /// after which the other side takes nothing more (RFC 8831 section 6.6 wants one byte).
    pub(crate) fn queue(&mut self, text: String) -> Result<(), NotDraining> {
        if text.is_empty() {
            return Ok(());
        }
        self.waiting_bytes += text.len();
        self.waiting.push_back(text);
        if self.waiting.len() > WAITING_MAX_MESSAGES || self.waiting_bytes > WAITING_MAX_BYTES {
            return Err(NotDraining);
        }
        Ok(())
    }

    /// Writes as much as the channel takes.
    pub(crate) fn write(&mut self, rtc: &mut Rtc) {
        let Some(mut channel) = self.channel.and_then(|channel| rtc.channel(channel)) else {
            return;
        };
        channel.set_buffered_amount_low_threshold(LOW_BYTES);
        while let Some(text) = self.waiting.front() {
            if !matches!(channel.write(false, text.as_bytes()), Ok(true)) {
                return;
            }
            self.waiting_bytes -= text.len();
            self.waiting.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_is_bounded_in_number_and_in_bytes() {
        let mut text = Text::default();
        for _ in 0..WAITING_MAX_MESSAGES {
            assert_eq!(text.queue("x".to_owned()), Ok(()));
        }
        assert_eq!(text.queue(String::new()), Ok(()));
        assert_eq!(text.queue("x".to_owned()), Err(NotDraining));

        let mut text = Text::default();
        for _ in 0..8 {
            assert_eq!(text.queue("x".repeat(TEXT_MAX_BYTES)), Ok(()));
        }
        assert_eq!(text.queue("x".to_owned()), Err(NotDraining));
    }
}
