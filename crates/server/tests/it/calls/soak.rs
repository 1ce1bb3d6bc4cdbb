//! Hours of a busy server in little: people come, publish, watch, talk, write and go, politely or not, and in the
//! end nothing is left of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use greenroom_headless::{Client, Video};
use greenroom_testkit::media::{Attendee, Driver, Gateway, Identity, Peer, Published, Session};
use greenroom_testkit::{LIMIT, ProcessUse, eventually};
use serde_json::{Value, json};

use super::{TOKEN_TTL_SECS, Venue, driver, tone};

/// How long people come and go, unless `SOAK_SECS` says otherwise.
const SECS: u64 = 120;
/// How long they do so before memory is looked at first: caches, pools and the allocator's heaps fill once.
const WARM_UP_SECS: u64 = 30;
const ROOMS: usize = 3;
/// Visitors at once in each room, beside the host.
const VISITORS: usize = 3;
/// Each room has its places, and those who vanished may hold theirs for a while.
const PLACES: u32 = 30;
/// Memory may end higher than it began: heaps that threads grew at their busiest moment are kept by the allocator.
/// In two minutes over a thousand come and go, so 4 KB that each left behind would be seen.
const KEPT_BYTES: u64 = 4_000_000;
/// Longest until a participant who vanished is forgotten, with time to spare.
const FORGET: Duration = Duration::from_secs(90);

/// What happened, to see that it was not nothing.
#[derive(Debug, Default)]
struct Tally {
    visits: AtomicU64,
    pictures: AtomicU64,
    sounds: AtomicU64,
    texts: AtomicU64,
}

/// A room with its host, whom every visitor sees and hears.
struct Room {
    gateway: Gateway,
    feed: Value,
    _host: Attendee,
    _published: Published,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes; `make soak` and `make test` run it"]
async fn nothing_is_left_of_those_who_left() {
    let secs = std::env::var("SOAK_SECS").map_or(SECS, |secs| secs.parse().unwrap());
    assert!(
        secs + 600 <= TOKEN_TTL_SECS,
        "tokens would expire on the way"
    );
    let mut venue = Venue::open().await;
    // Its connections would be among the open files for as long as the server keeps them.
    venue.client = venue.client.keeping_none();
    let mut rooms = Vec::new();
    for _ in 0..ROOMS {
        let id = venue.room(PLACES).await;
        rooms.push(venue.gateway(&id).await);
    }
    let tally = Arc::new(Tally::default());
    come_and_go(&rooms, WARM_UP_SECS, 1, &tally).await.unwrap();
    let before = settled(&venue, None).await;
    eprintln!("after {WARM_UP_SECS} s: {before:?}");
    come_and_go(&rooms, secs, 2, &tally).await.unwrap();
    let after = settled(&venue, Some(before)).await;
    eprintln!("after {secs} s more: {after:?}, {tally:?}");

    assert_eq!(after.open_files, before.open_files, "open files");
    assert_eq!(after.threads, before.threads, "threads");
    let grown = after.resident_bytes.saturating_sub(before.resident_bytes);
    assert!(grown < KEPT_BYTES, "memory: {before:?} {after:?}");
    let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
    let visits = of(&tally.visits);
    assert!(visits >= secs / 4, "{tally:?}");
    assert_eq!(of(&tally.pictures), visits, "{tally:?}");
    assert_eq!(of(&tally.sounds), visits, "{tally:?}");
    assert!(of(&tally.texts) >= visits / 4, "{tally:?}");
}

/// What the program uses once everybody is forgotten: until it is as before, or for so long as that may take.
async fn settled(venue: &Venue, as_before: Option<ProcessUse>) -> ProcessUse {
    let pid = venue.program.pid();
    let mut last = ProcessUse::of(pid).unwrap();
    let mut same = 0;
    eventually(FORGET + LIMIT, async || {
        let found = ProcessUse::of(pid).unwrap();
        let unchanged = found.open_files == last.open_files && found.threads == last.threads;
        same = if unchanged { same + 1 } else { 0 };
        last = found;
        let back = as_before.is_none_or(|before| found.open_files == before.open_files);
        // 100 looks are a second.
        same >= 500 && back || same >= 6_000
    })
    .await;
    last
}

/// Opens the rooms, lets visitors come and go for that long, closes them.
async fn come_and_go(
    gateways: &[Gateway],
    secs: u64,
    seed: u64,
    tally: &Arc<Tally>,
) -> anyhow::Result<()> {
    let driver = Arc::new(driver(seed));
    let mut rooms = Vec::new();
    for (number, gateway) in (0..).zip(gateways) {
        rooms.push(Arc::new(open_room(&driver, gateway, number).await?));
    }
    let end = now() + Duration::from_secs(secs);
    let mut visitors = tokio::task::JoinSet::new();
    for room in &rooms {
        for place in 0..VISITORS {
            let (room, driver) = (Arc::clone(room), Arc::clone(&driver));
            let tally = Arc::clone(tally);
            let mut random = fastrand::Rng::with_seed(seed * 1_000 + place as u64);
            visitors.spawn(async move {
                while now() < end {
                    visit(&room, &driver, &mut random, &tally).await?;
                }
                anyhow::Ok(())
            });
        }
    }
    while let Some(ended) = visitors.join_next().await {
        ended??;
    }
    Ok(())
}

async fn open_room(driver: &Driver, gateway: &Gateway, number: u64) -> anyhow::Result<Room> {
    let identity = Identity::numbered(number);
    let mut host =
        Attendee::join(driver, gateway.clone(), identity, tone(440.0), false, true).await?;
    let video = Some(Video::simulcast());
    let published = host
        .publish(driver, "self", Some(tone(440.0)), video)
        .await?;
    published.peer.connected().await?;
    Ok(Room {
        gateway: gateway.clone(),
        feed: published.feed.clone(),
        _host: host,
        _published: published,
    })
}

/// One comes, does this and that, and goes.
async fn visit(
    room: &Room,
    driver: &Driver,
    random: &mut fastrand::Rng,
    tally: &Tally,
) -> anyhow::Result<()> {
    let identity = Identity::numbered(random.u64(1_000..1 << 40));
    let writes = random.bool();
    let gateway = room.gateway.clone();
    let mut visitor =
        Attendee::join(driver, gateway, identity, tone(1_000.0), false, writes).await?;
    let published = match random.u8(0..3) {
        0 => None,
        1 => Some(Video::single(300_000)),
        _ => Some(Video::simulcast()),
    };
    let published = match published {
        Some(video) => Some(visitor.publish(driver, "self", None, Some(video)).await?),
        None => None,
    };
    let seen = visitor.subscribe(driver, &room.feed).await?;
    seen.peer.until("a picture", sees).await.context("visit")?;
    tally.pictures.fetch_add(1, Ordering::Relaxed);
    visitor.mix.peer.until("sound", hears).await?;
    tally.sounds.fetch_add(1, Ordering::Relaxed);
    if let Some(text) = &mut visitor.text {
        let said = json!({"type": "text", "payload": "soak"}).to_string();
        text.say(&said).await?;
        tally.texts.fetch_add(1, Ordering::Relaxed);
    }
    // What others publish comes and goes while it is being subscribed to: refused or not, it must leave nothing.
    let other = visitor.feeds.iter().find(|feed| **feed != room.feed);
    let glimpse = match other {
        Some(feed) => visitor.subscribe(driver, feed).await.ok(),
        None => None,
    };
    match random.u8(0..4) {
        // The tab is killed.
        0 => drop((visitor, published, seen, glimpse)),
        // The network is gone: the socket stays open for now, nothing comes any more, then it is cut.
        1 => {
            vanish(visitor.session, [Some(seen.peer), Some(visitor.mix.peer)]).await?;
        }
        2 => {
            visitor.unsubscribe(seen).await?;
            if let Some(published) = published {
                visitor.unpublish(published).await?;
            }
            visitor.leave().await?;
        }
        _ => visitor.leave().await?,
    }
    tally.visits.fetch_add(1, Ordering::Relaxed);
    Ok(())
}

/// Media ends without a word, the session a little later.
async fn vanish(session: Session, peers: [Option<Peer>; 2]) -> anyhow::Result<()> {
    drop(peers);
    let mut ticks = tokio::time::interval(Duration::from_secs(1));
    ticks.tick().await;
    ticks.tick().await;
    drop(session);
    Ok(())
}

fn sees(client: &Client) -> bool {
    let mut tracks = client.tracks();
    tracks.any(|track| track.video.decodable && track.video.frames_decoded >= 5)
}

fn hears(client: &Client) -> bool {
    let mut tracks = client.tracks();
    tracks.any(|track| track.packets >= 5)
}

#[expect(clippy::disallowed_methods, reason = "the soak lasts real time")]
fn now() -> Instant {
    Instant::now()
}
