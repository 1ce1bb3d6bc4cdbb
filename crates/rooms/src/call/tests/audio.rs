//! The board of mixed audio.

use greenroom_domain::limits::{AUDIO_LEGS_PER_SESSION_MAX, DISPLAY_MAX_BYTES};
use greenroom_media::{MediaEvent, PeerEnd};

use super::fixture::{BAD, Stage, audio_join, refused, video_join};
use crate::call::audio::{Event, Participant, Request};
use crate::call::{Ask, LegId, MediaDown, News, Refusal};

fn participant(id: LegId, display: &str) -> Participant {
    Participant {
        id,
        display: Some(display.to_owned()),
        muted: false,
        setup: false,
        talking: None,
    }
}

fn configure(display: Option<&str>, muted: Option<bool>, offer: Option<&str>) -> Request {
    Request::Configure {
        display: display.map(str::to_owned),
        muted,
        offer: offer.map(str::to_owned),
    }
}

#[test]
fn a_newcomer_is_told_of_all_and_all_of_the_newcomer() {
    let mut stage = Stage::with_lines(2);
    let roster = stage.join_audio(1, 1);
    assert_eq!(stage.pushes(), []);
    let mixer = stage.join_audio(1, 2);
    let told = News::Audio(Event::ParticipantJoined(participant(mixer, "1/2")));
    assert_eq!(stage.pushes(), [(1, 1, told)]);

    let joined = stage.ask(2, 1, audio_join("2/1"));
    let News::Audio(Event::Joined {
        id, participants, ..
    }) = joined
    else {
        panic!("{joined:?}");
    };
    assert_eq!(
        participants,
        [participant(roster, "1/1"), participant(mixer, "1/2")]
    );
    let told = News::Audio(Event::ParticipantJoined(participant(id, "2/1")));
    assert_eq!(stage.pushes(), [(1, 1, told.clone()), (1, 2, told)]);
}

#[test]
fn a_leg_that_leaves_is_told_to_all_but_itself() {
    let mut stage = Stage::with_lines(2);
    stage.join_audio(1, 1);
    let gone = stage.join_audio(1, 2);
    stage.join_audio(2, 1);
    stage.pushes();
    assert_eq!(
        stage.ask(1, 2, Request::Leave),
        News::Audio(Event::Left(gone))
    );
    let leaving = News::Audio(Event::Leaving(gone));
    assert_eq!(stage.pushes(), [(1, 1, leaving.clone()), (2, 1, leaving)]);
    assert_eq!(stage.ask(1, 2, Request::Leave), refused(Refusal::NotJoined));
}

#[test]
fn nobody_of_a_session_that_ends_is_told_of_it() {
    let mut stage = Stage::with_lines(2);
    let roster = stage.join_audio(1, 1);
    let (mixer, _) = stage.join_mix(1, 2);
    stage.join_audio(2, 1);
    stage.pushes();
    stage.end_line(1);
    let left = |id| News::Audio(Event::Leaving(id));
    assert_eq!(stage.pushes(), [(2, 1, left(roster)), (2, 1, left(mixer))]);
    assert!(stage.call.media().open.is_empty());
}

#[test]
fn an_empty_configure_is_answered_and_told_to_nobody() {
    let mut stage = Stage::with_lines(2);
    stage.join_audio(1, 1);
    stage.join_audio(2, 1);
    stage.pushes();
    let configured = News::Audio(Event::Configured { answer: None });
    assert_eq!(stage.ask(1, 1, configure(None, None, None)), configured);
    let same = configure(Some("1/1"), Some(false), None);
    assert_eq!(stage.ask(1, 1, same), configured);
    assert_eq!(stage.pushes(), []);
    assert_eq!(
        stage.ask(1, 9, configure(None, None, None)),
        refused(Refusal::NotJoined)
    );
}

#[test]
fn changes_are_told_to_the_others_and_mute_to_the_media_too() {
    let mut stage = Stage::with_lines(2);
    let (id, peer) = stage.join_mix(1, 1);
    stage.join_audio(2, 1);
    stage.pushes();
    stage.take_told();
    stage.ask(1, 1, configure(Some("new"), Some(true), None));
    let changed = Participant {
        muted: true,
        setup: true,
        talking: Some(false),
        ..participant(id, "new")
    };
    let told = News::Audio(Event::ParticipantChanged(changed));
    assert_eq!(stage.pushes(), [(2, 1, told)]);
    let muted = format!("{}: MixLegSettings {{ muted: true }}", peer.0);
    assert_eq!(stage.take_told(), [muted]);
}

#[test]
fn media_comes_up_and_goes_down_and_may_come_again() {
    let mut stage = Stage::with_lines(2);
    let id = stage.join_audio(1, 1);
    stage.join_audio(2, 1);
    stage.pushes();
    let answer = Some("answer to sdp".to_owned());
    let offer = configure(None, None, Some("sdp"));
    assert_eq!(
        stage.ask(1, 1, offer.clone()),
        News::Audio(Event::Configured { answer })
    );
    assert_eq!(stage.pushes(), []);

    let peer = stage.last_peer();
    stage.media(MediaEvent::Connected(peer));
    let up = Participant {
        setup: true,
        talking: Some(false),
        ..participant(id, "1/1")
    };
    let told = News::Audio(Event::ParticipantChanged(up));
    assert_eq!(stage.pushes(), [(1, 1, News::MediaUp), (2, 1, told)]);

    stage.media(MediaEvent::Ended(peer, PeerEnd::ClosedByPeer));
    let down = News::Audio(Event::ParticipantChanged(participant(id, "1/1")));
    assert_eq!(
        stage.pushes(),
        [
            (1, 1, News::MediaDown(MediaDown::ClosedByPeer)),
            (2, 1, down)
        ]
    );
    stage.ask(1, 1, offer.clone());
    assert_ne!(stage.last_peer(), peer);
    // Another offer takes the place of the first.
    stage.ask(1, 1, offer);
    let last = stage.last_peer();
    assert_eq!(stage.call.media().open.keys().collect::<Vec<_>>(), [&last]);
    stage.tell(1, 1, Ask::HangUp);
    assert!(stage.call.media().open.is_empty());
    assert_eq!(stage.call.people(), 2);
}

#[test]
fn an_offer_that_cannot_be_used_changes_nothing() {
    let mut stage = Stage::with_lines(2);
    stage.join_mix(1, 1);
    stage.join_audio(2, 1);
    stage.pushes();
    let bad = configure(Some("new"), Some(true), Some(BAD));
    assert_eq!(stage.ask(1, 1, bad), refused(Refusal::InvalidSdp));
    stage.call.media().is_full = true;
    let offer = configure(Some("new"), None, Some("sdp"));
    assert_eq!(stage.ask(1, 1, offer), refused(Refusal::MediaUnavailable));
    assert_eq!(stage.pushes(), []);
    let listed = stage.ask(2, 2, Request::ListParticipants);
    let News::Audio(Event::Participants(listed)) = listed else {
        panic!("{listed:?}");
    };
    assert!(listed.iter().all(|one| !one.muted), "{listed:?}");
    assert_eq!(listed[0].display.as_deref(), Some("1/1"));
}

#[test]
fn who_talks_is_told_to_all_once() {
    let mut stage = Stage::with_lines(2);
    let (id, peer) = stage.join_mix(1, 1);
    stage.join_audio(2, 1);
    stage.pushes();
    stage.media(MediaEvent::Talking(peer, true));
    stage.media(MediaEvent::Talking(peer, true));
    let talking = |talks| News::Audio(Event::Talking(id, talks));
    assert_eq!(
        stage.pushes(),
        [(1, 1, talking(true)), (2, 1, talking(true))]
    );
    stage.media(MediaEvent::Talking(peer, false));
    assert_eq!(
        stage.pushes(),
        [(1, 1, talking(false)), (2, 1, talking(false))]
    );
}

#[test]
fn joins_have_their_rules() {
    let mut stage = Stage::with_lines(2);
    let join = |id, display: &str| Request::Join {
        id: Some(LegId(id)),
        display: Some(display.to_owned()),
        muted: true,
        offer: None,
    };
    let joined = stage.ask(1, 1, join(42, "x"));
    assert!(
        matches!(joined, News::Audio(Event::Joined { id: LegId(42), .. })),
        "{joined:?}"
    );
    assert_eq!(
        stage.ask(1, 1, join(43, "x")),
        refused(Refusal::AlreadyJoined)
    );
    assert_eq!(stage.ask(2, 1, join(42, "x")), refused(Refusal::IdTaken));
    for id in [0, 1 << 53, u64::MAX] {
        assert_eq!(
            stage.ask(2, 1, join(id, "x")),
            refused(Refusal::NotPossible)
        );
    }
    let long = "x".repeat(DISPLAY_MAX_BYTES + 1);
    assert_eq!(
        stage.ask(2, 1, join(44, &long)),
        refused(Refusal::LimitReached)
    );
    // Nobody of line 2 has got in by any of that.
    assert_eq!(stage.call.people(), 1);
    for handle in 2..=AUDIO_LEGS_PER_SESSION_MAX as u64 {
        stage.join_audio(1, handle);
    }
    assert_eq!(
        stage.ask(1, 99, audio_join("x")),
        refused(Refusal::LimitReached)
    );
    // An id that was given back can be had again, on any board.
    stage.ask(1, 1, Request::Leave);
    assert!(matches!(
        stage.ask(2, 1, join(42, "x")),
        News::Audio(Event::Joined { .. })
    ));
}

#[test]
fn a_handle_stays_on_its_board() {
    let mut stage = Stage::with_lines(1);
    stage.join_audio(1, 1);
    assert_eq!(
        stage.ask(1, 1, video_join("x")),
        refused(Refusal::NotPossible)
    );
    stage.join_video(1, 2);
    assert_eq!(
        stage.ask(1, 2, audio_join("x")),
        refused(Refusal::NotPossible)
    );
}
