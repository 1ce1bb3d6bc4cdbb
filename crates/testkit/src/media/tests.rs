use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use greenroom_headless::{Audio, Client, Event, Kind, Video};

use super::Driver;

fn tone() -> Audio {
    Audio {
        packets: Arc::new([Arc::from([0xfc, 0xff, 0xfe])]),
        level: 30,
        on: true,
    }
}

#[tokio::test]
async fn clients_meet_over_loopback_sockets() {
    let driver = Driver::start(IpAddr::V4(Ipv4Addr::LOCALHOST)).unwrap();
    let video = Some(Video::single(500_000));
    let (mut publisher, offer) = driver
        .add(|setup| Client::publisher(setup, Some(tone()), video))
        .unwrap();
    let (subscriber, answer) = driver
        .add(|setup| Client::subscriber(setup, &offer))
        .unwrap();
    publisher.accept_answer(answer).await.unwrap();
    assert!(matches!(
        publisher.next_event().await.unwrap(),
        Event::Connected
    ));
    subscriber
        .until("ten pictures", |client| {
            let mut tracks = client.tracks();
            tracks.any(|track| track.video.frames_decoded >= 10)
        })
        .await
        .unwrap();
    let video = subscriber.track(Kind::Video).await.unwrap();
    assert!(video.video.decodable);
    assert!(video.delays.per_mille(500).is_some());
    assert!(subscriber.track(Kind::Audio).await.unwrap().packets > 0);

    subscriber.close().await.unwrap();
    publisher
        .until("the end", |client| !client.is_alive())
        .await
        .unwrap();
}
