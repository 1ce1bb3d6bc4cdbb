//! Delivers events again, for the account that they are of. Lists come from the store as they are.

use std::sync::Arc;

use greenroom_domain::{Clock, EventId};
use greenroom_store::outbox::Delivery;
use greenroom_store::{Store, StoreError};
use tokio::sync::Notify;

use crate::directory::to_its_end;
use crate::{Caller, audit};

/// Delivers events again.
pub struct Deliveries {
    store: Arc<dyn Store>,
    /// Rung when there is something to deliver.
    doorbell: Arc<Notify>,
    clock: Arc<dyn Clock>,
}

impl Deliveries {
    /// Events in `store`; whoever delivers them listens for `doorbell`.
    pub fn new(store: Arc<dyn Store>, doorbell: Arc<Notify>, clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self {
            store,
            doorbell,
            clock,
        })
    }

    /// Lets an event of the caller's be delivered, again or at last; as it stands then. `None` if there is none.
    pub async fn replay(
        self: &Arc<Self>,
        caller: Caller,
        id: EventId,
    ) -> Result<Option<Delivery>, StoreError> {
        let this = Arc::clone(self);
        to_its_end(async move {
            // Whose an event is never changes, so there is nothing between this look and the write.
            let found = this.store.delivery(caller.account_id, id).await?;
            if found.is_none() {
                return Ok(None);
            }
            let mut work = this.store.begin().await?;
            if !work.replay_event(id, this.clock.now()).await? {
                return Ok(None);
            }
            work.commit().await?;
            audit::webhook_replayed(Some(caller), id);
            let replayed = this.store.delivery(caller.account_id, id).await;
            this.doorbell.notify_one();
            replayed
        })
        .await
    }
}
