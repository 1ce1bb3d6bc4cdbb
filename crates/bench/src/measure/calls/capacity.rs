//! How much one server carries before people notice.

use super::Scene;
use super::forward::{SETTLE, SUBSCRIBERS, even};
use crate::calls::{Crowd, Rival, Site, Window};
use crate::figures::float;
use crate::report::{Figure, progress};

/// Rooms that are added at a time.
const STEP: usize = 5;
/// More rooms than the clients' side can drive.
const MOST_ROOMS: usize = 100;
/// Milliseconds that 99 of 100 packets may take.
const DELAY_MS: f64 = 20.0;
/// Share of the packets that has to arrive.
const DELIVERED: f64 = 0.999;
/// Windows that a load is given.
const TRIES: u32 = 4;
/// Share of a core above which the clients' thread may be what holds things up.
const DRIVER_BUSY: f64 = 0.9;

/// The load up to which packets arrive in time, for each server.
pub(super) fn capacity(scene: &Scene<'_>) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for rival in [Rival::Greenroom, Rival::Janus] {
        if scene.turns.only.is_some_and(|only| only != rival) {
            continue;
        }
        let site = Site::start(
            scene.bench,
            scene.stage,
            rival,
            &format!("capacity-{rival}"),
            MOST_ROOMS,
        )?;
        let mut crowds = Vec::new();
        let mut best: Option<(usize, Window)> = None;
        let mut held_up_by = "the end of the rooms";
        for rooms in (STEP..=MOST_ROOMS).step_by(STEP) {
            let (stage, added) = (scene.stage, rooms - STEP..rooms);
            crowds.push(Crowd::one_to_many(
                stage,
                &site,
                added,
                SUBSCRIBERS,
                &even(5),
            )?);
            stage.wait(SETTLE);
            let window = best_of_a_few(scene, &site)?;
            let delivered = delivered(&window);
            progress(format!(
                "{rival}, {rooms} rooms: {:.0} packets/s, {:.1} cores, delay of 99 in 100 {:.1} ms, {:.2} % \
                 delivered, clients {:.2} cores",
                float(window.video) / window.secs,
                window.cores(),
                window.delay_ms(990),
                delivered * 100.0,
                window.clients_cores,
            ));
            if !in_time(&window) {
                held_up_by = if window.clients_cores > DRIVER_BUSY {
                    "the clients"
                } else {
                    "the server"
                };
                break;
            }
            best = Some((rooms, window));
        }
        drop(crowds);
        site.stop()?;
        figures.push(figure(rival, best, held_up_by));
    }
    Ok(figures)
}

/// The first window in which packets arrive in time, or the last of a few: what else the machine does may hold
/// up any of them.
fn best_of_a_few(scene: &Scene<'_>, site: &Site) -> anyhow::Result<Window> {
    let mut window = Crowd::watch(scene.stage, site, scene.window())?;
    for _ in 1..TRIES {
        if in_time(&window) {
            break;
        }
        window = Crowd::watch(scene.stage, site, scene.window())?;
    }
    Ok(window)
}

fn in_time(window: &Window) -> bool {
    window.delay_ms(990) <= DELAY_MS && delivered(window) >= DELIVERED
}

fn delivered(window: &Window) -> f64 {
    window.delivered(SUBSCRIBERS as u64)
}

fn figure(rival: Rival, best: Option<(usize, Window)>, held_up_by: &str) -> Figure {
    let what = format!("{rival} carries, with 99 of 100 packets within {DELAY_MS} ms");
    match best {
        Some((rooms, window)) => Figure::plain(
            &what,
            format!(
                "{rooms} rooms of 1 to {SUBSCRIBERS}, {:.2} cores; held up by {held_up_by}",
                window.cores()
            ),
            format!("{:.0} packets/s", float(window.video) / window.secs),
        ),
        None => Figure::plain(&what, format!("not even {STEP} rooms"), String::new()),
    }
}
