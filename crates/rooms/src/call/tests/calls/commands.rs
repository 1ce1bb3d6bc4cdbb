//! What operators want of calls, what the history is told, and what a line may have waiting.

use greenroom_domain::limits::{NEWS_WAITING_MAX_BYTES, TEXT_MAX_BYTES};
use greenroom_domain::{FamilyId, ParticipantId};

use super::*;
use crate::call::tests::record::person;
use crate::call::tests::requests::sdk_display;
use crate::call::{Present, Removal};

impl World {
    /// Takes the notes: who, and why they left.
    fn notes(&self) -> Vec<(ParticipantId, Option<LeftReason>)> {
        let notes = std::mem::take(&mut *self.notes.0.lock().unwrap());
        let short = |(room, note): (RoomRef, Note)| {
            assert_eq!(room.account_id, account_id());
            match note {
                Note::Joined { participant, .. } => (participant, None),
                Note::Left {
                    participant,
                    reason,
                    ..
                } => (participant, Some(reason)),
                Note::Changed { .. } => panic!("{note:?}"),
            }
        };
        notes.into_iter().map(short).collect()
    }
}

async fn sdk_join(line: &mut Line, id: u128) {
    ask(line, 1, audio_join(&sdk_display(id, None))).await;
    loop {
        if next(line).await.reply_to.is_some() {
            return;
        }
    }
}

/// All that a line has been told already.
fn told(line: &mut Line) -> Vec<LineNews> {
    std::iter::from_fn(|| line.try_next()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_kick_is_on_the_lines_when_it_returns() {
    let world = World::new();
    let (mut anna, mut ben) = (world.line(room_id(1)), world.line(room_id(1)));
    let family = FamilyId::random(&Counting::default());
    anna.add_family(SESSION, family).await.unwrap();
    sdk_join(&mut anna, 1).await;
    sdk_join(&mut ben, 2).await;
    told(&mut anna);
    let present = |id, families| Present {
        participant: person(id),
        families,
    };
    assert_eq!(
        world.calls.present(room_id(1)).await,
        [present(1, vec![family]), present(2, vec![])]
    );
    world.calls.set_muted(room_id(1), &[person(2)], true).await;
    let told_both = [told(&mut anna), told(&mut ben)];
    assert_eq!(told_both.map(|told| told.len()), [1, 1]);

    world.calls.kick(room_id(1), &[person(1)]).await;
    let removed = LineNews::Removed(SESSION, Removal::Kicked);
    assert_eq!(told(&mut anna).last(), Some(&removed));
    // That she was kicked, and that she has left.
    assert_eq!(told(&mut ben).len(), 2);
    let kicked = (person(1), Some(LeftReason::Kicked));
    assert_eq!(
        world.notes(),
        [(person(1), None), (person(2), None), kicked]
    );
    world.calls.end(room_id(1), true).await;
    let removed = LineNews::Removed(SESSION, Removal::RoomDeleted);
    assert_eq!(told(&mut ben), [removed]);
    assert_eq!(world.calls.present(room_id(1)).await, []);
    assert_eq!(world.notes(), [(person(2), Some(LeftReason::RoomDeleted))]);
}

#[tokio::test(start_paused = true)]
async fn where_nobody_is_there_is_nothing_to_do() {
    let world = World::new();
    let room = room_id(1);
    assert_eq!(world.calls.present(room).await, []);
    world.calls.kick(room, &[person(1)]).await;
    let mut line = world.line(room);
    sdk_join(&mut line, 1).await;
    drop(line);
    // However far the call has got with its end.
    for _ in 0..10 {
        world.calls.end(room, false).await;
        tokio::task::yield_now().await;
    }
    assert_eq!(world.calls.present(room).await, []);
}

#[tokio::test(start_paused = true)]
async fn the_reason_for_which_a_line_is_dropped_is_noted() {
    let world = World::new();
    for (id, why) in [
        (1, LeftReason::TimedOut),
        (2, LeftReason::Unauthorized),
        (3, LeftReason::Stale),
    ] {
        let mut line = world.line(room_id(1));
        sdk_join(&mut line, id).await;
        line.hang_up(why);
        until("noted", || world.notes.0.lock().unwrap().len() == 2).await;
        let (joined, left) = ((person(id), None), (person(id), Some(why)));
        assert_eq!(world.notes(), [joined, left]);
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_stays_on_record_in_a_call_that_fails() {
    let world = World::new();
    let mut line = world.line(room_id(1));
    sdk_join(&mut line, 1).await;
    ask(&line, 1, offer(FATAL)).await;
    assert_eq!(line.next().await, None);
    until("noted", || world.notes.0.lock().unwrap().len() == 2).await;
    let left = (person(1), Some(LeftReason::Left));
    assert_eq!(world.notes(), [(person(1), None), left]);
    assert_eq!(world.calls.present(room_id(1)).await, []);
}

#[tokio::test(start_paused = true)]
async fn refused_joins_are_counted() {
    let world = World::new();
    world.size.send_replace(1);
    let (mut anna, mut ben) = (world.line(room_id(1)), world.line(room_id(1)));
    join(&mut anna, 1).await;
    ask(&ben, 1, audio_join("x")).await;
    assert_eq!(next(&mut ben).await.news, refused(Refusal::RoomFull));
    // Its own mistakes are not.
    ask(&anna, 1, audio_join("x")).await;
    assert_eq!(next(&mut anna).await.news, refused(Refusal::AlreadyJoined));
    let stats = &world.stats;
    until("counted", || stats.joins_refused_full.get() == 1).await;
    assert_eq!(stats.joins_refused_limit.get(), 0);
}

/// A line with a data channel, and what happens to it.
async fn with_channel(world: &World) -> (Line, mpsc::Sender<MediaEvent>) {
    let mut line = world.line(room_id(1));
    ask(&line, 1, text::Request::Setup).await;
    assert!(matches!(next(&mut line).await.news, News::Text(_)));
    (line, world.room(0).events)
}

fn long_text() -> MediaEvent {
    MediaEvent::Text(PeerId(1), "x".repeat(TEXT_MAX_BYTES))
}

#[tokio::test(start_paused = true)]
async fn a_line_that_floods_its_channel_and_takes_nothing_is_given_up() {
    let world = World::new();
    let (mut line, events) = with_channel(&world).await;
    let enough = NEWS_WAITING_MAX_BYTES / TEXT_MAX_BYTES;
    // Far fewer than the number that may wait.
    for _ in 0..2 * enough {
        events.send(long_text()).await.unwrap();
    }
    until("given up", || world.stats.lines_too_slow.get() == 1).await;
    assert_eq!(told(&mut line).len(), enough);
    assert_eq!(line.next().await, None);
}

#[tokio::test(start_paused = true)]
async fn what_was_taken_makes_room_for_more() {
    let world = World::new();
    let (mut line, events) = with_channel(&world).await;
    for _ in 0..2 * NEWS_WAITING_MAX_BYTES / TEXT_MAX_BYTES {
        events.send(long_text()).await.unwrap();
        assert!(matches!(next(&mut line).await.news, News::Text(_)));
    }
    assert_eq!(world.stats.lines_too_slow.get(), 0);
}
