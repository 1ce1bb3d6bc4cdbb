//! Whether a strict decoder could show what arrives.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::vp8::{Descriptor, PICTURE_IDS};
use crate::track::VideoReport;

/// How long a missing packet is waited for, resends included; Chromium's buffer gives up in the same order of
/// time when the round trip is short.
const PATIENCE: Duration = Duration::from_millis(400);
/// A decoder without a picture asks for a keyframe that often, as Chromium does.
const ASK_EVERY: Duration = Duration::from_millis(200);
/// Packets waiting for a gap to be filled: two seconds of a fast stream. More are thrown away with
/// the picture.
const MOST_WAITING: usize = 2048;
/// Packets kept without a keyframe among them: more than reordering moves a packet.
const MOST_WAITING_BLIND: usize = 64;

/// Whether a strict decoder could show what arrives: it starts at a keyframe, wants every packet of every frame,
/// picture ids without gaps, and TL0PICIDX in step with temporal layer 0.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    /// Packets from `next` on, by sequence number.
    waiting: BTreeMap<u64, Piece>,
    /// The first packet that is not yet decoded; none before the first keyframe.
    next: Option<u64>,
    /// Since when the packet `next` is missing though later ones are here.
    missing_since: Option<Instant>,
    /// Since when there is no picture though packets arrive.
    blind_since: Option<Instant>,
    asked: Option<Instant>,
    last: Option<LastFrame>,
}

#[derive(Debug, Clone, Copy)]
struct Piece {
    /// None is padding: it counts, and says nothing.
    descriptor: Option<Descriptor>,
    marker: bool,
    rtp_time: u64,
}

/// What stands at the place of the next frame.
enum Frame {
    /// All of it, with its first packet and the number of its last.
    Whole(Piece, u64),
    /// Something is still to come.
    Partial,
    /// The next frame begins before this one has ended.
    Broken,
}

#[derive(Debug, Clone, Copy)]
struct LastFrame {
    picture_id: u16,
    tl0_pic_idx: u8,
    rtp_time: u64,
}

impl Decoder {
    /// Takes a packet that has not been here before.
    pub(crate) fn take(
        &mut self,
        now: Instant,
        sequence: u64,
        marker: bool,
        rtp_time: u64,
        payload: &[u8],
        report: &mut VideoReport,
    ) {
        if self.next.is_some_and(|next| sequence < next) {
            return;
        }
        let descriptor = Descriptor::parse(payload).map(|(descriptor, _)| descriptor);
        if descriptor.is_none() && !payload.is_empty() {
            report.malformed += 1;
        }
        if descriptor.is_some_and(|descriptor| descriptor.keyframe) {
            report.keyframes_begun += 1;
        }
        let piece = Piece {
            descriptor,
            marker,
            rtp_time,
        };
        self.waiting.insert(sequence, piece);
        if !report.decodable {
            self.blind_since.get_or_insert(now);
        }
        self.advance(now, report);
        if self.waiting.len() > MOST_WAITING {
            self.give_up(now, report);
        }
    }

    /// When something happens without a packet.
    pub(crate) fn due(&self) -> Option<Instant> {
        let gap = self.missing_since.map(|since| since + PATIENCE);
        let ask = self.blind_since.map(|since| {
            self.asked
                .map_or(since, |asked| asked.max(since))
                .max(since)
                + ASK_EVERY
        });
        gap.into_iter().chain(ask).min()
    }

    /// Lets time pass; whether a keyframe should be asked for now.
    pub(crate) fn pass(&mut self, now: Instant, report: &mut VideoReport) -> bool {
        if self
            .missing_since
            .is_some_and(|since| since + PATIENCE <= now)
        {
            self.give_up(now, report);
            self.advance(now, report);
        }
        let asks = self.blind_since.is_some() && self.due().is_some_and(|due| due <= now);
        if asks {
            self.asked = Some(now);
            report.keyframes_asked += 1;
        }
        asks
    }

    /// The picture is lost: what is before the next keyframe is of no use.
    fn give_up(&mut self, now: Instant, report: &mut VideoReport) {
        if report.decodable {
            report.decodable = false;
            report.freezes += 1;
        }
        self.blind_since.get_or_insert(now);
        self.missing_since = None;
        let next = self.next;
        let keyframe = self.waiting.iter().find(|(sequence, piece)| {
            next.is_none_or(|next| **sequence > next)
                && piece
                    .descriptor
                    .is_some_and(|descriptor| descriptor.keyframe)
        });
        match keyframe.map(|(sequence, _)| *sequence) {
            Some(start) => self.waiting = self.waiting.split_off(&start),
            None => self.waiting.clear(),
        }
        self.next = self.waiting.keys().next().copied();
    }

    /// Decodes the frames that are here whole.
    fn advance(&mut self, now: Instant, report: &mut VideoReport) {
        while !self.waiting.is_empty() {
            if !report.decodable && !self.seek_keyframe() {
                self.missing_since = None;
                return;
            }
            let Some(next) = self.next else { return };
            let (first, end) = match self.frame_at(next) {
                Frame::Whole(first, end) => (first, end),
                Frame::Partial => {
                    let gap = self.has_gap(next);
                    self.missing_since = gap.then(|| self.missing_since.unwrap_or(now));
                    return;
                }
                Frame::Broken => {
                    report.broken_frames += 1;
                    self.give_up(now, report);
                    continue;
                }
            };
            self.missing_since = None;
            self.waiting = self.waiting.split_off(&(end + 1));
            self.next = Some(end + 1);
            let Some(descriptor) = first.descriptor else {
                continue;
            };
            self.decode(now, descriptor, first.rtp_time, report);
        }
    }

    /// Moves to the first keyframe that is here; what stands before it is dropped.
    fn seek_keyframe(&mut self) -> bool {
        let found = self.waiting.iter().find(|(_, piece)| {
            piece
                .descriptor
                .is_some_and(|descriptor| descriptor.keyframe)
        });
        let Some((start, _)) = found else {
            // A keyframe's later packets may have come before its first.
            while self.waiting.len() > MOST_WAITING_BLIND {
                self.waiting.pop_first();
            }
            self.next = None;
            return false;
        };
        let start = *start;
        self.waiting = self.waiting.split_off(&start);
        self.next = Some(start);
        true
    }

    /// The frame, or the padding, that begins at `start`.
    fn frame_at(&self, start: u64) -> Frame {
        let Some(first) = self.waiting.get(&start).copied() else {
            return Frame::Partial;
        };
        if first.descriptor.is_none() {
            return Frame::Whole(first, start);
        }
        for (expected, (sequence, piece)) in (start..).zip(self.waiting.range(start..)) {
            if *sequence != expected {
                return Frame::Partial;
            }
            if piece.rtp_time != first.rtp_time {
                return Frame::Broken;
            }
            if piece.marker {
                return Frame::Whole(first, expected);
            }
        }
        Frame::Partial
    }

    /// Whether a packet is missing before one that is here.
    fn has_gap(&self, start: u64) -> bool {
        let last = self.waiting.keys().next_back().copied().unwrap_or(start);
        let here = u64::try_from(self.waiting.len()).unwrap_or(u64::MAX);
        last >= start && last - start + 1 > here
    }

    fn decode(&mut self, now: Instant, frame: Descriptor, rtp_time: u64, report: &mut VideoReport) {
        if let Some(last) = self.last {
            report.time_went_back += u64::from(rtp_time <= last.rtp_time);
            let id = (last.picture_id + 1) % PICTURE_IDS;
            let index = last.tl0_pic_idx.wrapping_add(u8::from(frame.temporal == 0));
            let continuous = frame.picture_id == id && frame.tl0_pic_idx == index;
            if frame.keyframe {
                report.keyframe_id_jumps += u64::from(!continuous);
            } else if !frame.start || !continuous {
                report.broken_frames += 1;
                if report.decodable {
                    report.decodable = false;
                    report.freezes += 1;
                }
                self.blind_since.get_or_insert(now);
                return;
            }
        }
        self.last = Some(LastFrame {
            picture_id: frame.picture_id,
            tl0_pic_idx: frame.tl0_pic_idx,
            rtp_time,
        });
        if !report.decodable {
            report.decodable = true;
            report.first_decoded.get_or_insert(now);
        }
        self.blind_since = None;
        self.asked = None;
        report.frames_decoded += 1;
        report.keyframes_decoded += u64::from(frame.keyframe);
        report.last_decoded = Some(now);
    }
}

#[cfg(test)]
mod tests;
