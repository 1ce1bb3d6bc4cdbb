//! A gate whose mind can be changed, repeatable ids, and a script that writes down what was said.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use greenroom_domain::{Entropy, FamilyId, Timestamp};

use crate::{Config, Connection, Gate, Output, Outputs, Refusal, Room};

/// When every script begins.
pub(super) const START: Timestamp = Timestamp::from_unix_secs(1_700_000_000);

/// What the fake gate says of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FakePass {
    pub(super) family: &'static str,
    pub(super) account: &'static str,
    pub(super) expires_in_secs: i64,
}

/// The fake gate's memory.
#[derive(Debug, Default)]
pub(super) struct Book {
    pub(super) tokens: BTreeMap<&'static str, FakePass>,
    pub(super) revoked: BTreeSet<&'static str>,
    /// What every question about tokens is answered with.
    pub(super) trouble: Option<Refusal>,
    pub(super) room_gone: bool,
    pub(super) full: bool,
    pub(super) admissions: u64,
}

#[derive(Debug, Default)]
pub(super) struct FakeGate {
    book: Mutex<Book>,
    /// One clone for each session that is in.
    inside: Arc<()>,
}

impl FakeGate {
    /// Knows `ann-1` and `ann-2` (one family, expiring after 600 s and 1200 s), `ben-1` of another
    /// account, `far-1` of another room, and `old-1`, which has expired.
    pub(super) fn new() -> Self {
        let gate = Self::default();
        let pass = |family, account, expires_in_secs| FakePass {
            family,
            account,
            expires_in_secs,
        };
        gate.book().tokens.extend([
            ("ann-1", pass("ann", "acme", 600)),
            ("ann-2", pass("ann", "acme", 1_200)),
            ("amy-1", pass("amy", "acme", 3_600)),
            ("ben-1", pass("ben", "other", 3_600)),
            ("old-1", pass("ann", "acme", 0)),
        ]);
        gate
    }

    pub(super) fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap()
    }

    /// How many sessions have a place.
    pub(super) fn inside(&self) -> usize {
        Arc::strong_count(&self.inside) - 1
    }
}

impl Gate for FakeGate {
    type Pass = FakePass;
    type Ticket = Arc<()>;

    fn admit(&self, token: &str, now: Timestamp) -> Result<FakePass, Refusal> {
        let mut book = self.book();
        book.admissions += 1;
        if let Some(trouble) = book.trouble {
            return Err(trouble);
        }
        if token == "far-1" {
            return Err(Refusal::Forbidden);
        }
        let pass = *book.tokens.get(token).ok_or(Refusal::Unauthorized)?;
        drop(book);
        if now >= self.expires_at(&pass) {
            return Err(Refusal::Unauthorized);
        }
        self.recheck(&pass, now).map(|()| pass)
    }

    fn recheck(&self, pass: &FakePass, _now: Timestamp) -> Result<(), Refusal> {
        let book = self.book();
        match book.trouble {
            Some(trouble) => Err(trouble),
            None if book.room_gone => Err(Refusal::RoomGone),
            None if book.revoked.contains(pass.family) => Err(Refusal::Forbidden),
            None => Ok(()),
        }
    }

    fn expires_at(&self, pass: &FakePass) -> Timestamp {
        START.saturating_add_secs(pass.expires_in_secs)
    }

    fn family(&self, pass: &FakePass) -> FamilyId {
        family_id(pass.family)
    }

    fn same_bearer(&self, old: &FakePass, new: &FakePass) -> bool {
        old.account == new.account
    }

    fn open_session(&self, _pass: &FakePass, _now: Timestamp) -> Result<Arc<()>, Refusal> {
        if self.book().full {
            return Err(Refusal::Forbidden);
        }
        Ok(Arc::clone(&self.inside))
    }
}

/// The id of a family of the fake gate.
pub(super) fn family_id(name: &str) -> FamilyId {
    let mut bytes = [0; 16];
    for (byte, from) in bytes.iter_mut().zip(name.bytes()) {
        *byte = from;
    }
    FamilyId::random(&Fixed(bytes))
}

struct Fixed([u8; 16]);

impl Entropy for Fixed {
    fn fill(&self, out: &mut [u8]) {
        out.copy_from_slice(&self.0);
    }
}

/// Says 1, 2, 3, …, and draws UUIDs without counting on.
#[derive(Debug, Default)]
pub(super) struct Counter(AtomicU64, AtomicU64);

impl Entropy for Counter {
    fn fill(&self, out: &mut [u8]) {
        let is_uuid = out.len() == 16;
        let count = if is_uuid { &self.1 } else { &self.0 };
        let next = count.fetch_add(1, Ordering::Relaxed) + 1;
        for (byte, from) in out.iter_mut().zip(next.to_le_bytes()) {
            *byte = from;
        }
    }
}

/// The room of every script.
pub(super) fn room() -> Room {
    Room::new("0ccc7b54-4df3-4bca-a65a-3da1ecc777f0".parse().unwrap())
}

/// A connection, the time, and everything that was said.
pub(super) struct Script {
    pub(super) gate: FakeGate,
    pub(super) connection: Connection<FakeGate>,
    pub(super) now: Timestamp,
    pub(super) log: String,
    entropy: Counter,
}

impl Script {
    pub(super) fn new() -> Self {
        Self::with(Config::default())
    }

    pub(super) fn with(config: Config) -> Self {
        Self {
            gate: FakeGate::new(),
            connection: Connection::new(config, room(), START),
            now: START,
            log: String::new(),
            entropy: Counter::default(),
        }
    }

    /// Writes down what is about to happen.
    pub(super) fn note(&mut self, note: &str) -> &mut Self {
        writeln!(self.log, "## {note}").unwrap();
        self
    }

    /// The client sends a frame; `'` stands for `"`.
    pub(super) fn client(&mut self, frame: &str) -> &mut Self {
        self.client_raw(&frame.replace('\'', "\""))
    }

    /// The client sends a frame as it is.
    pub(super) fn client_raw(&mut self, frame: &str) -> &mut Self {
        let shown: String = frame.chars().take(200).collect();
        let more = if shown.len() < frame.len() { "…" } else { "" };
        writeln!(self.log, "-> {shown}{more}").unwrap();
        let mut out = Outputs::new();
        self.connection
            .handle_frame(frame, self.now, &self.gate, &self.entropy, &mut out);
        self.write_down(out)
    }

    /// Opens session 1 with `ann-1`.
    pub(super) fn inside(&mut self) -> &mut Self {
        self.client("{'janus':'create','transaction':'c','client_token':'ann-1'}")
    }

    /// A keepalive of session 1 with this token.
    pub(super) fn keepalive(&mut self, token: &str) -> &mut Self {
        self.client(&format!(
            "{{'janus':'keepalive','session_id':1,'transaction':'k','client_token':'{token}'}}"
        ))
    }

    /// Lets time pass up to so many seconds after the start, as a driver would.
    pub(super) fn until(&mut self, secs: i64) -> &mut Self {
        let end = START.saturating_add_secs(secs);
        while let Some(deadline) = self.connection.deadline().filter(|at| *at <= end) {
            self.now = self.now.max(deadline);
            let mut out = Outputs::new();
            self.connection.handle_timeout(self.now, &mut out);
            self.note_time();
            self.write_down(out);
        }
        if self.now < end {
            self.now = end;
            self.note_time();
        }
        self
    }

    /// The gate's mind is changed, and the connection is told.
    pub(super) fn gate(&mut self, what: &str, change: impl FnOnce(&mut Book)) -> &mut Self {
        change(&mut self.gate.book());
        writeln!(self.log, "!! {what}").unwrap();
        self.act(Connection::handle_gate_change)
    }

    /// Something else happens.
    pub(super) fn act(
        &mut self,
        act: impl FnOnce(&mut Connection<FakeGate>, Timestamp, &FakeGate, &mut Outputs),
    ) -> &mut Self {
        let mut out = Outputs::new();
        act(&mut self.connection, self.now, &self.gate, &mut out);
        self.write_down(out)
    }

    /// Writes down the time; a stretch in which nothing happens is one line.
    fn note_time(&mut self) -> &mut Self {
        let last = self.log.trim_end().rfind('\n').map_or(0, |at| at + 1);
        if self
            .log
            .get(last..)
            .is_some_and(|line| line.starts_with(".."))
        {
            self.log.truncate(last);
        }
        let secs = self.now.micros_since(START) / 1_000_000;
        writeln!(self.log, ".. {secs} s").unwrap();
        self
    }

    fn write_down(&mut self, mut out: Outputs) -> &mut Self {
        while let Some(output) = out.poll() {
            match output {
                Output::Send(frame) => writeln!(self.log, "<- {frame}"),
                Output::Ping => writeln!(self.log, "<- ping"),
                Output::Close(close) => {
                    writeln!(self.log, "<- close {} ({})", close.code, close.reason)
                }
                Output::Ask {
                    handle,
                    transaction,
                    ask,
                } => writeln!(
                    self.log,
                    "=> {}/{} {transaction:?} {ask:?}",
                    handle.session, handle.handle
                ),
                Output::SessionOpened(id, _) => writeln!(self.log, "-- session {id} opened"),
                Output::FamilyChanged(id, family) => {
                    writeln!(self.log, "-- session {id} is of family {family}")
                }
                Output::SessionClosed(id, end) => {
                    writeln!(self.log, "-- session {id} closed: {end:?}")
                }
            }
            .unwrap();
        }
        self
    }
}
