use super::*;

/// Layers as the browser SDK sends them.
const SDK: [Option<Option<u64>>; LAYERS_MAX] = [
    Some(Some(100_000)),
    Some(Some(300_000)),
    Some(Some(400_000)),
];

struct Play {
    start: Instant,
    millis: u64,
    allocation: Allocation,
    tracks: Vec<Track>,
    aim: Aim,
}

impl Play {
    #[expect(
        clippy::disallowed_methods,
        reason = "an Instant can be had in no other way; nothing here depends on which"
    )]
    fn new(estimate_bps: u64, tracks: usize) -> Self {
        let track = Track {
            layers: SDK,
            cap: Some(2),
            layer: None,
        };
        let mut play = Self {
            start: Instant::now(),
            millis: 0,
            allocation: Allocation::new(estimate_bps),
            tracks: vec![track; tracks],
            aim: Aim {
                minimum_bps: 0,
                desired_bps: 0,
            },
        };
        play.decide();
        play
    }

    fn decide(&mut self) {
        let now = self.start + Duration::from_millis(self.millis);
        self.aim = self.allocation.decide(now, 1, &mut self.tracks);
    }

    /// Lets time pass under an estimate; the layers at its end.
    fn run(&mut self, estimate_bps: u64, millis: u64) -> Vec<Option<usize>> {
        self.allocation.set_estimate(estimate_bps);
        let end = self.millis + millis;
        while self.millis < end {
            self.millis += 50;
            self.decide();
        }
        self.layers()
    }

    fn layers(&self) -> Vec<Option<usize>> {
        self.tracks.iter().map(|track| track.layer).collect()
    }
}

#[test]
fn the_best_that_fits_is_taken_at_once() {
    for (estimate, layer) in [
        (100_000, None),
        (200_000, Some(0)),
        (450_000, Some(1)),
        (800_000, Some(2)),
    ] {
        assert_eq!(Play::new(estimate, 1).layers(), [layer], "{estimate}");
    }
}

#[test]
fn a_cap_and_layers_that_do_not_run_are_kept_to() {
    let mut play = Play::new(5_000_000, 1);
    play.tracks[0].cap = Some(0);
    assert_eq!(play.run(5_000_000, 50), [Some(0)]);
    play.tracks[0].cap = Some(2);
    play.tracks[0].layers[2] = None;
    assert_eq!(play.run(5_000_000, 50), [Some(1)]);
    play.tracks[0].layers = [None, Some(None), None];
    assert_eq!(
        play.run(5_000_000, 50),
        [Some(1)],
        "not the lowest, but all there is"
    );
    play.tracks[0].layers = [None; LAYERS_MAX];
    assert_eq!(play.run(5_000_000, 50), [Some(1)], "waits for what it has");
    play.tracks[0].cap = None;
    assert_eq!(play.run(5_000_000, 50), [None]);
    assert_eq!(play.aim.minimum_bps, 0);
}

#[test]
fn a_falling_estimate_is_followed_at_once_to_darkness() {
    let mut play = Play::new(800_000, 1);
    assert_eq!(play.run(360_000, 50), [Some(0)]);
    assert_eq!(play.run(90_000, 1_400), [Some(0)]);
    assert_eq!(play.run(90_000, 200), [None]);
}

#[test]
fn a_tight_estimate_has_to_last() {
    let mut play = Play::new(800_000, 1);
    assert_eq!(play.run(460_000, 400), [Some(2)]);
    play.run(600_000, 50);
    assert_eq!(play.run(460_000, 400), [Some(2)]);
    assert_eq!(play.run(460_000, 300), [Some(1)]);
}

#[test]
fn an_estimate_that_wanders_changes_nothing() {
    let mut play = Play::new(800_000, 1);
    for round in 0..200 {
        let estimate = 580_000 + 200_000 * (round % 3);
        assert_eq!(play.run(estimate, 200), [Some(2)]);
        assert_eq!(play.aim.minimum_bps, 0);
    }
}

#[test]
fn to_climb_the_path_is_probed_now_and_then() {
    let mut play = Play::new(200_000, 1);
    let mut probed = Vec::new();
    for second in 0..60 {
        play.run(200_000, 1_000);
        if play.aim.minimum_bps > 0 {
            assert!((420_000..500_000).contains(&play.aim.minimum_bps));
            probed.push(second);
        }
    }
    assert_eq!(play.layers(), [Some(0)]);
    assert!((10..25).contains(&probed.len()), "{probed:?}");
    assert_eq!(probed.first(), Some(&2), "{probed:?}");
    assert_eq!(play.run(450_000, 50), [Some(1)]);
}

#[test]
fn there_is_rest_after_a_step_down() {
    let mut play = Play::new(800_000, 1);
    assert_eq!(play.run(200_000, 50), [Some(0)]);
    assert_eq!(play.run(900_000, 1_900), [Some(0)]);
    assert_eq!(play.run(900_000, 200), [Some(2)]);
}

#[test]
fn several_tracks_share() {
    let mut play = Play::new(700_000, 3);
    assert_eq!(play.layers(), [Some(1), Some(0), Some(0)]);
    assert_eq!(play.run(300_000, 50), [Some(0), Some(0), Some(0)]);
    assert_eq!(play.run(300_000, 2_000), [Some(0), Some(0), None]);
    assert_eq!(play.run(4_000_000, 3_000), [Some(2), Some(2), Some(2)]);
}
