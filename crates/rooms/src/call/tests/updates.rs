//! Subscribers that change which feeds they show.

use greenroom_domain::limits::FEEDS_PER_SUBSCRIBER_MAX;
use greenroom_media::MediaEvent;

use super::fixture::{Stage, refused, start, subscribe};
use crate::call::video::{Event, FeedWanted, Flow, Request};
use crate::call::{Ask, LegId, News, Refusal};

fn update(subscribe: &[LegId], unsubscribe: &[LegId]) -> Request {
    Request::Update {
        subscribe: subscribe
            .iter()
            .map(|feed| FeedWanted { feed: *feed })
            .collect(),
        unsubscribe: unsubscribe.to_vec(),
    }
}

/// The feeds and the offer of an update.
fn updated(news: &News) -> (Vec<LegId>, Option<&str>) {
    let News::Video(Event::Updated { feeds, offer }) = news else {
        panic!("{news:?}");
    };
    (feeds.iter().map(|feed| feed.id).collect(), offer.as_deref())
}

#[test]
fn what_changes_nothing_is_answered_at_once() {
    let mut stage = Stage::with_lines(1);
    let (feed, _) = stage.publish(1, 1);
    stage.subscribe(1, 2, feed);
    let same = stage.ask(1, 2, update(&[feed], &[LegId(999)]));
    assert_eq!(updated(&same), (vec![feed], None));
}

#[test]
fn a_new_offer_is_made_and_answered() {
    let mut stage = Stage::with_lines(1);
    let (first, first_peer) = stage.publish(1, 1);
    let (second, second_peer) = stage.publish(1, 2);
    let peer = stage.subscribe(1, 3, first);
    stage.take_told();
    let swap = update(&[second, second], &[first]);
    stage.tell(1, 3, swap.into());
    assert_eq!(stage.late_replies, []);
    let told = format!("add [{}], remove [{}]", second_peer.0, first_peer.0);
    assert_eq!(stage.take_told(), [format!("{}: {told:?}", peer.0)]);
    // One after the other.
    let more = update(&[first], &[]);
    assert_eq!(stage.ask(1, 3, more.clone()), refused(Refusal::NotPossible));
    stage.media(MediaEvent::Offer(peer, Some("new".to_owned())));
    let reply = stage.late_replies.pop().unwrap();
    assert_eq!(updated(&reply), (vec![second], Some("new")));
    assert_eq!(stage.ask(1, 3, more.clone()), refused(Refusal::NotPossible));
    assert_eq!(
        stage.ask(1, 3, start("answer")),
        News::Video(Event::Started)
    );
    stage.tell(1, 3, more.into());
    stage.media(MediaEvent::Offer(peer, None));
    let reply = stage.late_replies.pop().unwrap();
    assert_eq!(updated(&reply), (vec![second, first], None));
    // What was dropped may go without a word to who showed it.
    stage.ask(1, 2, Request::Unpublish);
    assert_eq!(stage.pushes_to(1, 3), []);
}

#[test]
fn an_update_that_comes_to_nothing_is_refused_once() {
    let ends: [fn(&mut Stage); 3] = [
        |stage| stage.tell(1, 3, Ask::Detach),
        |stage| stage.tell(1, 3, Ask::HangUp),
        |stage| {
            for handle in [1, 2] {
                stage.ask(1, handle, Request::Unpublish);
            }
        },
    ];
    for end in ends {
        let mut stage = Stage::with_lines(1);
        let (first, _) = stage.publish(1, 1);
        let (second, _) = stage.publish(1, 2);
        let peer = stage.subscribe(1, 3, first);
        stage.tell(1, 3, update(&[second], &[]).into());
        end(&mut stage);
        assert_eq!(stage.late_replies, [refused(Refusal::NotPossible)]);
        stage.media(MediaEvent::Offer(peer, Some("late".to_owned())));
        assert_eq!(stage.late_replies.len(), 1);
    }
}

#[test]
fn updates_have_their_rules() {
    let mut stage = Stage::with_lines(3);
    let mut feeds = Vec::new();
    for (line, handle) in (1..=2).flat_map(|line| (1..=16).map(move |handle| (line, handle))) {
        feeds.push(stage.publish(line, handle).0);
    }
    let first = feeds[0];
    assert_eq!(
        stage.ask(3, 1, update(&feeds, &[])),
        refused(Refusal::NotJoined)
    );
    stage.ask(3, 1, subscribe(&[first], Flow::default()));
    assert_eq!(
        stage.ask(3, 1, update(&feeds[1..2], &[])),
        refused(Refusal::NotPossible)
    );
    stage.ask(3, 1, start("answer"));
    assert!(feeds.len() > FEEDS_PER_SUBSCRIBER_MAX);
    assert_eq!(
        stage.ask(3, 1, update(&feeds, &[])),
        refused(Refusal::LimitReached)
    );
    assert_eq!(
        stage.ask(3, 1, update(&[LegId(999)], &[first])),
        refused(Refusal::NoSuchFeed)
    );
    stage.tell(3, 1, update(&feeds[1..=30], &[first]).into());
    let peer = stage.last_peer();
    stage.media(MediaEvent::Offer(peer, None));
    assert_eq!(stage.late_replies.len(), 1);
}
