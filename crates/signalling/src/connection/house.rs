//! A room with several connections and a real call, on paper media; everything that is said is
//! written down.
//!
//! `ann -> …` is a frame of Ann's, `ann <- …` one to her; `=~>` and `<~=` the same on a data channel;
//! `~~` what the media engine does, by the number of the connection.

mod media;

use std::collections::{HashMap, VecDeque};
use std::fmt::Write as _;
use std::sync::Arc;

use greenroom_domain::participant::LeftReason;
use greenroom_domain::{ParticipantId, Timestamp};
use greenroom_media::{MediaEvent, PeerId};
use greenroom_rooms::call::{Call, LineId, Patience};
use serde_json::{Value, json};

use crate::{Config, Connection, Output, Outputs};

use super::fixture::{Counter, FakeGate, START, room};
use media::{PaperMedia, offer};

/// The id of the room, as clients name it.
pub(super) const ROOM: &str = "0ccc7b54-4df3-4bca-a65a-3da1ecc777f0";

struct Guest {
    name: &'static str,
    line: LineId,
    connection: Connection<FakeGate>,
    /// Makes session 1 and handles 2, 3, 4, …
    entropy: Counter,
    transactions: u32,
}

pub(super) struct House {
    pub(super) log: String,
    gate: FakeGate,
    call: Call<PaperMedia>,
    guests: Vec<Guest>,
    now: Timestamp,
    /// What the guests' connections want done.
    outputs: VecDeque<(usize, Output)>,
    /// Whom the handles joined as.
    ids: HashMap<(String, u64), u64>,
}

impl House {
    /// A room for `size` people.
    pub(super) fn new(size: usize) -> Self {
        let entropy = Arc::new(Counter::default());
        Self {
            log: String::new(),
            gate: FakeGate::new(),
            call: Call::new(PaperMedia::default(), entropy, size, Patience::default()),
            guests: Vec::new(),
            now: START,
            outputs: VecDeque::new(),
            ids: HashMap::new(),
        }
    }

    /// What a handle was told that its id is.
    pub(super) fn id_of(&self, name: &str, handle: u64) -> u64 {
        self.ids[&(name.to_owned(), handle)]
    }

    /// Somebody comes and opens session 1.
    pub(super) fn enter(&mut self, name: &'static str) -> &mut Self {
        let line = LineId(u64::try_from(self.guests.len()).unwrap());
        self.guests.push(Guest {
            name,
            line,
            connection: Connection::new(Config::default(), room(), START),
            entropy: Counter::default(),
            transactions: 0,
        });
        self.call.handle_line(line, START);
        self.quietly(|house| {
            house.frame(name, "create", json!({"session_id": null}));
        })
    }

    /// Forgets what was written down so far.
    pub(super) fn quietly(&mut self, act: impl FnOnce(&mut Self)) -> &mut Self {
        let before = self.log.len();
        act(self);
        self.log.truncate(before);
        self
    }

    /// Writes down what is about to happen.
    pub(super) fn note(&mut self, note: &str) -> &mut Self {
        writeln!(self.log, "## {note}").unwrap();
        self
    }

    /// A guest sends a frame: `members` and what every frame has.
    pub(super) fn frame(&mut self, name: &str, verb: &str, members: Value) -> &mut Self {
        let at = self.at(name);
        let guest = &mut self.guests[at];
        guest.transactions += 1;
        let mut frame = json!({
            "janus": verb,
            "transaction": format!("{name}-{}", guest.transactions),
            "client_token": "ann-1",
            "session_id": 1,
        });
        let Value::Object(members) = members else {
            panic!("{members} is no object");
        };
        frame.as_object_mut().unwrap().extend(members);
        self.write(name, "->", &frame);
        let mut out = Outputs::new();
        let guest = &mut self.guests[at];
        guest.connection.handle_frame(
            &frame.to_string(),
            self.now,
            &self.gate,
            &guest.entropy,
            &mut out,
        );
        self.settle(at, out)
    }

    /// Attaches; handles are counted from 2.
    pub(super) fn attach(&mut self, name: &str, plugin: &str) -> &mut Self {
        let plugin = format!("janus.plugin.{plugin}");
        self.frame(name, "attach", json!({"plugin": plugin}))
    }

    /// A message to a handle.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a body is written where it is sent"
    )]
    pub(super) fn message(&mut self, name: &str, handle: u64, body: Value) -> &mut Self {
        self.frame(name, "message", json!({"handle_id": handle, "body": body}))
    }

    /// A message to a handle, with a session description.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a body is written where it is sent"
    )]
    pub(super) fn jsep(
        &mut self,
        name: &str,
        handle: u64,
        body: Value,
        (kind, sdp): (&str, &str),
    ) -> &mut Self {
        let jsep = json!({"type": kind, "sdp": sdp});
        let members = json!({"handle_id": handle, "body": body, "jsep": jsep});
        self.frame(name, "message", members)
    }

    /// A text of the client with media connection `peer` on its data channel.
    pub(super) fn says(&mut self, peer: u64, text: &Value) -> &mut Self {
        writeln!(self.log, "{peer} =~> {text}").unwrap();
        self.quiet_media(MediaEvent::Text(PeerId(peer), text.to_string()))
    }

    /// Something happens to a media connection.
    pub(super) fn media(&mut self, event: MediaEvent) -> &mut Self {
        writeln!(self.log, "~~ {event:?}").unwrap();
        self.quiet_media(event)
    }

    /// These media connections come up.
    pub(super) fn up(&mut self, peers: impl IntoIterator<Item = u64>) -> &mut Self {
        for peer in peers {
            self.media(MediaEvent::Connected(PeerId(peer)));
        }
        self
    }

    /// The media engine makes no further connections.
    pub(super) fn fill_media(&mut self) -> &mut Self {
        self.call.media().room_for = Some(0);
        self
    }

    /// A guest's socket is gone.
    pub(super) fn vanish(&mut self, name: &str) -> &mut Self {
        writeln!(self.log, "{name} is gone").unwrap();
        let at = self.at(name);
        let mut out = Outputs::new();
        self.guests[at].connection.handle_disconnect(&mut out);
        self.settle(at, out)
    }

    /// Who joined as the `number`th, counted from 0.
    fn person(&self, number: usize) -> ParticipantId {
        self.call.present()[number].participant
    }

    /// An operator throws somebody out.
    pub(super) fn kick(&mut self, number: usize) -> &mut Self {
        let who = self.person(number);
        writeln!(self.log, "!! kick").unwrap();
        self.call.handle_kick(&[who], self.now);
        self.hand_on();
        self
    }

    /// An operator silences somebody, or no longer does.
    pub(super) fn mute(&mut self, number: usize, muted: bool) -> &mut Self {
        let who = self.person(number);
        writeln!(self.log, "!! {}", if muted { "mute" } else { "unmute" }).unwrap();
        self.call.handle_mute(&[who], muted);
        self.hand_on();
        self
    }

    /// An operator ends the session, or deletes the room.
    pub(super) fn end(&mut self, for_good: bool) -> &mut Self {
        let what = if for_good { "room deleted" } else { "end" };
        writeln!(self.log, "!! {what}").unwrap();
        self.call.handle_end(for_good, self.now);
        self.hand_on();
        self
    }

    /// How many people are in the room.
    pub(super) fn people(&self) -> usize {
        self.call.people()
    }

    fn quiet_media(&mut self, event: MediaEvent) -> &mut Self {
        self.call.handle_media(event, self.now);
        self.hand_on();
        self
    }

    fn at(&self, name: &str) -> usize {
        let found = self.guests.iter().position(|guest| guest.name == name);
        found.unwrap()
    }

    fn write(&mut self, name: &str, arrow: &str, frame: &Value) {
        let mut frame = frame.clone();
        // The same in all frames.
        let members = frame.as_object_mut().unwrap();
        members.remove("client_token");
        members.retain(|member, value| member != "session_id" || *value != 1);
        writeln!(self.log, "{name} {arrow} {frame}").unwrap();
    }

    /// Does what a connection wants done, and whatever comes of it.
    fn settle(&mut self, at: usize, mut out: Outputs) -> &mut Self {
        while let Some(output) = out.poll() {
            self.outputs.push_back((at, output));
        }
        while let Some((at, output)) = self.outputs.pop_front() {
            let Guest { name, line, .. } = self.guests[at];
            match output {
                Output::Send(frame) => {
                    let frame: Value = serde_json::from_str(&frame).unwrap();
                    let data = &frame["plugindata"]["data"];
                    let joined = data["videoroom"] == "joined" || data["audiobridge"] == "joined";
                    if let (true, Some(id)) = (joined, data["id"].as_u64()) {
                        let handle = frame["sender"].as_u64().unwrap();
                        self.ids.insert((name.to_owned(), handle), id);
                    }
                    self.write(name, "<-", &frame);
                }
                Output::Ping => writeln!(self.log, "{name} <- ping").unwrap(),
                Output::Close(close) => {
                    writeln!(self.log, "{name} <- close {}", close.code).unwrap();
                    self.call.handle_line_end(line, LeftReason::Left, self.now);
                    self.hand_on();
                }
                Output::Ask {
                    handle,
                    transaction,
                    ask,
                } => {
                    self.call
                        .handle_ask(line, handle, transaction, ask, self.now);
                    self.hand_on();
                }
                Output::SessionOpened(id, family) | Output::FamilyChanged(id, family) => {
                    self.call.handle_family(line, id.get(), family);
                }
                Output::SessionClosed(id, end) => {
                    let why = end.left_reason();
                    self.call.handle_session_end(line, id.get(), why, self.now);
                    self.hand_on();
                }
            }
        }
        self
    }

    /// Hands the call's news to the connections they are for.
    fn hand_on(&mut self) {
        let media = self.call.media();
        let (log, written) = (
            std::mem::take(&mut media.log),
            std::mem::take(&mut media.written),
        );
        for line in log {
            writeln!(self.log, "~~ {line}").unwrap();
        }
        for (peer, text) in written {
            writeln!(self.log, "{} <~= {text}", peer.0).unwrap();
        }
        while let Some((line, news)) = self.call.poll_news() {
            let at = usize::try_from(line.0).unwrap();
            let mut out = Outputs::new();
            let guest = &mut self.guests[at];
            guest.connection.handle_news(news, self.now, &mut out);
            self.settle(at, out);
        }
        if let Some(peer) = self.call.media().updated.pop() {
            let event = MediaEvent::Offer(peer, Some(offer(&["audio", "video", "audio", "video"])));
            self.media(event);
        }
    }
}
