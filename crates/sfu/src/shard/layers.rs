//! Which layer each subscriber is shown.

use str0m::bwe::Bitrate;

use super::Shard;
use crate::allocation::Track;
use crate::publisher::Uplink;
use crate::sdp::Kind;
use crate::slab::Key;

impl Shard {
    /// A subscriber's path was measured.
    pub(super) fn handle_estimate(&mut self, key: Key, bps: u64) {
        let allocation = self
            .peers
            .get_mut(key)
            .and_then(|peer| peer.subscriber_mut()?.allocation.as_mut());
        if let Some(allocation) = allocation {
            allocation.set_estimate(bps);
            self.decide(key);
        }
    }

    /// Layers of a publisher came or went.
    pub(super) fn decide_subscribers_of(&mut self, publisher: Key) {
        let subscribers: Vec<Key> = self
            .peers
            .get(publisher)
            .and_then(|peer| peer.publisher()?.uplink(Kind::Video))
            .map(|video| {
                let downlinks = video.downlinks.iter();
                downlinks.map(|downlink| downlink.subscriber).collect()
            })
            .unwrap_or_default();
        for subscriber in subscribers {
            self.decide(subscriber);
        }
    }

    /// Decides what a subscriber is shown, and asks for the key frames that takes.
    pub(super) fn decide(&mut self, key: Key) {
        let now = self.now;
        let mut tracks = self.tracks(key);
        let Some(subscriber) = self
            .peers
            .get_mut(key)
            .and_then(|peer| peer.subscriber_mut())
        else {
            return;
        };
        let audios = subscriber.audios();
        let aim = if let Some(allocation) = &mut subscriber.allocation {
            let aim = allocation.decide(now, audios, &mut tracks);
            subscriber.decided(aim, now)
        } else {
            for track in &mut tracks {
                track.layer = track.best();
            }
            None
        };
        let videos = subscriber
            .downlinks
            .iter_mut()
            .filter_map(|downlink| downlink.video_flow_mut());
        for (video, track) in videos.zip(&tracks) {
            if video.wanted() != track.layer {
                video.want(track.layer);
            }
        }
        if let Some(aim) = aim {
            self.mutate(key, |rtc| {
                rtc.bwe()
                    .set_bitrate(Bitrate::bps(aim.minimum_bps), Bitrate::bps(aim.desired_bps));
            });
        }
        self.want_awaited(key);
        self.schedule(key);
    }

    /// Asks for the key frames that a subscriber waits for.
    pub(super) fn want_awaited(&mut self, key: Key) {
        let awaited: Vec<(Key, usize)> = self
            .peers
            .get(key)
            .and_then(|peer| peer.subscriber())
            .map(|subscriber| {
                let downlinks = subscriber.downlinks.iter();
                downlinks
                    .filter_map(|downlink| {
                        Some((downlink.source?.key, downlink.video_flow()?.awaited()?))
                    })
                    .collect()
            })
            .unwrap_or_default();
        for (publisher, layer) in awaited {
            self.want_keyframe(publisher, layer);
        }
    }

    /// A subscriber's video tracks in the order of its downlinks.
    pub(super) fn tracks(&self, key: Key) -> Vec<Track> {
        let Some(subscriber) = self.peers.get(key).and_then(|peer| peer.subscriber()) else {
            return Vec::new();
        };
        let settings = subscriber.settings;
        let downlinks = subscriber.downlinks.iter();
        downlinks
            .filter_map(|downlink| {
                let video = downlink.video_flow()?;
                let uplink = downlink
                    .source
                    .and_then(|source| self.peers.get(source.key)?.publisher())
                    .and_then(|publisher| publisher.uplink(Kind::Video));
                let fits = uplink.filter(|uplink| uplink.format() == Some(video.format));
                let is_on = settings.video && fits.is_some();
                Some(Track {
                    layers: fits.map(Uplink::running).unwrap_or_default(),
                    cap: is_on.then(|| usize::from(settings.substream_max)),
                    layer: video.wanted(),
                })
            })
            .collect()
    }
}
