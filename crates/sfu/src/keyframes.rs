//! Asking a publisher for key frames: not too often, and until one comes.

use std::time::{Duration, Instant};

use crate::sdp::LAYERS_MAX;

/// A layer is asked no more often than this: requests in between are answered by the same key frame.
const INTERVAL: Duration = Duration::from_millis(500);

/// After so many requests without a key frame the layer is taken to be off; whoever asks next
/// begins anew.
const TRIES_MAX: u8 = 20;

#[derive(Debug, Default, Clone, Copy)]
struct Layer {
    is_wanted: bool,
    asked: Option<Instant>,
    tries: u8,
}

/// Requests for key frames of one track, by layer.
#[derive(Debug, Default)]
pub(crate) struct KeyframeRequests {
    layers: [Layer; LAYERS_MAX],
}

impl KeyframeRequests {
    /// Somebody needs a key frame. Whether the publisher is to be asked now.
    pub(crate) fn want(&mut self, layer: usize, now: Instant) -> bool {
        let Some(layer) = self.layers.get_mut(layer) else {
            return false;
        };
        if !layer.is_wanted {
            layer.is_wanted = true;
            layer.tries = 0;
        }
        layer.ask(now)
    }

    /// A key frame has come.
    pub(crate) fn satisfy(&mut self, layer: usize) {
        if let Some(layer) = self.layers.get_mut(layer) {
            layer.is_wanted = false;
        }
    }

    /// When to look again.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.layers
            .iter()
            .filter(|layer| layer.is_wanted)
            .filter_map(|layer| Some(layer.asked? + INTERVAL))
            .min()
    }

    /// Layers that are to be asked again now.
    pub(crate) fn repeat(&mut self, now: Instant) -> impl Iterator<Item = usize> {
        self.layers
            .iter_mut()
            .enumerate()
            .filter_map(move |(index, layer)| (layer.is_wanted && layer.ask(now)).then_some(index))
    }
}

impl Layer {
    fn ask(&mut self, now: Instant) -> bool {
        if self.asked.is_some_and(|asked| now < asked + INTERVAL) {
            return false;
        }
        if self.tries >= TRIES_MAX {
            self.is_wanted = false;
            return false;
        }
        self.tries += 1;
        self.asked = Some(now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_start::start;

    #[test]
    fn requests_are_merged_and_repeated_until_a_key_frame_comes() {
        let start = start();
        let at = |millis| start + Duration::from_millis(millis);
        let mut requests = KeyframeRequests::default();
        assert_eq!(requests.due(), None);
        assert!(requests.want(1, at(0)));
        assert!(!requests.want(1, at(100)));
        assert!(requests.want(0, at(100)), "another layer");
        assert_eq!(requests.due(), Some(at(500)));
        assert_eq!(requests.repeat(at(500)).collect::<Vec<_>>(), [1]);
        requests.satisfy(1);
        assert_eq!(requests.repeat(at(1_000)).collect::<Vec<_>>(), [0]);
        requests.satisfy(0);
        assert_eq!(requests.due(), None);
        assert!(!requests.want(0, at(1_100)), "asked a moment ago");
        assert_eq!(requests.due(), Some(at(1_500)), "but it is not forgotten");
    }

    #[test]
    fn a_layer_that_is_off_is_not_asked_for_ever() {
        let start = start();
        let mut requests = KeyframeRequests::default();
        requests.want(2, start);
        let mut asked = 1;
        while let Some(due) = requests.due() {
            asked += requests.repeat(due).count();
        }
        assert_eq!(asked, usize::from(TRIES_MAX));
        let later = start + Duration::from_mins(1);
        assert!(requests.want(2, later), "a new request begins anew");
        assert!(!requests.want(LAYERS_MAX, later), "no such layer");
    }
}
