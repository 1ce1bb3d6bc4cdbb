//! A media engine that takes every description but `bad`.

use std::collections::BTreeSet;

use greenroom_media::{
    MixLegSettings, NegotiationError, PeerId, PublisherSettings, PublisherTracks,
    SubscriberSettings, TrackCodec,
};
use greenroom_rooms::call::media::Media;

const OFFER: &str = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:a\r\na=sendonly\r\n\
                     m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:b\r\na=sendonly\r\n";

/// What it holds open, and what it was asked to update.
#[derive(Debug, Default)]
pub(super) struct PaperMedia {
    made: u64,
    pub(super) open: BTreeSet<PeerId>,
    pub(super) updating: BTreeSet<PeerId>,
    /// Texts that were written to data channels.
    pub(super) written: Vec<String>,
}

impl PaperMedia {
    fn make(&mut self, offer: &str) -> Result<(PeerId, String), NegotiationError> {
        if offer.contains("bad") {
            return Err(NegotiationError::Malformed);
        }
        self.made += 1;
        let peer = PeerId(self.made);
        self.open.insert(peer);
        Ok((peer, OFFER.to_owned()))
    }
}

impl Media for PaperMedia {
    fn publish(
        &mut self,
        offer: &str,
        _settings: PublisherSettings,
    ) -> Result<(PeerId, String, PublisherTracks), NegotiationError> {
        let (peer, answer) = self.make(offer)?;
        let track = |mid: &str, codec| {
            Some(TrackCodec {
                mid: mid.to_owned(),
                codec,
                format: String::new(),
                simulcast: offer.contains("rid"),
            })
        };
        let tracks = PublisherTracks {
            audio: track("0", "opus"),
            video: track("1", "vp8"),
        };
        Ok((peer, answer, tracks))
    }

    fn join_mix(
        &mut self,
        offer: &str,
        _settings: MixLegSettings,
    ) -> Result<(PeerId, String), NegotiationError> {
        self.make(offer)
    }

    fn subscribe(
        &mut self,
        _publishers: &[(PeerId, PublisherTracks)],
        _settings: SubscriberSettings,
    ) -> Result<(PeerId, String), NegotiationError> {
        self.make("")
    }

    fn open_text(&mut self) -> Result<(PeerId, String), NegotiationError> {
        self.make("")
    }

    fn accept_answer(&mut self, _peer: PeerId, answer: &str) -> Result<(), NegotiationError> {
        if answer.contains("bad") {
            return Err(NegotiationError::Malformed);
        }
        Ok(())
    }

    fn update(
        &mut self,
        subscriber: PeerId,
        _add: Vec<(PeerId, PublisherTracks)>,
        _remove: Vec<PeerId>,
    ) {
        self.updating.insert(subscriber);
    }

    fn configure_publisher(&mut self, _peer: PeerId, _settings: PublisherSettings) {}

    fn configure_subscriber(&mut self, _peer: PeerId, _settings: SubscriberSettings) {}

    fn configure_mix_leg(&mut self, _peer: PeerId, _settings: MixLegSettings) {}

    fn switch(&mut self, _subscriber: PeerId, _publisher: PeerId) {}

    fn request_keyframe(&mut self, _publisher: PeerId) {}

    fn send_text(&mut self, _peer: PeerId, text: String) {
        self.written.push(text);
    }

    fn ask_silence(&mut self, _peers: Vec<PeerId>, _question: u64) {}

    fn close(&mut self, peer: PeerId) {
        assert!(self.open.remove(&peer), "closed twice");
    }

    async fn flush(&mut self) {}
}
