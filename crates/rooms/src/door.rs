//! The door of a room: says, without waiting, whether a token opens it now.
//!
//! [`Doorkeeper::approach`] does what has to wait (the room is looked up, once for each connection).
//! After that every question is answered from memory, since whatever could change an answer
//! reaches the door by itself: the room's end, a revoked family, a replaced key ring.

use std::sync::{Arc, Mutex, PoisonError};

use greenroom_domain::rate_limit::ClientNetwork;
use greenroom_domain::{FamilyId, Room, RoomId, Timestamp};
use greenroom_store::StoreError;
use greenroom_token::{
    TokenError, TokenType, VerifiedToken, VerifyPolicy, expired_family, token_fingerprint, verify,
};
use tokio::sync::watch;

use crate::call::{Calls, Line};
use crate::history::RoomRef;
use crate::limiters::Limiters;
use crate::live::{LiveConnection, LiveRooms, LiveSession, ReusePolicy};
use crate::{Keys, Revocations, RoomDirectory, Rotations, Stats};

/// Why the door stays shut; clients never learn more than this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Something is wrong with the token itself.
    #[error("the token is not valid")]
    Token,
    /// The token is good, but not for this room, or not any more.
    #[error("the token does not open this room")]
    Room,
    /// Too many bad tokens from this network.
    #[error("too many failed attempts")]
    TooMany,
}

/// What every door needs to know.
pub struct Doorkeeper {
    directory: Arc<RoomDirectory>,
    live: Arc<LiveRooms>,
    calls: Arc<Calls>,
    keys: Arc<Keys>,
    revocations: Arc<Revocations>,
    rotations: Arc<Rotations>,
    limiters: Arc<Limiters>,
    stats: Arc<Stats>,
    verify_policy: VerifyPolicy,
    reuse_policy: ReusePolicy,
}

/// What a [`Doorkeeper`] is made of.
pub struct DoorkeeperParts {
    /// Where rooms are looked up.
    pub directory: Arc<RoomDirectory>,
    /// Who is at which door.
    pub live: Arc<LiveRooms>,
    /// What goes on in the rooms.
    pub calls: Arc<Calls>,
    /// The signing keys in force.
    pub keys: Arc<Keys>,
    /// The revoked families.
    pub revocations: Arc<Revocations>,
    /// The families whose refresh token rotates.
    pub rotations: Arc<Rotations>,
    /// The rate limits.
    pub limiters: Arc<Limiters>,
    /// What is counted.
    pub stats: Arc<Stats>,
    /// How tokens are checked.
    pub verify_policy: VerifyPolicy,
    /// Whether a family may have two sessions.
    pub reuse_policy: ReusePolicy,
}

impl Doorkeeper {
    /// Puts a doorkeeper together.
    pub fn new(parts: DoorkeeperParts) -> Arc<Self> {
        Arc::new(Self {
            directory: parts.directory,
            live: parts.live,
            calls: parts.calls,
            keys: parts.keys,
            revocations: parts.revocations,
            rotations: parts.rotations,
            limiters: parts.limiters,
            stats: parts.stats,
            verify_policy: parts.verify_policy,
            reuse_policy: parts.reuse_policy,
        })
    }

    /// Walks up to the door of `room_id` from `network`. An unknown room has a door too: it never
    /// opens, and does not say why.
    pub async fn approach(
        self: &Arc<Self>,
        room_id: RoomId,
        network: ClientNetwork,
    ) -> Result<(Door, DoorChanges), StoreError> {
        // In this order: a deletion after the look-up finds the connection and closes it.
        let connection = self.live.connect(room_id);
        let room = self.directory.find(room_id).await?;
        if let Some(room) = &room {
            self.live.note(room);
        }
        let changes = DoorChanges {
            room: connection.subscribe(),
            revocations: self.revocations.subscribe(),
            keys: self.keys.subscribe(),
        };
        self.stats.door_connections.increment();
        let keeper = Arc::clone(self);
        let inner = Arc::new(DoorInner {
            keeper,
            connection,
            sessions: Mutex::default(),
        });
        Ok((
            Door {
                inner,
                room,
                network,
            },
            changes,
        ))
    }
}

struct DoorInner {
    keeper: Arc<Doorkeeper>,
    connection: LiveConnection,
    sessions: Mutex<Vec<Arc<LiveSession>>>,
}

impl Drop for DoorInner {
    fn drop(&mut self) {
        self.keeper.stats.door_connections.decrement();
    }
}

/// The door as one connection sees it.
pub struct Door {
    inner: Arc<DoorInner>,
    room: Option<Arc<Room>>,
    network: ClientNetwork,
}

impl Door {
    /// Whether `token` opens this door at `now`.
    pub fn admit(&self, token: &str, now: Timestamp) -> Result<VerifiedToken, Refused> {
        self.check_token(token, now).map_err(|refused| {
            let keeper = &self.inner.keeper;
            match refused {
                Refused::Token => keeper.stats.door_refused_token.increment(),
                Refused::Room | Refused::TooMany => keeper.stats.door_refused_room.increment(),
            }
            let limited = keeper.limiters.failed_auth.take(self.network, now).is_err();
            let refused = if limited { Refused::TooMany } else { refused };
            if limited {
                keeper.stats.rate_limited.increment();
            }
            self.count_refused_join(refused);
            refused
        })
    }

    /// Who has no session has not got in.
    fn count_refused_join(&self, refused: Refused) {
        if self.has_session() {
            return;
        }
        let stats = &self.inner.keeper.stats;
        match refused {
            Refused::Token => stats.joins_refused_token.increment(),
            Refused::Room => stats.joins_refused_room.increment(),
            Refused::TooMany => stats.joins_refused_rate.increment(),
        }
    }

    fn check_token(&self, token: &str, now: Timestamp) -> Result<VerifiedToken, Refused> {
        let keeper = &self.inner.keeper;
        let checked = verify(
            &keeper.keys.ring(),
            token,
            TokenType::Access,
            &keeper.verify_policy,
            now,
        );
        match checked {
            Ok(pass) => {
                self.recheck(&pass, now)?;
                if pass.rotates() && !keeper.rotations.use_client(&pass) {
                    return Err(Refused::Room);
                }
                Ok(pass)
            }
            Err(reason) => {
                tracing::info!(token = %token_fingerprint(token), %reason, "token refused at the door");
                Err(Refused::Token)
            }
        }
    }

    /// Whether a token that was admitted before still opens this door at `now`; does not look at its expiry.
    pub fn recheck(&self, pass: &VerifiedToken, _now: Timestamp) -> Result<(), Refused> {
        let keeper = &self.inner.keeper;
        let opens = self
            .room
            .as_ref()
            .is_some_and(|room| pass.grant().opens(room));
        let replaced = || {
            let sessions = self
                .inner
                .sessions
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            sessions.iter().any(|session| session.is_replaced())
        };
        if !opens
            || self.inner.connection.is_closed()
            || keeper.revocations.is_revoked(pass.family())
            || (pass.rotates() && keeper.revocations.is_token_revoked(pass.token_id()))
            || !keeper.keys.ring().contains(pass.kid())
            || replaced()
        {
            return Err(Refused::Room);
        }
        Ok(())
    }

    /// Whose token was refused, and why, as far as that can be told: for the record. `None` if it is no token of this
    /// server's, or of somebody who is in already.
    pub fn explain_refusal(&self, token: &str, now: Timestamp) -> Option<(FamilyId, &'static str)> {
        if self.has_session() {
            return None;
        }
        let keeper = &self.inner.keeper;
        let (ring, policy) = (keeper.keys.ring(), &keeper.verify_policy);
        match verify(&ring, token, TokenType::Access, policy, now) {
            Ok(pass) => Some((pass.family(), self.why_shut(&pass))),
            Err(TokenError::Expired) => {
                let family = expired_family(&ring, token, TokenType::Access, policy, now)?;
                Some((family, "the token has expired"))
            }
            Err(_) => None,
        }
    }

    /// The same of a token that was admitted, and got no session.
    pub fn explain_shut(&self, pass: &VerifiedToken) -> Option<(FamilyId, &'static str)> {
        (!self.has_session()).then(|| (pass.family(), self.why_shut(pass)))
    }

    fn has_session(&self) -> bool {
        let sessions = self.inner.sessions.lock();
        !sessions.unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    fn why_shut(&self, pass: &VerifiedToken) -> &'static str {
        let revocations = &self.inner.keeper.revocations;
        let opens = |room: &Arc<Room>| pass.grant().opens(room);
        if !self.room.as_ref().is_some_and(opens) || self.is_room_closed() {
            "the room is gone, or not the token's"
        } else if revocations.is_revoked(pass.family()) {
            "the family is revoked"
        } else if pass.rotates() && revocations.is_token_revoked(pass.token_id()) {
            "the token was replaced by a newer one"
        } else {
            "the family has a session already"
        }
    }

    /// Whether the room was deleted while this door was open.
    pub fn is_room_closed(&self) -> bool {
        self.inner.connection.is_closed()
    }

    /// Opens a session with an admitted token; dropping the ticket ends it.
    pub fn open_session(&self, pass: &VerifiedToken) -> Result<SessionTicket, Refused> {
        let DoorInner {
            keeper,
            connection,
            sessions,
        } = &*self.inner;
        let mut own = sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(session) = connection.open(pass.family(), keeper.reuse_policy, &own) else {
            keeper.stats.door_refused_room.increment();
            keeper.stats.joins_refused_room.increment();
            return Err(Refused::Room);
        };
        own.push(Arc::clone(&session));
        keeper.stats.door_sessions.increment();
        keeper.stats.door_sessions_opened.increment();
        Ok(SessionTicket {
            door: Arc::clone(&self.inner),
            room: RoomRef {
                room_id: pass.grant().room_id(),
                account_id: pass.grant().account_id(),
            },
            family: pass.family(),
            session,
        })
    }
}

/// A session that is on record as long as this lives.
pub struct SessionTicket {
    door: Arc<DoorInner>,
    room: RoomRef,
    family: FamilyId,
    session: Arc<LiveSession>,
}

impl SessionTicket {
    /// Opens a line to the call of the room, for all sessions of this connection. Who has no session
    /// gets none; the line outlives this one, and the connection drops it at its end.
    pub fn line(&self) -> Line {
        let door = Arc::clone(&self.door);
        let size = door.connection.size();
        self.door.keeper.calls.connect(self.room, size, door)
    }
}

impl Drop for SessionTicket {
    fn drop(&mut self) {
        self.door.connection.leave(self.family, &self.session);
        self.door
            .sessions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|other| !Arc::ptr_eq(other, &self.session));
        self.door.keeper.stats.door_sessions.decrement();
    }
}

/// Tells when a door should be asked again.
pub struct DoorChanges {
    room: watch::Receiver<bool>,
    revocations: watch::Receiver<()>,
    keys: watch::Receiver<()>,
}

impl DoorChanges {
    /// Returns when the room ended, something was revoked, or the keys were replaced. Cancel safe.
    pub async fn changed(&mut self) {
        let closed = tokio::select! {
            changed = self.room.changed() => changed.is_err(),
            changed = self.revocations.changed() => changed.is_err(),
            changed = self.keys.changed() => changed.is_err(),
        };
        if closed {
            // The program is going down; its shutdown closes the connection.
            std::future::pending::<()>().await;
        }
    }
}
