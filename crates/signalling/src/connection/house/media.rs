//! A media engine on paper: it takes every description but `bad`, and writes down what it is told.

use greenroom_media::{
    MixLegSettings, NegotiationError, PeerId, PublisherSettings, PublisherTracks,
    SubscriberSettings, TrackCodec,
};
use greenroom_rooms::call::media::Media;

#[derive(Debug, Default)]
pub(super) struct PaperMedia {
    made: u64,
    /// How many connections it makes before it makes no more.
    pub(super) room_for: Option<u64>,
    /// What was done, since it was looked at last.
    pub(super) log: Vec<String>,
    /// Updates that have been asked for.
    pub(super) updated: Vec<PeerId>,
    /// What was written to data channels, since it was looked at last.
    pub(super) written: Vec<(PeerId, String)>,
}

impl PaperMedia {
    fn make(&mut self, what: &str, offer: &str) -> Result<PeerId, NegotiationError> {
        if self.room_for == Some(self.made) {
            return Err(NegotiationError::Unavailable);
        }
        if offer == "bad" {
            return Err(NegotiationError::Malformed);
        }
        self.made += 1;
        self.log.push(format!("{}: {what}", self.made));
        Ok(PeerId(self.made))
    }

    fn note(&mut self, peer: PeerId, what: &str) {
        self.log.push(format!("{}: {what}", peer.0));
    }
}

/// An offer of lines that send.
pub(super) fn offer(kinds: &[&str]) -> String {
    let lines = kinds.iter().enumerate();
    let lines = lines.map(|(mid, kind)| {
        format!("m={kind} 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:{mid}\r\na=sendonly\r\n")
    });
    format!("v=0\r\n{}", lines.collect::<String>())
}

fn flows(settings: SubscriberSettings) -> String {
    let SubscriberSettings {
        audio,
        video,
        substream_max,
        temporal_max,
    } = settings;
    format!("audio {audio}, video {video}, layers up to {substream_max}.{temporal_max}")
}

impl Media for PaperMedia {
    fn publish(
        &mut self,
        offer: &str,
        settings: PublisherSettings,
    ) -> Result<(PeerId, String, PublisherTracks), NegotiationError> {
        let peer = self.make(&format!("publishes, {settings:?}"), offer)?;
        let track = |mid: &str, codec, simulcast| {
            Some(TrackCodec {
                mid: mid.to_owned(),
                codec,
                format: String::new(),
                simulcast,
            })
        };
        let tracks = PublisherTracks {
            audio: track("0", "opus", false),
            video: track("1", "vp8", offer.contains("simulcast")),
        };
        Ok((peer, format!("answer to {offer}"), tracks))
    }

    fn join_mix(
        &mut self,
        offer: &str,
        settings: MixLegSettings,
    ) -> Result<(PeerId, String), NegotiationError> {
        let muted = settings.muted;
        let peer = self.make(&format!("joins the mix, muted {muted}"), offer)?;
        Ok((peer, format!("answer to {offer}")))
    }

    fn subscribe(
        &mut self,
        publishers: &[(PeerId, PublisherTracks)],
        settings: SubscriberSettings,
    ) -> Result<(PeerId, String), NegotiationError> {
        let seen: Vec<u64> = publishers.iter().map(|(peer, _)| peer.0).collect();
        let peer = self.make(&format!("sees {seen:?}, {}", flows(settings)), "")?;
        Ok((peer, offer(&["audio", "video"].repeat(seen.len()))))
    }

    fn open_text(&mut self) -> Result<(PeerId, String), NegotiationError> {
        let peer = self.make("has a data channel", "")?;
        Ok((peer, offer(&["application"])))
    }

    fn accept_answer(&mut self, peer: PeerId, answer: &str) -> Result<(), NegotiationError> {
        if answer == "bad" {
            return Err(NegotiationError::Malformed);
        }
        self.note(peer, "has its answer");
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
        self.note(subscriber, &format!("sees {add:?} more, {remove:?} less"));
        self.updated.push(subscriber);
    }

    fn configure_publisher(&mut self, peer: PeerId, settings: PublisherSettings) {
        self.note(peer, &format!("{settings:?}"));
    }

    fn configure_subscriber(&mut self, peer: PeerId, settings: SubscriberSettings) {
        self.note(peer, &flows(settings));
    }

    fn configure_mix_leg(&mut self, peer: PeerId, settings: MixLegSettings) {
        self.note(peer, &format!("muted {}", settings.muted));
    }

    fn switch(&mut self, subscriber: PeerId, publisher: PeerId) {
        self.note(subscriber, &format!("sees {} instead", publisher.0));
    }

    fn request_keyframe(&mut self, publisher: PeerId) {
        self.note(publisher, "sends a key frame");
    }

    fn send_text(&mut self, peer: PeerId, text: String) {
        self.written.push((peer, text));
    }

    fn ask_silence(&mut self, _peers: Vec<PeerId>, _question: u64) {}

    fn close(&mut self, peer: PeerId) {
        self.note(peer, "is closed");
    }

    async fn flush(&mut self) {}
}
