//! Which rooms have somebody at their door, and who got in with which family.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use greenroom_domain::{FamilyId, Room, RoomId, Timestamp};
use tokio::sync::watch;

/// What happens when a family that has a live session opens another one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ReusePolicy {
    /// Both live on, as with the hosted service.
    #[default]
    Allow,
    /// The newcomer is refused.
    RejectNew,
    /// The older one is closed.
    ReplaceOld,
}

/// One live session; who holds it keeps the session on record.
#[derive(Debug)]
pub(crate) struct LiveSession {
    replaced: AtomicBool,
}

impl LiveSession {
    pub(crate) fn is_replaced(&self) -> bool {
        self.replaced.load(Ordering::Relaxed)
    }
}

#[derive(Debug, Default)]
struct RoomState {
    connections: usize,
    closed: watch::Sender<bool>,
    sessions: HashMap<FamilyId, Vec<Arc<LiveSession>>>,
    /// How many people the room holds; nobody before it has been looked up.
    size: watch::Sender<usize>,
    /// Which version of the room that is from.
    size_as_of: Option<Timestamp>,
}

/// All rooms with an open door connection.
#[derive(Debug, Default)]
pub struct LiveRooms(Mutex<HashMap<RoomId, RoomState>>);

impl LiveRooms {
    /// Closes the door of a deleted room: everybody in it is told.
    pub fn close(&self, id: RoomId) {
        if let Some(room) = self.lock().get(&id) {
            room.closed.send_replace(true);
        }
    }

    /// Notes how many people a room holds. What is older than what was noted before is passed over.
    pub(crate) fn note(&self, room: &Room) {
        let mut rooms = self.lock();
        let Some(state) = rooms.get_mut(&room.id) else {
            return;
        };
        if state.size_as_of > Some(room.updated_at) {
            return;
        }
        state.size_as_of = Some(room.updated_at);
        let size = usize::from(room.max_participants.get());
        state.size.send_if_modified(|noted| {
            let changed = *noted != size;
            *noted = size;
            changed
        });
    }

    /// The rooms with an open door connection.
    pub fn ids(&self) -> Vec<RoomId> {
        self.lock().keys().copied().collect()
    }

    /// Registers a connection; it hears of the room's end from now on.
    pub(crate) fn connect(self: &Arc<Self>, id: RoomId) -> LiveConnection {
        let mut rooms = self.lock();
        let room = rooms.entry(id).or_default();
        room.connections += 1;
        LiveConnection {
            rooms: Arc::clone(self),
            id,
            closed: room.closed.subscribe(),
            size: room.size.subscribe(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<RoomId, RoomState>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One connection at a room's door; dropping it takes it off the record.
#[derive(Debug)]
pub(crate) struct LiveConnection {
    rooms: Arc<LiveRooms>,
    id: RoomId,
    closed: watch::Receiver<bool>,
    size: watch::Receiver<usize>,
}

impl LiveConnection {
    /// How many people the room holds, and what becomes of that.
    pub(crate) fn size(&self) -> watch::Receiver<usize> {
        self.size.clone()
    }

    pub(crate) fn is_closed(&self) -> bool {
        *self.closed.borrow()
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<bool> {
        self.closed.clone()
    }

    /// Opens a session of `family`; `None` if the policy refuses it. `own` are the sessions that the
    /// connection has already: it cannot replace itself.
    pub(crate) fn open(
        &self,
        family: FamilyId,
        policy: ReusePolicy,
        own: &[Arc<LiveSession>],
    ) -> Option<Arc<LiveSession>> {
        let mut rooms = self.rooms.lock();
        let room = rooms.get_mut(&self.id)?;
        let sessions = room.sessions.entry(family).or_default();
        let is_other =
            |session: &&Arc<LiveSession>| !own.iter().any(|mine| Arc::ptr_eq(mine, session));
        let others: Vec<_> = sessions.iter().filter(is_other).cloned().collect();
        match policy {
            ReusePolicy::RejectNew if !sessions.is_empty() => return None,
            ReusePolicy::ReplaceOld if !others.is_empty() => {
                for session in others {
                    session.replaced.store(true, Ordering::Relaxed);
                }
                // Wakes the others so that the replaced one notices.
                room.closed.send_modify(|_| ());
            }
            ReusePolicy::Allow | ReusePolicy::RejectNew | ReusePolicy::ReplaceOld => {}
        }
        let session = Arc::new(LiveSession {
            replaced: AtomicBool::new(false),
        });
        sessions.push(Arc::clone(&session));
        Some(session)
    }

    /// Takes a session off the record.
    pub(crate) fn leave(&self, family: FamilyId, session: &Arc<LiveSession>) {
        let mut rooms = self.rooms.lock();
        let Some(room) = rooms.get_mut(&self.id) else {
            return;
        };
        if let Some(sessions) = room.sessions.get_mut(&family) {
            sessions.retain(|other| !Arc::ptr_eq(other, session));
            if sessions.is_empty() {
                room.sessions.remove(&family);
            }
        }
    }
}

impl Drop for LiveConnection {
    fn drop(&mut self) {
        let mut rooms = self.rooms.lock();
        if let Some(room) = rooms.get_mut(&self.id) {
            room.connections -= 1;
            if room.connections == 0 {
                rooms.remove(&self.id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use greenroom_domain::AccountId;
    use greenroom_domain::room::{MaxParticipants, NewRoom, RoomPatch};

    use super::*;
    use crate::call::tests::fixture::Counting;

    #[test]
    fn the_newest_version_of_a_room_says_how_many_it_holds() {
        let at = Timestamp::from_unix_secs;
        let entropy = Counting::default();
        let (id, account_id) = (RoomId::random(&entropy), AccountId::random(&entropy));
        let old = Room::create(id, account_id, NewRoom::default(), at(1));
        let resized = |room: &Room, size, now| {
            let patch = RoomPatch {
                max_participants: Some(MaxParticipants::new(size).unwrap()),
                ..RoomPatch::default()
            };
            room.clone().updated(patch, now)
        };
        let live = Arc::new(LiveRooms::default());
        // Nobody is there to be told.
        live.note(&old);
        let connection = live.connect(id);
        let mut size = connection.size();
        assert_eq!(*size.borrow(), 0);
        let newer = resized(&old, 20, at(2));
        live.note(&newer);
        // What was read before the change comes late.
        live.note(&old);
        assert_eq!(*size.borrow_and_update(), 20);
        live.note(&newer);
        assert!(!size.has_changed().unwrap());
        live.note(&resized(&newer, 2, at(3)));
        assert_eq!(*size.borrow(), 2);
    }
}
