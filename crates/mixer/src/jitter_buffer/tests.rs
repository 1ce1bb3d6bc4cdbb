use super::*;

struct Feed {
    buffer: JitterBuffer,
    counters: Counters,
}

impl Feed {
    fn new() -> Self {
        Self {
            buffer: JitterBuffer::default(),
            counters: Counters::default(),
        }
    }

    /// Puts in the packet of a number, on time.
    fn put(&mut self, number: i64, sequence: u16, rtp_time: u32) -> Arrival {
        let packet = AudioPacket {
            sequence,
            rtp_time,
            level: None,
            payload: &[0xF8, 0xFF, 0xFE],
        };
        self.buffer
            .insert(number * 960, &packet, 960, &mut self.counters)
    }

    fn order(&mut self) -> Vec<i64> {
        std::iter::from_fn(|| self.buffer.take().map(|held| held.sequence)).collect()
    }
}

#[test]
fn packets_come_out_in_order_and_once() {
    let mut feed = Feed::new();
    for number in [0_u16, 2, 1, 2, 4, 3, 3] {
        feed.put(i64::from(number), number, u32::from(number) * 960);
    }
    assert_eq!(feed.order(), [0, 1, 2, 3, 4]);
    assert_eq!(feed.counters.duplicates, 2);
}

#[test]
fn numbers_that_wrap_go_on() {
    let mut feed = Feed::new();
    for number in 0..4_u16 {
        let rtp_time = (u32::MAX - 959).wrapping_add(u32::from(number) * 960);
        let kept = feed.put(i64::from(number), 65_534_u16.wrapping_add(number), rtp_time);
        assert_ne!(kept, Arrival::Dropped);
    }
    assert_eq!(feed.order(), [65_534, 65_535, 65_536, 65_537]);
}

#[test]
fn what_comes_after_its_time_is_dropped() {
    let mut feed = Feed::new();
    feed.put(0, 0, 0);
    feed.put(2, 2, 1_920);
    assert_eq!(feed.order(), [0, 2]);
    assert_eq!(feed.put(3, 1, 960), Arrival::Dropped);
    assert_eq!(feed.counters.late, 1);
}

#[test]
fn one_stray_packet_is_no_new_beginning_but_two_in_a_row_are() {
    let mut feed = Feed::new();
    feed.put(0, 10, 0);
    assert_eq!(feed.put(1, 30_000, 5), Arrival::Dropped);
    assert_eq!(feed.put(1, 11, 960), Arrival::Kept(960));
    assert_eq!(feed.put(2, 30_001, 965), Arrival::Dropped);
    assert_eq!(feed.put(3, 30_002, 1_925), Arrival::Restarted(1_925));
    assert_eq!(feed.order(), [30_002]);
}

#[test]
fn a_timestamp_of_another_clock_is_a_new_beginning() {
    let mut feed = Feed::new();
    feed.put(0, 0, 0);
    assert_eq!(feed.put(1, 1, 1 << 30), Arrival::Restarted(1 << 30));
}

#[test]
fn a_full_buffer_lets_the_oldest_go() {
    let mut feed = Feed::new();
    for number in 0..100_u16 {
        feed.put(i64::from(number), number, u32::from(number) * 960);
    }
    assert_eq!(feed.buffer.len(), PACKETS_PER_LEG_MAX);
    assert_eq!(feed.counters.overflows, 36);
    assert_eq!(feed.order().first(), Some(&36));
}
