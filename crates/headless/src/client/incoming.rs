//! Receiving media.

use std::time::Instant;

use str0m::media::{KeyframeRequestKind, MediaKind};
use str0m::rtp::{RtpPacket, Ssrc};

use super::Client;
use crate::output::{AudioPacket, Event, Kind};
use crate::track::{Arrival, Track};

impl Client {
    /// Asks for a keyframe on every video track (PLI).
    pub fn request_keyframes(&mut self, now: Instant) {
        self.now = self.now.max(now);
        for (ssrc, index) in self.by_ssrc.clone() {
            let is_video = self
                .tracks
                .get(index)
                .is_some_and(|track| track.report.kind == Kind::Video);
            if is_video {
                self.ask_keyframe(ssrc);
            }
        }
        self.tick();
    }

    pub(super) fn on_packet(&mut self, packet: &RtpPacket) {
        let Some(index) = self.track_of(packet.header.ssrc) else {
            return;
        };
        let since_epoch = self.since_epoch();
        let now = self.now;
        let Some(track) = self.tracks.get_mut(index) else {
            return;
        };
        let is_audio = track.report.kind == Kind::Audio;
        track.take(Arrival {
            now,
            since_epoch,
            sequence: *packet.seq_no,
            rtp_time: packet.time.numer(),
            marker: packet.header.marker,
            payload: &packet.payload,
        });
        if is_audio && self.hears {
            let level = packet.header.ext_vals.audio_level;
            self.tell(Event::Audio(AudioPacket {
                sequence: *packet.seq_no,
                rtp_time: packet.time.numer(),
                marker: packet.header.marker,
                level: level.map(i8::unsigned_abs),
                payload: packet.payload.clone(),
            }));
        }
    }

    /// Decoders that are blind for long ask for a keyframe.
    pub(super) fn ask_for_keyframes(&mut self) {
        for index in 0..self.tracks.len() {
            let asks = self
                .tracks
                .get_mut(index)
                .is_some_and(|track| track.pass(self.now));
            if asks {
                let latest = self.by_ssrc.iter().rfind(|(_, track)| *track == index);
                if let Some((ssrc, _)) = latest.copied() {
                    self.ask_keyframe(ssrc);
                }
            }
        }
    }

    fn ask_keyframe(&mut self, ssrc: u32) {
        let mut direct = self.rtc.direct_api();
        if let Some(stream) = direct.stream_rx(&Ssrc::from(ssrc)) {
            stream.request_keyframe(KeyframeRequestKind::Pli);
        }
    }

    /// The track that a stream belongs to; made when its first packet comes.
    fn track_of(&mut self, ssrc: Ssrc) -> Option<usize> {
        if let Some((_, index)) = self.by_ssrc.iter().find(|(known, _)| *known == *ssrc) {
            return Some(*index);
        }
        let mut direct = self.rtc.direct_api();
        let stream = direct.stream_rx(&ssrc)?;
        let (mid, rid) = (stream.mid(), stream.rid());
        let kind = match self.rtc.media(mid)?.kind() {
            MediaKind::Audio => Kind::Audio,
            MediaKind::Video => Kind::Video,
        };
        let mid = mid.to_string();
        let rid = rid.map(|rid| rid.to_string());
        let known = self
            .tracks()
            .position(|track| track.mid == mid && track.rid == rid);
        let index = known.unwrap_or_else(|| {
            self.tracks.push(Track::new(mid, rid, kind));
            self.tracks.len() - 1
        });
        self.by_ssrc.push((*ssrc, index));
        Some(index)
    }
}
