//! One media connection on its shard.

use std::time::{Duration, Instant};

use crate::credentials::Ufrag;
use crate::demux::Addresses;
use crate::flows::Flows;
use crate::link::{Link, Write};
use crate::negotiator::Line;
use crate::numbering::{Numbering, Numbers};
use crate::output::MixedFrame;
use crate::publisher::Publisher;
use crate::settings::{MixLegSettings, PeerId};
use crate::sources::Sources;
use crate::subscriber::Subscriber;
use crate::text::Text;

/// A connection that is not up by then never will be: browsers give up after 15 s.
pub(crate) const CONNECT_MAX: Duration = Duration::from_secs(30);

/// A connection of which nothing was heard for so long is gone, unless a shard is told otherwise; people
/// who vanish are to be missed within 15 s. Browsers check a connection every 2.5 s (Chromium) to 6 s
/// (RFC 7675, section 5.1), of which one may be lost.
pub const SILENCE_MAX: Duration = Duration::from_secs(13);

/// Data channels that one connection may ever open. A client needs one, and has a few more if it comes and
/// goes; each costs memory, and its place is kept.
pub(crate) const CHANNELS_MAX: u8 = 16;

pub(crate) struct Peer {
    pub(crate) id: PeerId,
    pub(crate) link: Link,
    pub(crate) role: Role,
    pub(crate) ufrag: Ufrag,
    pub(crate) addresses: Addresses,
    pub(crate) phase: Phase,
    /// What its streams carry.
    pub(crate) flows: Flows,
    /// The RTP streams that it has brought.
    pub(crate) sources: Sources,
    /// Data channels that it has opened.
    pub(crate) channels: u8,
    /// When a datagram of it last made sense.
    pub(crate) heard_at: Instant,
    /// How long nothing may be heard of it.
    pub(crate) silence_max: Duration,
    /// The entry in the timers that counts.
    pub(crate) scheduled: Option<Instant>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Until then.
    Connecting(Instant),
    Up,
}

pub(crate) enum Role {
    Publisher(Box<Publisher>),
    Subscriber(Box<Subscriber>),
    MixLeg(MixLeg),
    Text(Text),
}

/// A leg of the mixed audio.
pub(crate) struct MixLeg {
    pub(crate) settings: MixLegSettings,
    line: Line,
    sequence: u64,
    /// Whether a packet of it has come.
    pub(crate) has_begun: bool,
}

impl MixLeg {
    pub(crate) fn new(settings: MixLegSettings, line: Line) -> Self {
        Self {
            settings,
            line,
            sequence: Numbering::FIRST,
            has_begun: false,
        }
    }

    /// Whether anything of the mix has gone out to it.
    pub(crate) const fn is_served(&self) -> bool {
        self.sequence != Numbering::FIRST
    }

    /// Numbers a frame of the mix.
    pub(crate) fn write(&mut self, frame: MixedFrame, now: Instant) -> Write {
        let numbers = Numbers {
            sequence: self.sequence,
            time: frame.time,
        };
        self.sequence += 1;
        Write {
            ssrc: self.line.ssrc,
            payload_type: self.line.payload_type,
            sequence: numbers.sequence,
            time: numbers.time,
            arrival: now,
            marker: frame.marker,
            is_nackable: false,
            extras: crate::link::Extras::default(),
            patch: None,
            payload: frame.payload,
        }
    }
}

impl Peer {
    /// When it has something to do next.
    pub(crate) fn due(&self) -> Instant {
        let role = match &self.role {
            Role::Publisher(publisher) => publisher.due(),
            Role::Subscriber(subscriber) => subscriber.decide_due,
            Role::MixLeg(_) | Role::Text(_) => None,
        };
        role.into_iter()
            .fold(self.link.deadline().min(self.gives_up_at()), Instant::min)
    }

    /// Whether what is written to it goes out.
    pub(crate) fn is_up(&self) -> bool {
        self.phase == Phase::Up
    }

    /// When it ends if nothing is heard of it.
    pub(crate) fn gives_up_at(&self) -> Instant {
        match self.phase {
            Phase::Connecting(until) => until,
            Phase::Up => self.heard_at + self.silence_max,
        }
    }

    pub(crate) fn publisher(&self) -> Option<&Publisher> {
        match &self.role {
            Role::Publisher(publisher) => Some(publisher),
            Role::Subscriber(_) | Role::MixLeg(_) | Role::Text(_) => None,
        }
    }

    pub(crate) fn publisher_mut(&mut self) -> Option<&mut Publisher> {
        match &mut self.role {
            Role::Publisher(publisher) => Some(publisher),
            Role::Subscriber(_) | Role::MixLeg(_) | Role::Text(_) => None,
        }
    }

    pub(crate) fn subscriber(&self) -> Option<&Subscriber> {
        match &self.role {
            Role::Subscriber(subscriber) => Some(subscriber),
            Role::Publisher(_) | Role::MixLeg(_) | Role::Text(_) => None,
        }
    }

    pub(crate) fn subscriber_mut(&mut self) -> Option<&mut Subscriber> {
        match &mut self.role {
            Role::Subscriber(subscriber) => Some(subscriber),
            Role::Publisher(_) | Role::MixLeg(_) | Role::Text(_) => None,
        }
    }
}
