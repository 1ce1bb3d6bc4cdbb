//! Ends sessions, puts people out and silences them, on behalf of an API key.
//!
//! Whoever is put out stays out: what its tokens were minted for is revoked on disk before it is told,
//! and in force before the caller is answered.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use greenroom_domain::participant::Selection;
use greenroom_domain::session::EndReason;
use greenroom_domain::{Clock, FamilyId, ParticipantId, RoomId, SessionId, Timestamp};
use greenroom_store::{Store, StoreError};

use crate::audit::{self, Act};
use crate::call::Present;
use crate::directory::to_its_end;
use crate::{Caller, Calls, History, Revocations, Stats};

/// How long an answer waits for the record to say what was done. Reached only while the store takes no
/// writes.
const RECORD_LIMIT: Duration = Duration::from_secs(5);

/// What an act does to the tokens of those it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModerationPolicy {
    /// Whether a kick revokes the families that the kicked came with.
    pub kick_revokes: bool,
    /// Whether the end of a session revokes the families of all who are in it.
    pub end_revokes: bool,
}

impl Default for ModerationPolicy {
    fn default() -> Self {
        Self {
            kick_revokes: true,
            end_revokes: false,
        }
    }
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum ModerationError {
    /// The account has no such session.
    #[error("there is no such session")]
    NotFound,
    /// The session has ended.
    #[error("the session has ended")]
    Ended,
    /// Some of those who were named are not in the session now.
    #[error("not in the session: {}", list(.0))]
    NotPresent(Vec<ParticipantId>),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn list(ids: &[ParticipantId]) -> String {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    ids.join(", ")
}

/// Acts on what goes on in rooms.
pub struct Moderator {
    store: Arc<dyn Store>,
    history: Arc<History>,
    calls: Arc<Calls>,
    revocations: Arc<Revocations>,
    clock: Arc<dyn Clock>,
    stats: Arc<Stats>,
    policy: ModerationPolicy,
}

/// What a [`Moderator`] is made of.
pub struct ModeratorParts {
    /// Where sessions are looked up, and families revoked.
    pub store: Arc<dyn Store>,
    /// Which session goes on in a room.
    pub history: Arc<History>,
    /// What goes on in the rooms.
    pub calls: Arc<Calls>,
    /// The revoked families.
    pub revocations: Arc<Revocations>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// What is counted.
    pub stats: Arc<Stats>,
    /// What becomes of tokens.
    pub policy: ModerationPolicy,
}

impl Moderator {
    /// Puts a moderator together.
    pub fn new(parts: ModeratorParts) -> Arc<Self> {
        let ModeratorParts {
            store,
            history,
            calls,
            revocations,
            clock,
            stats,
            policy,
        } = parts;
        Arc::new(Self {
            store,
            history,
            calls,
            revocations,
            clock,
            stats,
            policy,
        })
    }

    /// Ends a session: everybody in it is put out. On record when this returns.
    pub async fn end(
        self: &Arc<Self>,
        caller: Caller,
        session: SessionId,
    ) -> Result<(), ModerationError> {
        let this = Arc::clone(self);
        to_its_end(async move {
            let room_id = this.locate(caller, session).await?;
            let present = this.calls.roll_call(room_id).await;
            let revoked = if this.policy.end_revokes {
                this.revoke(&present).await?
            } else {
                Revoked::default()
            };
            this.calls.end(room_id, false).await;
            if !this.history.end(room_id, session, EndReason::Api) {
                return Err(ModerationError::Ended);
            }
            this.put_in_force(&revoked);
            let ids = present.iter().map(|present| present.participant);
            audit::moderated(caller, Act::End, room_id, session, ids, &revoked.families);
            this.on_record().await.map_err(ModerationError::Store)
        })
        .await
    }

    /// Puts people out of a session. When this returns they are gone, and no token of the families that
    /// they came with opens anything any more, unless the policy lets them come back.
    pub async fn kick(
        self: &Arc<Self>,
        caller: Caller,
        session: SessionId,
        selection: Selection,
    ) -> Result<(), ModerationError> {
        let this = Arc::clone(self);
        to_its_end(async move {
            let room_id = this.locate(caller, session).await?;
            // "All" are also those who are just connecting.
            let present = if selection.only.is_none() {
                this.calls.roll_call(room_id).await
            } else {
                this.calls.present(room_id).await
            };
            let chosen = choose(present, &selection)?;
            let revoked = if this.policy.kick_revokes {
                this.revoke(&chosen).await?
            } else {
                Revoked::default()
            };
            let ids = ids_of(&chosen);
            this.calls.kick(room_id, &ids).await;
            this.put_in_force(&revoked);
            this.stats.kicked.add(ids.len() as u64);
            let ids = ids.into_iter();
            audit::moderated(caller, Act::Kick, room_id, session, ids, &revoked.families);
            this.on_record_soon().await;
            Ok(())
        })
        .await
    }

    /// Silences people in a session, or lets them be heard again.
    pub async fn set_muted(
        self: &Arc<Self>,
        caller: Caller,
        session: SessionId,
        selection: Selection,
        muted: bool,
    ) -> Result<(), ModerationError> {
        let this = Arc::clone(self);
        to_its_end(async move {
            let room_id = this.locate(caller, session).await?;
            let present = this.calls.present(room_id).await;
            let ids = ids_of(&choose(present, &selection)?);
            this.calls.set_muted(room_id, &ids, muted).await;
            let (act, counter) = if muted {
                (Act::Mute, &this.stats.muted)
            } else {
                (Act::Unmute, &this.stats.unmuted)
            };
            counter.add(ids.len() as u64);
            audit::moderated(caller, act, room_id, session, ids.into_iter(), &[]);
            Ok(())
        })
        .await
    }

    /// The room in which an active session of the caller goes on.
    async fn locate(&self, caller: Caller, session: SessionId) -> Result<RoomId, ModerationError> {
        let found = self.store.session(caller.account_id, session).await?;
        let found = found.ok_or(ModerationError::NotFound)?;
        // What is known here is ahead of the record.
        if !found.is_active() || self.history.session(found.room_id) != Some(session) {
            return Err(ModerationError::Ended);
        }
        Ok(found.room_id)
    }

    /// Revokes the families that people came with: on disk when this returns, in force only with
    /// [`put_in_force`](Self::put_in_force), so that they can be told first why they are put out.
    async fn revoke(&self, people: &[Present]) -> Result<Revoked, StoreError> {
        let until = Revocations::family_until(self.clock.now());
        let families: BTreeSet<FamilyId> = people
            .iter()
            .flat_map(|person| person.families.iter().copied())
            .collect();
        let families: Vec<FamilyId> = families.into_iter().collect();
        if families.is_empty() {
            return Ok(Revoked::default());
        }
        let mut work = self.store.begin().await?;
        for family in &families {
            work.revoke_family(*family, until).await?;
        }
        work.commit().await?;
        Ok(Revoked {
            families,
            until: Some(until),
        })
    }

    fn put_in_force(&self, revoked: &Revoked) {
        if let Some(until) = revoked.until {
            self.revocations.put_all_in_force(&revoked.families, until);
        }
    }

    /// Waits until the record says what was done.
    async fn on_record(&self) -> Result<(), StoreError> {
        tokio::time::timeout(RECORD_LIMIT, self.history.flushed())
            .await
            .map_err(|_| {
                StoreError::NotWritable("the history could not be written in time".to_owned())
            })
    }

    /// Waits for the record too, so that who looks it up next finds what was done; but what counts is
    /// on disk already.
    async fn on_record_soon(&self) {
        if let Err(error) = self.on_record().await {
            tracing::warn!(%error, "the record will say later who was put out");
        }
    }
}

/// Families that are revoked on disk.
#[derive(Debug, Default)]
struct Revoked {
    families: Vec<FamilyId>,
    /// How long they stay on record; `None` if there are none.
    until: Option<Timestamp>,
}

/// Those of the people in a room who are meant. Whoever is named has to be there; who is to be left out
/// may have left by itself.
fn choose(
    mut present: Vec<Present>,
    selection: &Selection,
) -> Result<Vec<Present>, ModerationError> {
    if let Some(named) = &selection.only {
        let there: BTreeSet<_> = present.iter().map(|present| present.participant).collect();
        let missing: Vec<_> = named
            .iter()
            .copied()
            .filter(|id| !there.contains(id))
            .collect();
        if !missing.is_empty() {
            return Err(ModerationError::NotPresent(missing));
        }
    }
    present.retain(|present| selection.includes(present.participant));
    Ok(present)
}

fn ids_of(people: &[Present]) -> Vec<ParticipantId> {
    people.iter().map(|person| person.participant).collect()
}
