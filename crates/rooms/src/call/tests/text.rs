//! The board of messages.

use greenroom_domain::limits::{
    MESSAGE_MAX_BYTES, TEXT_CHANNELS_PER_SESSION_MAX, USERNAME_MAX_BYTES,
};
use greenroom_domain::room::MaxParticipants;
use greenroom_media::{MediaEvent, PeerEnd};

use super::fixture::{BAD, Stage, refused, text_join};
use crate::call::text::{Event, Member, Request};
use crate::call::{Ask, MediaDown, News, Refusal};

fn member(username: &str) -> Member {
    Member {
        username: username.to_owned(),
        display: None,
    }
}

fn send(text: &str, to: Option<&[&str]>) -> Request {
    Request::Send {
        text: text.to_owned(),
        to: to.map(|to| to.iter().map(|&name| name.to_owned()).collect()),
    }
}

fn message(from: &str, text: &str, whispered: bool) -> News {
    News::Text(Event::Message {
        from: from.to_owned(),
        text: text.to_owned(),
        whispered,
    })
}

fn sent(to: &[(&str, bool)]) -> News {
    let to = to.iter().map(|(name, there)| ((*name).to_owned(), *there));
    News::Text(Event::Sent(to.collect()))
}

#[test]
fn a_data_channel_comes_up_and_what_it_brings_goes_to_its_handle() {
    let mut stage = Stage::with_lines(1);
    let offered = stage.ask(1, 1, Request::Setup);
    let offer = "offer of text".to_owned();
    assert_eq!(offered, News::Text(Event::Offered { offer }));
    assert_eq!(
        stage.ask(1, 1, text_join("early")),
        refused(Refusal::NotJoined)
    );
    let answer = |sdp: &str| Request::Answer {
        answer: sdp.to_owned(),
    };
    // A bad answer spoils the offer: it has to be made anew.
    assert_eq!(stage.ask(1, 1, answer(BAD)), refused(Refusal::InvalidSdp));
    assert_eq!(stage.ask(1, 1, answer("sdp")), refused(Refusal::NotJoined));
    assert_eq!(stage.call.people(), 0);
    stage.ask(1, 1, Request::Setup);
    let peer = stage.last_peer();
    assert_eq!(stage.ask(1, 1, answer("sdp")), News::Text(Event::Answered));
    assert_eq!(stage.ask(1, 1, answer("sdp")), refused(Refusal::InvalidSdp));
    stage.media(MediaEvent::Connected(peer));
    stage.media(MediaEvent::TextOpened(peer));
    stage.media(MediaEvent::Text(peer, "{}".to_owned()));
    assert_eq!(
        stage.pushes_to(1, 1),
        [
            News::MediaUp,
            News::Text(Event::Opened),
            News::Text(Event::Received("{}".to_owned()))
        ]
    );
    stage.take_told();
    stage.tell(1, 1, Ask::Text(Request::Write("out".to_owned())));
    assert_eq!(stage.take_told(), [format!("{}: \"out\"", peer.0)]);
    // Nowhere to write to.
    stage.tell(1, 2, Ask::Text(Request::Write("out".to_owned())));
    assert_eq!(stage.take_told(), [""; 0]);
}

#[test]
fn a_message_to_all_reaches_its_sender_too() {
    let mut stage = Stage::with_lines(3);
    stage.join_text(1, 1, "anna");
    stage.join_text(2, 1, "ben");
    stage.pushes();
    assert_eq!(stage.ask(1, 1, send("hi", None)), sent(&[]));
    let hi = message("anna", "hi", false);
    assert_eq!(stage.pushes(), [(1, 1, hi.clone()), (2, 1, hi)]);
    // Who comes later gets none of it.
    stage.join_text(3, 1, "carl");
    let newcomers = stage.pushes_to(3, 1);
    assert!(
        !newcomers
            .iter()
            .any(|news| matches!(news, News::Text(Event::Message { .. }))),
        "{newcomers:?}"
    );
}

#[test]
fn a_message_to_some_reaches_those_alone_and_tells_who_is_gone() {
    let mut stage = Stage::with_lines(3);
    stage.join_text(1, 1, "anna");
    stage.join_text(2, 1, "ben");
    stage.join_text(3, 1, "carl");
    stage.pushes();
    let to = ["carl", "gone", "carl"];
    assert_eq!(
        stage.ask(1, 1, send("psst", Some(&to))),
        sent(&[("carl", true), ("gone", false)])
    );
    assert_eq!(stage.pushes(), [(3, 1, message("anna", "psst", true))]);
    stage.end_line(3);
    stage.pushes();
    assert_eq!(
        stage.ask(1, 1, send("psst", Some(&["carl"]))),
        sent(&[("carl", false)])
    );
    assert_eq!(stage.pushes(), []);
}

#[test]
fn members_are_told_of_each_other() {
    let mut stage = Stage::with_lines(2);
    stage.join_text(1, 1, "anna");
    stage.ask(2, 1, Request::Setup);
    let answer = "sdp".to_owned();
    stage.ask(2, 1, Request::Answer { answer });
    assert_eq!(
        stage.ask(2, 1, text_join("anna")),
        refused(Refusal::IdTaken)
    );
    stage.pushes();
    assert_eq!(
        stage.ask(2, 1, text_join("ben")),
        News::Text(Event::Joined(vec![member("anna")]))
    );
    let came = News::Text(Event::MemberJoined(member("ben")));
    assert_eq!(stage.pushes(), [(1, 1, came)]);
    assert_eq!(
        stage.ask(2, 1, text_join("ben2")),
        refused(Refusal::AlreadyJoined)
    );
    assert_eq!(
        stage.ask(1, 9, Request::ListParticipants),
        News::Text(Event::Members(vec![member("anna"), member("ben")]))
    );
    assert_eq!(stage.ask(2, 1, Request::Leave), News::Text(Event::Left));
    let left = News::Text(Event::MemberLeft("ben".to_owned()));
    assert_eq!(stage.pushes(), [(1, 1, left)]);
    assert_eq!(stage.ask(2, 1, Request::Leave), refused(Refusal::NotJoined));
    assert_eq!(
        stage.ask(2, 1, send("hi", None)),
        refused(Refusal::NotJoined)
    );
}

#[test]
fn a_channel_that_ends_takes_its_member_along() {
    let mut stage = Stage::with_lines(2);
    stage.join_text(1, 1, "anna");
    let peer = stage.join_text(2, 1, "ben");
    stage.pushes();
    stage.media(MediaEvent::Ended(peer, PeerEnd::Overrun));
    let left = News::Text(Event::MemberLeft("ben".to_owned()));
    assert_eq!(
        stage.pushes(),
        [
            (2, 1, News::MediaDown(MediaDown::Failed)),
            (1, 1, left.clone())
        ]
    );
    assert_eq!(stage.call.people(), 1);
    // The name is free again, and so is the handle.
    stage.join_text(2, 1, "ben");
    stage.pushes();
    stage.tell(2, 1, Ask::HangUp);
    assert_eq!(stage.pushes(), [(1, 1, left)]);
}

#[test]
fn messages_have_bounds() {
    let mut stage = Stage::with_lines(1);
    assert_eq!(
        stage.ask(1, 1, text_join("anna")),
        refused(Refusal::NotJoined)
    );
    stage.ask(1, 1, Request::Setup);
    assert_eq!(
        stage.ask(1, 1, Request::Setup),
        refused(Refusal::AlreadyJoined)
    );
    let answer = "sdp".to_owned();
    stage.ask(1, 1, Request::Answer { answer });
    let long = "x".repeat(USERNAME_MAX_BYTES + 1);
    assert_eq!(
        stage.ask(1, 1, text_join(&long)),
        refused(Refusal::LimitReached)
    );
    stage.ask(1, 1, text_join("anna"));
    let most = "x".repeat(MESSAGE_MAX_BYTES);
    assert_eq!(stage.ask(1, 1, send(&most, None)), sent(&[]));
    let long = "x".repeat(MESSAGE_MAX_BYTES + 1);
    assert_eq!(
        stage.ask(1, 1, send(&long, None)),
        refused(Refusal::LimitReached)
    );
    let many = vec!["ben"; usize::from(MaxParticipants::MAX) + 1];
    assert_eq!(
        stage.ask(1, 1, send("hi", Some(&many))),
        refused(Refusal::LimitReached)
    );
    for handle in 2..=TEXT_CHANNELS_PER_SESSION_MAX as u64 {
        stage.ask(1, handle, Request::Setup);
    }
    assert_eq!(
        stage.ask(1, 99, Request::Setup),
        refused(Refusal::LimitReached)
    );
}
