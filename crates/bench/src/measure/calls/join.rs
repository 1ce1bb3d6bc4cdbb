//! From opening the socket to the first packet of media.

use anyhow::Context;
use greenroom_testkit::media::Session;

use super::Scene;
use super::forward::even;
use crate::calls::{crowd, sound};
use crate::figures::{float, median};
use crate::machine::now;
use crate::report::{Figure, progress};

/// At most so much of Janus's time.
const AIM: f64 = 0.7;
/// How many join, one after the other, in each round.
const JOINS: usize = 25;

/// How long it takes to join a room and receive.
pub(super) fn join(scene: &Scene<'_>) -> anyhow::Result<Vec<Figure>> {
    let video = even(2);
    let voice = sound::voice()?;
    let millis = scene.in_turns("join", 1, |site| {
        let gateway = site.gateway(0)?;
        let stage = scene.stage;
        stage.run(async {
            let session = Session::open(gateway.clone()).await?;
            let media = (Some(voice.clone()), Some(video.clone()));
            let published = crowd::publish(stage, &session, media.0, media.1).await?;
            let mut millis = Vec::new();
            for _ in 0..JOINS {
                let begun = now();
                let session = Session::open(gateway.clone()).await?;
                let subscribed = session.subscribe(&stage.driver, &published.feed).await?;
                let arrived = |client: &greenroom_headless::Client| {
                    client.tracks().any(|track| track.first_packet.is_some())
                };
                subscribed.peer.until("media", arrived).await?;
                let tracks = subscribed.peer.tracks().await?;
                let first = tracks.iter().filter_map(|track| track.first_packet).min();
                let took = first.context("no packet")?.duration_since(begun);
                millis.push(float(u64::try_from(took.as_micros())?) / 1e3);
                subscribed.peer.close().await?;
                session.leave().await?;
            }
            progress(format!("{:.1} ms", median(&millis)));
            anyhow::Ok(median(&millis))
        })
    })?;
    Ok(vec![millis.figure(
        "opening the socket to the first packet of media",
        "ms",
        String::new(),
        AIM,
    )])
}
