use std::time::{Duration, Instant};

use super::*;
use crate::stamp::Stamp;

/// Frames of two packets each, as they would be sent: number, marker, RTP time, payload.
type Sent = (u64, bool, u64, Vec<u8>);

fn frames(keyframes: &[u16], count: u16) -> Vec<Sent> {
    let mut sent = Vec::new();
    for frame in 0..count {
        for part in 0..2_u16 {
            let descriptor = Descriptor {
                start: part == 0,
                keyframe: part == 0 && keyframes.contains(&frame),
                discardable: false,
                picture_id: (0x7ff0 + frame) % PICTURE_IDS,
                tl0_pic_idx: u8::try_from(frame % 256).expect("small"),
                temporal: 0,
                sync: false,
            };
            let stamp = Stamp {
                layer: 0,
                frame: u32::from(frame),
                packet: 0,
                sent_micros: 0,
            };
            let payload = descriptor.payload((320, 180), stamp, 100);
            let sequence = 100 + u64::from(frame) * 2 + u64::from(part);
            sent.push((sequence, part == 1, u64::from(frame) * 3000, payload));
        }
    }
    sent
}

struct Screen {
    decoder: Decoder,
    report: VideoReport,
    now: Instant,
}

impl Screen {
    #[expect(
        clippy::disallowed_methods,
        reason = "where the test's own time begins"
    )]
    fn new() -> Self {
        Self {
            decoder: Decoder::default(),
            report: VideoReport::default(),
            now: Instant::now(),
        }
    }

    fn take(&mut self, (sequence, marker, rtp_time, payload): &Sent) {
        self.decoder.take(
            self.now,
            *sequence,
            *marker,
            *rtp_time,
            payload,
            &mut self.report,
        );
    }

    fn take_all(&mut self, sent: &[Sent]) {
        for packet in sent {
            self.take(packet);
        }
    }

    fn pass(&mut self, millis: u64) -> bool {
        self.now += Duration::from_millis(millis);
        self.decoder.pass(self.now, &mut self.report)
    }
}

#[test]
fn shows_a_whole_stream_over_the_wrap_of_picture_ids() {
    let mut screen = Screen::new();
    screen.take_all(&frames(&[0, 20], 40));
    assert!(screen.report.decodable);
    assert_eq!(screen.report.frames_decoded, 40);
    assert_eq!(screen.report.keyframes_decoded, 2);
    assert_eq!(screen.report.freezes, 0);
}

#[test]
fn starts_at_the_first_keyframe_and_asks_for_one_before() {
    let mut screen = Screen::new();
    let sent = frames(&[10], 20);
    screen.take_all(&sent[..10]);
    assert!(!screen.report.decodable);
    assert!(screen.pass(200), "asks after a while");
    assert!(!screen.pass(100), "but not all the time");
    screen.take_all(&sent[10..]);
    assert_eq!(screen.report.frames_decoded, 10);
    assert!(!screen.pass(1000));
}

#[test]
fn any_order_within_patience_is_fine() {
    let mut screen = Screen::new();
    let mut sent = frames(&[0], 30);
    let mut random = fastrand::Rng::with_seed(11);
    for chunk in sent.chunks_mut(6) {
        random.shuffle(chunk);
    }
    screen.take_all(&sent);
    assert_eq!(screen.report.frames_decoded, 30);
    assert_eq!(screen.report.freezes, 0);
}

#[test]
fn a_hole_freezes_until_the_next_keyframe() {
    let mut screen = Screen::new();
    let sent = frames(&[0, 15], 20);
    for (place, packet) in sent.iter().enumerate() {
        if place != 11 {
            screen.take(packet);
        }
    }
    assert_eq!(screen.report.frames_decoded, 5, "waits for the resend");
    screen.pass(400);
    assert_eq!(screen.report.freezes, 1);
    assert_eq!(
        screen.report.frames_decoded, 10,
        "5 before, 5 from the keyframe"
    );
    assert!(screen.report.decodable);
}

#[test]
fn a_resend_in_time_costs_nothing() {
    let mut screen = Screen::new();
    let sent = frames(&[0], 20);
    for (place, packet) in sent.iter().enumerate() {
        if place != 11 {
            screen.take(packet);
        }
    }
    screen.pass(300);
    screen.take(&sent[11]);
    assert_eq!(screen.report.frames_decoded, 20);
    assert_eq!(screen.report.freezes, 0);
}

#[test]
fn a_frame_left_out_is_seen_though_the_numbers_have_no_gap() {
    let mut screen = Screen::new();
    let mut sent = frames(&[0], 20);
    sent.drain(10..12);
    for packet in &mut sent[10..] {
        packet.0 -= 2;
    }
    screen.take_all(&sent);
    assert_eq!(screen.report.frames_decoded, 5);
    assert_eq!(screen.report.broken_frames, 1);
    assert!(!screen.report.decodable);
}

#[test]
fn a_frame_without_its_end_is_broken() {
    let mut screen = Screen::new();
    let mut sent = frames(&[0, 10], 20);
    sent[9].1 = false;
    screen.take_all(&sent);
    assert_eq!(screen.report.broken_frames, 1);
    assert_eq!(screen.report.frames_decoded, 4 + 10);
}

#[test]
fn padding_between_frames_is_passed_over() {
    let mut screen = Screen::new();
    let mut sent = frames(&[0], 10);
    for packet in &mut sent[10..] {
        packet.0 += 1;
    }
    sent.insert(10, (110, false, 0, Vec::new()));
    screen.take_all(&sent);
    assert_eq!(screen.report.frames_decoded, 10);
    assert_eq!(screen.report.malformed, 0);
}
