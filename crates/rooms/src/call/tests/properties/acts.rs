//! What can happen to a call.

use proptest::prelude::*;

use super::{LINES, MAX};
use crate::call::HandleKey;

#[derive(Debug, Clone)]
pub(super) enum Act {
    Ask(u64, HandleKey, What),
    Media(usize, u8),
    SessionEnd(u64, u64),
    LineEnd(u64),
    Line(u64),
    Resize(usize),
    Wait(i64),
    MediaFull(bool),
    Kick(usize),
    Mute(usize, bool),
    End,
}

/// What is asked; ids are chosen among those that were seen.
#[derive(Debug, Clone)]
pub(super) enum What {
    AudioJoin(u8),
    AudioJoinAs(usize),
    AudioConfigure(bool, bool),
    AudioLeave,
    AudioList,
    VideoJoin,
    Publish(bool),
    Rename(u8),
    Unpublish,
    Leave,
    Subscribe(usize, usize, bool),
    Start(bool),
    Pause,
    Switch(usize),
    Update(usize, usize),
    TextSetup,
    TextAnswer,
    TextJoin(u8),
    TextSend(Option<u8>),
    TextLeave,
    HangUp,
    Detach,
    Write,
}

fn what() -> impl Strategy<Value = What> {
    prop_oneof![
        4 => (0..5_u8).prop_map(What::AudioJoin),
        1 => any::<usize>().prop_map(What::AudioJoinAs),
        3 => any::<(bool, bool)>().prop_map(|(muted, bad)| What::AudioConfigure(muted, bad)),
        1 => Just(What::AudioLeave),
        1 => Just(What::AudioList),
        4 => Just(What::VideoJoin),
        5 => prop::bool::weighted(0.1).prop_map(What::Publish),
        2 => (0..3_u8).prop_map(What::Rename),
        1 => Just(What::Unpublish),
        1 => Just(What::Leave),
        5 => any::<(usize, usize, bool)>().prop_map(|(one, two, both)| What::Subscribe(one, two, both)),
        3 => prop::bool::weighted(0.1).prop_map(What::Start),
        1 => Just(What::Pause),
        1 => any::<usize>().prop_map(What::Switch),
        3 => any::<(usize, usize)>().prop_map(|(more, less)| What::Update(more, less)),
        2 => Just(What::TextSetup),
        1 => Just(What::TextAnswer),
        2 => (0..4_u8).prop_map(What::TextJoin),
        2 => prop::option::of(0..4_u8).prop_map(What::TextSend),
        1 => Just(What::TextLeave),
        1 => Just(What::HangUp),
        1 => Just(What::Detach),
        1 => Just(What::Write),
    ]
}

pub(super) fn act() -> impl Strategy<Value = Act> {
    let key = (1..3_u64, 1..6_u64).prop_map(|(session, handle)| HandleKey { session, handle });
    prop_oneof![
        30 => (1..=LINES, key, what()).prop_map(|(line, key, what)| Act::Ask(line, key, what)),
        8 => any::<(usize, u8)>().prop_map(|(peer, what)| Act::Media(peer, what)),
        1 => (1..=LINES, 1..3_u64).prop_map(|(line, session)| Act::SessionEnd(line, session)),
        1 => (1..=LINES).prop_map(Act::LineEnd),
        2 => (1..=LINES).prop_map(Act::Line),
        1 => (1..=MAX).prop_map(Act::Resize),
        2 => (1..10_i64).prop_map(Act::Wait),
        1 => any::<bool>().prop_map(Act::MediaFull),
        1 => Just(Act::Wait(30)),
        1 => any::<usize>().prop_map(Act::Kick),
        2 => any::<(usize, bool)>().prop_map(|(who, muted)| Act::Mute(who, muted)),
        1 => prop::bool::weighted(0.3).prop_map(|ends| if ends { Act::End } else { Act::Wait(1) }),
    ]
}
