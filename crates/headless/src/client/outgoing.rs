//! Sending media.

use str0m::Rtc;
use str0m::format::Codec;
use str0m::media::{Mid, Pt};

use super::Client;
use crate::video::sender::VideoSender;

impl Client {
    /// Sends sound, or none; no packet is sent while it is off, as when a browser's track is taken out.
    pub fn set_audio(&mut self, on: bool) {
        if let Some(audio) = &mut self.audio {
            audio.audio.on = on;
        }
    }

    /// Level told in the header of audio packets, in decibels under full scale, 0 to 127.
    pub fn set_audio_level(&mut self, level: u8) {
        if let Some(audio) = &mut self.audio {
            audio.audio.level = level.min(127);
        }
    }

    /// Sends video, or none.
    pub fn set_video(&mut self, on: bool) {
        if let Some(video) = &mut self.video {
            video.set_on(on);
        }
    }

    /// Switches a layer on or off; whether there is one of that name.
    pub fn set_layer(&mut self, rid: &str, on: bool) -> bool {
        self.video
            .as_mut()
            .is_some_and(|video| video.set_layer(rid, on))
    }

    /// Audio packets handed to the connection so far.
    pub fn audio_sent(&self) -> u64 {
        self.audio.as_ref().map_or(0, |audio| audio.sent)
    }

    /// Video packets handed to the connection so far, over all layers, resends left out.
    pub fn video_sent(&self) -> u64 {
        self.video.as_ref().map_or(0, VideoSender::sent)
    }

    pub(super) fn send_media(&mut self) {
        if !self.is_connected() {
            return;
        }
        let now = self.now;
        let since_epoch = self.since_epoch();
        if let Some(audio) = &mut self.audio
            && let Some(pt) = payload_type(&self.rtc, audio.mid, Codec::Opus)
        {
            while audio.due().is_some_and(|due| due <= now) {
                let Some(write) = audio.next(now, pt) else {
                    continue;
                };
                if let Some(stream) = self.rtc.direct_api().stream_tx_by_mid(audio.mid, None) {
                    stream.write_rtp(write);
                }
            }
        }
        if let Some(video) = &mut self.video
            && let Some(pt) = payload_type(&self.rtc, video.mid, Codec::Vp8)
        {
            while video.due().is_some_and(|due| due <= now) {
                for packet in video.next(now, since_epoch, pt, &mut self.random) {
                    let mut direct = self.rtc.direct_api();
                    if let Some(stream) = direct.stream_tx_by_mid(video.mid, packet.rid) {
                        stream.write_rtp(packet.write);
                    }
                }
            }
        }
    }
}

/// The payload type both sides have agreed on.
fn payload_type(rtc: &Rtc, mid: Mid, codec: Codec) -> Option<Pt> {
    let agreed = rtc.media(mid)?.remote_pts();
    let of_codec = |pt: &Pt| {
        let mut params = rtc.codec_config().params().iter();
        params.any(|param| param.pt() == *pt && param.spec().codec == codec)
    };
    agreed.iter().copied().find(of_codec)
}
