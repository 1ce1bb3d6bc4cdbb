//! How the people in a session fare, for the account that it belongs to.

use std::sync::Arc;

use greenroom_domain::SessionId;
use greenroom_store::{Store, StoreError};

use crate::call::PersonQuality;
use crate::{Caller, Calls, History};

/// Tells how people fare.
pub struct Qualities {
    store: Arc<dyn Store>,
    history: Arc<History>,
    calls: Arc<Calls>,
}

impl Qualities {
    /// Of the sessions in `store`, as they go on in `calls`.
    pub fn new(store: Arc<dyn Store>, history: Arc<History>, calls: Arc<Calls>) -> Arc<Self> {
        Arc::new(Self {
            store,
            history,
            calls,
        })
    }

    /// How the people in a session fare, by their ids; empty if it has ended. `None` if the account has no
    /// such session.
    pub async fn of_session(
        &self,
        caller: Caller,
        session: SessionId,
    ) -> Result<Option<Arc<[PersonQuality]>>, StoreError> {
        let Some(found) = self.store.session(caller.account_id, session).await? else {
            return Ok(None);
        };
        // What is known here is ahead of the record.
        if self.history.session(found.room_id) != Some(session) {
            return Ok(Some(Arc::default()));
        }
        Ok(Some(self.calls.quality(found.room_id).await))
    }
}
