use std::net::UdpSocket;

use super::Machine;

#[tokio::test]
async fn a_server_is_asked_from_elsewhere() {
    let machine = Machine::new();
    let _program = machine.serve().await;
    let media = format!("127.0.0.1:{}", machine.media);
    let asked = machine.greenroom.run(["doctor", "--reach", &media]).await;
    let said = asked.succeeded();
    for id in ["media_udp_answers", "media_tcp_answers"] {
        let line = said.lines().find(|line| line.contains(id)).unwrap();
        assert!(
            line.contains(&media) && line.contains("as 127.0.0.1:"),
            "{line}"
        );
    }
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let nobody = format!("udp:{}", silent.local_addr().unwrap());
    let asked = machine.greenroom.run(["doctor", "--reach", &nobody]).await;
    assert_eq!(asked.code, Some(1), "{asked:?}");
    assert!(
        asked.stdout.starts_with("problem  media_udp_silent"),
        "{asked:?}"
    );
}
