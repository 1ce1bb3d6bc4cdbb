//! What all boards of a call share: the way out, the ids, and who has which media connection.

use std::collections::{HashMap, HashSet, VecDeque};
use std::ops::RangeInclusive;
use std::sync::Arc;

use greenroom_domain::Entropy;
use greenroom_domain::limits::DISPLAY_MAX_BYTES;
use greenroom_media::{NegotiationError, PeerId};

use super::media::Media;
use super::{
    HandleKey, LegId, LineId, LineNews, MediaDown, News, Refusal, Removal, Told, Transaction,
};

/// One handle of one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Seat {
    pub(super) line: LineId,
    pub(super) key: HandleKey,
}

/// One session of one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct SessionKey {
    pub(super) line: LineId,
    pub(super) session: u64,
}

impl Seat {
    pub(super) const fn session(self) -> SessionKey {
        SessionKey {
            line: self.line,
            session: self.key.session,
        }
    }
}

impl SessionKey {
    /// All seats that the session can have.
    pub(super) const fn seats(self) -> Seats {
        seat(self.line, self.session, u64::MIN)..=seat(self.line, self.session, u64::MAX)
    }
}

/// Seats that follow each other, for a look-up in an ordered map.
pub(super) type Seats = RangeInclusive<Seat>;

/// All seats that a line can have.
pub(super) const fn seats_of(line: LineId) -> Seats {
    seat(line, u64::MIN, u64::MIN)..=seat(line, u64::MAX, u64::MAX)
}

/// All seats there can be.
pub(super) const ALL_SEATS: Seats =
    seat(LineId(u64::MIN), u64::MIN, u64::MIN)..=seat(LineId(u64::MAX), u64::MAX, u64::MAX);

const fn seat(line: LineId, session: u64, handle: u64) -> Seat {
    Seat {
        line,
        key: HandleKey { session, handle },
    }
}

/// Ids stay below 2^53, so that JavaScript keeps them exactly.
const ID_BITS: u32 = 53;

#[derive(Debug)]
struct Connection {
    seat: Seat,
    up: bool,
}

pub(super) struct Desk<M> {
    pub(super) media: M,
    entropy: Arc<dyn Entropy>,
    /// Drained after each step; what one step puts in is bounded by the people in the room.
    outbox: VecDeque<(LineId, LineNews)>,
    ids: HashSet<LegId>,
    connections: HashMap<PeerId, Connection>,
    /// Sessions that an operator has muted.
    silenced: HashSet<SessionKey>,
    /// Sessions that gave up something, and so may be gone.
    vacated: Vec<SessionKey>,
}

impl<M: Media> Desk<M> {
    pub(super) fn new(media: M, entropy: Arc<dyn Entropy>) -> Self {
        Self {
            media,
            entropy,
            outbox: VecDeque::new(),
            ids: HashSet::new(),
            connections: HashMap::new(),
            silenced: HashSet::new(),
            vacated: Vec::new(),
        }
    }

    pub(super) fn poll(&mut self) -> Option<(LineId, LineNews)> {
        self.outbox.pop_front()
    }

    /// Where a reply goes so that it stands before all that its ask brings about.
    pub(super) fn mark(&self) -> usize {
        self.outbox.len()
    }

    pub(super) fn reply(&mut self, mark: usize, seat: Seat, transaction: Transaction, news: News) {
        let told = Told {
            handle: seat.key,
            reply_to: Some(transaction),
            news,
        };
        self.outbox.insert(mark, (seat.line, LineNews::Told(told)));
    }

    pub(super) fn push(&mut self, seat: Seat, news: News) {
        let told = Told {
            handle: seat.key,
            reply_to: None,
            news,
        };
        self.outbox.push_back((seat.line, LineNews::Told(told)));
    }

    pub(super) fn tell_vanished(&mut self, session: SessionKey) {
        self.outbox
            .push_back((session.line, LineNews::Vanished(session.session)));
    }

    pub(super) fn ping(&mut self, line: LineId) {
        self.outbox.push_back((line, LineNews::Ping));
    }

    pub(super) fn tell_removed(&mut self, session: SessionKey, why: Removal) {
        self.outbox
            .push_back((session.line, LineNews::Removed(session.session, why)));
    }

    /// Whether an operator has muted the session.
    pub(super) fn is_silenced(&self, session: SessionKey) -> bool {
        self.silenced.contains(&session)
    }

    /// Notes whether an operator has muted the session; tells whether that is new.
    pub(super) fn set_silenced(&mut self, session: SessionKey, silenced: bool) -> bool {
        if silenced {
            self.silenced.insert(session)
        } else {
            self.silenced.remove(&session)
        }
    }

    /// Forgets who of a line was muted.
    pub(super) fn forget_line(&mut self, line: LineId) {
        self.silenced.retain(|session| session.line != line);
    }

    pub(super) fn entropy(&self) -> Arc<dyn Entropy> {
        Arc::clone(&self.entropy)
    }

    /// Gives the id that is wanted, or a random one.
    pub(super) fn draw_id(&mut self, wanted: Option<LegId>) -> Result<LegId, Refusal> {
        if let Some(id) = wanted {
            if id.0 == 0 || id.0 >> ID_BITS != 0 {
                return Err(Refusal::NotPossible);
            }
            return if self.ids.insert(id) {
                Ok(id)
            } else {
                Err(Refusal::IdTaken)
            };
        }
        let mut id = u64::from_le_bytes(self.random()) >> (u64::BITS - ID_BITS);
        // Far fewer are taken than there are, so this ends.
        while id == 0 || !self.ids.insert(LegId(id)) {
            id = (id + 1) % (1 << ID_BITS);
        }
        Ok(LegId(id))
    }

    pub(super) fn free_id(&mut self, id: LegId) {
        self.ids.remove(&id);
    }

    /// A number that is told to one client only.
    pub(super) fn private_number(&self) -> u32 {
        u32::from_le_bytes(self.random()).max(1)
    }

    fn random<const BYTES: usize>(&self) -> [u8; BYTES] {
        let mut bytes = [0; BYTES];
        self.entropy.fill(&mut bytes);
        bytes
    }

    /// Notes whose a new media connection is.
    pub(super) fn opened(&mut self, peer: PeerId, seat: Seat) {
        self.connections
            .insert(peer, Connection { seat, up: false });
    }

    /// Ends a media connection.
    pub(super) fn close(&mut self, peer: PeerId) {
        self.media.close(peer);
        self.connections.remove(&peer);
    }

    /// A media connection has come up; tells whose it is.
    pub(super) fn came_up(&mut self, peer: PeerId) -> Option<Seat> {
        let connection = self.connections.get_mut(&peer)?;
        connection.up = true;
        Some(connection.seat)
    }

    /// A media connection has ended by itself; tells whose it was.
    pub(super) fn went_down(&mut self, peer: PeerId) -> Option<Seat> {
        Some(self.connections.remove(&peer)?.seat)
    }

    pub(super) fn seat_of(&self, peer: PeerId) -> Option<Seat> {
        Some(self.connections.get(&peer)?.seat)
    }

    /// All media connections there are.
    pub(super) fn peers(&self) -> Vec<PeerId> {
        self.connections.keys().copied().collect()
    }

    /// All media connections of the session.
    pub(super) fn peers_of(&self, session: SessionKey) -> Vec<PeerId> {
        let own = self.connections.iter();
        own.filter(|(_, connection)| connection.seat.session() == session)
            .map(|(peer, _)| *peer)
            .collect()
    }

    /// Whether any media connection of the session is up.
    pub(super) fn has_media_up(&self, session: SessionKey) -> bool {
        self.connections
            .values()
            .any(|connection| connection.up && connection.seat.session() == session)
    }

    /// Whether the session has media connections of which none is up.
    pub(super) fn awaits_media(&self, session: SessionKey) -> bool {
        let mut own = self
            .connections
            .values()
            .filter(|connection| connection.seat.session() == session)
            .peekable();
        own.peek().is_some() && !own.any(|connection| connection.up)
    }

    /// Notes that a seat was given up.
    pub(super) fn vacated(&mut self, seat: Seat) {
        self.vacated.push(seat.session());
    }

    pub(super) fn take_vacated(&mut self) -> Vec<SessionKey> {
        std::mem::take(&mut self.vacated)
    }

    pub(super) fn tell_media_down(&mut self, seat: Seat, why: MediaDown) {
        self.push(seat, News::MediaDown(why));
    }
}

impl From<NegotiationError> for Refusal {
    fn from(error: NegotiationError) -> Self {
        match error {
            NegotiationError::Malformed
            | NegotiationError::NothingUsable
            | NegotiationError::NoSuchOffer => Self::InvalidSdp,
            NegotiationError::Unavailable => Self::MediaUnavailable,
        }
    }
}

/// Refuses a `display` that is too long to be handed on to everybody.
pub(super) fn check_display(display: Option<&String>) -> Result<(), Refusal> {
    if display.is_some_and(|text| text.len() > DISPLAY_MAX_BYTES) {
        return Err(Refusal::LimitReached);
    }
    Ok(())
}
