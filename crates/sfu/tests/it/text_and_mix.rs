//! Data channels, and legs of the mixed audio.

use std::sync::Arc;
use std::time::Duration;

use greenroom_headless::Event as ClientEvent;
use greenroom_sfu::{Command, End, Event, MixLegSettings, MixedFrame};

use crate::sim::{Path, Sim, Who};

fn texts(sim: &Sim, who: Who) -> Vec<String> {
    let events = sim.client_events(who).iter();
    events
        .filter_map(|(_, event)| match event {
            ClientEvent::Text(text) => Some(text.clone()),
            _ => None,
        })
        .collect()
}

fn said(sim: &Sim, who: Who) -> Vec<String> {
    let events = sim.events.iter();
    events
        .filter_map(|(_, event)| match event {
            Event::Text(peer, text) if *peer == who.peer => Some(text.clone()),
            _ => None,
        })
        .collect()
}

#[test]
fn text_goes_both_ways_in_order_and_whole() {
    let mut sim = Sim::new(1);
    let ann = sim.open_text();
    // What is written before the channel is open waits for it.
    sim.command(Command::SendText(ann.peer, "early".to_owned()));
    sim.connect_all();
    sim.run_secs(1);
    assert!(
        sim.events
            .iter()
            .any(|(_, event)| *event == Event::TextOpened(ann.peer))
    );
    assert_eq!(texts(&sim, ann), ["early"]);

    let lossy = Path {
        loss_up: 100,
        loss_down: 100,
        ..Path::default()
    };
    sim.set_path(ann, lossy);
    let mut messages: Vec<String> = (0..50).map(|number| format!("Grüße {number} 👋")).collect();
    sim.command(Command::SendText(ann.peer, String::new()));
    messages.push("x".repeat(60_000));
    for message in &messages {
        assert!(sim.with(ann, |client, now| client.send_text(now, message)));
        sim.command(Command::SendText(ann.peer, message.clone()));
    }
    sim.run_secs(20);
    assert_eq!(said(&sim, ann), messages);
    assert_eq!(texts(&sim, ann)[1..], messages);
}

#[test]
fn a_channel_that_does_not_drain_is_ended() {
    let mut sim = Sim::new(2);
    let ann = sim.open_text();
    sim.connect_all();
    sim.run_secs(1);
    let dead = Path {
        loss_up: 1_000,
        loss_down: 1_000,
        ..Path::default()
    };
    sim.set_path(ann, dead);
    let mut sent = 0;
    while sim.shard.counters().peers == 1 {
        sim.command(Command::SendText(ann.peer, "x".repeat(10_000)));
        sent += 1;
        assert!(sent < 1_000, "kept without end");
    }
    let last = sim.events.last().map(|(_, event)| event.clone());
    assert_eq!(last, Some(Event::Ended(ann.peer, End::NotDraining)));
    assert!(sent > 60, "{sent}");
}

#[test]
fn a_channel_may_be_closed_and_the_client_go_on() {
    let mut sim = Sim::new(3);
    let ann = sim.open_text();
    sim.connect_all();
    sim.run_secs(1);
    sim.with(ann, greenroom_headless::Client::close_channel);
    sim.run_secs(1);
    sim.command(Command::SendText(ann.peer, "nobody reads this".to_owned()));
    sim.run_secs(5);
    assert!(texts(&sim, ann).is_empty());
    assert_eq!(sim.shard.counters().peers, 1);
}

#[test]
fn channels_may_be_opened_again_but_not_without_end() {
    let mut sim = Sim::new(5);
    let ann = sim.open_text();
    sim.connect_all();
    for _ in 0..10 {
        sim.with(ann, greenroom_headless::Client::open_another_channel);
        sim.run_secs(1);
    }
    assert!(sim.with(ann, |client, now| client.send_text(now, "the last counts")));
    sim.run_secs(1);
    assert_eq!(said(&sim, ann), ["the last counts"]);
    for _ in 0..10 {
        sim.with(ann, greenroom_headless::Client::open_another_channel);
        sim.run_secs(1);
    }
    let last = sim.events.last().map(|(_, event)| event.clone());
    assert_eq!(last, Some(Event::Ended(ann.peer, End::Faulted)));
}

#[test]
fn a_leg_gives_its_packets_to_the_mix_and_gets_its_own() {
    let mut sim = Sim::new(4);
    let open = MixLegSettings { muted: false };
    let ann = sim.join_mix(open);
    let ben = sim.join_mix(MixLegSettings { muted: true });
    sim.connect_all();
    sim.mix_inputs.clear();
    sim.run_secs(2);
    assert!(
        (95..=105).contains(&sim.mix_inputs.len()),
        "{}",
        sim.mix_inputs.len()
    );
    assert!(sim.mix_inputs.iter().all(|input| input.peer == ann.peer));
    for pair in sim.mix_inputs.windows(2) {
        assert_eq!(pair[1].sequence, pair[0].sequence + 1);
        assert_eq!(pair[1].time, pair[0].time.wrapping_add(960));
        assert_eq!(pair[0].level_dbov, Some(-20));
        assert_eq!(pair[0].payload.len(), 80);
        // As evenly as they were sent, to the millisecond of the simulated network.
        let step = pair[1].arrival - pair[0].arrival;
        assert!((19..=21).contains(&step.as_millis()), "{step:?}");
    }
    sim.command(Command::ConfigureMixLeg(ben.peer, open));
    sim.run_secs(1);
    assert!(sim.mix_inputs.iter().any(|input| input.peer == ben.peer));

    let shared: Arc<[u8]> = vec![7; 60].into();
    let base = u32::MAX - 960 * 20;
    for frame in 0..100_u32 {
        // Of the frames in between nothing is sent, as in silence.
        if !(50..70).contains(&frame) {
            for leg in [ann, ben] {
                let frame = MixedFrame {
                    payload: Arc::clone(&shared),
                    time: base.wrapping_add(960 * frame),
                    marker: frame == 0 || frame == 70,
                };
                sim.mixed(leg, frame);
            }
        }
        sim.run_for(Duration::from_millis(20));
    }
    sim.run_for(Duration::from_millis(100));
    for leg in [ann, ben] {
        let heard: Vec<_> = sim
            .client_events(leg)
            .iter()
            .filter_map(|(_, event)| match event {
                ClientEvent::Audio(packet) => Some(packet),
                _ => None,
            })
            .collect();
        assert_eq!(heard.len(), 80);
        for pair in heard.windows(2) {
            assert_eq!(pair[1].sequence, pair[0].sequence + 1);
            let step = pair[1].rtp_time - pair[0].rtp_time;
            assert_eq!(step, if pair[1].marker { 960 * 21 } else { 960 });
        }
        assert_eq!(heard[0].payload, shared);
    }
}
