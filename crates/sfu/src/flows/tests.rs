use super::*;
use crate::test_start::start;

fn incoming(rid: &str, bytes: u64, loss: Option<f32>, at: Instant) -> MediaIngressStats {
    MediaIngressStats {
        mid: Mid::from("0"),
        rid: (!rid.is_empty()).then(|| Rid::from(rid)),
        bytes,
        packets: bytes / 1_000,
        firs: 0,
        plis: 0,
        nacks: bytes / 10_000,
        jitter: 0,
        rtt: None,
        loss,
        timestamp: at,
        remote: None,
    }
}

fn outgoing(
    mid: &str,
    bytes: u64,
    loss: Option<f32>,
    millis: u64,
    at: Instant,
) -> MediaEgressStats {
    MediaEgressStats {
        mid: Mid::from(mid),
        rid: None,
        bytes,
        packets: bytes / 1_000,
        firs: 0,
        plis: 0,
        nacks: 0,
        rtt: (millis > 0).then_some(Duration::from_millis(millis)),
        loss,
        timestamp: at,
        remote: None,
    }
}

fn path(loss_in: Option<f32>, loss_out: Option<f32>, at: Instant) -> PeerStats {
    PeerStats {
        peer_bytes_rx: 0,
        peer_bytes_tx: 0,
        bytes_rx: 0,
        bytes_tx: 0,
        timestamp: at,
        bwe_tx: None,
        egress_loss_fraction: loss_out,
        ingress_loss_fraction: loss_in,
        rtt: Some(Duration::from_millis(90)),
        selected_candidate_pair: None,
    }
}

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

#[test]
fn a_rate_is_that_of_the_last_window() {
    let start = start();
    let mut flows = Flows::default();
    let (mid, rid) = (Mid::from("0"), Some(Rid::from("h")));
    assert_eq!(flows.all_incoming_bps(start), 0);
    assert_eq!(
        flows.note_incoming(&incoming("h", 100_000, None, start)),
        10
    );
    assert_eq!(flows.incoming_bps(mid, rid, start), 400_000);
    let then = start + secs(2);
    assert_eq!(flows.note_incoming(&incoming("h", 350_000, None, then)), 25);
    flows.note_incoming(&incoming("l", 25_000, None, then));
    assert_eq!(flows.incoming_bps(mid, rid, then), 1_000_000);
    assert_eq!(flows.incoming_bps(mid, None, then), 0);
    assert_eq!(flows.all_incoming_bps(then), 1_100_000);
    // It is paused, and then gone.
    let then = then + secs(2);
    assert_eq!(flows.note_incoming(&incoming("h", 350_000, None, then)), 0);
    assert_eq!(flows.all_incoming_bps(then), 100_000);
    assert_eq!(flows.all_incoming_bps(then + secs(4)), 0);
    // Totals that begin anew do no harm, nor do two reports at once.
    assert_eq!(flows.note_incoming(&incoming("h", 1_000, None, then)), 0);
    assert_eq!(flows.incoming_bps(mid, rid, then), 0);
}

#[test]
fn losses_are_weighed_and_fade() {
    let start = start();
    let mut flows = Flows::default();
    assert_eq!(flows.loss_in_permille(start), 0);
    assert_eq!(flows.loss_out_permille(start), None);
    flows.note_outgoing(&outgoing("0", 90_000, Some(0.1), 0, start));
    flows.note_outgoing(&outgoing("1", 10_000, Some(0.0), 0, start));
    flows.note_outgoing(&outgoing("2", 500_000, None, 0, start));
    assert_eq!(flows.loss_out_permille(start), Some(90));
    // What is not told again counts for a while.
    let then = start + secs(4);
    flows.note_outgoing(&outgoing("0", 180_000, None, 0, then));
    assert_eq!(flows.loss_out_permille(then), Some(90));
    let then = start + secs(12);
    flows.note_outgoing(&outgoing("0", 270_000, None, 0, then));
    assert_eq!(flows.loss_out_permille(then), None);
    flows.note_path(&path(Some(0.04), Some(0.25), then));
    assert_eq!(flows.loss_out_permille(then), Some(250));

    // From the client, what was seen of all packets comes before what was seen of streams.
    flows.note_incoming(&incoming("", 1_000, Some(0.5), then));
    assert_eq!(flows.loss_in_permille(then), 40);
    let mut audio = Flows::default();
    audio.note_incoming(&incoming("", 1_000, Some(0.5), then));
    assert_eq!(audio.loss_in_permille(then), 500);
}

#[test]
fn a_stream_that_is_silent_does_not_hide_what_others_lose() {
    let start = start();
    let mut flows = Flows::default();
    flows.note_outgoing(&outgoing("0", 0, Some(0.0), 0, start));
    assert_eq!(flows.loss_out_permille(start), Some(0));
    flows.note_outgoing(&outgoing("1", 100_000, Some(0.2), 0, start));
    assert_eq!(flows.loss_out_permille(start), Some(200));
}

#[test]
fn the_round_trip_is_that_of_the_busiest_stream() {
    let start = start();
    let mut flows = Flows::default();
    assert_eq!(flows.rtt(start), None);
    flows.note_path(&path(None, None, start));
    assert_eq!(flows.rtt(start), Some(Duration::from_millis(90)));
    flows.note_outgoing(&outgoing("0", 1_000, None, 30, start));
    flows.note_outgoing(&outgoing("1", 9_000, None, 40, start));
    flows.note_outgoing(&outgoing("2", 99_000, None, 0, start));
    assert_eq!(flows.rtt(start), Some(Duration::from_millis(40)));
    let gone = start + secs(6);
    flows.note_outgoing(&outgoing("0", 2_000, None, 35, gone));
    assert_eq!(flows.rtt(gone), Some(Duration::from_millis(35)));
}
