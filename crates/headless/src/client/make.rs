//! The kinds of client.

use std::collections::VecDeque;

use str0m::media::{Direction, MediaKind, Simulcast, SimulcastLayer};

use super::Client;
use crate::audio::{Audio, AudioSender};
use crate::error::Error;
use crate::setup::Setup;
use crate::video::Video;
use crate::video::sender::VideoSender;

/// Label of the text channel, as Janus's text room has it.
const TEXT_CHANNEL: &str = "JanusDataChannel";

impl Client {
    /// Offers to send audio, video, or both; the offer comes with it as SDP text.
    ///
    /// Layers with a rid are offered without `a=ssrc` lines, as Chromium does.
    pub fn publisher(
        setup: &Setup,
        audio: Option<Audio>,
        video: Option<Video>,
    ) -> Result<(Self, String), Error> {
        let mut client = Self::bare(setup)?;
        let mut changes = client.rtc.sdp_api();
        let audio = audio.map(|audio| {
            let mid = changes.add_media(MediaKind::Audio, Direction::SendOnly, None, None, None);
            AudioSender::new(mid, audio, &mut client.random)
        });
        let simulcast = video.as_ref().and_then(simulcast);
        let hides_ssrcs = simulcast.is_some();
        let video = video.map(|video| {
            let direction = Direction::SendOnly;
            let mid = changes.add_media(MediaKind::Video, direction, None, None, simulcast);
            VideoSender::new(mid, &video, &mut client.random)
        });
        let (offer, pending) = changes.apply().ok_or(Error::Nothing)?;
        client.pending = Some(pending);
        client.audio = audio;
        client.video = video;
        let mut offer = offer.to_sdp_string();
        if hides_ssrcs {
            offer = without_video_ssrcs(&offer);
        }
        Ok((client, offer))
    }

    /// Takes an offer to receive; the answer comes with it as SDP text. A later offer goes to
    /// [`Client::accept_offer`].
    pub fn subscriber(setup: &Setup, offer: &str) -> Result<(Self, String), Error> {
        let mut client = Self::bare(setup)?;
        let answer = client.accept_offer(setup.now, offer)?;
        Ok((client, answer))
    }

    /// Offers audio in both directions, as the browser SDK does for the mixed sound. What is received comes as
    /// [`crate::Event::Audio`] if `hears`, and is only counted otherwise.
    pub fn mix_leg(setup: &Setup, audio: Audio, hears: bool) -> Result<(Self, String), Error> {
        let mut client = Self::bare(setup)?;
        let mut changes = client.rtc.sdp_api();
        let mid = changes.add_media(MediaKind::Audio, Direction::SendRecv, None, None, None);
        let (offer, pending) = changes.apply().ok_or(Error::Nothing)?;
        client.pending = Some(pending);
        client.audio = Some(AudioSender::new(mid, audio, &mut client.random));
        client.hears = hears;
        Ok((client, offer.to_sdp_string()))
    }

    /// Takes an offer of a data channel; the answer comes with it as SDP text. The client opens the channel
    /// `JanusDataChannel` itself, in band, as a browser does.
    pub fn text(setup: &Setup, offer: &str) -> Result<(Self, String), Error> {
        let mut client = Self::bare(setup)?;
        client.opens = Some(TEXT_CHANNEL);
        let answer = client.accept_offer(setup.now, offer)?;
        Ok((client, answer))
    }

    pub(super) fn bare(setup: &Setup) -> Result<Self, Error> {
        let mut random = fastrand::Rng::with_seed(setup.seed);
        Ok(Self {
            rtc: setup.peer(&mut random)?,
            random,
            local: setup.local,
            epoch: setup.epoch,
            now: setup.now,
            rtc_due: setup.now,
            pending: None,
            outputs: VecDeque::new(),
            connected: false,
            alive: true,
            audio: None,
            video: None,
            tracks: Vec::new(),
            by_ssrc: Vec::new(),
            hears: false,
            opens: None,
            channel: None,
        })
    }
}

/// The layers to offer, if they have names.
fn simulcast(video: &Video) -> Option<Simulcast> {
    let mut simulcast = Simulcast::new();
    let mut rids = video.layers.iter().filter_map(|layer| layer.rid).peekable();
    rids.peek()?;
    for rid in rids {
        simulcast.add_send_layer(SimulcastLayer::new(rid));
    }
    Some(simulcast)
}

/// The description without the SSRCs of its video line.
fn without_video_ssrcs(offer: &str) -> String {
    let mut of_video = false;
    let mut kept = String::with_capacity(offer.len());
    for line in offer.split_inclusive("\r\n") {
        if line.starts_with("m=") {
            of_video = line.starts_with("m=video");
        }
        if !(of_video && line.starts_with("a=ssrc")) {
            kept.push_str(line);
        }
    }
    kept
}
