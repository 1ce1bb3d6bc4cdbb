//! Makes media connections: answers and makes offers, off the media threads.

mod making;
mod new_peer;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use greenroom_domain::Entropy;
use greenroom_domain::limits::{FEEDS_PER_SUBSCRIBER_MAX, TEXT_MAX_BYTES};
use str0m::bwe::Bitrate;
use str0m::channel::ChannelConfig;
use str0m::config::{CryptoProvider, DtlsCert};
use str0m::media::{Direction, MediaKind, Mid};
use str0m::rtp::{Extension, ExtensionMap};
use str0m::{Candidate, Rtc, RtcConfig};

pub(crate) use making::{Making, accept_answer, audio_line, video_line};
pub(crate) use new_peer::{AnsweredFeed, Feed, Line, NewRole, Pending, PublishedTrack};
pub use new_peer::{NewPeer, PendingPeer};

use crate::codec::{self, OPUS, VideoFormat};
use crate::credentials::{self, SHARDS_MAX};
use crate::flows::REPORT_EVERY;
use crate::sdp::{Description, Kind};
use crate::settings::{
    MixLegSettings, NegotiationError, PeerId, PublisherSettings, PublisherTracks,
    SubscriberSettings, TrackCodec,
};

/// Stream id of our own data channel, which only makes the offer have an application line. The
/// browser takes the low ids, so that it is never in the way.
const DUMMY_CHANNEL_ID: u16 = 1_000;

/// Its label; the client never sees it.
pub(crate) const DUMMY_CHANNEL_LABEL: &str = "greenroom";

/// Video packets kept for resends, in each stream: more than a second of 3 Mbit/s.
pub(crate) const RESEND_PACKETS_MAX: usize = 512;

/// Most that is buffered in one connection's data channels, in bytes.
pub(crate) const CHANNEL_BUFFER_MAX_BYTES: usize = 4 * TEXT_MAX_BYTES;

/// What a subscriber's path is taken to carry until it is measured, in bit/s: enough for a good
/// picture of one or an acceptable one of several.
pub(crate) fn initial_estimate_bps(feeds: usize) -> u64 {
    let feeds = u64::try_from(feeds).unwrap_or(u64::MAX);
    300_000 + 500_000 * feeds.clamp(1, 5)
}

/// Addresses that a shard can be reached at, as clients are to be told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShardAddresses {
    /// For UDP.
    pub udp: Vec<SocketAddr>,
    /// For TCP; may be the same for all shards, see [`crate::shard_of_datagram`].
    pub tcp: Vec<SocketAddr>,
}

/// Who a connection is to be, and where it is to live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seat {
    /// Its name; the caller makes it unique.
    pub peer: PeerId,
    /// The shard that it will be added to, counted from 0.
    pub shard: usize,
}

/// Why there is no negotiator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NegotiatorError {
    /// No certificate for DTLS could be made.
    #[error("no DTLS certificate could be made")]
    Certificate,
    /// This cannot be told to clients as an address.
    #[error("{0} is no address that clients can reach")]
    Address(SocketAddr),
    /// There are none or too many.
    #[error("there are {0} shards, which should be 1 to {SHARDS_MAX}")]
    Shards(usize),
}

/// Makes media connections. Costs processor time (1 to 2 ms each), and nothing else.
pub struct Negotiator {
    crypto: Arc<CryptoProvider>,
    certificate: DtlsCert,
    candidates: Vec<Vec<Candidate>>,
}

impl std::fmt::Debug for Negotiator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Negotiator")
            .field("candidates", &self.candidates)
            .finish_non_exhaustive()
    }
}

impl Negotiator {
    /// Makes the process's certificate, and warms up the cryptography.
    pub fn new(shards: &[ShardAddresses], now: Instant) -> Result<Self, NegotiatorError> {
        if shards.is_empty() || shards.len() > SHARDS_MAX {
            return Err(NegotiatorError::Shards(shards.len()));
        }
        let crypto = str0m::crypto::from_feature_flags();
        let certificate = crypto
            .dtls_provider
            .generate_certificate()
            .ok_or(NegotiatorError::Certificate)?;
        let negotiator = Self {
            crypto: Arc::new(crypto),
            certificate,
            candidates: shards.iter().map(candidates).collect::<Result<_, _>>()?,
        };
        drop(negotiator.base_config().build(now));
        Ok(negotiator)
    }

    /// Answers a publisher's offer.
    pub fn answer_publisher(
        &self,
        now: Instant,
        entropy: &dyn Entropy,
        seat: Seat,
        offer: &str,
        settings: PublisherSettings,
    ) -> Result<(NewPeer, String, PublisherTracks), NegotiationError> {
        let offer = Description::read(offer)?;
        let audio = offer.sender(Kind::Audio);
        let video = offer.sender(Kind::Video);
        let format = video.and_then(crate::sdp::Section::best_format);
        if audio.is_none() && format.is_none() {
            return Err(NegotiationError::NothingUsable);
        }
        let mut config = self.base_config();
        codec::configure(config.codec_config(), audio.is_some(), format.as_slice());
        let mut making = self.begin(now, entropy, seat, config)?;
        let answer = making.answer(&offer.sending_only())?;

        let audio = audio
            .map(|section| Mid::from(section.mid.as_str()))
            .filter(|mid| making.opus(*mid).is_some());
        let video = video.zip(format).and_then(|(section, format)| {
            let mid = Mid::from(section.mid.as_str());
            making.payload_type(mid, format)?;
            Some(PublishedTrack {
                mid,
                format,
                layers: section.layers.clone(),
            })
        });
        let tracks = PublisherTracks {
            audio: audio.map(|mid| TrackCodec {
                mid: mid.to_string(),
                codec: OPUS,
                format: String::new(),
                simulcast: false,
            }),
            video: video.as_ref().map(PublishedTrack::describe),
        };
        if audio.is_none() && video.is_none() {
            return Err(NegotiationError::NothingUsable);
        }
        let peer = making.finish(NewRole::Publisher {
            settings,
            audio,
            video,
        });
        Ok((peer, answer, tracks))
    }

    /// Answers the offer of a leg of the mixed audio. It may have no microphone.
    pub fn answer_mix_leg(
        &self,
        now: Instant,
        entropy: &dyn Entropy,
        seat: Seat,
        offer: &str,
        settings: MixLegSettings,
    ) -> Result<(NewPeer, String), NegotiationError> {
        let offer = Description::read(offer)?;
        let line = offer.opus_line().ok_or(NegotiationError::NothingUsable)?;
        let mut config = self.base_config().set_extension_map(extensions(false));
        codec::configure(config.codec_config(), true, &[]);
        let mut making = self.begin(now, entropy, seat, config)?;
        let answer = making.answer(offer.text())?;
        let mid = Mid::from(line.mid.as_str());
        let line = making
            .opus_out(mid)
            .ok_or(NegotiationError::NothingUsable)?;
        let peer = making.finish(NewRole::MixLeg { settings, line });
        Ok((peer, answer))
    }

    /// Offers what publishers publish, in their order: for each an audio and then a video line, as
    /// far as there is one.
    pub fn offer_subscriber(
        &self,
        now: Instant,
        entropy: &dyn Entropy,
        seat: Seat,
        publishers: &[(PeerId, PublisherTracks)],
        settings: SubscriberSettings,
    ) -> Result<(PendingPeer, String), NegotiationError> {
        if publishers.len() > FEEDS_PER_SUBSCRIBER_MAX {
            return Err(NegotiationError::NothingUsable);
        }
        let formats: Vec<VideoFormat> = publishers
            .iter()
            .filter_map(|(_, tracks)| VideoFormat::of_track(tracks.video.as_ref()?))
            .collect();
        let adapts = publishers
            .iter()
            .any(|(_, tracks)| tracks.video.as_ref().is_some_and(|video| video.simulcast));
        let mut config = self.base_config().set_extension_map(extensions(adapts));
        if adapts {
            config = config.enable_bwe(Some(Bitrate::bps(initial_estimate_bps(publishers.len()))));
        }
        codec::configure(config.codec_config(), true, &formats);
        let mut making = self.begin(now, entropy, seat, config)?;
        let (feeds, offer, pending) =
            offer_feeds(&mut making.rtc, publishers, 0).ok_or(NegotiationError::NothingUsable)?;
        let pending = PendingPeer {
            making,
            pending,
            role: Pending::Subscriber {
                settings,
                feeds,
                adapts,
            },
        };
        Ok((pending, offer))
    }

    /// Offers a data channel, which the client is to open.
    pub fn offer_text(
        &self,
        now: Instant,
        entropy: &dyn Entropy,
        seat: Seat,
    ) -> Result<(PendingPeer, String), NegotiationError> {
        // There is nothing to report of text.
        let mut config = self.base_config().set_stats_interval(None);
        codec::configure(config.codec_config(), false, &[]);
        let mut making = self.begin(now, entropy, seat, config)?;
        let mut change = making.rtc.sdp_api();
        change.add_channel_with_config(ChannelConfig {
            label: DUMMY_CHANNEL_LABEL.to_owned(),
            negotiated: Some(DUMMY_CHANNEL_ID),
            ..ChannelConfig::default()
        });
        let (offer, pending) = change.apply().ok_or(NegotiationError::NothingUsable)?;
        let pending = PendingPeer {
            making,
            pending,
            role: Pending::Text,
        };
        Ok((pending, offer.to_sdp_string()))
    }

    fn base_config(&self) -> RtcConfig {
        Rtc::builder()
            .set_crypto_provider(Arc::clone(&self.crypto))
            .set_dtls_cert(self.certificate.clone())
            .set_ice_lite(true)
            .set_rtp_mode(true)
            .set_send_buffer_video(RESEND_PACKETS_MAX)
            .set_stats_interval(Some(REPORT_EVERY))
            .set_sctp_max_message_size(u32::try_from(TEXT_MAX_BYTES).unwrap_or(u32::MAX))
            .set_sctp_max_buffered_amount(CHANNEL_BUFFER_MAX_BYTES)
    }

    fn begin(
        &self,
        now: Instant,
        entropy: &dyn Entropy,
        seat: Seat,
        config: RtcConfig,
    ) -> Result<Making, NegotiationError> {
        let candidates = self
            .candidates
            .get(seat.shard)
            .ok_or(NegotiationError::Unavailable)?;
        let (ufrag, credentials) = credentials::draw(seat.shard, entropy);
        let mut rtc = config.set_local_ice_credentials(credentials).build(now);
        for candidate in candidates {
            rtc.add_local_candidate(candidate.clone());
        }
        Ok(Making {
            peer: seat.peer,
            ufrag,
            rtc: Box::new(rtc),
        })
    }
}

fn candidates(addresses: &ShardAddresses) -> Result<Vec<Candidate>, NegotiatorError> {
    let udp = addresses.udp.iter().map(|address| {
        Candidate::builder()
            .udp()
            .host(*address)
            .build()
            .map_err(|_| NegotiatorError::Address(*address))
    });
    let tcp = addresses.tcp.iter().map(|address| {
        Candidate::builder()
            .tcp()
            .tcptype(str0m::net::TcpType::Passive)
            .host(*address)
            .build()
            .map_err(|_| NegotiatorError::Address(*address))
    });
    udp.chain(tcp).collect()
}

/// Header extensions of media that we send. What measures the path costs reports from the other
/// side, so that it is there only where something depends on it.
fn extensions(measured: bool) -> ExtensionMap {
    let mut map = ExtensionMap::empty();
    map.set(1, Extension::AudioLevel);
    if measured {
        map.set(3, Extension::TransportSequenceNumber);
    }
    map.set(4, Extension::RtpMid);
    map.set(13, Extension::VideoOrientation);
    map
}

/// Puts lines for publishers into an offer; `first_track` numbers the tracks that are new.
pub(crate) fn offer_feeds(
    rtc: &mut Rtc,
    publishers: &[(PeerId, PublisherTracks)],
    first_track: usize,
) -> Option<(Vec<Feed>, String, str0m::change::SdpPendingOffer)> {
    let mut change = rtc.sdp_api();
    let feeds = add_feeds(&mut change, publishers, first_track);
    let (offer, pending) = change.apply()?;
    Some((feeds, offer.to_sdp_string(), pending))
}

/// Adds lines for publishers to a change.
pub(crate) fn add_feeds(
    change: &mut str0m::change::SdpApi<'_>,
    publishers: &[(PeerId, PublisherTracks)],
    first_track: usize,
) -> Vec<Feed> {
    let mut track = first_track;
    let mut add = |kind| {
        let name = format!("janus{track}");
        track += 1;
        change.add_media(
            kind,
            Direction::SendOnly,
            Some("janus".to_owned()),
            Some(name),
            None,
        )
    };
    publishers
        .iter()
        .map(|(publisher, tracks)| {
            let audio = tracks.audio.as_ref().map(|_| add(MediaKind::Audio));
            let video = tracks.video.as_ref().and_then(|video| {
                let format = VideoFormat::of_track(video)?;
                Some((add(MediaKind::Video), format))
            });
            Feed {
                publisher: *publisher,
                audio,
                video,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests;
