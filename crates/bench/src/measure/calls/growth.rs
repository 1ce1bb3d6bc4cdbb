//! Whether a packet costs more when there are many rooms.

use super::Scene;
use super::forward::{SETTLE, SUBSCRIBERS, even};
use crate::calls::{Crowd, Rival, Site};
use crate::figures::median_ratio;
use crate::report::{Figure, progress};

/// At most so many times as much per packet in many rooms as in few.
const AIM: f64 = 1.3;
const FEW: usize = 4;
const MANY: usize = 40;

/// CPU per packet at 40 rooms beside that at 4, ours alone.
pub(super) fn growth(scene: &Scene<'_>) -> anyhow::Result<Vec<Figure>> {
    let rival = scene.turns.only.unwrap_or(Rival::Greenroom);
    let video = even(5);
    let mut micros = [Vec::new(), Vec::new()];
    for round in 1..=scene.turns.rounds {
        for (rooms, values) in [FEW, MANY].into_iter().zip(&mut micros) {
            let name = format!("growth-{rooms}-{round}");
            let site = Site::start(scene.bench, scene.stage, rival, &name, rooms)?;
            let crowd = Crowd::one_to_many(scene.stage, &site, 0..rooms, SUBSCRIBERS, &video)?;
            scene.stage.wait(SETTLE);
            let window = Crowd::watch(scene.stage, &site, scene.window())?;
            drop(crowd);
            site.stop()?;
            let [each, ..] = window.micros_per_packet();
            let receivers = u64::try_from(SUBSCRIBERS)?;
            progress(format!(
                "growth, round {round}, {rooms} rooms: {each:.1} µs per packet, {:.2} % delivered",
                window.delivered(receivers) * 100.0
            ));
            values.push(each);
        }
    }
    let [few, many] = &micros;
    let middle = crate::figures::median;
    Ok(vec![Figure::ratio(
        &format!("CPU per forwarded packet at {MANY} rooms, beside {FEW}"),
        format!(
            "{:.2} µs; at {FEW} rooms {:.2} µs",
            middle(many),
            middle(few)
        ),
        median_ratio(many, few),
        AIM,
    )])
}
