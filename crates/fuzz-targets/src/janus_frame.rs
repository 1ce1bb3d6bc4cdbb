//! Lines as what happens to one connection: frames, waiting, and changes at the gate.

mod gate;
mod house;
mod media;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

use greenroom_domain::limits::SESSIONS_PER_CONNECTION_MAX;
use greenroom_domain::{Entropy, RoomId, Timestamp};
use greenroom_signalling::connection::Violation;
use greenroom_signalling::wire::ID_MAX;
use greenroom_signalling::{Config, Connection, Output, Outputs, Refusal, Room, TokenExpiry};
use serde_json::Value;

use gate::{FakeGate, START};
use house::House;

/// Most that one input may bring: a push and two effects for each session, a status, a close, a reply.
const OUTPUTS_MAX: usize = 3 * SESSIONS_PER_CONNECTION_MAX + 3;

/// No answer is longer, in bytes: it repeats a transaction and one short piece of the request, each
/// byte of which may need six to be written in JSON.
const ANSWER_MAX_BYTES: usize = 2 * 1024;

/// The room's id, `7a13c0de-0000-4000-8000-000000000007`.
const ROOM: u128 = 0x7a13_c0de_0000_4000_8000_0000_0000_0007;

/// Most lines that are looked at: what comes after has happened before.
const LINES_MAX: usize = 256;

/// Says 1, 2, 3, …, so that an input can name sessions and handles.
#[derive(Debug, Default)]
struct Counter(AtomicU64);

impl Entropy for Counter {
    fn fill(&self, out: &mut [u8]) {
        let next = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        for (byte, from) in out.iter_mut().zip(next.to_le_bytes()) {
            *byte = from;
        }
    }
}

/// Plays the lines of the input.
///
/// A line that begins with `!` is a direction: `!keep` (in the first line: tokens do not end
/// sessions), `!wait SECONDS`, `!revoke`, `!gone`, `!full`, `!free`, `!busy`, `!calm`, `!binary`,
/// `!stop`, `!bye`, `!kick`, `!mute`, `!unmute`, `!end` (what an operator does to all); and for the media connection of that number, counted from 1 in the order in which
/// they are made, `!up NUMBER`, `!down NUMBER`, `!talk NUMBER`, `!offer NUMBER` (if an update was asked
/// for) and `!text NUMBER TEXT` (on its data channel). Every other line is a text frame of the client.
/// The gate knows the tokens `ann-1`, `ann-2`, `amy-1`, `ben-1`, `far-1` and `old-1`.
pub fn janus_frame(input: &[u8]) {
    let Ok(script) = std::str::from_utf8(input) else {
        return;
    };
    let mut play = Play::new(script.starts_with("!keep"));
    for line in script.split('\n').take(LINES_MAX) {
        match line.strip_prefix('!') {
            Some(direction) => play.direct(direction),
            None => play.frame(line),
        }
        play.check();
    }
}

/// A connection, and what has to be true of it.
struct Play {
    gate: FakeGate,
    connection: Connection<FakeGate>,
    keep: bool,
    now: Timestamp,
    entropy: Counter,
    sessions: BTreeSet<u64>,
    /// How much the call was asked.
    asked: usize,
    house: House,
}

impl Play {
    fn new(keep: bool) -> Self {
        let token_expiry = if keep {
            TokenExpiry::Keep
        } else {
            TokenExpiry::Close
        };
        let config = Config {
            token_expiry,
            ..Config::default()
        };
        let room = Room::new(RoomId::from_uuid(uuid::Uuid::from_u128(ROOM)));
        Self {
            gate: FakeGate::default(),
            connection: Connection::new(config, room, START),
            keep,
            now: START,
            entropy: Counter::default(),
            sessions: BTreeSet::new(),
            asked: 0,
            house: House::new(),
        }
    }

    fn frame(&mut self, frame: &str) {
        let was_open = !self.connection.is_closed();
        let mut out = Outputs::new();
        self.connection
            .handle_frame(frame, self.now, &self.gate, &self.entropy, &mut out);
        let asked = self.asked;
        let answers = self
            .watch(out)
            .iter()
            .filter(|sent| sent.get("janus").is_some_and(|janus| janus != "timeout"))
            .count();
        let is_open = !self.connection.is_closed();
        if was_open && is_open {
            // An answer, an ack with an answer or an ask behind it, or an ask alone.
            let came = answers + (self.asked - asked);
            assert!((1..=2).contains(&came), "{came} to {frame}");
        }
        self.hear_news();
    }

    fn direct(&mut self, direction: &str) {
        if let Some(secs) = direction.strip_prefix("wait ") {
            self.wait(secs.trim().parse().unwrap_or(1).clamp(0, 100_000));
            return;
        }
        if self.happen(direction) || self.moderate(direction) {
            return;
        }
        let mut out = Outputs::new();
        match direction {
            "binary" => self
                .connection
                .handle_violation(Violation::Binary, &mut out),
            "stop" => self.connection.handle_shutdown(&mut out),
            "bye" => self.connection.handle_disconnect(&mut out),
            _ => {
                self.gate.change(|mind| match direction {
                    "revoke" => mind.ann_is_revoked = true,
                    "gone" => mind.room_is_gone = true,
                    "full" => mind.is_full = true,
                    "free" => mind.is_full = false,
                    "busy" => mind.trouble = Some(Refusal::Unavailable),
                    "calm" => mind.trouble = None,
                    _ => {}
                });
                self.connection
                    .handle_gate_change(self.now, &self.gate, &mut out);
            }
        }
        self.watch(out);
    }

    /// An operator does something to everybody in the room, if the direction says so.
    fn moderate(&mut self, direction: &str) -> bool {
        let is_done = self.house.moderate(direction, self.now);
        if is_done {
            self.hear_news();
        }
        is_done
    }

    /// Something happens to a media connection, if the direction says so.
    fn happen(&mut self, direction: &str) -> bool {
        let mut words = direction.splitn(3, ' ');
        let (Some(what), Some(peer)) = (words.next(), words.next()) else {
            return false;
        };
        let Ok(peer) = peer.parse() else {
            return false;
        };
        self.house
            .happen(what, peer, words.next().unwrap_or(""), self.now);
        self.hear_news();
        true
    }

    /// Tells the connection what the call has to tell, and the call what comes of it.
    fn hear_news(&mut self) {
        while let Some(news) = self.house.poll() {
            let mut out = Outputs::new();
            self.connection.handle_news(news, self.now, &mut out);
            self.watch(out);
        }
    }

    /// Lets time pass, as a driver would.
    fn wait(&mut self, secs: i64) {
        let end = self.now.saturating_add_secs(secs);
        while let Some(deadline) = self.connection.deadline().filter(|at| *at <= end) {
            self.now = self.now.max(deadline);
            let mut out = Outputs::new();
            self.connection.handle_timeout(self.now, &mut out);
            self.watch(out);
            let next = self.connection.deadline();
            assert!(next.is_none_or(|next| next > self.now), "stuck");
        }
        self.now = end;
    }

    /// Looks at what came out; the frames that were sent.
    fn watch(&mut self, mut out: Outputs) -> Vec<Value> {
        let mut sent = Vec::new();
        let mut closed = false;
        let mut count = 0;
        while let Some(output) = out.poll() {
            assert!(!closed, "nothing after the close frame");
            count += 1;
            match output {
                Output::Send(frame) => {
                    let value: Value = serde_json::from_str(&frame).unwrap();
                    if value.get("plugindata").is_none() {
                        assert!(frame.len() <= ANSWER_MAX_BYTES, "{frame}");
                    }
                    sent.push(value);
                }
                Output::Ping => {}
                Output::Close(close) => {
                    assert!(close.reason.len() <= 123, "fits a control frame");
                    closed = true;
                }
                Output::Ask {
                    handle,
                    transaction,
                    ask,
                } => {
                    assert!(self.sessions.contains(&handle.session), "asks for nobody");
                    self.asked += 1;
                    self.house.ask(handle, transaction, ask, self.now);
                }
                Output::SessionOpened(id, _) => {
                    assert!((1..=ID_MAX).contains(&id.get()));
                    assert!(self.sessions.insert(id.get()), "a session id used twice");
                }
                Output::FamilyChanged(id, _) => assert!(self.sessions.contains(&id.get())),
                Output::SessionClosed(id, _) => {
                    assert!(self.sessions.remove(&id.get()));
                    self.house.end_session(id.get(), self.now);
                }
            }
        }
        assert!(!closed || self.connection.is_closed());
        assert!(count <= OUTPUTS_MAX, "{count} outputs at once");
        sent
    }

    fn check(&mut self) {
        self.hear_news();
        if self.sessions.is_empty() {
            self.house.check_empty();
        }
        assert!(self.sessions.len() <= SESSIONS_PER_CONNECTION_MAX);
        assert_eq!(self.gate.inside(), self.sessions.len(), "places taken");
        let is_closed = self.connection.is_closed();
        assert_eq!(self.connection.deadline().is_none(), is_closed);
        if is_closed || self.gate.nobody_may_be_inside() {
            assert!(self.sessions.is_empty(), "a session that should have ended");
        }
        if !self.keep && self.now >= self.gate.last_expiry() {
            assert!(self.sessions.is_empty(), "a session beyond every token");
        }
    }
}
