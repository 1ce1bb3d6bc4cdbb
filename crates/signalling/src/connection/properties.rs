//! What holds whatever a client, the call, the time and the gate do.

mod bodies;
mod news;

use std::collections::{BTreeSet, VecDeque};

use greenroom_domain::Timestamp;
use greenroom_domain::limits::SESSIONS_PER_CONNECTION_MAX;
use greenroom_rooms::call::{Ask, HandleKey, LineNews, News, Removal, Told, Transaction, text};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::plugins::Way;
use crate::wire::ID_MAX;
use crate::{Config, Connection, Output, Outputs, Refusal, TokenExpiry};

use super::fixture::{Counter, FakeGate, START, room};

/// Most that one input may bring: a push and two effects for each session, a status, a close, a reply.
const OUTPUTS_MAX: usize = 3 * SESSIONS_PER_CONNECTION_MAX + 3;

#[derive(Debug, Clone)]
enum Step {
    /// A frame that is a request in form; the transaction is added.
    Request(Map<String, Value>),
    /// A frame of whatever kind.
    Text(String),
    /// What the call says to the oldest ask: a reply, or a push to the same handle.
    News(bool, News),
    /// A session has vanished from the call.
    Vanished(u64),
    /// A session was sent out of the call.
    Removed(u64, Removal),
    Wait(i64),
    Gate(Change),
}

#[derive(Debug, Clone, Copy)]
enum Change {
    RevokeAnn,
    RoomGone,
    Full(bool),
    Trouble(Option<Refusal>),
}

/// A connection under test, with what has to be true of it.
struct Model {
    gate: FakeGate,
    connection: Connection<FakeGate>,
    config: Config,
    now: Timestamp,
    entropy: Counter,
    sessions: BTreeSet<u64>,
    /// What the call has not replied to yet.
    asked: VecDeque<(HandleKey, Transaction)>,
    /// The transactions that have had their one answer.
    answered: BTreeSet<String>,
}

impl Model {
    fn new(token_expiry: TokenExpiry) -> Self {
        let config = Config {
            token_expiry,
            ..Config::default()
        };
        Self {
            gate: FakeGate::new(),
            connection: Connection::new(config, room(), START),
            config,
            now: START,
            entropy: Counter::default(),
            sessions: BTreeSet::new(),
            asked: VecDeque::new(),
            answered: BTreeSet::new(),
        }
    }

    fn take(&mut self, at: usize, step: Step) {
        match step {
            Step::Request(mut members) => {
                let transaction = format!("t{at}");
                members.insert("transaction".to_owned(), json!(transaction));
                let frame = Value::Object(members).to_string();
                self.request(&frame, &transaction);
            }
            Step::News(is_reply, news) => {
                if let Some((handle, transaction)) = self.asked.pop_front() {
                    self.tell(handle, is_reply.then_some(transaction), news);
                }
            }
            Step::Vanished(session) => self.news(LineNews::Vanished(session)),
            Step::Removed(session, why) => self.news(LineNews::Removed(session, why)),
            Step::Text(text) => {
                self.frame(&text, None);
            }
            Step::Wait(secs) => self.wait(secs),
            Step::Gate(change) => self.change(change),
        }
        self.check();
    }

    /// Every request is answered at once or asked of the call, unless it ends the connection.
    fn request(&mut self, frame: &str, transaction: &str) {
        let was_open = !self.connection.is_closed();
        let asked = self.asked.len();
        let frames = self.frame(frame, Some(transaction));
        let asked = self.asked.len() - asked;
        if !was_open || self.connection.is_closed() {
            return;
        }
        let answered = usize::from(self.answered.contains(transaction));
        assert!(asked + answered <= 1, "{frame}");
        // An ack comes first where something follows, and stands alone where nothing does.
        assert!((1..=2).contains(&(frames + asked)), "{frame}");
    }

    fn tell(&mut self, handle: HandleKey, reply_to: Option<Transaction>, news: News) {
        let is_reply = reply_to.is_some();
        let silent = reply_to
            .as_deref()
            .and_then(Way::read)
            .is_none_or(|(way, _)| way == Way::Silent);
        if is_reply && silent {
            return;
        }
        self.news(LineNews::Told(Told {
            handle,
            reply_to,
            news,
        }));
    }

    fn news(&mut self, news: LineNews) {
        let mut out = Outputs::new();
        self.connection.handle_news(news, self.now, &mut out);
        self.watch(out);
    }

    /// Sends a frame; the number of frames with that transaction.
    fn frame(&mut self, frame: &str, transaction: Option<&str>) -> usize {
        let mut out = Outputs::new();
        self.connection
            .handle_frame(frame, self.now, &self.gate, &self.entropy, &mut out);
        let sent = self.watch(out);
        if transaction.is_none() {
            let replies = sent.iter().filter(|frame| frame["janus"] != "timeout");
            assert!(replies.count() <= 1);
        }
        sent.iter()
            .filter(|frame| transaction.is_some_and(|id| frame["transaction"] == id))
            .count()
    }

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

    fn change(&mut self, change: Change) {
        let mut book = self.gate.book();
        match change {
            Change::RevokeAnn => {
                book.revoked.insert("ann");
            }
            Change::RoomGone => book.room_gone = true,
            Change::Full(full) => book.full = full,
            Change::Trouble(trouble) => book.trouble = trouble,
        }
        drop(book);
        let mut out = Outputs::new();
        self.connection
            .handle_gate_change(self.now, &self.gate, &mut out);
        self.watch(out);
        let book = self.gate.book();
        if book.room_gone && book.trouble.is_none() {
            assert!(self.sessions.is_empty(), "a session in a room that is gone");
        }
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
                    for secret in ["ann-", "amy-", "ben-", "far-", "old-", "eve-"] {
                        assert!(!frame.contains(secret), "a token in {frame}");
                    }
                    let frame: Value = serde_json::from_str(&frame).unwrap();
                    self.note_answer(&frame);
                    sent.push(frame);
                }
                Output::Ask {
                    handle,
                    transaction,
                    ask,
                } => self.note_ask(handle, transaction, &ask),
                Output::Ping => {}
                Output::Close(close) => {
                    assert!(close.reason.len() <= 123, "fits a control frame");
                    closed = true;
                }
                Output::SessionOpened(id, _) => {
                    assert!((1..=ID_MAX).contains(&id.get()));
                    assert!(self.sessions.insert(id.get()), "session id used twice");
                }
                Output::FamilyChanged(id, _) => assert!(self.sessions.contains(&id.get())),
                Output::SessionClosed(id, _) => assert!(self.sessions.remove(&id.get())),
            }
        }
        assert!(!closed || self.connection.is_closed());
        assert!(count <= OUTPUTS_MAX, "{count} outputs at once");
        sent
    }

    /// There is at most one answer to each request; acks are none.
    fn note_answer(&mut self, frame: &Value) {
        if let Some(transaction) = frame["transaction"].as_str()
            && frame["janus"] != "ack"
            && transaction.starts_with('t')
        {
            let first = self.answered.insert(transaction.to_owned());
            assert!(first, "a second answer: {frame}");
        }
    }

    fn note_ask(&mut self, handle: HandleKey, transaction: Transaction, ask: &Ask) {
        assert!(self.sessions.contains(&handle.session), "asks for nobody");
        let silent = matches!(
            ask,
            Ask::Detach | Ask::HangUp | Ask::Text(text::Request::Write(_))
        );
        let (way, _) = Way::read(&transaction).unwrap();
        assert_eq!(silent, way == Way::Silent, "{ask:?}");
        if !silent {
            self.asked.push_back((handle, transaction));
        }
    }

    fn check(&self) {
        assert!(self.sessions.len() <= SESSIONS_PER_CONNECTION_MAX);
        assert_eq!(
            self.gate.inside(),
            self.sessions.len(),
            "tickets and sessions"
        );
        assert_eq!(
            self.connection.deadline().is_none(),
            self.connection.is_closed()
        );
        if self.connection.is_closed() {
            assert!(self.sessions.is_empty(), "a session without a connection");
        }
        let last_expiry = START.saturating_add_secs(3_600);
        if self.config.token_expiry == TokenExpiry::Close && self.now >= last_expiry {
            assert!(self.sessions.is_empty(), "a session beyond every token");
        }
    }
}

fn verb() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => Just(json!("create")),
        4 => Just(json!("keepalive")),
        2 => Just(json!("attach")),
        2 => Just(json!("detach")),
        1 => Just(json!("message")),
        1 => Just(json!("trickle")),
        1 => Just(json!("hangup")),
        2 => Just(json!("destroy")),
        1 => Just(json!("ping")),
        1 => Just(json!("info")),
        1 => Just(json!(null)),
        1 => ".{0,80}".prop_map(Value::from),
    ]
}

fn token() -> impl Strategy<Value = Value> {
    prop_oneof![
        12 => Just(json!("ann-1")),
        4 => Just(json!("ann-2")),
        2 => Just(json!("amy-1")),
        1 => Just(json!("ben-1")),
        1 => Just(json!("far-1")),
        1 => Just(json!("old-1")),
        1 => Just(json!("eve-1")),
        1 => Just(json!(7)),
    ]
}

fn id() -> impl Strategy<Value = Value> {
    prop_oneof![
        8 => (1_u64..8).prop_map(Value::from),
        1 => any::<u64>().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => Just(json!("1")),
        1 => Just(json!(null)),
    ]
}

fn request() -> impl Strategy<Value = Step> {
    let plugin = prop_oneof![
        4 => Just(json!("janus.plugin.audiobridge")),
        4 => Just(json!("janus.plugin.videoroom")),
        4 => Just(json!("janus.plugin.textroom")),
        1 => Just(json!("x")),
        1 => Just(json!(1)),
    ];
    (
        verb(),
        prop::option::weighted(0.97, token()),
        prop::option::weighted(0.6, id()),
        prop::option::weighted(0.3, id()),
        prop::option::weighted(0.5, plugin),
    )
        .prop_map(|(verb, token, session, handle, plugin)| {
            let members = [
                ("janus", Some(verb)),
                ("client_token", token),
                ("session_id", session),
                ("handle_id", handle),
                ("plugin", plugin),
            ];
            Step::Request(
                members
                    .into_iter()
                    .filter_map(|(name, value)| Some((name.to_owned(), value?)))
                    .collect(),
            )
        })
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        Just(Change::RevokeAnn),
        Just(Change::RoomGone),
        any::<bool>().prop_map(Change::Full),
        Just(Change::Trouble(None)),
        Just(Change::Trouble(Some(Refusal::Unavailable))),
        Just(Change::Trouble(Some(Refusal::TooMany))),
        Just(Change::Trouble(Some(Refusal::Unauthorized))),
    ]
}

fn removal() -> impl Strategy<Value = Removal> {
    prop::sample::select(vec![
        Removal::Kicked,
        Removal::SessionEnded,
        Removal::RoomDeleted,
    ])
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        30 => request(),
        30 => bodies::message().prop_map(Step::Request),
        10 => (prop::bool::weighted(0.7), news::news()).prop_map(|(reply, news)| Step::News(reply, news)),
        1 => (1_u64..8).prop_map(Step::Vanished),
        1 => (1_u64..8, removal()).prop_map(|(session, why)| Step::Removed(session, why)),
        1 => any::<String>().prop_map(Step::Text),
        1 => r#"[\[\]{}",:0-9a-z\\ ]{0,60}"#.prop_map(Step::Text),
        6 => (0_i64..90).prop_map(Step::Wait),
        1 => (0_i64..2_000).prop_map(Step::Wait),
        1 => change().prop_map(Step::Gate),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn every_sequence_keeps_the_promises(
        keep in any::<bool>(),
        steps in prop::collection::vec(step(), 0..80),
    ) {
        let mut model = Model::new(if keep { TokenExpiry::Keep } else { TokenExpiry::Close });
        for (at, step) in steps.into_iter().enumerate() {
            model.take(at, step);
        }
    }

    #[test]
    fn no_text_is_too_odd(frame in any::<String>()) {
        Model::new(TokenExpiry::Close).take(0, Step::Text(frame));
    }
}
