//! Sessions, participants, and what happens to them.

use greenroom_domain::participant::{Left, LeftReason};
use greenroom_domain::session::{EndReason, Ended};
use greenroom_domain::{AccountId, Participant, ParticipantId, Session, SessionId, Timestamp};
use uuid::Uuid;

use super::support::{Result, room_id};
use crate::Store;

pub(super) fn session_id(number: u128) -> SessionId {
    SessionId::from_uuid(Uuid::from_u128(number))
}

pub(super) fn participant_id(number: u128) -> ParticipantId {
    ParticipantId::from_uuid(Uuid::from_u128(number))
}

/// The session `number`, active since `from`, in the room `room`.
pub(super) fn session(account: AccountId, room: u128, number: u128, from: Timestamp) -> Session {
    Session::start(session_id(number), room_id(room), account, from)
}

/// The same, ended at `to`.
pub(super) fn ended(session: Session, to: Timestamp) -> Session {
    Session {
        updated_at: to,
        ended: Some(Ended {
            at: to,
            reason: EndReason::Empty,
        }),
        ..session
    }
}

/// The participant `number` of `session`, there since `from`.
pub(super) fn participant(session: &Session, number: u128, from: Timestamp) -> Participant {
    Participant {
        id: participant_id(number),
        session_id: session.id,
        room_id: session.room_id,
        account_id: session.account_id,
        context: Some(format!("{{\"name\":\"guest {number}\"}}")),
        joined_at: from,
        updated_at: from,
        left: None,
    }
}

/// The same after it left at `to`.
pub(super) fn left(participant: Participant, to: Timestamp) -> Participant {
    Participant {
        updated_at: to,
        left: Some(Left {
            at: to,
            reason: LeftReason::Left,
        }),
        ..participant
    }
}

pub(super) async fn start(store: &dyn Store, session: &Session) -> Result<()> {
    let mut work = store.begin().await?;
    work.add_session(session).await?;
    Ok(work.commit().await?)
}

pub(super) async fn end(store: &dyn Store, id: SessionId, ended: Ended) -> Result<bool> {
    let mut work = store.begin().await?;
    let done = work.end_session(id, ended).await?;
    work.commit().await?;
    Ok(done)
}

pub(super) async fn join(store: &dyn Store, participant: &Participant) -> Result<()> {
    let mut work = store.begin().await?;
    work.add_participant(participant).await?;
    Ok(work.commit().await?)
}

pub(super) async fn leave(
    store: &dyn Store,
    session: SessionId,
    id: ParticipantId,
    left: Left,
) -> Result<bool> {
    let mut work = store.begin().await?;
    let done = work.end_participation(session, id, left).await?;
    work.commit().await?;
    Ok(done)
}

pub(super) async fn change(
    store: &dyn Store,
    session: SessionId,
    id: ParticipantId,
    context: Option<&str>,
    at: Timestamp,
) -> Result<bool> {
    let mut work = store.begin().await?;
    let done = work.change_participant(session, id, context, at).await?;
    work.commit().await?;
    Ok(done)
}
