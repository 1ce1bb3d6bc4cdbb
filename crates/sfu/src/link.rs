//! One str0m connection. Nothing else has it in hands, so that whatever changes it also takes out
//! what it then wants to say.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use str0m::media::Pt;
use str0m::net::{Protocol, Receive};
use str0m::rtp::{ExtensionValues, RtpWrite, SeqNo, Ssrc, VideoOrientation, Vp8Patch};
use str0m::{Input, Rtc};

use crate::egress::Egress;
use crate::guard::guarded;
use crate::output::Transport;
use crate::slab::Key;

/// Timeouts in a row that may be due at once; a connection that wants more is given a pause, not
/// the thread.
const ROUNDS_MAX: usize = 64;

/// How long that pause is.
const PAUSE: Duration = Duration::from_millis(1);

/// Packets that wait for their connection's turn: more than a batch of datagrams brings, and as much as several streams carry
/// while a connection comes up. Beyond that they are dropped, and repaired as if the network had lost them.
const QUEUE_MAX: usize = 512;

/// How old may be what a connection begins with when it comes up. A connection takes a fraction of it.
const WAIT_MAX: Duration = Duration::from_secs(1);

/// What became of a packet that was put aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Queued {
    /// It is the first; the connection has to be flushed.
    First,
    /// Others wait already.
    Behind,
    /// Too many wait.
    Dropped,
}

/// A connection that can't be used any more.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fault;

/// Where a connection's output goes.
pub(crate) struct Outbox {
    pub(crate) egress: Egress,
    pub(crate) events: VecDeque<(Key, str0m::Event)>,
}

/// A packet that is sent on.
#[derive(Debug, Clone)]
pub(crate) struct Write {
    pub(crate) ssrc: Ssrc,
    pub(crate) payload_type: Pt,
    pub(crate) sequence: u64,
    pub(crate) time: u32,
    pub(crate) arrival: Instant,
    pub(crate) marker: bool,
    pub(crate) is_nackable: bool,
    pub(crate) extras: Extras,
    pub(crate) patch: Option<Vp8Patch>,
    pub(crate) payload: Arc<[u8]>,
}

/// Header extensions that are handed on.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Extras {
    pub(crate) level_dbov: Option<i8>,
    pub(crate) voice: Option<bool>,
    pub(crate) orientation: Option<VideoOrientation>,
}

impl Write {
    fn into_rtp(self) -> RtpWrite {
        let extensions = ExtensionValues {
            audio_level: self.extras.level_dbov,
            voice_activity: self.extras.voice,
            video_orientation: self.extras.orientation,
            ..ExtensionValues::default()
        };
        let write = RtpWrite::new(
            self.payload_type,
            SeqNo::from(self.sequence),
            self.time,
            self.arrival,
            self.payload,
        )
        .marker(self.marker)
        .nackable(self.is_nackable)
        .ext_vals(extensions);
        match self.patch {
            Some(patch) => write.vp8_patch(patch),
            None => write,
        }
    }
}

pub(crate) struct Link {
    rtc: Box<Rtc>,
    queue: Vec<Write>,
    deadline: Instant,
    /// The path that the peer has nominated last. By itself str0m keeps to an older one of the same
    /// priority until that is dead, which after a change of the peer's address takes 15 s.
    route: Option<Route>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Route {
    pub(crate) transport: Transport,
    pub(crate) source: SocketAddr,
    pub(crate) destination: SocketAddr,
}

impl Link {
    pub(crate) fn new(rtc: Box<Rtc>, now: Instant) -> Self {
        Self {
            rtc,
            queue: Vec::new(),
            deadline: now,
            route: None,
        }
    }

    /// When it wants [`Link::mutate`], with nothing to change.
    pub(crate) fn deadline(&self) -> Instant {
        self.deadline
    }

    pub(crate) fn is_alive(&self) -> bool {
        self.rtc.is_alive()
    }

    /// Sends everything but answers to STUN back the way that this has come.
    pub(crate) fn set_route(&mut self, received: &Received<'_>) {
        self.route = Some(Route {
            transport: received.transport,
            source: received.destination,
            destination: received.source,
        });
    }

    /// Whether a STUN message is really meant for it: tells by its integrity.
    pub(crate) fn accepts(&self, now: Instant, received: &Received<'_>) -> bool {
        received
            .parse()
            .is_some_and(|receive| self.rtc.accepts(&Input::Receive(now, receive)))
    }

    /// Changes the connection, and takes out what comes of it.
    pub(crate) fn mutate<R>(
        &mut self,
        key: Key,
        now: Instant,
        out: &mut Outbox,
        change: impl FnOnce(&mut Rtc) -> R,
    ) -> Result<R, Fault> {
        guarded(|| {
            let result = change(&mut self.rtc);
            self.drain(key, now, out)?;
            Ok(result)
        })
        .unwrap_or(Err(Fault))
    }

    /// Takes in a datagram. One that makes no sense does no harm.
    pub(crate) fn receive(
        &mut self,
        key: Key,
        now: Instant,
        out: &mut Outbox,
        received: &Received<'_>,
    ) -> Result<bool, Fault> {
        let Some(receive) = received.parse() else {
            return Ok(false);
        };
        self.mutate(key, now, out, |rtc| {
            // Anybody may send garbage from the peer's address, so that an error here means nothing.
            rtc.handle_input(Input::Receive(now, receive)).is_ok()
        })
    }

    pub(crate) fn handle_timeout(
        &mut self,
        key: Key,
        now: Instant,
        out: &mut Outbox,
    ) -> Result<(), Fault> {
        self.mutate(key, now, out, |rtc| {
            rtc.handle_input(Input::Timeout(now)).map_err(|_| Fault)
        })?
    }

    /// Puts a packet aside until [`Link::flush`].
    pub(crate) fn queue(&mut self, write: Write) -> Queued {
        if self.queue.len() >= QUEUE_MAX {
            return Queued::Dropped;
        }
        self.queue.push(write);
        if self.queue.len() == 1 {
            Queued::First
        } else {
            Queued::Behind
        }
    }

    /// Whether packets wait for [`Link::flush`].
    pub(crate) fn has_queued(&self) -> bool {
        !self.queue.is_empty()
    }

    /// If more came than may wait, or it has waited for too long, drops it all, for it leads nowhere; how many packets that
    /// were.
    pub(crate) fn drop_outdated(&mut self, now: Instant) -> usize {
        let is_old = |first: &Write| now.saturating_duration_since(first.arrival) > WAIT_MAX;
        if self.queue.len() < QUEUE_MAX && !self.queue.first().is_some_and(is_old) {
            return 0;
        }
        std::mem::take(&mut self.queue).len()
    }

    /// Sends all that waits, as one change.
    pub(crate) fn flush(&mut self, key: Key, now: Instant, out: &mut Outbox) -> Result<(), Fault> {
        let mut queue = std::mem::take(&mut self.queue);
        let result = self.mutate(key, now, out, |rtc| {
            let mut api = rtc.direct_api();
            for write in queue.drain(..) {
                if let Some(stream) = api.stream_tx(&write.ssrc) {
                    stream.write_rtp(write.into_rtp());
                }
            }
            // What was written leaves with the next timeout, not before.
            rtc.handle_input(Input::Timeout(now)).map_err(|_| Fault)
        });
        queue.clear();
        self.queue = queue;
        result?
    }

    fn drain(&mut self, key: Key, now: Instant, out: &mut Outbox) -> Result<(), Fault> {
        let mut rounds = 0;
        loop {
            match self.rtc.poll_output().map_err(|_| Fault)? {
                str0m::Output::Timeout(due) if due <= now && self.rtc.is_alive() => {
                    rounds += 1;
                    if rounds > ROUNDS_MAX {
                        self.deadline = now + PAUSE;
                        return Ok(());
                    }
                    self.rtc
                        .handle_input(Input::Timeout(now))
                        .map_err(|_| Fault)?;
                }
                str0m::Output::Timeout(due) => {
                    self.deadline = due;
                    return Ok(());
                }
                str0m::Output::Transmit(datagram) => out.egress.push(&datagram, self.route),
                str0m::Output::Event(event) => out.events.push_back((key, event)),
            }
        }
    }
}

/// A datagram that came in.
#[derive(Clone, Copy)]
pub(crate) struct Received<'a> {
    pub(crate) transport: Transport,
    pub(crate) source: SocketAddr,
    pub(crate) destination: SocketAddr,
    pub(crate) datagram: &'a [u8],
}

impl<'a> Received<'a> {
    fn parse(&self) -> Option<Receive<'a>> {
        let protocol = match self.transport {
            Transport::Udp => Protocol::Udp,
            Transport::Tcp => Protocol::Tcp,
        };
        guarded(|| Receive::new(protocol, self.source, self.destination, self.datagram).ok())
            .flatten()
    }
}
