//! A media engine that does as it is told, and writes down what it is told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use greenroom_media::{
    MixLegSettings, NegotiationError, PeerId, PublisherSettings, PublisherTracks, RoomReport,
    SubscriberSettings, TrackCodec,
};
use tokio::sync::oneshot;

use crate::call::media::Media;

/// An offer that the scripted engine cannot use.
pub(crate) const BAD: &str = "bad";

/// An offer at which the scripted engine panics.
pub(crate) const FATAL: &str = "fatal";

/// What a media connection of the scripted engine is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Publisher,
    MixLeg,
    Subscriber,
    Text,
}

/// The engine.
#[derive(Debug, Default)]
pub(crate) struct ScriptedMedia {
    /// How many connections were made; the latest has this number.
    pub(crate) made: u64,
    /// What is open.
    pub(crate) open: BTreeMap<PeerId, Kind>,
    /// Whose sound goes nowhere.
    pub(crate) silent: BTreeSet<PeerId>,
    /// What it was told, beside opening and closing.
    pub(crate) told: Vec<String>,
    /// What it was asked about the silence of connections.
    pub(crate) questions: Vec<(Vec<PeerId>, u64)>,
    /// Whether it takes no connection.
    pub(crate) is_full: bool,
    /// Whether its thread is gone, and all connections with it.
    pub(crate) is_lost: bool,
    /// Held by every flush; `None` for flushes that never wait.
    pub(crate) gate: Option<Arc<tokio::sync::Mutex<()>>>,
    /// Who waits to be told how connections fare; also dropped with it.
    pub(crate) waiting: Arc<Mutex<Vec<oneshot::Sender<RoomReport>>>>,
}

impl ScriptedMedia {
    fn make(&mut self, kind: Kind, offer: &str) -> Result<PeerId, NegotiationError> {
        if self.is_full {
            return Err(NegotiationError::Unavailable);
        }
        if offer == BAD {
            return Err(NegotiationError::Malformed);
        }
        assert_ne!(offer, FATAL, "a fault, made on purpose");
        self.made += 1;
        let peer = PeerId(self.made);
        self.open.insert(peer, kind);
        Ok(peer)
    }

    fn set_silent(&mut self, peer: PeerId, silent: bool) {
        if silent {
            self.silent.insert(peer);
        } else {
            self.silent.remove(&peer);
        }
    }

    fn note(&mut self, peer: PeerId, what: impl std::fmt::Debug) {
        assert!(
            self.open.contains_key(&peer),
            "{peer:?} is not open: {what:?}"
        );
        self.told.push(format!("{}: {what:?}", peer.0));
    }

    /// What it was told since this was asked last.
    pub(crate) fn take_told(&mut self) -> Vec<String> {
        std::mem::take(&mut self.told)
    }
}

impl Media for ScriptedMedia {
    /// An offer of `vp8` or `h264` makes a video track of that codec.
    fn publish(
        &mut self,
        offer: &str,
        settings: PublisherSettings,
    ) -> Result<(PeerId, String, PublisherTracks), NegotiationError> {
        let peer = self.make(Kind::Publisher, offer)?;
        self.set_silent(peer, settings.audio_censored);
        self.note(peer, settings);
        let track = |mid: &str, codec| {
            Some(TrackCodec {
                mid: mid.to_owned(),
                codec,
                format: String::new(),
                simulcast: false,
            })
        };
        let video = if offer == "h264" { "h264" } else { "vp8" };
        let tracks = PublisherTracks {
            audio: track("0", "opus"),
            video: track("1", video),
        };
        Ok((peer, format!("answer to {offer}"), tracks))
    }

    fn join_mix(
        &mut self,
        offer: &str,
        settings: MixLegSettings,
    ) -> Result<(PeerId, String), NegotiationError> {
        let peer = self.make(Kind::MixLeg, offer)?;
        self.set_silent(peer, settings.muted);
        self.note(peer, settings);
        Ok((peer, format!("answer to {offer}")))
    }

    fn subscribe(
        &mut self,
        publishers: &[(PeerId, PublisherTracks)],
        settings: SubscriberSettings,
    ) -> Result<(PeerId, String), NegotiationError> {
        for (publisher, _) in publishers {
            assert_eq!(self.open.get(publisher), Some(&Kind::Publisher));
        }
        let peer = self.make(Kind::Subscriber, "")?;
        self.note(peer, settings);
        let sources: Vec<u64> = publishers.iter().map(|(peer, _)| peer.0).collect();
        Ok((peer, format!("offer of {sources:?}")))
    }

    fn open_text(&mut self) -> Result<(PeerId, String), NegotiationError> {
        let peer = self.make(Kind::Text, "")?;
        Ok((peer, "offer of text".to_owned()))
    }

    fn accept_answer(&mut self, peer: PeerId, answer: &str) -> Result<(), NegotiationError> {
        self.note(peer, answer);
        if answer == BAD {
            return Err(NegotiationError::NoSuchOffer);
        }
        Ok(())
    }

    fn update(
        &mut self,
        subscriber: PeerId,
        add: Vec<(PeerId, PublisherTracks)>,
        remove: Vec<PeerId>,
    ) {
        let add: Vec<u64> = add.iter().map(|(peer, _)| peer.0).collect();
        let remove: Vec<u64> = remove.iter().map(|peer| peer.0).collect();
        self.note(subscriber, format!("add {add:?}, remove {remove:?}"));
    }

    fn configure_publisher(&mut self, peer: PeerId, settings: PublisherSettings) {
        self.set_silent(peer, settings.audio_censored);
        self.note(peer, settings);
    }

    fn configure_subscriber(&mut self, peer: PeerId, settings: SubscriberSettings) {
        self.note(peer, settings);
    }

    fn configure_mix_leg(&mut self, peer: PeerId, settings: MixLegSettings) {
        self.set_silent(peer, settings.muted);
        self.note(peer, settings);
    }

    fn switch(&mut self, subscriber: PeerId, publisher: PeerId) {
        self.note(subscriber, format!("switch to {}", publisher.0));
    }

    fn request_keyframe(&mut self, publisher: PeerId) {
        self.note(publisher, "key frame");
    }

    fn send_text(&mut self, peer: PeerId, text: String) {
        self.note(peer, text);
    }

    fn ask_silence(&mut self, peers: Vec<PeerId>, question: u64) {
        self.questions.push((peers, question));
    }

    fn report(&mut self) -> oneshot::Receiver<RoomReport> {
        let (reply, answer) = oneshot::channel();
        self.waiting.lock().unwrap().push(reply);
        answer
    }

    fn close(&mut self, peer: PeerId) {
        let was_open = self.open.remove(&peer).is_some();
        assert!(was_open || self.is_lost, "{peer:?} closed twice");
    }

    async fn flush(&mut self) {
        if let Some(gate) = &self.gate {
            drop(gate.lock().await);
        }
    }
}
