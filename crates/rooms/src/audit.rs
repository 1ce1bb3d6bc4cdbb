//! The audit log: who issued, refreshed and revoked what, and who was put out by whom.
//!
//! One event each on the target `audit`, without secrets: keys, families, rooms and people are named by
//! their ids, tokens by their fingerprints (`docs/sessions.md`).

use greenroom_domain::{AccountId, ApiKeyId, EventId, FamilyId, ParticipantId, RoomId, SessionId};
use greenroom_token::{KeyId, token_fingerprint};

use crate::Caller;

/// The target of all these events.
pub const TARGET: &str = "audit";

/// What was done in a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// It was ended.
    End,
    /// People were put out.
    Kick,
    /// People were silenced.
    Mute,
    /// People may be heard again.
    Unmute,
}

impl Act {
    const fn as_str(self) -> &'static str {
        match self {
            Self::End => "session.end",
            Self::Kick => "session.kick",
            Self::Mute => "session.mute",
            Self::Unmute => "session.unmute",
        }
    }
}

/// Somebody acted on a session; `revoked` are the families that are revoked with it.
pub fn moderated(
    caller: Caller,
    act: Act,
    room: RoomId,
    session: SessionId,
    participants: impl Iterator<Item = ParticipantId>,
    revoked: &[FamilyId],
) {
    tracing::info!(
        target: TARGET,
        action = act.as_str(),
        api_key = %caller.api_key_id,
        account = %caller.account_id,
        %room,
        %session,
        participants = join(participants),
        revoked_families = join(revoked.iter().copied()),
    );
}

/// A token pair was issued.
pub fn token_issued(caller: Caller, room: RoomId, family: FamilyId, client: &str, refresh: &str) {
    tracing::info!(
        target: TARGET,
        action = "token.issue",
        api_key = %caller.api_key_id,
        account = %caller.account_id,
        %room,
        %family,
        client_token = %token_fingerprint(client),
        refresh_token = %token_fingerprint(refresh),
    );
}

/// A token pair was issued to a visitor, who has no API key.
pub fn visited(account: AccountId, room: RoomId, family: FamilyId, client: &str, refresh: &str) {
    tracing::info!(
        target: TARGET,
        action = "token.visit",
        %account,
        %room,
        %family,
        client_token = %token_fingerprint(client),
        refresh_token = %token_fingerprint(refresh),
    );
}

/// A client token was issued for a refresh token.
pub fn token_refreshed(room: RoomId, family: FamilyId, presented: &str, client: &str) {
    tracing::info!(
        target: TARGET,
        action = "token.refresh",
        %room,
        %family,
        refresh_token = %token_fingerprint(presented),
        client_token = %token_fingerprint(client),
    );
}

/// A room was deleted.
pub fn room_deleted(caller: Caller, room: RoomId) {
    tracing::info!(
        target: TARGET,
        action = "room.delete",
        api_key = %caller.api_key_id,
        account = %caller.account_id,
        %room,
    );
}

/// An API key was made, by an operator.
pub fn api_key_created(key: ApiKeyId, account: AccountId) {
    tracing::info!(target: TARGET, action = "api_key.create", %key, %account);
}

/// An API key was revoked, by an operator.
pub fn api_key_revoked(key: ApiKeyId) {
    tracing::info!(target: TARGET, action = "api_key.revoke", %key);
}

/// An event is delivered again, on behalf of an account or by an operator.
pub fn webhook_replayed(caller: Option<Caller>, event: EventId) {
    tracing::info!(
        target: TARGET,
        action = "webhook.replay",
        api_key = caller.map(|caller| display(caller.api_key_id)),
        account = caller.map(|caller| display(caller.account_id)),
        %event,
    );
}

/// Dead letters are delivered after all, those of a room or of all rooms, by an operator.
pub fn dead_letters_replayed(room: Option<RoomId>, count: u64) {
    tracing::info!(target: TARGET, action = "webhook.replay_dead", room = room.map(display), count);
}

/// The signing keys were rotated, by an account or by an operator; `active` signs now.
pub fn signing_key_rotated(caller: Option<Caller>, active: KeyId) {
    tracing::info!(
        target: TARGET,
        action = "signing_key.rotate",
        api_key = caller.map(|caller| display(caller.api_key_id)),
        account = caller.map(|caller| display(caller.account_id)),
        %active,
    );
}

/// A signing key was revoked, by an account or by an operator.
pub fn signing_key_revoked(caller: Option<Caller>, key: KeyId) {
    tracing::info!(
        target: TARGET,
        action = "signing_key.revoke",
        api_key = caller.map(|caller| display(caller.api_key_id)),
        account = caller.map(|caller| display(caller.account_id)),
        %key,
    );
}

fn join(ids: impl Iterator<Item = impl ToString>) -> String {
    let ids: Vec<String> = ids.map(|id| id.to_string()).collect();
    ids.join(" ")
}
