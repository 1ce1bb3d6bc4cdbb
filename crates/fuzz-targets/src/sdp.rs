//! Text as a session description from a client.

use greenroom_domain::limits::SDP_MAX_BYTES;
use greenroom_sfu::{
    MixLegSettings, NegotiationError, PeerId, PublisherSettings, Seat, SubscriberSettings,
};

use crate::datagram::{Constant, OFFER, WORLD};

/// An answer of ours is about as long as the offer, and has addresses.
const ANSWER_MAX_BYTES: usize = 4 * SDP_MAX_BYTES;

const SEAT: Seat = Seat {
    peer: PeerId(1),
    shard: 0,
};

/// Takes text for a publisher's offer, for that of a leg of the mix, and for an answer to a subscriber's
/// and to a text peer's offer.
pub fn sdp(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let (now, entropy) = (WORLD.start, &Constant(1));
    let negotiator = &WORLD.negotiator;
    let mut refused = Vec::new();

    let published = negotiator.answer_publisher(now, entropy, SEAT, text, PublisherSettings::OPEN);
    match published {
        Ok((_, answer, tracks)) => {
            assert!(answer.len() <= ANSWER_MAX_BYTES);
            assert!(tracks.audio.is_some() || tracks.video.is_some());
            // What is published can be offered on.
            let feeds = [(PeerId(1), tracks)];
            negotiator
                .offer_subscriber(now, entropy, SEAT, &feeds, SubscriberSettings::ALL)
                .unwrap();
        }
        Err(error) => refused.push(error),
    }
    let settings = MixLegSettings { muted: false };
    match negotiator.answer_mix_leg(now, entropy, SEAT, text, settings) {
        Ok((_, answer)) => assert!(answer.len() <= ANSWER_MAX_BYTES),
        Err(error) => refused.push(error),
    }
    let (_, _, tracks) = negotiator
        .answer_publisher(now, entropy, SEAT, OFFER, PublisherSettings::OPEN)
        .unwrap();
    let feeds = [(PeerId(1), tracks)];
    let (subscriber, _) = negotiator
        .offer_subscriber(now, entropy, SEAT, &feeds, SubscriberSettings::ALL)
        .unwrap();
    refused.extend(subscriber.accept_answer(text).err());
    let (texts, _) = negotiator.offer_text(now, entropy, SEAT).unwrap();
    refused.extend(texts.accept_answer(text).err());

    assert!(!refused.contains(&NegotiationError::Unavailable));
    if text.len() > SDP_MAX_BYTES {
        assert_eq!(refused, [const { NegotiationError::Malformed }; 4]);
    }
}
