//! The unit of work: one transaction of the writing connection.

use async_trait::async_trait;
use greenroom_domain::api_key::ApiKey;
use greenroom_domain::participant::Left;
use greenroom_domain::session::Ended;
use greenroom_domain::{
    AccountId, ApiKeyId, Event, EventId, FamilyId, Participant, ParticipantId, Room, RoomId,
    Rotation, Session, SessionId, Timestamp, TokenId,
};
use greenroom_store::{Account, SaveRoomError, Settlement, StoreError, UnitOfWork};

use crate::writer::Transaction;
use crate::{
    api_keys, error, outbox, participants, revocations, revoked_tokens, rooms, rotations, sessions,
};

/// Writes that take effect together.
#[derive(Debug)]
pub(crate) struct SqliteUnitOfWork(pub(crate) Transaction);

#[async_trait]
impl UnitOfWork for SqliteUnitOfWork {
    async fn add_account(&mut self, account: &Account) -> Result<(), StoreError> {
        let outcome = api_keys::insert_account(self.0.connection()?, account).await;
        self.0
            .done(outcome)
            .map_err(|error| api_keys::insert_error("accounts", error))
    }

    async fn add_api_key(&mut self, key: &ApiKey) -> Result<(), StoreError> {
        let outcome = api_keys::insert(self.0.connection()?, key).await;
        self.0
            .done(outcome)
            .map_err(|error| api_keys::insert_error("api_keys", error))
    }

    async fn revoke_api_key(&mut self, id: ApiKeyId, at: Timestamp) -> Result<bool, StoreError> {
        let outcome = api_keys::revoke(self.0.connection()?, id, at).await;
        self.0.done(outcome).map_err(error::writing)
    }

    async fn touch_api_keys(&mut self, uses: &[(ApiKeyId, Timestamp)]) -> Result<(), StoreError> {
        let outcome = api_keys::touch(self.0.connection()?, uses).await;
        self.0.done(outcome).map_err(error::writing)
    }

    async fn add_room(&mut self, room: &Room) -> Result<(), SaveRoomError> {
        let outcome = rooms::insert(self.0.connection()?, room).await;
        self.0.done(outcome).map_err(rooms::save_error)
    }

    async fn room_of(
        &mut self,
        account_id: AccountId,
        id: RoomId,
    ) -> Result<Option<Room>, StoreError> {
        let outcome = rooms::of_account(self.0.connection()?, account_id, id).await;
        let row = self.0.done(outcome).map_err(error::reading)?;
        row.as_ref().map(rooms::room).transpose()
    }

    async fn save_room(&mut self, room: &Room) -> Result<bool, SaveRoomError> {
        let outcome = rooms::update(self.0.connection()?, room).await;
        self.0.done(outcome).map_err(rooms::save_error)
    }

    async fn delete_room(
        &mut self,
        account_id: AccountId,
        id: RoomId,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let outcome = rooms::delete(self.0.connection()?, account_id, id, at).await;
        self.0.done(outcome).map_err(error::writing)
    }

    async fn revoke_family(
        &mut self,
        family: FamilyId,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let outcome = revocations::revoke(self.0.connection()?, family, until).await;
        self.0.done(outcome).map_err(error::writing)
    }

    async fn forget_revoked_families(&mut self, now: Timestamp) -> Result<u64, StoreError> {
        let outcome = revocations::forget(self.0.connection()?, now).await;
        self.0.done(outcome).map_err(error::writing)
    }

    async fn revoke_token(&mut self, token: TokenId, until: Timestamp) -> Result<(), StoreError> {
        let outcome = revoked_tokens::revoke(self.0.connection()?, token, until).await;
        self.0.done(outcome).map_err(error::writing)
    }

    async fn forget_revoked_tokens(&mut self, now: Timestamp) -> Result<u64, StoreError> {
        let outcome = revoked_tokens::forget(self.0.connection()?, now).await;
        self.0.done(outcome).map_err(error::writing)
    }

    async fn rotation_of(&mut self, family: FamilyId) -> Result<Option<Rotation>, StoreError> {
        let outcome = rotations::of_family(self.0.connection()?, family).await;
        let row = self.0.done(outcome).map_err(error::reading)?;
        row.as_ref().map(rotations::rotation).transpose()
    }

    async fn save_rotation(
        &mut self,
        family: FamilyId,
        rotation: &Rotation,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let outcome = rotations::save(self.0.connection()?, family, rotation, until).await;
        self.0.done(outcome).map_err(error::writing)
    }

    async fn forget_rotations(&mut self, now: Timestamp) -> Result<u64, StoreError> {
        let outcome = rotations::forget(self.0.connection()?, now).await;
        self.0.done(outcome).map_err(error::writing)
    }

    async fn add_event(&mut self, event: &Event) -> Result<bool, StoreError> {
        let outcome = outbox::add(self.0.connection()?, event).await;
        self.0.done(outcome).map_err(error::writing)
    }

    async fn settle_events(&mut self, settlements: &[Settlement]) -> Result<(), StoreError> {
        let outcome = outbox::settle(self.0.connection()?, settlements).await;
        self.0.done(outcome).map_err(error::writing)
    }

    async fn replay_event(&mut self, id: EventId, now: Timestamp) -> Result<bool, StoreError> {
        let outcome = outbox::replay(self.0.connection()?, id, now).await;
        self.0.done(outcome).map_err(error::writing)
    }

    async fn replay_dead(
        &mut self,
        room_id: Option<RoomId>,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let outcome = outbox::replay_dead(self.0.connection()?, room_id, now).await;
        self.0.done(outcome).map_err(error::writing)
    }

    async fn forget_events(
        &mut self,
        delivered_before: Timestamp,
        dead_before: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError> {
        let connection = self.0.connection()?;
        let outcome = outbox::forget(connection, delivered_before, dead_before, limit).await;
        self.0.done(outcome).map_err(error::writing)
    }

    async fn add_session(&mut self, session: &Session) -> Result<(), StoreError> {
        let outcome = sessions::insert(self.0.connection()?, session).await;
        self.0.done(outcome).map_err(sessions::insert_error)
    }

    async fn end_session(&mut self, id: SessionId, ended: Ended) -> Result<bool, StoreError> {
        let outcome = sessions::end(self.0.connection()?, id, ended).await;
        self.0.done(outcome).map_err(error::writing)
    }

    async fn add_participant(&mut self, participant: &Participant) -> Result<(), StoreError> {
        let outcome = participants::insert(self.0.connection()?, participant).await;
        self.0.done(outcome).map_err(participants::insert_error)
    }

    async fn change_participant(
        &mut self,
        session: SessionId,
        id: ParticipantId,
        context: Option<&str>,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let outcome = participants::change(self.0.connection()?, session, id, context, at).await;
        self.0.done(outcome).map_err(error::writing)
    }

    async fn end_participation(
        &mut self,
        session: SessionId,
        id: ParticipantId,
        left: Left,
    ) -> Result<bool, StoreError> {
        let outcome = participants::leave(self.0.connection()?, session, id, left).await;
        self.0.done(outcome).map_err(error::writing)
    }

    async fn note_alive(&mut self, at: Timestamp) -> Result<(), StoreError> {
        let outcome = sessions::note_alive(self.0.connection()?, at).await;
        self.0.done(outcome).map_err(error::writing)
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        self.0.commit().await
    }
}
