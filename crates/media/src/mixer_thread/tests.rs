use super::*;

use crossbeam_channel::bounded;
use greenroom_mixer::MixId;
use greenroom_sfu::PeerId;

const PACKET: Duration = Duration::from_millis(20);

#[test]
fn packets_that_waited_for_the_thread_came_when_they_were_read() {
    let (changes, changes_in) = bounded(4);
    let (packets, packets_in) = bounded(64);
    let inbox = MixerInbox {
        changes: changes_in,
        packets: packets_in,
    };
    let board = Arc::new(Board::default());
    let mut thread = MixerThread::new(inbox, Vec::new(), Arc::default(), board);
    let leg = LegId(1);
    let begin = clock::now();
    changes
        .send(MixChange::Add {
            mix: MixId(1),
            leg,
            muted: false,
            shard: 0,
        })
        .unwrap();
    thread.turn(begin);
    let mut arrival = begin;
    for sequence in 0..200_u32 {
        arrival += PACKET;
        let packet = MixInput {
            peer: PeerId(leg.0),
            arrival,
            sequence: sequence.into(),
            time: sequence * 960,
            payload: [0xF8, 0xFF, 0xFE].as_slice().into(),
            level_dbov: Some(-30),
        };
        packets.send(packet).unwrap();
        // It sleeps through ten packets at a time.
        if sequence % 10 == 9 {
            thread.turn(arrival + Duration::from_millis(7));
            let status = thread.mixer.leg_status(leg).unwrap();
            assert_eq!(status.target_delay_ms, 40, "{sequence}");
        }
    }
}
