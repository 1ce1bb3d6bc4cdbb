//! What a shard is told to do.

use crate::negotiator::NewPeer;
use crate::settings::{
    MixLegSettings, PeerId, PublisherSettings, PublisherTracks, SubscriberSettings,
};

/// What the control side tells a shard. One that names a connection that is gone does nothing.
#[derive(Debug)]
pub enum Command {
    /// Take on a connection.
    Add(Box<NewPeer>),
    /// End a connection; nothing more is told of it.
    Remove(PeerId),
    /// Change a publisher.
    ConfigurePublisher(PeerId, PublisherSettings),
    /// Change what flows to a subscriber.
    ConfigureSubscriber(PeerId, SubscriberSettings),
    /// Change a leg of the mixed audio.
    ConfigureMixLeg(PeerId, MixLegSettings),
    /// Show another publisher in the place of a subscriber's first, on the same lines.
    Switch {
        /// Whose view changes.
        subscriber: PeerId,
        /// What is shown from now on.
        publisher: PeerId,
    },
    /// Ask a publisher for a key frame, on each of its layers.
    RequestKeyframe(PeerId),
    /// Write text to a data channel, or keep it until the channel is open.
    SendText(PeerId, String),
    /// Change which publishers a subscriber sees; [`crate::Event::Offer`] tells what came of it.
    Update {
        /// Whose view changes.
        subscriber: PeerId,
        /// Publishers to add, on new lines.
        add: Vec<(PeerId, PublisherTracks)>,
        /// Publishers to drop; their lines are stopped.
        remove: Vec<PeerId>,
    },
    /// Take the answer to the offer of an update. One that does not fit ends the connection.
    AcceptAnswer(PeerId, String),
}
