//! The data channel.

use std::time::Instant;

use str0m::channel::{ChannelConfig, ChannelData, ChannelId};

use super::Client;
use crate::output::Event;

impl Client {
    /// Sends a text on the data channel; whether it was taken. It is not before the channel is open, and
    /// while its buffer is full.
    pub fn send_text(&mut self, now: Instant, text: &str) -> bool {
        self.now = self.now.max(now);
        let channel = self.channel.and_then(|id| self.rtc.channel(id));
        let Some(mut channel) = channel else {
            return false;
        };
        match channel.write(false, text.as_bytes()) {
            Ok(taken) => {
                self.tick();
                taken
            }
            Err(error) => {
                self.settle(Err(error));
                false
            }
        }
    }

    /// Closes the data channel alone.
    pub fn close_channel(&mut self, now: Instant) {
        self.now = self.now.max(now);
        if let Some(id) = self.channel {
            self.rtc.direct_api().close_data_channel(id);
            self.tick();
        }
    }

    /// Opens one more data channel, which takes the place of the one before.
    pub fn open_another_channel(&mut self, now: Instant) {
        self.now = self.now.max(now);
        let config = ChannelConfig {
            label: "another".to_owned(),
            ..ChannelConfig::default()
        };
        self.channel = Some(self.rtc.direct_api().create_data_channel(config));
        self.tick();
    }

    pub(super) fn open_channel(&mut self) {
        if let Some(label) = self.opens.take() {
            self.channel = Some(self.rtc.direct_api().create_data_channel(ChannelConfig {
                label: label.to_owned(),
                ..ChannelConfig::default()
            }));
        }
    }

    pub(super) fn on_channel_open(&mut self, id: ChannelId, _label: &str) {
        if self.channel == Some(id) {
            self.tell(Event::ChannelOpen);
        }
    }

    pub(super) fn on_channel_data(&mut self, data: ChannelData) {
        let text = (!data.binary).then(|| String::from_utf8(data.data));
        if let Some(Ok(text)) = text {
            self.tell(Event::Text(text));
        }
    }

    pub(super) fn on_channel_close(&mut self, id: ChannelId) {
        if self.channel == Some(id) {
            self.channel = None;
            self.tell(Event::ChannelClosed);
        }
    }
}
