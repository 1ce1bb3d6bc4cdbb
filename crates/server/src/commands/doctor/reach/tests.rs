use std::sync::Arc;

use greenroom_media::Engine;

use super::*;
use crate::edges::SystemEntropy;

fn addresses(told: &[&str], own: &[&str]) -> Addresses {
    let ips = |list: &[&str]| list.iter().map(|ip| ip.parse().unwrap()).collect();
    Addresses {
        told: ips(told),
        own: ips(own),
        are_set: true,
        is_public: true,
        bound: "::".parse().unwrap(),
        udp: (7700, 1),
        tcp: Some(7700),
    }
}

#[test]
fn targets_are_written_as_addresses() {
    let both: Asked = "203.0.113.7:7700".parse().unwrap();
    assert_eq!(both.targets().len(), 2);
    let one: Asked = "tcp:[2001:db8::1]:7700".parse().unwrap();
    let [target] = one.targets()[..] else {
        panic!("{one:?}")
    };
    assert_eq!(target.way, Way::Tcp);
    assert!("example.com:7700".parse::<Asked>().is_err());
    assert!("203.0.113.7".parse::<Asked>().is_err());
}

#[test]
fn every_address_and_every_port_is_asked_once() {
    let engine = EngineConfig {
        udp_port: 7700,
        tcp_port: Some(7800),
        shards: 3.try_into().unwrap(),
        ..EngineConfig::loopback()
    };
    let told = addresses(&["203.0.113.7", "2001:db8::7"], &[]);
    let asked: Vec<String> = targets(&told, &engine)
        .iter()
        .map(|target| format!("{} {}", target.way, target.address))
        .collect();
    assert_eq!(
        asked,
        [
            "UDP 203.0.113.7:7700",
            "UDP 203.0.113.7:7701",
            "UDP 203.0.113.7:7702",
            "UDP [2001:db8::7]:7700",
            "TCP 203.0.113.7:7800",
            "TCP 203.0.113.7:7801",
            "TCP 203.0.113.7:7802",
            "TCP [2001:db8::7]:7800",
        ]
    );
    let any = EngineConfig::loopback();
    assert_eq!(targets(&told, &any), []);
}

#[tokio::test]
async fn the_engine_answers_both_ways_and_others_do_not() {
    let engine = Engine::start(&EngineConfig::loopback(), Arc::new(SystemEntropy)).unwrap();
    let ports = engine.addresses()[0].clone();
    let nobody = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let targets = vec![
        Target {
            way: Way::Udp,
            address: ports.udp[0],
        },
        Target {
            way: Way::Tcp,
            address: ports.tcp[0],
        },
        Target {
            way: Way::Udp,
            address: nobody.local_addr().unwrap(),
        },
    ];
    let reached = ask(targets, &SystemEntropy).await;
    let answered: Vec<_> = reached.iter().map(|one| one.seen_as.is_some()).collect();
    assert_eq!(answered, [true, true, false], "{reached:?}");
    let seen_as = reached[0].seen_as.unwrap();
    assert!(seen_as.ip().is_loopback());
}

#[test]
fn silence_means_more_on_an_address_of_ones_own() {
    let told = addresses(&["10.0.0.5", "203.0.113.7"], &["10.0.0.5"]);
    let reached: Vec<Reached> = ["10.0.0.5:7700", "203.0.113.7:7700", "127.0.0.1:7700"]
        .iter()
        .map(|address| Reached {
            target: Target {
                way: Way::Udp,
                address: address.parse().unwrap(),
            },
            seen_as: None,
        })
        .collect();
    let ids: Vec<_> = judge(&reached, &told).iter().map(|one| one.id).collect();
    assert_eq!(
        ids,
        ["media_udp_silent", "media_unproven", "media_udp_silent"]
    );
    let ids: Vec<_> = judge_from_outside(&reached)
        .iter()
        .map(|one| one.id)
        .collect();
    assert_eq!(ids, ["media_udp_silent"; 3]);
}
