//! How the reply to an ask is told to the client.

use greenroom_rooms::call::Transaction;

/// The way back of a reply. It is one letter in front of the client's own transaction, so that
/// nothing has to be kept, and so bounded, for asks that a call has not replied to yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// As an event.
    Event,
    /// As an event; the handle is nobody again if it is refused.
    Join,
    /// As an event; it was a subscriber that left.
    SubscriberLeft,
    /// As the whole answer.
    Success,
    /// As the whole answer: a list of rooms, from a list of who is in this one.
    RoomList,
    /// On the data channel.
    Channel,
    /// On the data channel: a list of rooms.
    ChannelRoomList,
    /// On the data channel: a message to one, which fails if that one is not there.
    ChannelToOne,
    /// Not at all, unless it is refused: the client wants no word of success.
    ChannelQuiet,
    /// There is no reply.
    Silent,
}

const WAYS: [(Way, char); 10] = [
    (Way::Event, 'e'),
    (Way::Join, 'j'),
    (Way::SubscriberLeft, 'x'),
    (Way::Success, 's'),
    (Way::RoomList, 'l'),
    (Way::Channel, 'c'),
    (Way::ChannelRoomList, 'r'),
    (Way::ChannelToOne, 'o'),
    (Way::ChannelQuiet, 'q'),
    (Way::Silent, '-'),
];

impl Way {
    /// Whether the client gets the reply at once, without an `ack` before.
    pub(crate) const fn is_synchronous(self) -> bool {
        match self {
            Self::Success | Self::RoomList => true,
            Self::Event
            | Self::Join
            | Self::SubscriberLeft
            | Self::Channel
            | Self::ChannelRoomList
            | Self::ChannelToOne
            | Self::ChannelQuiet
            | Self::Silent => false,
        }
    }

    /// The transaction under which the call is asked.
    pub(crate) fn mark(self, transaction: &str) -> Transaction {
        let letter = WAYS.iter().find(|(way, _)| *way == self);
        let letter = letter.map_or('-', |(_, letter)| *letter);
        let mut marked = Transaction::with_capacity(transaction.len() + 1);
        marked.push(letter);
        marked.push_str(transaction);
        marked
    }

    /// Reads such a transaction.
    pub(crate) fn read(marked: &str) -> Option<(Self, &str)> {
        let mut rest = marked.chars();
        let letter = rest.next()?;
        let (way, _) = WAYS.iter().find(|(_, mark)| *mark == letter)?;
        Some((*way, rest.as_str()))
    }
}
