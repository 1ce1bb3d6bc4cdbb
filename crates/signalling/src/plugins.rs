//! The three plugins of a room, as general Janus clients and the browser SDK use them: JSON in,
//! typed asks out, and what a call tells back as JSON. `docs/protocol.md` lists all of it.
//!
//! Each plugin has a file for its requests and one for its events; `textroom` has a third for what
//! goes over the data channel. Nothing here waits or remembers what was asked: how a reply is to be
//! told travels with the ask ([`Way`]).

mod audiobridge;
mod body;
mod fault;
mod room;
mod textroom;
mod videoroom;
mod way;

use greenroom_domain::Timestamp;
use greenroom_rooms::call::{Ask, MediaDown, News};
use serde::Serialize;

use crate::wire::{JsepKind, Message, Sender};

use body::Body;
use fault::Fault;
pub use room::Room;
use videoroom::Role;
pub(crate) use way::Way;

/// What a handle can be attached to, with what the plugin has to remember of the handle.
#[derive(Debug)]
enum Plugin {
    /// The mixed audio.
    AudioBridge,
    /// The streams.
    VideoRoom(Role),
    /// The messages.
    TextRoom(textroom::Names),
}

/// The plugin's side of one handle.
#[derive(Debug)]
pub(crate) struct Handle {
    plugin: Plugin,
    /// Whether the call has heard of the handle.
    asked: bool,
}

/// What comes of a request.
#[derive(Debug)]
pub(crate) enum Taken {
    /// This frame is the whole answer.
    Answered(String),
    /// The request was seen, and this frame answers it.
    Acked(String),
    /// The call has to be asked. The request was seen unless [`Way::is_synchronous`].
    Asked(Way, Ask),
}

/// What comes of what a call told.
#[derive(Debug, Default)]
pub(crate) struct Telling {
    /// A frame for the client.
    pub(crate) frame: Option<String>,
    /// What to ask the call in turn, in order; with the client's transaction where a reply comes.
    pub(crate) asks: Vec<(Way, String, Ask)>,
    /// The client would wait for ever, so its session ends.
    pub(crate) ends: Option<crate::Refusal>,
}

/// What surrounds a request or what is told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scene {
    /// The room of the connection.
    pub(crate) room: Room,
    /// The handle that is spoken for.
    pub(crate) sender: Sender,
    /// The present.
    pub(crate) now: Timestamp,
}

/// What a plugin makes of a request.
enum Wanted<Data> {
    /// To ask the call, and how to tell its reply.
    Ask(Way, Ask),
    /// Nothing: the answer is known.
    Answer(Data),
}

impl Handle {
    /// Attaches to the plugin of that name, if there is one.
    pub(crate) fn attach(plugin: &str) -> Option<Self> {
        let plugin = match plugin {
            audiobridge::NAME => Plugin::AudioBridge,
            videoroom::NAME => Plugin::VideoRoom(Role::default()),
            textroom::NAME => Plugin::TextRoom(textroom::Names::default()),
            _ => return None,
        };
        Some(Self {
            plugin,
            asked: false,
        })
    }

    /// What it is attached to.
    pub(crate) const fn plugin_name(&self) -> &'static str {
        match self.plugin {
            Plugin::AudioBridge => audiobridge::NAME,
            Plugin::VideoRoom(_) => videoroom::NAME,
            Plugin::TextRoom(_) => textroom::NAME,
        }
    }

    /// Whether the call has heard of the handle.
    pub(crate) const fn is_known_to_call(&self) -> bool {
        self.asked
    }

    /// Takes a request of the client.
    pub(crate) fn take(&mut self, message: Message, transaction: &str, scene: Scene) -> Taken {
        let answers = Answers { scene, transaction };
        let taken = match &mut self.plugin {
            Plugin::AudioBridge => audiobridge::take(message, answers),
            Plugin::VideoRoom(role) => videoroom::take(message, role, answers),
            Plugin::TextRoom(_) => textroom::take(message, answers),
        };
        self.asked |= matches!(taken, Taken::Asked(..));
        taken
    }

    /// The client ends the handle's media connection.
    pub(crate) fn hang_up(&mut self) {
        match &mut self.plugin {
            Plugin::VideoRoom(role) => role.lose_media(),
            Plugin::TextRoom(names) => *names = textroom::Names::default(),
            Plugin::AudioBridge => {}
        }
    }

    /// Makes frames of what the call told.
    pub(crate) fn told(
        &mut self,
        reply_to: Option<(Way, &str)>,
        news: News,
        scene: Scene,
    ) -> Telling {
        match (&mut self.plugin, news) {
            (_, News::MediaUp) => Telling::frame(scene.sender.media_up()),
            (_, News::MediaDown(why)) => {
                self.hang_up();
                Telling::frame(scene.sender.media_down(media_down_reason(why)))
            }
            (Plugin::AudioBridge, News::Audio(event)) => {
                Telling::frame(audiobridge::told(reply_to, &event, scene))
            }
            (Plugin::AudioBridge, News::Refused(refusal)) => {
                audiobridge::refused(reply_to, refusal, scene)
            }
            (Plugin::VideoRoom(role), News::Video(event)) => {
                Telling::frame(videoroom::told(reply_to, &event, role, scene))
            }
            (Plugin::VideoRoom(role), News::Refused(refusal)) => {
                videoroom::refused(reply_to, refusal, role, scene)
            }
            (Plugin::TextRoom(names), News::Text(event)) => {
                textroom::told(reply_to, event, names, scene)
            }
            (Plugin::TextRoom(names), News::Refused(refusal)) => {
                textroom::refused(reply_to, refusal, names, scene)
            }
            // A call tells a handle only of its own board.
            (
                Plugin::AudioBridge | Plugin::VideoRoom(_) | Plugin::TextRoom(_),
                News::Audio(_) | News::Video(_) | News::Text(_),
            ) => Telling::default(),
        }
    }
}

impl Telling {
    fn frame(frame: String) -> Self {
        Self {
            frame: Some(frame),
            ..Self::default()
        }
    }
}

/// Janus's own words where it has some.
const fn media_down_reason(why: MediaDown) -> &'static str {
    match why {
        MediaDown::ClosedByPeer => "DTLS alert",
        MediaDown::TimedOut => "ICE failed",
        MediaDown::Failed => "PeerConnection failed",
        MediaDown::Gone => "Close PC",
    }
}

/// Answers one request.
#[derive(Debug, Clone, Copy)]
struct Answers<'a> {
    scene: Scene,
    transaction: &'a str,
}

impl Answers<'_> {
    fn answer(self, synchronous: bool, data: &impl Serialize) -> Taken {
        let Self { scene, transaction } = self;
        if synchronous {
            Taken::Answered(scene.sender.success(transaction, data))
        } else {
            Taken::Acked(scene.sender.event(Some(transaction), data, None))
        }
    }

    /// Answers with what a plugin made of a request.
    fn settle<Data: Serialize>(
        self,
        synchronous: bool,
        wanted: Result<Wanted<Data>, Fault>,
        fault: impl FnOnce(&Fault) -> Data,
    ) -> Taken {
        match wanted {
            Ok(Wanted::Ask(way, ask)) => Taken::Asked(way, ask),
            Ok(Wanted::Answer(data)) => self.answer(synchronous, &data),
            Err(error) => self.answer(synchronous, &fault(&error)),
        }
    }
}

/// The frame for a reply or a push, told in that way.
fn tell(
    reply_to: Option<(Way, &str)>,
    data: &impl Serialize,
    jsep: Option<(JsepKind, &str)>,
    sender: Sender,
) -> String {
    match reply_to {
        Some((way, transaction)) if way.is_synchronous() => sender.success(transaction, data),
        Some((_, transaction)) => sender.event(Some(transaction), data, jsep),
        None => sender.event(None, data, jsep),
    }
}

/// Opens a request: its body, and its name in lower case (Janus does not look at the case).
fn open(message: Message) -> (Body, Option<crate::wire::Jsep>, Result<String, Fault>) {
    let mut body = Body::new(message.body);
    let request = body.needed_text("request", REQUEST_MAX_BYTES);
    let name = request.map(|request| request.to_ascii_lowercase());
    (body, message.jsep, name)
}

/// Longest name of a request that is looked at, in bytes; Janus's longest has 20.
const REQUEST_MAX_BYTES: usize = 64;
