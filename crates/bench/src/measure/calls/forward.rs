//! Forwarding video: CPU of the server per packet that arrives.

use std::time::Duration;

use greenroom_headless::{FrameSizes, Layer, Video};

use super::Scene;
use crate::calls::{Crowd, Window};
use crate::report::{Figure, progress};

/// At most so much of Janus's CPU per packet, with one publisher for eight subscribers.
const ONE_TO_MANY_AIM: f64 = 0.35;
/// The same where ten people all see each other.
const ALL_SEE_ALL_AIM: f64 = 0.4;
/// From the last picture's arrival to the start of the watching.
pub(super) const SETTLE: Duration = Duration::from_secs(2);

const ROOMS: usize = 20;
pub(super) const SUBSCRIBERS: usize = 8;
const MEETINGS: usize = 4;
const PEOPLE: usize = 10;

/// 30 frames per second of so many packets of 1,100 bytes, all alike, so that every round is the same load.
pub(super) fn even(packets: u32) -> Video {
    Video {
        frames_per_sec: 30,
        temporal_layers: 1,
        layers: vec![Layer {
            rid: None,
            size: (1280, 720),
            frames: FrameSizes::Even {
                packets,
                packet_bytes: 1_100,
            },
        }],
    }
}

/// 20 rooms of 1 publisher and 8 subscribers; 4 rooms of 10 people who all see each other.
pub(super) fn forward(scene: &Scene<'_>) -> anyhow::Result<Vec<Figure>> {
    // 1.3 Mbit/s: a camera without a cap.
    let camera = even(5);
    let one_to_many = scene.in_turns("forward 1 to 8", ROOMS, |site| {
        let (stage, rooms) = (scene.stage, 0..ROOMS);
        let crowd = Crowd::one_to_many(stage, site, rooms, SUBSCRIBERS, &camera)?;
        stage.wait(SETTLE);
        let window = Crowd::watch(stage, site, scene.window())?;
        drop(crowd);
        say(&window, SUBSCRIBERS);
        Ok(window)
    })?;
    // 0.5 Mbit/s: what the browser SDK asks for.
    let capped = even(2);
    let all_see_all = scene.in_turns("forward 10 to 10", MEETINGS, |site| {
        let crowd = Crowd::all_see_all(scene.stage, site, MEETINGS, PEOPLE, &capped)?;
        scene.stage.wait(SETTLE);
        let window = Crowd::watch(scene.stage, site, scene.window())?;
        drop(crowd);
        say(&window, PEOPLE - 1);
        Ok(window)
    })?;
    let shapes = [
        (
            format!("{ROOMS} rooms, 1 publisher, {SUBSCRIBERS} subscribers each"),
            one_to_many,
            SUBSCRIBERS,
            ONE_TO_MANY_AIM,
        ),
        (
            format!("{MEETINGS} rooms, {PEOPLE} people who all see each other"),
            all_see_all,
            PEOPLE - 1,
            ALL_SEE_ALL_AIM,
        ),
    ];
    let mut figures = Vec::new();
    for (shape, windows, receivers, aim) in shapes {
        let receivers = u64::try_from(receivers)?;
        let parts = |part: usize| {
            windows.of(move |window| window.micros_per_packet().get(part).copied().unwrap_or(0.0))
        };
        figures.push(parts(0).figure(
            &format!("CPU per forwarded packet, {shape}"),
            "µs",
            String::new(),
            aim,
        ));
        let detail = |what: &str, text: String| {
            Figure::plain(&format!("the same: {what}"), text, String::new())
        };
        figures.push(detail("in user space", parts(1).both(" µs")));
        figures.push(detail("in the kernel", parts(2).both(" µs")));
        let delivered = windows.of(|window| window.delivered(receivers) * 100.0);
        figures.push(detail("delivered", delivered.both(" %")));
        let delay = |per_mille| {
            windows
                .of(move |window| window.delay_ms(per_mille))
                .both(" ms")
        };
        figures.push(detail("delay, median", delay(500)));
        figures.push(detail("delay, 99 of 100", delay(990)));
    }
    Ok(figures)
}

fn say(window: &Window, receivers: usize) {
    let [all, user, system] = window.micros_per_packet();
    let receivers = u64::try_from(receivers).unwrap_or(1);
    progress(format!(
        "{all:.1} µs per packet ({user:.1} + {system:.1}), {} packets, {:.2} % delivered, {:.0} % of a core, \
         delay {:.1} and {:.1} ms, {} freezes",
        window.video,
        window.delivered(receivers) * 100.0,
        window.cores() * 100.0,
        window.delay_ms(500),
        window.delay_ms(990),
        window.freezes,
    ));
}
