//! What is read of sessions and of those who took part in them.

use std::collections::HashMap;

use async_trait::async_trait;
use greenroom_domain::filter::{ParticipantFilter, SessionFilter};
use greenroom_domain::{
    AccountId, Page, PageRequest, Participant, ParticipantId, RoomId, Session, SessionId, Timestamp,
};

use crate::StoreError;

/// Reads of sessions and participants. They stay when their room is deleted.
#[async_trait]
pub trait SessionReads {
    /// The session `id` of `account_id`.
    async fn session(
        &self,
        account_id: AccountId,
        id: SessionId,
    ) -> Result<Option<Session>, StoreError>;

    /// A page of the sessions of `account_id`: newest first, then by id.
    async fn sessions(
        &self,
        account_id: AccountId,
        filter: &SessionFilter,
        page: PageRequest,
    ) -> Result<Page<Session>, StoreError>;

    /// The active session of each of `rooms` that has one, whoever owns them.
    async fn active_sessions(
        &self,
        rooms: &[RoomId],
    ) -> Result<HashMap<RoomId, SessionId>, StoreError>;

    /// The newest sessions of each of `rooms`, whoever owns them, `each_max` of a room at most. Those of
    /// one room stand together, newest first, then by id.
    async fn sessions_of(
        &self,
        rooms: &[RoomId],
        each_max: u32,
    ) -> Result<Vec<Session>, StoreError>;

    /// The participant `id` of `account_id`; if several sessions had one of this id, the one that
    /// joined last.
    async fn participant(
        &self,
        account_id: AccountId,
        id: ParticipantId,
    ) -> Result<Option<Participant>, StoreError>;

    /// A page of the participants of `account_id`: those who joined last first, then by id.
    async fn participants(
        &self,
        account_id: AccountId,
        filter: &ParticipantFilter,
        page: PageRequest,
    ) -> Result<Page<Participant>, StoreError>;

    /// Those who joined each of `sessions` last, whoever owns them, `each_max` of a session at most.
    /// Those of one session stand together, who joined last first, then by id.
    async fn participants_of(
        &self,
        sessions: &[SessionId],
        each_max: u32,
    ) -> Result<Vec<Participant>, StoreError>;

    /// All active sessions of all accounts, each with those who are in it now. Nothing bounds this but
    /// how many can be in rooms at once: it is what a start finds of the run before.
    async fn open_sessions(&self) -> Result<Vec<(Session, Vec<Participant>)>, StoreError>;

    /// When the server last noted that it was alive.
    async fn last_alive(&self) -> Result<Option<Timestamp>, StoreError>;
}
