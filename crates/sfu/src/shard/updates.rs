//! Changing which publishers a subscriber sees, on a connection that is up.

use str0m::Rtc;
use str0m::change::SdpPendingOffer;
use str0m::media::Mid;

use greenroom_domain::limits::FEEDS_PER_SUBSCRIBER_MAX;

use super::Shard;
use crate::negotiator::{AnsweredFeed, Feed, accept_answer, add_feeds};
use crate::output::{End, Event};
use crate::settings::{PeerId, PublisherTracks};
use crate::subscriber::Offered;

impl Shard {
    pub(super) fn update(
        &mut self,
        subscriber: PeerId,
        add: &[(PeerId, PublisherTracks)],
        remove: &[PeerId],
    ) {
        let Some(key) = self.ids.get(&subscriber).copied() else {
            return;
        };
        let Some(peer) = self
            .peers
            .get_mut(key)
            .and_then(|peer| peer.subscriber_mut())
        else {
            return;
        };
        // An offer that was not answered is void with the next.
        peer.offered = None;
        let first_track = peer.tracks;
        let stopped: Vec<(usize, Mid)> = peer
            .downlinks
            .iter()
            .enumerate()
            .filter(|(_, downlink)| {
                downlink
                    .source
                    .is_some_and(|source| remove.contains(&source.publisher))
            })
            .map(|(index, downlink)| (index, downlink.line.mid))
            .collect();
        // Lines are never used again, so that their number bounds what a client can have added.
        let lines = first_track + 2 * add.len();
        let add = if lines > 2 * FEEDS_PER_SUBSCRIBER_MAX {
            &[]
        } else {
            add
        };
        let mids: Vec<Mid> = stopped.iter().map(|(_, mid)| *mid).collect();
        for (index, _) in stopped {
            self.connect(key, index, None);
        }
        let offer = self.mutate(key, |rtc| change(rtc, add, &mids, first_track));
        let Some(offer) = offer else {
            return;
        };
        let offer = offer.map(|(feeds, offer, pending)| {
            if let Some(peer) = self
                .peers
                .get_mut(key)
                .and_then(|peer| peer.subscriber_mut())
            {
                peer.tracks += feeds.iter().map(Feed::lines).sum::<usize>();
                peer.offered = Some(Offered { pending, feeds });
            }
            offer
        });
        self.decide(key);
        self.tell(Event::Offer(subscriber, offer));
    }

    pub(super) fn accept_answer(&mut self, subscriber: PeerId, answer: &str) {
        let Some(key) = self.ids.get(&subscriber).copied() else {
            return;
        };
        let offered = self
            .peers
            .get_mut(key)
            .and_then(|peer| peer.subscriber_mut()?.offered.take());
        let Some(Offered { pending, feeds }) = offered else {
            return;
        };
        let answered = self.mutate(key, |rtc| answered_feeds(rtc, pending, &feeds, answer));
        match answered {
            Some(Some(feeds)) => self.add_feeds(key, feeds),
            Some(None) => self.end(key, End::Faulted),
            None => {}
        }
        self.schedule(key);
    }
}

fn change(
    rtc: &mut Rtc,
    add: &[(PeerId, PublisherTracks)],
    stop: &[Mid],
    first_track: usize,
) -> Option<(Vec<Feed>, String, SdpPendingOffer)> {
    let mut change = rtc.sdp_api();
    for mid in stop {
        change.stop_media(*mid);
    }
    let feeds = add_feeds(&mut change, add, first_track);
    let (offer, pending) = change.apply()?;
    Some((feeds, offer.to_sdp_string(), pending))
}

fn answered_feeds(
    rtc: &mut Rtc,
    pending: SdpPendingOffer,
    feeds: &[Feed],
    answer: &str,
) -> Option<Vec<AnsweredFeed>> {
    accept_answer(rtc, pending, answer).ok()?;
    Some(feeds.iter().map(|feed| feed.answered(rtc)).collect())
}
