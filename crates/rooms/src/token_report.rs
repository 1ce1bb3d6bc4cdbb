//! What a token would meet at the door or at a refresh: the checks of the token itself, then those of what is on
//! record. One list for the operator's command line and for the API.

use std::borrow::Cow;
use std::sync::Arc;

use greenroom_domain::rotation::{Decision, Generation, Rotation};
use greenroom_domain::{AccountId, Room, Timestamp};
use greenroom_store::{Store, StoreError};
use greenroom_token::{Check, CheckOutcome, Explanation, TokenType, VerifiedToken};

use crate::{Revocations, RoomDirectory, Rotations};

/// What is asked after a token passed every check of its own, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RecordCheck {
    /// Its room is there, and is the account's.
    Room,
    /// Its family is not revoked.
    Family,
    /// Where refresh tokens rotate: it was neither used up nor replaced.
    Rotation,
}

impl RecordCheck {
    /// All of them, in the order in which they are made.
    pub const ALL: [Self; 3] = [Self::Room, Self::Family, Self::Rotation];

    /// The check's name for programs; it never changes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Room => "room",
            Self::Family => "family",
            Self::Rotation => "rotation",
        }
    }

    /// What passing this check means, in plain words.
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Room => "room is there and the account's",
            Self::Family => "family is not revoked",
            Self::Rotation => "neither used up nor replaced",
        }
    }
}

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was passed.
    Passed,
    /// It was not.
    Failed,
    /// It was not made: an earlier one failed, or it does not concern this token.
    Skipped,
}

/// How a check of the records went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// The check.
    pub check: RecordCheck,
    /// How it went.
    pub outcome: Outcome,
    /// What was found, as part of a sentence.
    pub text: &'static str,
}

/// One line of a report, whatever the check is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The check's name for programs.
    pub name: &'static str,
    /// What passing it means, in plain words.
    pub title: &'static str,
    /// How it went.
    pub outcome: Outcome,
    /// Why it failed, or what else there is to say.
    pub detail: Option<Cow<'static, str>>,
}

/// What is on record of a token that passed every check of its own.
#[derive(Debug, Clone)]
pub struct Records {
    /// Its room, if it is there.
    pub room: Option<Arc<Room>>,
    /// Whether its family is revoked.
    pub family_revoked: bool,
    /// Whether it is itself revoked; only client tokens of rotating families ever are.
    pub token_revoked: bool,
    /// How far its family has come, if it rotates and was refreshed.
    pub rotation: Option<Rotation>,
}

impl Records {
    /// What the store says, where no server runs.
    pub async fn in_store(
        store: &dyn Store,
        token: &VerifiedToken,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let room = store.room(token.grant().room_id()).await?;
        let families = store.revoked_families(now).await?;
        let tokens = store.revoked_tokens(now).await?;
        Ok(Self {
            room: room.map(Arc::new),
            family_revoked: has(&families, &token.family()),
            token_revoked: has(&tokens, &token.token_id()),
            rotation: if token.rotates() {
                store.rotation(token.family()).await?
            } else {
                None
            },
        })
    }

    /// What a running server goes by.
    pub async fn in_force(
        directory: &RoomDirectory,
        revocations: &Revocations,
        rotations: &Rotations,
        token: &VerifiedToken,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            room: directory.find(token.grant().room_id()).await?,
            family_revoked: revocations.is_revoked(token.family()),
            token_revoked: revocations.is_token_revoked(token.token_id()),
            rotation: if token.rotates() {
                rotations.standing(token.family()).await?
            } else {
                None
            },
        })
    }
}

fn has<T: PartialEq>(records: &[(T, Timestamp)], wanted: &T) -> bool {
    records.iter().any(|(id, _)| id == wanted)
}

/// An explanation of a token, and what the records say of it.
#[derive(Debug, Clone)]
pub struct TokenReport {
    explanation: Explanation,
    findings: Vec<Finding>,
    /// Whether the reader may see what stands in the token.
    shows_claims: bool,
}

impl TokenReport {
    /// Puts a report together. `records` are needed of a token that passed every check of its own. A `reader` is told
    /// nothing of other accounts; without one, all is shown.
    pub fn new(
        explanation: Explanation,
        records: Option<&Records>,
        reader: Option<AccountId>,
    ) -> Self {
        let findings = match (explanation.result(), records) {
            (Ok(token), Some(records)) => judge(token, records, reader),
            (Ok(_), None) | (Err(_), _) => Vec::new(),
        };
        let shows_claims = reader.is_none_or(|reader| may_see_claims(&explanation, reader));
        Self {
            explanation,
            findings,
            shows_claims,
        }
    }

    /// The checks of the token itself.
    pub const fn explanation(&self) -> &Explanation {
        &self.explanation
    }

    /// The checks of what is on record; none if the token itself is refused.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Whether every check was passed.
    pub fn is_good(&self) -> bool {
        self.explanation.result().is_ok()
            && !self.findings.is_empty()
            && self
                .findings
                .iter()
                .all(|finding| finding.outcome != Outcome::Failed)
    }

    /// The decoded claims as they came, unless the token is one of this server's for another account.
    pub fn raw_claims(&self) -> Option<&[u8]> {
        self.explanation.raw_claims().filter(|_| self.shows_claims)
    }

    /// Every check in the order in which they are made.
    pub fn lines(&self) -> impl Iterator<Item = Line> {
        let of_token = self.explanation.checks().map(|(check, outcome)| {
            let (outcome, detail) = match outcome {
                CheckOutcome::Passed => (Outcome::Passed, None),
                CheckOutcome::Failed(error) => (Outcome::Failed, Some(error.to_string().into())),
                CheckOutcome::NotReached => (Outcome::Skipped, None),
            };
            Line {
                name: check.name(),
                title: check.describe(),
                outcome,
                detail,
            }
        });
        let of_records = RecordCheck::ALL.into_iter().map(|check| {
            let mut findings = self.findings.iter();
            let finding = findings.find(|finding| finding.check == check);
            Line {
                name: check.name(),
                title: check.describe(),
                outcome: finding.map_or(Outcome::Skipped, |finding| finding.outcome),
                detail: finding.map(|finding| finding.text.into()),
            }
        });
        of_token.chain(of_records)
    }
}

/// Whether the claims are the reader's to see. Where the signature does not hold they are only what the reader has sent.
fn may_see_claims(explanation: &Explanation, reader: AccountId) -> bool {
    let signed = match explanation.result() {
        Ok(token) => return token.grant().account_id() == reader,
        Err(error) => explanation
            .checks()
            .skip_while(|(check, _)| *check != Check::Signature)
            .skip(1)
            .any(|(check, _)| check == error.check()),
    };
    !signed || names_account(explanation.raw_claims().unwrap_or_default(), reader)
}

/// Whether claims that were refused grant something to `account` alone.
fn names_account(claims: &[u8], account: AccountId) -> bool {
    let claims: serde_json::Value = serde_json::from_slice(claims).unwrap_or_default();
    let subject = serde_json::json!([format!("telnyx:users:{account}")]);
    let grants = claims["grants"].as_array();
    grants.is_some_and(|grants| {
        !grants.is_empty() && grants.iter().all(|grant| grant["subjects"] == subject)
    })
}

/// Goes through what is on record.
fn judge(token: &VerifiedToken, records: &Records, reader: Option<AccountId>) -> Vec<Finding> {
    let foreign = reader.is_some_and(|reader| reader != token.grant().account_id());
    let room = if foreign {
        (Outcome::Failed, "not a room of this account")
    } else {
        room(token, records.room.as_deref())
    };
    let mut findings = vec![(RecordCheck::Room, room)];
    if !foreign {
        findings.push((RecordCheck::Family, family(records)));
        findings.push((RecordCheck::Rotation, turn(token, records)));
    }
    let findings = findings.into_iter();
    findings
        .map(|(check, (outcome, text))| Finding {
            check,
            outcome,
            text,
        })
        .collect()
}

type Judgement = (Outcome, &'static str);

fn room(token: &VerifiedToken, room: Option<&Room>) -> Judgement {
    match room {
        Some(room) if token.grant().opens(room) => (Outcome::Passed, "the room is there"),
        Some(_) => (Outcome::Failed, "the room belongs to another account"),
        None => (Outcome::Failed, "the room does not exist (any more)"),
    }
}

const fn family(records: &Records) -> Judgement {
    if records.family_revoked {
        (Outcome::Failed, "the token's family is revoked")
    } else {
        (Outcome::Passed, "the token's family is not revoked")
    }
}

fn turn(token: &VerifiedToken, records: &Records) -> Judgement {
    if !token.rotates() {
        return (
            Outcome::Skipped,
            "the family's refresh token does not rotate",
        );
    }
    match token.token_type() {
        TokenType::Access if records.token_revoked => (
            Outcome::Failed,
            "the client token was replaced: the answer it came in counted as lost",
        ),
        TokenType::Access => (Outcome::Passed, "the client token was not replaced"),
        TokenType::Refresh => refresh_turn(token, records.rotation.as_ref()),
    }
}

fn refresh_turn(token: &VerifiedToken, standing: Option<&Rotation>) -> Judgement {
    // What would be issued for it plays no part in the judgement.
    let next = Generation {
        refresh: token.token_id(),
        client: token.token_id(),
        client_expires_at: token.expires_at(),
    };
    let (decision, _) = Rotation::present(standing, token.token_id(), next);
    match decision {
        Decision::Rotate => (Outcome::Passed, "the refresh token is its family's latest"),
        Decision::Replace(_) => (
            Outcome::Passed,
            "the refresh token was used up, but nothing issued for it was used yet: \
             it is good once more",
        ),
        Decision::Reuse => (
            Outcome::Failed,
            "the refresh token was used up; to present it again revokes its family",
        ),
        Decision::Ended => (
            Outcome::Failed,
            "a refresh token of the family was used twice",
        ),
    }
}

#[cfg(test)]
mod tests;
