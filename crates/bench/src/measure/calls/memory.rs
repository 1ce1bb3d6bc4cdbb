//! Memory of a subscriber who watches.

use std::time::Duration;

use super::Scene;
use super::forward::even;
use crate::calls::Crowd;
use crate::figures::float;
use crate::report::{Figure, progress};

/// At most so much of Janus's.
const AIM: f64 = 0.5;
const ROOMS: usize = 10;
const SUBSCRIBERS: usize = 20;
/// Until the caches for resending are full and nothing grows any more.
const SETTLE: Duration = Duration::from_secs(10);

/// Memory that 200 subscribers add.
pub(super) fn memory(scene: &Scene<'_>) -> anyhow::Result<Vec<Figure>> {
    let video = even(2);
    let kilobytes = scene.in_turns("memory", ROOMS, |site| {
        let stage = scene.stage;
        let mut crowd = Crowd::one_to_many(stage, site, 0..ROOMS, 1, &video)?;
        stage.wait(SETTLE);
        let before = site.memory()?.resident;
        crowd.join(stage, SUBSCRIBERS)?;
        stage.wait(SETTLE);
        let grown = site.memory()?.resident.saturating_sub(before);
        let each = float(grown) / 1e3 / float(u64::try_from(ROOMS * SUBSCRIBERS)?);
        progress(format!(
            "{each:.0} KB each, of {:.1} MB in all",
            float(before + grown) / 1e6
        ));
        drop(crowd);
        Ok(each)
    })?;
    Ok(vec![kilobytes.figure(
        &format!("memory per subscriber, of {}", ROOMS * SUBSCRIBERS),
        "KB",
        String::new(),
        AIM,
    )])
}
