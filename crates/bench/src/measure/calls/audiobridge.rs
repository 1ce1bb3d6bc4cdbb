//! Mixing sound: CPU of the server per participant.

use std::time::Duration;

use super::Scene;
use crate::calls::{Crowd, Window, sound};
use crate::figures::float;
use crate::report::{Figure, progress};

/// People in the room, and at most how much of Janus's CPU.
const ROOMS: [(usize, f64); 2] = [(20, 0.3), (100, 0.15)];
/// How many of them talk; the others' microphones are open and quiet.
const TALKERS: usize = 3;
/// Until the mixer has everybody.
const SETTLE: Duration = Duration::from_secs(3);
/// Packets that a participant is sent each second.
const PACKETS_PER_SEC: f64 = 50.0;

/// 20 and 100 participants, 3 of whom talk.
pub(super) fn audiobridge(scene: &Scene<'_>) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    let (voice, silence) = (sound::voice()?, sound::silence()?);
    for (people, aim) in ROOMS {
        let sounds: Vec<_> = (0..people)
            .map(|person| {
                if person < TALKERS {
                    voice.clone()
                } else {
                    silence.clone()
                }
            })
            .collect();
        let what = format!("mix of {people}");
        let windows = scene.in_turns(&what, 1, |site| {
            let crowd = Crowd::in_the_mix(scene.stage, &site.gateway(0)?, &sounds)?;
            scene.stage.wait(SETTLE);
            let window = Crowd::watch(scene.stage, site, scene.window())?;
            let receivers = float(u64::try_from(crowd.receivers())?);
            let heard = float(window.audio) / (receivers * window.secs * PACKETS_PER_SEC);
            progress(format!(
                "{:.2} ms per participant and second, {:.0} % of a core, {:.1} % heard",
                millis(&window, receivers),
                window.cores() * 100.0,
                heard * 100.0
            ));
            Ok((millis(&window, receivers), heard * 100.0))
        })?;
        figures.push(windows.of(|(millis, _)| *millis).figure(
            &format!("CPU per participant and second, {people} in the mix, {TALKERS} talking"),
            "ms",
            String::new(),
            aim,
        ));
        figures.push(Figure::plain(
            "the same: heard",
            windows.of(|(_, heard)| *heard).both(" %"),
            String::new(),
        ));
    }
    Ok(figures)
}

/// Milliseconds of CPU per participant and second.
fn millis(window: &Window, participants: f64) -> f64 {
    window.cores() * 1e3 / participants
}
