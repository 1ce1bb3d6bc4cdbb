//! Whatever comes, in whatever order: no panic, and nothing grows.

use std::time::Duration;

use greenroom_mixer::{
    AudioPacket, LegId, MixId, Mixer, MixerSettings, Output, PACKETS_PER_LEG_MAX,
};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::stage::Stage;

#[derive(Debug, Clone)]
enum Act {
    Packet {
        leg: u64,
        sequence: u16,
        rtp_time: u32,
        level: Option<u8>,
        payload: Vec<u8>,
    },
    Add(u64, u64, bool),
    Remove(u64),
    Mute(u64, bool),
    Wait(u64),
}

fn payload() -> impl Strategy<Value = Vec<u8>> {
    let broken = vec(any::<u8>(), 0..200);
    // Any mode and length, one frame: mostly decodable nonsense.
    let plausible = (0_u8..32, vec(any::<u8>(), 0..120)).prop_map(|(config, mut bytes)| {
        bytes.insert(0, config << 3);
        bytes
    });
    prop_oneof![broken, plausible.clone(), plausible]
}

fn act() -> impl Strategy<Value = Act> {
    let sequence = prop_oneof![0_u16..40, any::<u16>()];
    let rtp_time = prop_oneof![(0_u32..40).prop_map(|packet| packet * 960), any::<u32>()];
    let packet = (0_u64..4, sequence, rtp_time, any::<Option<u8>>(), payload()).prop_map(
        |(leg, sequence, rtp_time, level, payload)| Act::Packet {
            leg,
            sequence,
            rtp_time,
            level,
            payload,
        },
    );
    prop_oneof![
        12 => packet,
        1 => (0_u64..2, 0_u64..4, any::<bool>()).prop_map(|(mix, leg, muted)| Act::Add(mix, leg, muted)),
        1 => (0_u64..4).prop_map(Act::Remove),
        1 => (0_u64..4, any::<bool>()).prop_map(|(leg, muted)| Act::Mute(leg, muted)),
        6 => (0_u64..50).prop_map(Act::Wait),
        1 => (0_u64..20_000).prop_map(Act::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200,
        rng_seed: proptest::test_runner::RngSeed::Fixed(11),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn nothing_that_comes_does_harm(acts in vec(act(), 1..150)) {
        let mut now = Stage::new().now();
        let mut mixer = Mixer::new(MixerSettings::default());
        for leg in 0..4 {
            mixer.add_leg(now, MixId(leg % 2), LegId(leg), false).unwrap();
        }
        for act in acts {
            match act {
                Act::Packet { leg, sequence, rtp_time, level, payload } => {
                    let packet = AudioPacket { sequence, rtp_time, level, payload: &payload };
                    mixer.handle_packet(now, LegId(leg), &packet);
                }
                Act::Add(mix, leg, muted) => {
                    // Most are there already.
                    let _refused = mixer.add_leg(now, MixId(mix), LegId(leg), muted);
                }
                Act::Remove(leg) => mixer.remove_leg(LegId(leg)),
                Act::Mute(leg, muted) => mixer.set_muted(LegId(leg), muted),
                Act::Wait(millis) => now += Duration::from_millis(millis),
            }
            mixer.handle_timeout(now);
            let mut outputs = 0;
            while let Some(output) = mixer.poll_output() {
                outputs += 1;
                if let Output::Frame(frame) = output {
                    prop_assert!(!frame.payload.is_empty() && !frame.legs.is_empty());
                }
            }
            prop_assert!(outputs <= 3 * 8);
            prop_assert!(mixer.deadline().is_none_or(|due| due > now));
            for leg in 0..4 {
                let status = mixer.leg_status(LegId(leg));
                prop_assert!(status.is_none_or(|status| status.packets <= PACKETS_PER_LEG_MAX));
            }
        }
    }
}
