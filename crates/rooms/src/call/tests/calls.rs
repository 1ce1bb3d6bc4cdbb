//! The tasks around calls: lines, their bounds, and what happens when one fails.

mod commands;
mod quality;

use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use greenroom_domain::limits::{ASKS_WAITING_MAX, NEWS_WAITING_MAX};
use greenroom_domain::participant::LeftReason;
use greenroom_domain::{AccountId, Clock, RoomId, Timestamp};
use greenroom_media::{MediaEvent, PeerEnd, PeerId, RoomReport};
use tokio::sync::{mpsc, oneshot, watch};

use super::fixture::{Counting, FATAL, NOW, SESSION, ScriptedMedia, audio_join, refused};
use crate::Stats;
use crate::call::media::MediaEngine;
use crate::call::{
    Ask, CallOver, Calls, HandleKey, Line, LineNews, News, NoteTaker, Patience, Refusal, Told,
    audio, text,
};
use crate::history::{Note, RoomRef};

/// Follows the time of the runtime, which tests can hold and move.
struct RuntimeClock(tokio::time::Instant);

impl RuntimeClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the time of a paused runtime is a fake one"
    )]
    fn start() -> Self {
        Self(tokio::time::Instant::now())
    }
}

impl Clock for RuntimeClock {
    fn now(&self) -> Timestamp {
        NOW.saturating_add_micros(i64::try_from(self.0.elapsed().as_micros()).unwrap())
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the time of a paused runtime is a fake one"
)]
async fn pass(secs: u64) {
    tokio::time::sleep(Duration::from_secs(secs)).await;
}

/// The rooms of the scripted engine, as a test sees them.
#[derive(Default, Clone)]
struct Rooms(Arc<Mutex<Vec<OpenRoom>>>);

#[derive(Clone)]
struct OpenRoom {
    events: mpsc::Sender<MediaEvent>,
    waiting: Weak<Mutex<Vec<oneshot::Sender<RoomReport>>>>,
}

struct Engine {
    rooms: Rooms,
    gate: Arc<tokio::sync::Mutex<()>>,
}

impl MediaEngine for Engine {
    type Room = ScriptedMedia;

    fn open_room(&self) -> (ScriptedMedia, mpsc::Receiver<MediaEvent>) {
        let (events, taken) = mpsc::channel(4);
        let media = ScriptedMedia {
            gate: Some(Arc::clone(&self.gate)),
            ..ScriptedMedia::default()
        };
        let waiting = Arc::downgrade(&media.waiting);
        self.rooms
            .0
            .lock()
            .unwrap()
            .push(OpenRoom { events, waiting });
        (media, taken)
    }
}

/// Keeps what is noted.
#[derive(Default)]
struct Notes(Mutex<Vec<(RoomRef, Note)>>);

impl NoteTaker for Notes {
    fn note(&self, room: RoomRef, note: Note) {
        self.0.lock().unwrap().push((room, note));
    }
}

fn account_id() -> AccountId {
    "00000000-0000-4000-9000-000000000000".parse().unwrap()
}

struct World {
    calls: Arc<Calls>,
    stats: Arc<Stats>,
    rooms: Rooms,
    gate: Arc<tokio::sync::Mutex<()>>,
    clock: Arc<RuntimeClock>,
    size: watch::Sender<usize>,
    notes: Arc<Notes>,
}

impl World {
    fn new() -> Self {
        let (stats, rooms) = (Arc::new(Stats::default()), Rooms::default());
        let notes = Arc::new(Notes::default());
        let gate = Arc::new(tokio::sync::Mutex::new(()));
        let engine = Engine {
            rooms: rooms.clone(),
            gate: Arc::clone(&gate),
        };
        let clock = Arc::new(RuntimeClock::start());
        let calls = Calls::new(
            engine,
            Arc::clone(&clock) as Arc<dyn Clock>,
            Arc::new(Counting::default()),
            Arc::clone(&stats),
            Arc::clone(&notes) as Arc<dyn NoteTaker>,
            Patience::default(),
            None,
        );
        Self {
            calls,
            stats,
            rooms,
            gate,
            clock,
            size: watch::Sender::new(10),
            notes,
        }
    }

    fn line(&self, room: RoomId) -> Line {
        let room = RoomRef {
            room_id: room,
            account_id: account_id(),
        };
        self.calls.connect(room, self.size.subscribe(), ())
    }

    fn room(&self, number: usize) -> OpenRoom {
        self.rooms.0.lock().unwrap()[number].clone()
    }

    fn shows(&self) -> (u64, u64, u64) {
        let stats = &self.stats;
        (
            stats.calls.get(),
            stats.people.get(),
            stats.calls_failed.get(),
        )
    }
}

fn room_id(number: u64) -> RoomId {
    format!("00000000-0000-4000-8000-{number:012}")
        .parse()
        .unwrap()
}

fn key(handle: u64) -> HandleKey {
    HandleKey {
        session: SESSION,
        handle,
    }
}

async fn ask(line: &Line, handle: u64, ask: impl Into<Ask>) {
    let transaction = format!("t{handle}");
    line.ask(key(handle), transaction, ask.into())
        .await
        .unwrap();
}

async fn next(line: &mut Line) -> Told {
    match line.next().await {
        Some(LineNews::Told(told)) => told,
        other => panic!("{other:?}"),
    }
}

/// Joins the mixed audio.
async fn join(line: &mut Line, handle: u64) {
    ask(line, handle, audio_join("x")).await;
    let told = next(line).await;
    assert_eq!(told.reply_to, Some(format!("t{handle}")));
    assert!(
        matches!(told.news, News::Audio(audio::Event::Joined { .. })),
        "{told:?}"
    );
}

fn offer(sdp: &str) -> audio::Request {
    audio::Request::Configure {
        display: None,
        muted: None,
        offer: Some(sdp.to_owned()),
    }
}

/// Waits until something holds. Every turn lets all tasks run, so a few are enough.
async fn until(what: &str, holds: impl Fn() -> bool) {
    for _ in 0..1_000 {
        if holds() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("never: {what}");
}

#[tokio::test(start_paused = true)]
async fn a_call_lasts_from_its_first_line_to_its_last() {
    let world = World::new();
    let mut anna = world.line(room_id(1));
    join(&mut anna, 1).await;
    let mut ben = world.line(room_id(1));
    join(&mut ben, 1).await;
    assert!(matches!(
        next(&mut anna).await.news,
        News::Audio(audio::Event::ParticipantJoined(_))
    ));
    until("two people", || world.shows() == (1, 2, 0)).await;
    drop(ben);
    assert!(matches!(
        next(&mut anna).await.news,
        News::Audio(audio::Event::Leaving(_))
    ));
    let room = world.room(0);
    assert!(room.waiting.upgrade().is_some());
    drop(anna);
    until("no call", || world.shows() == (0, 0, 0)).await;
    until("no media", || room.waiting.upgrade().is_none()).await;

    // The next one is a new one.
    let mut carl = world.line(room_id(1));
    join(&mut carl, 1).await;
    assert_eq!(world.rooms.0.lock().unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn rooms_do_not_hear_each_other() {
    let world = World::new();
    let (mut anna, mut ben) = (world.line(room_id(1)), world.line(room_id(2)));
    join(&mut anna, 1).await;
    join(&mut ben, 1).await;
    until("two calls", || world.shows() == (2, 2, 0)).await;
    ask(&anna, 2, audio::Request::ListParticipants).await;
    let told = next(&mut anna).await;
    let News::Audio(audio::Event::Participants(there)) = told.news else {
        panic!("{told:?}");
    };
    assert_eq!(there.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_ends_frees_its_place() {
    let world = World::new();
    world.size.send_replace(1);
    let mut anna = world.line(room_id(1));
    join(&mut anna, 1).await;
    let mut ben = world.line(room_id(1));
    ask(&ben, 1, audio_join("x")).await;
    assert_eq!(next(&mut ben).await.news, refused(Refusal::RoomFull));
    anna.end_session(SESSION, LeftReason::Left).await.unwrap();
    join(&mut ben, 1).await;
    // A larger room has a place for both.
    world.size.send_replace(2);
    join(&mut anna, 1).await;
}

#[tokio::test(start_paused = true)]
async fn a_call_that_fails_takes_nothing_else_down() {
    let world = World::new();
    let (mut anna, mut ben) = (world.line(room_id(1)), world.line(room_id(1)));
    let mut carl = world.line(room_id(2));
    join(&mut anna, 1).await;
    join(&mut ben, 1).await;
    join(&mut carl, 1).await;
    next(&mut anna).await;
    ask(&anna, 1, offer(FATAL)).await;
    assert_eq!(anna.next().await, None);
    assert_eq!(ben.next().await, None);
    let late = ben
        .ask(key(2), "t".to_owned(), audio_join("x").into())
        .await;
    assert_eq!(late, Err(CallOver));
    until("one call", || world.shows() == (1, 1, 1)).await;
    assert!(world.room(0).waiting.upgrade().is_none());

    // Who comes now finds a new call, also while lines of the old one are still held.
    let mut dora = world.line(room_id(1));
    join(&mut dora, 1).await;
    drop((anna, ben));
    join(&mut dora, 2).await;
    ask(&carl, 2, audio::Request::ListParticipants).await;
    next(&mut carl).await;
    until("two calls", || world.shows() == (2, 2, 1)).await;
}

#[tokio::test(start_paused = true)]
async fn a_lost_media_thread_ends_the_call() {
    let world = World::new();
    let mut anna = world.line(room_id(1));
    join(&mut anna, 1).await;
    ask(&anna, 1, offer("sdp")).await;
    next(&mut anna).await;
    world.room(0).events.send(MediaEvent::Lost).await.unwrap();
    assert!(matches!(next(&mut anna).await.news, News::MediaDown(_)));
    assert_eq!(anna.next().await, None);
    let mut anna = world.line(room_id(1));
    join(&mut anna, 1).await;
    until("one call", || world.shows() == (1, 1, 0)).await;
}

#[tokio::test(start_paused = true)]
async fn a_line_that_takes_nothing_is_closed() {
    let world = World::new();
    let (mut anna, mut ben) = (world.line(room_id(1)), world.line(room_id(1)));
    join(&mut anna, 1).await;
    join(&mut ben, 1).await;
    next(&mut anna).await;
    for turn in 0..=NEWS_WAITING_MAX {
        let rename = audio::Request::Configure {
            display: Some(turn.to_string()),
            muted: None,
            offer: None,
        };
        ask(&anna, 1, rename).await;
        next(&mut anna).await;
    }
    assert!(matches!(
        next(&mut anna).await.news,
        News::Audio(audio::Event::Leaving(_))
    ));
    assert_eq!(world.stats.lines_too_slow.get(), 1);
    until("one person", || world.shows() == (1, 1, 0)).await;
    let mut waiting = 0;
    while ben.next().await.is_some() {
        waiting += 1;
    }
    assert_eq!(waiting, NEWS_WAITING_MAX);
}

#[tokio::test(start_paused = true)]
async fn a_busy_call_lets_lines_wait_and_takes_events_meanwhile() {
    let world = World::new();
    let mut anna = world.line(room_id(1));
    join(&mut anna, 1).await;
    ask(&anna, 1, offer("sdp")).await;
    next(&mut anna).await;
    let held = world.gate.clone().lock_owned().await;
    let list = || Ask::Audio(audio::Request::ListParticipants);
    // One is taken, and then waits for its flush; these fill the lane.
    for _ in 0..=ASKS_WAITING_MAX {
        ask(&anna, 2, list()).await;
    }
    let mut over = Box::pin(anna.ask(key(3), "last".to_owned(), list()));
    let unanswered = tokio::time::timeout(Duration::from_secs(1), &mut over).await;
    assert!(unanswered.is_err(), "{unanswered:?}");
    // The engine is not kept waiting, whatever it has to tell.
    let events = world.room(0).events;
    for turn in 0..100 {
        let talking = MediaEvent::Talking(PeerId(1), turn % 2 == 0);
        events.send(talking).await.unwrap();
    }
    drop(held);
    over.await.unwrap();
    let mut replies = 0;
    loop {
        let told = next(&mut anna).await;
        match told.reply_to.as_deref() {
            Some("last") => break,
            Some(_) => replies += 1,
            None => assert_eq!(told.handle, key(1)),
        }
    }
    assert_eq!(replies, ASKS_WAITING_MAX + 1);
}

#[tokio::test(start_paused = true)]
async fn a_network_that_is_gone_is_announced_in_time() {
    let world = World::new();
    let (mut anna, mut ben) = (world.line(room_id(1)), world.line(room_id(1)));
    join(&mut anna, 1).await;
    ask(&anna, 1, offer("sdp")).await;
    next(&mut anna).await;
    join(&mut ben, 1).await;
    next(&mut anna).await;
    let events = world.room(0).events;
    events.send(MediaEvent::Connected(PeerId(1))).await.unwrap();
    next(&mut ben).await;
    next(&mut anna).await;
    pass(4).await;
    anna.note_heard(world.clock.now());
    // Here the network goes; the media notices after 9 s.
    let gone_at = world.clock.now();
    pass(9).await;
    let timed_out = MediaEvent::Ended(PeerId(1), PeerEnd::TimedOut);
    events.send(timed_out).await.unwrap();
    assert!(matches!(
        next(&mut ben).await.news,
        News::Audio(audio::Event::ParticipantChanged(_))
    ));
    assert!(matches!(
        next(&mut ben).await.news,
        News::Audio(audio::Event::Leaving(_))
    ));
    let announced_after = world.clock.now().micros_since(gone_at);
    assert!(announced_after < 15_000_000, "{announced_after}");
    assert!(matches!(next(&mut anna).await.news, News::MediaDown(_)));
    assert_eq!(anna.next().await, Some(LineNews::Vanished(SESSION)));
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_lives_stays_without_its_media() {
    let world = World::new();
    let mut anna = world.line(room_id(1));
    join(&mut anna, 1).await;
    ask(&anna, 1, offer("sdp")).await;
    next(&mut anna).await;
    let events = world.room(0).events;
    events.send(MediaEvent::Connected(PeerId(1))).await.unwrap();
    let timed_out = MediaEvent::Ended(PeerId(1), PeerEnd::TimedOut);
    events.send(timed_out).await.unwrap();
    assert_eq!(next(&mut anna).await.news, News::MediaUp);
    assert!(matches!(next(&mut anna).await.news, News::MediaDown(_)));
    for _ in 0..20 {
        pass(5).await;
        anna.note_heard(world.clock.now());
    }
    ask(&anna, 2, text::Request::ListParticipants).await;
    assert!(matches!(next(&mut anna).await.news, News::Text(_)));
    assert_eq!(world.shows(), (1, 1, 0));
}
