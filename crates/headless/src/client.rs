//! One peer connection.

mod incoming;
mod make;
mod outgoing;
mod text;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use str0m::bwe::BweKind;
use str0m::change::{SdpAnswer, SdpOffer, SdpPendingOffer};
use str0m::channel::ChannelId;
use str0m::net::{Protocol, Receive};
use str0m::{Event as RtcEvent, IceConnectionState, Input, Output as RtcOutput, Rtc};

use crate::audio::AudioSender;
use crate::delays::Delays;
use crate::error::Error;
use crate::output::{Event, Output, Transmit};
use crate::track::{Track, TrackReport};
use crate::video::sender::VideoSender;

/// Outputs of one drain; str0m itself bounds what it queues, so reaching this means that it makes no
/// progress.
const MOST_OUTPUTS: usize = 100_000;
/// Until a timer of str0m that is due again at once is looked at again.
const PAUSE: Duration = Duration::from_millis(1);
/// The time that stands for "never".
const NEVER: Duration = Duration::from_secs(3600);

/// One peer connection of a browser that is none.
///
/// Give it datagrams and time; after each of these calls, and after each change, take the outputs until
/// [`Client::poll_output`] is empty, and call [`Client::handle_timeout`] no later than [`Client::deadline`].
#[derive(Debug)]
pub struct Client {
    rtc: Rtc,
    random: fastrand::Rng,
    local: SocketAddr,
    epoch: Instant,
    now: Instant,
    /// When str0m wants to be called again.
    rtc_due: Instant,
    pending: Option<SdpPendingOffer>,
    outputs: VecDeque<Output>,
    connected: bool,
    alive: bool,
    audio: Option<AudioSender>,
    video: Option<VideoSender>,
    tracks: Vec<Track>,
    /// Which track an SSRC belongs to.
    by_ssrc: Vec<(u32, usize)>,
    /// Received audio is handed out packet by packet.
    hears: bool,
    /// The label of the channel to open once connected.
    opens: Option<&'static str>,
    channel: Option<ChannelId>,
}

impl Client {
    /// Takes a datagram that has arrived at the client's address.
    pub fn handle_datagram(&mut self, now: Instant, source: SocketAddr, contents: &[u8]) {
        self.now = self.now.max(now);
        let Ok(receive) = Receive::new(Protocol::Udp, source, self.local, contents) else {
            return;
        };
        let input = Input::Receive(self.now, receive);
        let result = self.rtc.handle_input(input);
        self.settle(result);
    }

    /// Lets time pass: sends what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.now = self.now.max(now);
        self.ask_for_keyframes();
        self.send_media();
        self.tick();
    }

    /// When [`Client::handle_timeout`] is to be called, if not before.
    pub fn deadline(&self) -> Instant {
        if !self.alive {
            return self.now + NEVER;
        }
        let media = [
            self.audio.as_ref().and_then(AudioSender::due),
            self.video.as_ref().and_then(VideoSender::due),
        ];
        let tracks = self.tracks.iter().filter_map(Track::due);
        media
            .into_iter()
            .flatten()
            .chain(tracks)
            .fold(self.rtc_due, Instant::min)
    }

    /// The next thing that the client gives out.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Takes the answer to the client's offer, as SDP text.
    pub fn accept_answer(&mut self, now: Instant, answer: &str) -> Result<(), Error> {
        self.now = self.now.max(now);
        let pending = self.pending.take().ok_or(Error::NoOffer)?;
        let answer =
            SdpAnswer::from_sdp_string(answer).map_err(|error| Error::Sdp(error.to_string()))?;
        self.rtc.sdp_api().accept_answer(pending, answer)?;
        self.tick();
        Ok(())
    }

    /// Takes an offer, the first or a later one; the answer, as SDP text.
    pub fn accept_offer(&mut self, now: Instant, offer: &str) -> Result<String, Error> {
        self.now = self.now.max(now);
        let offer =
            SdpOffer::from_sdp_string(offer).map_err(|error| Error::Sdp(error.to_string()))?;
        let answer = self.rtc.sdp_api().accept_offer(offer)?;
        self.tick();
        Ok(answer.to_sdp_string())
    }

    /// Ends the connection as a page does: the other side is told.
    pub fn close(&mut self, now: Instant) {
        self.now = self.now.max(now);
        let result = self.rtc.close();
        self.settle(result);
        self.alive = false;
    }

    /// The connection is up.
    pub fn is_connected(&self) -> bool {
        self.connected && self.alive
    }

    /// The connection has not ended.
    pub fn is_alive(&self) -> bool {
        self.alive
    }

    /// What has arrived, for each track (and each layer, if they come apart) that anything arrived on.
    pub fn tracks(&self) -> impl Iterator<Item = &TrackReport> {
        self.tracks.iter().map(|track| &track.report)
    }

    /// Begins the histograms of delays anew; everything else in the reports goes on.
    pub fn forget_delays(&mut self) {
        for track in &mut self.tracks {
            track.report.delays = Delays::default();
        }
    }

    fn since_epoch(&self) -> Duration {
        self.now.saturating_duration_since(self.epoch)
    }

    fn tick(&mut self) {
        let result = self.rtc.handle_input(Input::Timeout(self.now));
        self.settle(result);
    }

    /// Drains str0m after a change, or ends the client if it could not be made.
    fn settle(&mut self, result: Result<(), str0m::RtcError>) {
        if let Err(error) = result.and_then(|()| self.drain()) {
            self.end(Some(error.to_string()));
        }
    }

    fn drain(&mut self) -> Result<(), str0m::RtcError> {
        let mut idle_ticks = 0;
        for _ in 0..MOST_OUTPUTS {
            match self.rtc.poll_output()? {
                RtcOutput::Timeout(due) if due <= self.now && idle_ticks < 2 => {
                    idle_ticks += 1;
                    self.rtc.handle_input(Input::Timeout(self.now))?;
                }
                RtcOutput::Timeout(due) => {
                    self.rtc_due = if due > self.now {
                        due
                    } else {
                        self.now + PAUSE
                    };
                    return Ok(());
                }
                RtcOutput::Transmit(transmit) => {
                    idle_ticks = 0;
                    self.outputs.push_back(Output::Transmit(Transmit {
                        source: transmit.source,
                        destination: transmit.destination,
                        contents: transmit.contents.into(),
                    }));
                }
                RtcOutput::Event(event) => {
                    idle_ticks = 0;
                    self.on_event(event);
                }
            }
        }
        self.end(Some("no end of output".to_owned()));
        Ok(())
    }

    fn on_event(&mut self, event: RtcEvent) {
        match event {
            RtcEvent::Connected => self.on_connected(),
            RtcEvent::IceConnectionStateChange(IceConnectionState::Disconnected) => {
                self.tell(Event::Lost);
            }
            RtcEvent::KeyframeRequest(request) => {
                if let Some(video) = &mut self.video {
                    video.want_keyframe();
                }
                self.tell(Event::KeyframeAsked(request.rid.map(|rid| rid.to_string())));
            }
            RtcEvent::EgressBitrateEstimate(BweKind::Remb { estimate, .. }) => {
                self.tell(Event::BitrateCap(estimate.as_u64()));
            }
            RtcEvent::RtpPacket(packet) => self.on_packet(&packet),
            RtcEvent::ChannelOpen(id, label) => self.on_channel_open(id, &label),
            RtcEvent::ChannelData(data) => self.on_channel_data(data),
            RtcEvent::ChannelClose(id) => self.on_channel_close(id),
            RtcEvent::Closed => self.end(None),
            RtcEvent::IceConnectionStateChange(_)
            | RtcEvent::MediaAdded(_)
            | RtcEvent::MediaData(_)
            | RtcEvent::MediaChanged(_)
            | RtcEvent::ChannelBufferedAmountLow(_)
            | RtcEvent::PeerStats(_)
            | RtcEvent::MediaIngressStats(_)
            | RtcEvent::MediaEgressStats(_)
            | RtcEvent::EgressBitrateEstimate(_)
            | RtcEvent::StreamPaused(_)
            | RtcEvent::SenderFeedback(_)
            | RtcEvent::AppSpecificFeedback(_)
            | RtcEvent::RawPacket(_)
            | _ => {}
        }
    }

    fn on_connected(&mut self) {
        self.connected = true;
        if let Some(audio) = &mut self.audio {
            audio.start(self.now);
        }
        if let Some(video) = &mut self.video {
            video.start(self.now);
        }
        self.open_channel();
        self.tell(Event::Connected);
    }

    fn tell(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    fn end(&mut self, fault: Option<String>) {
        if self.alive {
            self.alive = false;
            self.tell(Event::Closed(fault));
        }
    }
}

#[cfg(test)]
mod tests;
