//! Actors and props of the stories.

use std::future::Future;
use std::pin::Pin;
use std::task::Poll;

use greenroom_domain::api_key::{ApiKey, ApiKeyPrefix};
use greenroom_domain::filter::{DayFilter, RoomFilter};
use greenroom_domain::paging::{PageNumber, PageSize};
use greenroom_domain::room::{NewRoom, RoomName};
use greenroom_domain::time::Day;
use greenroom_domain::{AccountId, ApiKeyId, FamilyId, Page, PageRequest, Room, RoomId, Timestamp};
use uuid::Uuid;

use crate::{Account, SaveRoomError, Store};

pub(super) type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Some day at noon, and `secs` seconds more.
pub(super) fn at(secs: i64) -> Timestamp {
    Timestamp::from_unix_secs(1_619_352_000 + secs)
}

pub(super) fn room_id(number: u128) -> RoomId {
    RoomId::from_uuid(Uuid::from_u128(number))
}

pub(super) fn family(number: u128) -> FamilyId {
    FamilyId::from_uuid(Uuid::from_u128(number))
}

pub(super) fn key_id(number: u128) -> ApiKeyId {
    ApiKeyId::from_uuid(Uuid::from_u128(number))
}

/// Makes the account `number`.
pub(super) async fn account(store: &dyn Store, number: u128) -> Result<AccountId> {
    let id = AccountId::from_uuid(Uuid::from_u128(number));
    let mut work = store.begin().await?;
    work.add_account(&Account {
        id,
        created_at: at(0),
    })
    .await?;
    work.commit().await?;
    Ok(id)
}

/// A room without a name, made at [`at`]`(0)`.
pub(super) fn room(account_id: AccountId, number: u128) -> Room {
    Room::create(room_id(number), account_id, NewRoom::default(), at(0))
}

/// A room with a name, made at [`at`]`(0)`.
pub(super) fn named(account_id: AccountId, number: u128, name: &str) -> Result<Room> {
    Ok(Room {
        unique_name: Some(RoomName::new(name.to_owned())?),
        ..room(account_id, number)
    })
}

pub(super) async fn add(store: &dyn Store, room: &Room) -> std::result::Result<(), SaveRoomError> {
    let mut work = store.begin().await?;
    work.add_room(room).await?;
    Ok(work.commit().await?)
}

pub(super) async fn save(
    store: &dyn Store,
    room: &Room,
) -> std::result::Result<bool, SaveRoomError> {
    let mut work = store.begin().await?;
    let saved = work.save_room(room).await?;
    work.commit().await?;
    Ok(saved)
}

pub(super) async fn delete(store: &dyn Store, account: AccountId, id: RoomId) -> Result<bool> {
    let mut work = store.begin().await?;
    let deleted = work.delete_room(account, id, at(1_000)).await?;
    work.commit().await?;
    Ok(deleted)
}

/// Whether saving failed because the name is taken.
pub(super) fn name_taken<T>(outcome: &std::result::Result<T, SaveRoomError>) -> bool {
    matches!(outcome, Err(SaveRoomError::NameTaken))
}

/// All rooms that match, on one page of the largest size.
pub(super) async fn all(
    store: &dyn Store,
    account: AccountId,
    filter: &RoomFilter,
) -> Result<Page<Room>> {
    Ok(store
        .rooms(account, filter, page(1, PageRequest::MAX_SIZE.into())?)
        .await?)
}

/// The numbers that [`room`] was called with, of all rooms that match, in the order of the list.
pub(super) async fn listed(
    store: &dyn Store,
    account: AccountId,
    filter: &RoomFilter,
) -> Result<Vec<u128>> {
    let found = all(store, account, filter).await?;
    assert_eq!(
        found.total_results,
        u64::try_from(found.items.len())?,
        "the total counts what is listed"
    );
    Ok(numbers(&found))
}

pub(super) fn numbers(page: &Page<Room>) -> Vec<u128> {
    let number = |room: &Room| room.id.as_uuid().as_u128();
    page.items.iter().map(number).collect()
}

pub(super) fn page(number: i64, size: i64) -> Result<PageRequest> {
    Ok(PageRequest::new(
        PageNumber::new(number)?,
        PageSize::new(size)?,
    ))
}

pub(super) fn no_filter() -> RoomFilter {
    RoomFilter::default()
}

pub(super) fn day(text: &str) -> Result<Day> {
    Ok(text.parse::<Day>()?)
}

pub(super) fn on(text: &str) -> Result<DayFilter> {
    Ok(DayFilter {
        eq: Some(day(text)?),
        ..DayFilter::default()
    })
}

pub(super) fn since(text: &str) -> Result<DayFilter> {
    Ok(DayFilter {
        gte: Some(day(text)?),
        ..DayFilter::default()
    })
}

pub(super) fn up_to(text: &str) -> Result<DayFilter> {
    Ok(DayFilter {
        lte: Some(day(text)?),
        ..DayFilter::default()
    })
}

/// Moments around a day, the latest first: 1 and 2 after it, 3 to 5 on it, 6 and 7 before it.
pub(super) fn around(text: &str) -> Result<Vec<(u128, Timestamp)>> {
    let (start, end) = (day(text)?.start(), day(text)?.end());
    let moments = [
        end.saturating_add_secs(86_400),
        end,
        end.saturating_add_micros(-1),
        start.saturating_add_secs(43_200),
        start,
        start.saturating_add_micros(-1),
        start.saturating_add_secs(-86_400),
    ];
    Ok((1..).zip(moments).collect())
}

/// Which of the moments around a day match a filter by that day.
pub(super) fn by_day(text: &str) -> Result<[(DayFilter, Vec<u128>); 3]> {
    Ok([
        (on(text)?, vec![3, 4, 5]),
        (since(text)?, vec![1, 2, 3, 4, 5]),
        (up_to(text)?, vec![3, 4, 5, 6, 7]),
    ])
}

/// The prefix of the key `text`, padded to the length of a prefix.
pub(super) fn prefix(text: &str) -> Result<ApiKeyPrefix> {
    let padded = format!("{text:_<width$}", width = ApiKeyPrefix::CHARS);
    Ok(ApiKeyPrefix::of_key(&padded).ok_or("not a prefix")?)
}

/// An API key made at [`at`]`(0)`.
pub(super) fn key(account_id: AccountId, number: u8, prefix: &ApiKeyPrefix) -> ApiKey {
    ApiKey {
        id: key_id(number.into()),
        account_id,
        label: format!("key {number}"),
        prefix: prefix.clone(),
        sha256: [number; 32],
        created_at: at(0),
        expires_at: None,
        revoked_at: None,
        last_used_at: None,
    }
}

pub(super) async fn add_key(store: &dyn Store, key: &ApiKey) -> Result<()> {
    let mut work = store.begin().await?;
    work.add_api_key(key).await?;
    Ok(work.commit().await?)
}

/// Lets something that has to wait begin to wait.
pub(super) async fn starts_to_wait<T>(
    waiting: &mut Pin<Box<dyn Future<Output = T> + Send + '_>>,
) -> bool {
    std::future::poll_fn(|context| Poll::Ready(waiting.as_mut().poll(context).is_pending())).await
}
