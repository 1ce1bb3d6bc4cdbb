//! Many clients in rooms, and what arrives at them.

use std::time::Duration;

use anyhow::Context;
use futures_util::{StreamExt, TryStreamExt, stream};
use greenroom_headless::{Audio, Client, Delays, Kind, Video};
use greenroom_testkit::media::{Gateway, Mixed, Published, Session, Subscribed};
use serde_json::{Value, json};

use super::site::Site;
use super::stage::Stage;
use crate::figures::float;
use crate::machine::{now, pause};
use crate::process::Cpu;

/// Legs of one session in the mixed sound.
const LEGS_PER_SESSION: usize = 2;
/// Clients that are being connected at once.
const CONNECTING_AT_ONCE: usize = 8;
/// How long until everybody sees a picture.
const PICTURE_TIMEOUT: Duration = Duration::from_secs(60);
/// Until a server that has a publisher's media lets others subscribe.
const AFTER_PUBLISHING: Duration = Duration::from_millis(500);
/// How often that is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Clients in rooms; gone when dropped.
#[derive(Default)]
pub(crate) struct Crowd {
    /// Those of the publishers first, in their order.
    sessions: Vec<Session>,
    published: Vec<Published>,
    subscribed: Vec<Subscribed>,
    mixed: Vec<Mixed>,
}

/// What came to pass within a stretch of time.
#[derive(Debug)]
pub(crate) struct Window {
    /// CPU time of the server.
    pub(crate) cpu: Cpu,
    /// How long it was.
    pub(crate) secs: f64,
    /// Video packets that publishers sent.
    pub(crate) video_sent: u64,
    /// Video packets that arrived.
    pub(crate) video: u64,
    /// Audio packets that arrived.
    pub(crate) audio: u64,
    /// Times that a picture was lost.
    pub(crate) freezes: u64,
    /// Cores that the clients' side was busy on.
    pub(crate) clients_cores: f64,
    /// How long video packets were under way.
    pub(crate) delays: Delays,
}

/// Sums over all clients at one moment.
#[derive(Debug, Default)]
struct Totals {
    video_sent: u64,
    video: u64,
    audio: u64,
    freezes: u64,
    decodable: usize,
    delays: Delays,
}

impl Totals {
    fn add(&mut self, client: &mut Client) {
        self.video_sent += client.video_sent();
        for track in client.tracks() {
            match track.kind {
                Kind::Audio => self.audio += track.packets,
                Kind::Video => {
                    self.video += track.packets;
                    self.freezes += track.video.freezes;
                    self.decodable += usize::from(track.video.decodable);
                    self.delays.merge(&track.delays);
                }
            }
        }
    }
}

impl Window {
    /// Microseconds of the server's CPU per video packet that arrived: all, in user space, in the kernel.
    pub(crate) fn micros_per_packet(&self) -> [f64; 3] {
        let each = |nanos: u64| float(nanos) / 1e3 / float(self.video);
        [
            each(self.cpu.nanos()),
            each(self.cpu.user_nanos),
            each(self.cpu.system_nanos),
        ]
    }

    /// Share of a core that the server used.
    pub(crate) fn cores(&self) -> f64 {
        float(self.cpu.nanos()) / 1e9 / self.secs
    }

    /// Delay in milliseconds that so many per mille of the packets did not exceed.
    pub(crate) fn delay_ms(&self, per_mille: u64) -> f64 {
        let micros = self.delays.per_mille(per_mille);
        micros.map_or(f64::NAN, |micros| float(micros) / 1e3)
    }

    /// Share of the packets that arrived, of those sent to `receivers` receivers each.
    pub(crate) fn delivered(&self, receivers: u64) -> f64 {
        float(self.video) / float(self.video_sent * receivers)
    }
}

impl Crowd {
    /// In each of those rooms one who publishes and so many who subscribe, each with a session of its own.
    pub(crate) fn one_to_many(
        stage: &Stage,
        site: &Site,
        rooms: std::ops::Range<usize>,
        subscribers: usize,
        video: &Video,
    ) -> anyhow::Result<Self> {
        let mut crowd = Self::default();
        let gateways = rooms
            .map(|room| site.gateway(room))
            .collect::<anyhow::Result<Vec<_>>>()?;
        let publishing = gateways.iter().map(|gateway| async move {
            let session = Session::open(gateway.clone()).await?;
            let published = publish(stage, &session, None, Some(video.clone())).await?;
            anyhow::Ok((session, published))
        });
        for (session, published) in stage.run(all_of(publishing))? {
            crowd.sessions.push(session);
            crowd.published.push(published);
        }
        crowd.join(stage, subscribers)?;
        Ok(crowd)
    }

    /// So many more subscribers to each stream, each with a session of its own.
    pub(crate) fn join(&mut self, stage: &Stage, subscribers: usize) -> anyhow::Result<()> {
        let subscribing = self.published.iter().zip(&self.sessions);
        let subscribing = subscribing.flat_map(|(published, session)| {
            (0..subscribers).map(move |_| async move {
                let session = Session::open(session.gateway().clone()).await?;
                let subscribed = session.subscribe(&stage.driver, &published.feed).await?;
                anyhow::Ok((session, subscribed))
            })
        });
        for (session, subscribed) in stage.run(all_of(subscribing))? {
            self.sessions.push(session);
            self.subscribed.push(subscribed);
        }
        self.wait_for_pictures(stage)
    }

    /// In each of those rooms so many people who all see each other, each stream over a connection of its
    /// own, as the browser SDK has it.
    pub(crate) fn all_see_all(
        stage: &Stage,
        site: &Site,
        rooms: usize,
        people: usize,
        video: &Video,
    ) -> anyhow::Result<Self> {
        let mut crowd = Self::default();
        for room in 0..rooms {
            let gateway = site.gateway(room)?;
            let publishing = (0..people).map(|_| async {
                let session = Session::open(gateway.clone()).await?;
                let published = publish(stage, &session, None, Some(video.clone())).await?;
                anyhow::Ok((session, published))
            });
            let members = stage.run(all_of(publishing))?;
            let pairs = members.iter().flat_map(|(session, own)| {
                let others = members.iter().filter(|(_, other)| other.feed != own.feed);
                others.map(move |(_, other)| session.subscribe(&stage.driver, &other.feed))
            });
            let subscribed = stage.run(all_of(pairs))?;
            crowd.subscribed.extend(subscribed);
            for (session, published) in members {
                crowd.sessions.push(session);
                crowd.published.push(published);
            }
        }
        crowd.wait_for_pictures(stage)?;
        Ok(crowd)
    }

    /// Legs in the mixed sound of one room, as many as there are sounds.
    ///
    /// A room of ours holds 50 people at most, so each session has two legs; a leg costs the same, whoever
    /// it belongs to.
    pub(crate) fn in_the_mix(
        stage: &Stage,
        gateway: &Gateway,
        sounds: &[Audio],
    ) -> anyhow::Result<Self> {
        let mut crowd = Self::default();
        let joining = sounds.chunks(LEGS_PER_SESSION).map(|sounds| async move {
            let session = Session::open(gateway.clone()).await?;
            let mut legs = Vec::new();
            for sound in sounds {
                let mixed = session
                    .join_mix(&stage.driver, &somebody(), sound.clone(), false)
                    .await?;
                mixed.peer.connected().await?;
                legs.push(mixed);
            }
            anyhow::Ok((session, legs))
        });
        for (session, legs) in stage.run(all_of(joining))? {
            crowd.sessions.push(session);
            crowd.mixed.extend(legs);
        }
        Ok(crowd)
    }

    /// How many receive.
    pub(crate) fn receivers(&self) -> usize {
        self.subscribed.len() + self.mixed.len()
    }

    /// Watches for that long what arrives and what it costs the server.
    pub(crate) fn watch(stage: &Stage, site: &Site, time: Duration) -> anyhow::Result<Window> {
        let step = |totals: &mut Totals, client: &mut Client| {
            totals.add(client);
            client.forget_delays();
        };
        let before = stage.run(stage.driver.fold(Totals::default(), step));
        let own = std::process::id();
        let (cpu, own_cpu, begun) = (site.cpu()?, Cpu::of(own)?, now());
        stage.wait(time);
        let spent = site.cpu()?.since(&cpu);
        let own_spent = Cpu::of(own)?.since(&own_cpu);
        let secs = begun.elapsed().as_secs_f64();
        let after = stage.run(stage.driver.fold(Totals::default(), step));
        Ok(Window {
            cpu: spent,
            secs,
            video_sent: after.video_sent - before.video_sent,
            video: after.video - before.video,
            audio: after.audio - before.audio,
            freezes: after.freezes - before.freezes,
            clients_cores: float(own_spent.nanos()) / 1e9 / secs,
            delays: after.delays,
        })
    }

    fn wait_for_pictures(&self, stage: &Stage) -> anyhow::Result<()> {
        let begun = now();
        loop {
            let step = |totals: &mut Totals, client: &mut Client| totals.add(client);
            let totals = stage.run(stage.driver.fold(Totals::default(), step));
            let wanted = self.subscribed.len();
            if totals.decodable >= wanted {
                return Ok(());
            }
            anyhow::ensure!(
                begun.elapsed() < PICTURE_TIMEOUT,
                "only {} of {wanted} have a picture",
                totals.decodable
            );
            pause(LOOK_EVERY);
        }
    }
}

/// Publishes, and waits until the server takes subscriptions: stock Janus does once the connection is up.
pub(crate) async fn publish(
    stage: &Stage,
    session: &Session,
    audio: Option<Audio>,
    video: Option<Video>,
) -> anyhow::Result<Published> {
    let published = session
        .publish(&stage.driver, &somebody(), audio, video, None)
        .await?;
    published.peer.connected().await?;
    let sends = |client: &Client| client.video_sent() + client.audio_sent() > 0;
    published.peer.until("media", sends).await?;
    let mut ticks = tokio::time::interval(AFTER_PUBLISHING);
    ticks.tick().await;
    ticks.tick().await;
    Ok(published)
}

/// What a participant says of itself; nobody in a crowd looks at it.
fn somebody() -> Value {
    json!({"participantId": "00000000-0000-4000-8000-000000000000"})
}

/// Does all of it, a few at once; the first fault ends it.
async fn all_of<T, F: Future<Output = anyhow::Result<T>>>(
    work: impl Iterator<Item = F>,
) -> anyhow::Result<Vec<T>> {
    stream::iter(work)
        .buffer_unordered(CONNECTING_AT_ONCE)
        .try_collect()
        .await
        .context("a client could not be connected")
}
