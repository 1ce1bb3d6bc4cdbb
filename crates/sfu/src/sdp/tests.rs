use super::*;

fn layers(simulcast: &str) -> String {
    sent_layers(simulcast)
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn layers_come_lowest_first_whatever_their_order() {
    assert_eq!(layers("send h;m;l"), "l m h");
    assert_eq!(layers("send q;h;f"), "q h f");
    assert_eq!(layers("send f;h;q"), "q h f");
    assert_eq!(layers("send 2;1;0"), "0 1 2");
    assert_eq!(layers("send high;low"), "low high");
    assert_eq!(layers("recv a;b send h;~m,x"), "m h");
    assert_eq!(layers("recv h;m"), "");
    assert_eq!(layers("send 4;3;2;1"), "2 3 4");
    assert_eq!(layers("send ;;"), "");
}

#[test]
fn a_line_says_what_it_sends() {
    let sdp = "v=0\r\n\
        m=audio 9 UDP/TLS/RTP/SAVPF 111 63\r\na=mid:0\r\na=sendonly\r\n\
        a=rtpmap:111 opus/48000/2\r\na=rtpmap:63 red/48000/2\r\n\
        m=video 9 UDP/TLS/RTP/SAVPF 102 96 97\r\na=mid:1\r\na=sendrecv\r\n\
        a=rtpmap:102 H264/90000\r\na=fmtp:102 packetization-mode=1;profile-level-id=42e01f\r\n\
        a=rtpmap:96 VP8/90000\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n\
        a=candidate:1 1 udp 1 host.local 9 typ host\r\na=simulcast:send h;l\r\n";
    let description = Description::read(sdp).unwrap();
    let audio = description.sender(Kind::Audio).unwrap();
    assert_eq!((audio.mid.as_str(), audio.opus), ("0", true));
    let video = description.sender(Kind::Video).unwrap();
    assert_eq!(video.mid, "1");
    assert_eq!(video.formats.len(), 2);
    assert_eq!(video.best_format().unwrap().name(), "vp8");
    assert_eq!(video.layers.len(), 2);
    assert!(!description.text().contains("candidate"));
    assert!(
        description
            .sending_only()
            .contains("a=sendonly\r\na=rtpmap:102")
    );
}

#[test]
fn what_is_not_sent_or_not_carried_is_no_sender() {
    for (media, attributes) in [
        ("audio 9", "a=recvonly\r\na=rtpmap:111 opus/48000/2"),
        ("audio 9", "a=inactive\r\na=rtpmap:111 opus/48000/2"),
        ("audio 0", "a=sendonly\r\na=rtpmap:111 opus/48000/2"),
        ("audio 9", "a=sendonly\r\na=rtpmap:0 PCMU/8000"),
        ("text 9", "a=sendonly\r\na=rtpmap:111 opus/48000/2"),
    ] {
        let sdp = format!("v=0\r\nm={media} UDP/TLS/RTP/SAVPF 111\r\n{attributes}\r\n");
        let description = Description::read(&sdp).unwrap();
        assert!(description.sender(Kind::Audio).is_none(), "{sdp}");
    }
}

#[test]
fn the_size_is_bounded() {
    let error = |sdp: String| Description::read(&sdp).err();
    assert_eq!(error(String::new()), Some(NegotiationError::Malformed));
    assert_eq!(
        error("v=0\r\n".to_owned()),
        Some(NegotiationError::Malformed)
    );
    let lines = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n".repeat(SDP_MEDIA_LINES_MAX + 1);
    assert_eq!(error(lines), Some(NegotiationError::Malformed));
    let long = format!("m=audio 9\r\n{}", "a=x\r\n".repeat(SDP_MAX_BYTES / 4));
    assert_eq!(error(long), Some(NegotiationError::Malformed));
}
