//! One journey of two browsers, as a transcript: who is told what, and in which order.

use std::fmt::Write;

use greenroom_media::MediaEvent;

use super::fixture::{Stage, audio_join, publish, rename, start, subscribe, text_join, video_join};
use crate::call::video::Flow;
use crate::call::{Ask, LegId, News, audio, text};

/// Writes down what is asked and told.
struct Transcript {
    stage: Stage,
    text: String,
}

impl Transcript {
    fn says(&mut self, who: &str, line: u64, handle: u64, what: &str, ask: impl Into<Ask>) {
        let reply = self.stage.ask(line, handle, ask);
        writeln!(self.text, "{who}/{handle} -> {what}").unwrap();
        writeln!(self.text, "{who}/{handle} <- {}", shown(&reply)).unwrap();
        self.note_pushes();
    }

    fn happens(&mut self, what: &str, event: MediaEvent) {
        writeln!(self.text, "-- {what}").unwrap();
        self.stage.media(event);
        self.note_pushes();
    }

    fn note_pushes(&mut self) {
        for (line, handle, news) in self.stage.pushes() {
            let who = if line == 1 { "anna" } else { "ben" };
            writeln!(self.text, "    {who}/{handle} <- {}", shown(&news)).unwrap();
        }
    }

    /// What the SDK does to connect: a data channel, to be seen, to be told of streams, to be heard.
    fn connects(&mut self, who: &str, line: u64) {
        self.says(who, line, 1, "text setup", text::Request::Setup);
        let text_peer = self.stage.last_peer();
        let answer = "sdp".to_owned();
        self.says(
            who,
            line,
            1,
            "text answer",
            text::Request::Answer { answer },
        );
        self.happens("data channel opens", MediaEvent::TextOpened(text_peer));
        self.says(who, line, 1, "text join", text_join(who));
        self.says(who, line, 2, "audio join, to be seen", audio_join(who));
        self.says(who, line, 3, "video join, to be told", video_join(who));
        self.says(who, line, 4, "audio join, to be heard", audio_join("mic"));
        let offer = audio::Request::Configure {
            display: Some("mic".to_owned()),
            muted: None,
            offer: Some("sdp".to_owned()),
        };
        self.says(who, line, 4, "audio configure with an offer", offer);
        let mix = self.stage.last_peer();
        self.happens("its media comes up", MediaEvent::Connected(mix));
    }
}

fn shown(news: &News) -> String {
    format!("{news:?}")
        .replace("LegId(", "#(")
        .replace("audio_moderated: false, video_moderated: false, ", "")
        .replace(", simulcast: false", "")
}

#[test]
fn two_browsers_meet() {
    let mut it = Transcript {
        stage: Stage::with_lines(2),
        text: String::new(),
    };
    it.connects("anna", 1);
    it.connects("ben", 2);
    it.says("anna", 1, 5, "video join, to publish", video_join("camera"));
    it.says(
        "anna",
        1,
        5,
        "video configure with an offer",
        publish("vp8"),
    );
    let feed = LegId(9);
    let all = Flow::default();
    it.says("ben", 2, 5, "subscribe", subscribe(&[feed], all));
    it.says("ben", 2, 5, "start with an answer", start("sdp"));
    let subscription = it.stage.last_peer();
    it.happens("it comes up", MediaEvent::Connected(subscription));
    it.says("anna", 1, 5, "camera off", rename("camera off"));
    let hello = text::Request::Send {
        text: "hello".to_owned(),
        to: None,
    };
    it.says("ben", 2, 1, "say hello to all", hello);
    writeln!(it.text, "-- anna closes her browser").unwrap();
    it.stage.end_line(1);
    it.note_pushes();
    it.says(
        "ben",
        2,
        9,
        "who is there",
        audio::Request::ListParticipants,
    );
    insta::assert_snapshot!(it.text);
    assert_eq!(it.stage.call.people(), 1);
}
