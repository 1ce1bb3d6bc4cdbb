//! Events on their way to webhooks.

use greenroom_domain::webhook::{WebhookSettings, WebhookUrl};
use greenroom_domain::{AccountId, Event, EventId, EventKind, Room, SessionId};
use uuid::Uuid;

use super::Story;
use super::support::{Result, account, add, at, delete, room, room_id};
use crate::Store;

/// A room whose events go somewhere.
fn telling(account_id: AccountId, number: u128) -> Result<Room> {
    Ok(Room {
        webhook: WebhookSettings {
            event_url: Some(WebhookUrl::new(format!(
                "https://example.com/hook/{number}"
            ))?),
            ..WebhookSettings::default()
        },
        ..room(account_id, number)
    })
}

fn event_id(number: u128) -> EventId {
    EventId::from_uuid(Uuid::from_u128(number))
}

/// A session started in the room `room`, as the event `number`, at [`at`]`(number)`.
fn event(account_id: AccountId, room: u128, number: u32) -> Event {
    Event {
        id: event_id(number.into()),
        room_id: room_id(room),
        account_id,
        session_id: SessionId::from_uuid(Uuid::from_u128(room)),
        occurred_at: at(number.into()),
        kind: EventKind::SessionStarted,
    }
}

async fn tell(store: &dyn Store, event: &Event) -> Result<bool> {
    let mut work = store.begin().await?;
    let kept = work.add_event(event).await?;
    work.commit().await?;
    Ok(kept)
}

/// An event is kept if its room, deleted or not, has a URL; and once only.
pub async fn an_event_needs_somewhere_to_go(store: &dyn Store) -> Story {
    let acme = account(store, 1).await?;
    add(store, &telling(acme, 1)?).await?;
    add(store, &room(acme, 2)).await?;
    assert!(tell(store, &event(acme, 1, 1)).await?);
    assert!(tell(store, &event(acme, 1, 1)).await?, "there already");
    assert!(!tell(store, &event(acme, 2, 2)).await?, "no URL");
    assert!(!tell(store, &event(acme, 3, 3)).await?, "no room");
    delete(store, acme, room_id(1)).await?;
    assert!(tell(store, &event(acme, 1, 4)).await?);
    Ok(())
}
