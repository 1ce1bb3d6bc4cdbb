//! A gate that knows a few tokens, and whose mind can be changed.

use std::sync::{Arc, Mutex, MutexGuard};

use greenroom_domain::{FamilyId, Timestamp};
use greenroom_signalling::{Gate, Refusal};
use uuid::Uuid;

/// When every play begins.
pub(super) const START: Timestamp = Timestamp::from_unix_secs(1_700_000_000);

/// The longest life of a token that the gate knows, in seconds.
const LIFE_MAX_SECS: i64 = 3_600;

/// What a token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pass {
    is_anns: bool,
    account: &'static str,
    life_secs: i64,
}

/// What the gate thinks at the moment.
#[derive(Debug, Default)]
pub(super) struct Mind {
    pub(super) ann_is_revoked: bool,
    pub(super) room_is_gone: bool,
    pub(super) is_full: bool,
    /// What every question about tokens is answered with.
    pub(super) trouble: Option<Refusal>,
}

#[derive(Debug, Default)]
pub(super) struct FakeGate {
    mind: Mutex<Mind>,
    /// One clone for each session that is in.
    inside: Arc<()>,
}

impl FakeGate {
    pub(super) fn change(&self, change: impl FnOnce(&mut Mind)) {
        change(&mut self.mind());
    }

    /// How many sessions have a place.
    pub(super) fn inside(&self) -> usize {
        Arc::strong_count(&self.inside) - 1
    }

    /// Whether the room is gone, and the gate is able to say so.
    pub(super) fn nobody_may_be_inside(&self) -> bool {
        let mind = self.mind();
        mind.room_is_gone && mind.trouble.is_none()
    }

    /// From when on no token is good any more.
    #[expect(clippy::unused_self, reason = "reads as what the gate knows")]
    pub(super) fn last_expiry(&self) -> Timestamp {
        START.saturating_add_secs(LIFE_MAX_SECS)
    }

    fn mind(&self) -> MutexGuard<'_, Mind> {
        self.mind.lock().unwrap()
    }
}

impl Gate for FakeGate {
    type Pass = Pass;
    type Ticket = Arc<()>;

    fn admit(&self, token: &str, now: Timestamp) -> Result<Pass, Refusal> {
        if let Some(trouble) = self.mind().trouble {
            return Err(trouble);
        }
        let (is_anns, account, life_secs) = match token {
            "ann-1" => (true, "acme", 600),
            "ann-2" => (true, "acme", 1_200),
            "old-1" => (true, "acme", 0),
            "amy-1" => (false, "acme", LIFE_MAX_SECS),
            "ben-1" => (false, "other", LIFE_MAX_SECS),
            "far-1" => return Err(Refusal::Forbidden),
            _ => return Err(Refusal::Unauthorized),
        };
        let pass = Pass {
            is_anns,
            account,
            life_secs,
        };
        if now >= self.expires_at(&pass) {
            return Err(Refusal::Unauthorized);
        }
        self.recheck(&pass, now).map(|()| pass)
    }

    fn recheck(&self, pass: &Pass, _now: Timestamp) -> Result<(), Refusal> {
        let mind = self.mind();
        match mind.trouble {
            Some(trouble) => Err(trouble),
            None if mind.room_is_gone => Err(Refusal::RoomGone),
            None if mind.ann_is_revoked && pass.is_anns => Err(Refusal::Forbidden),
            None => Ok(()),
        }
    }

    fn expires_at(&self, pass: &Pass) -> Timestamp {
        START.saturating_add_secs(pass.life_secs)
    }

    fn family(&self, pass: &Pass) -> FamilyId {
        FamilyId::from_uuid(Uuid::from_u128(u128::from(pass.is_anns)))
    }

    fn same_bearer(&self, old: &Pass, new: &Pass) -> bool {
        old.account == new.account
    }

    fn open_session(&self, _pass: &Pass, _now: Timestamp) -> Result<Arc<()>, Refusal> {
        if self.mind().is_full {
            return Err(Refusal::Forbidden);
        }
        Ok(Arc::clone(&self.inside))
    }
}
