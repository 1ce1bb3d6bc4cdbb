use super::*;

fn stream() -> (Stream, Counters) {
    let mut counters = Counters::default();
    let mut encoders = Encoders::new(MixerSettings::default());
    let stream = Stream::after(&History::new(), &mut encoders, &mut counters).unwrap();
    (stream, counters)
}

#[test]
fn silence_is_encoded_for_a_while_and_then_only_signs_of_life_go_out() {
    let (mut stream, mut counters) = stream();
    let sent: Vec<Option<usize>> = (0..60)
        .map(|_| {
            stream
                .encode(None, &mut counters)
                .map(|(packet, _)| packet.len())
        })
        .collect();
    assert!(sent[..10].iter().all(Option::is_some));
    let signs: Vec<usize> = (10..60).filter(|tick| sent[*tick] == Some(1)).collect();
    assert_eq!(signs, [10, 30, 50]);
    assert_eq!(counters.encodes, 10);
    assert!(stream.is_paused());
}

#[test]
fn sound_after_a_pause_is_marked() {
    let (mut stream, mut counters) = stream();
    for _ in 0..15 {
        stream.encode(None, &mut counters);
    }
    let sound = [0.1; TICK];
    assert!(
        stream
            .encode(Some(&sound), &mut counters)
            .is_some_and(|(_, first)| first)
    );
    assert!(
        stream
            .encode(Some(&sound), &mut counters)
            .is_some_and(|(_, first)| !first)
    );
}

#[test]
fn the_default_codec_is_the_cheap_one_and_expected_loss_asks_for_the_other() {
    for (expected_loss_percent, speech) in [(0, false), (5, false), (10, true)] {
        let mut counters = Counters::default();
        let mut encoders = Encoders::new(MixerSettings {
            expected_loss_percent,
            ..MixerSettings::default()
        });
        let mut stream = Stream::after(&History::new(), &mut encoders, &mut counters).unwrap();
        let sound = std::array::from_fn(|at| if at % 96 < 48 { 0.2 } else { -0.2 });
        for _ in 0..20 {
            stream.encode(Some(&sound), &mut counters);
        }
        // RFC 6716, table 2: from 16 on it is CELT alone.
        assert_eq!(stream.toc >> 3 < 16, speech, "{expected_loss_percent} %");
    }
}

#[test]
fn an_encoder_that_comes_back_is_as_good_as_new() {
    let mut counters = Counters::default();
    let mut encoders = Encoders::new(MixerSettings::default());
    let sound: [f32; TICK] = std::array::from_fn(|at| if at % 96 < 48 { 0.2 } else { -0.2 });
    let mut firsts = Vec::new();
    for _ in 0..2 {
        let mut stream = Stream::after(&History::new(), &mut encoders, &mut counters).unwrap();
        firsts.push(stream.encode(Some(&sound), &mut counters).unwrap().0);
        for _ in 0..20 {
            stream.encode(Some(&sound), &mut counters);
        }
        encoders.put(stream);
    }
    assert_eq!(firsts[0], firsts[1]);
}
