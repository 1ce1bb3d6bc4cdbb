use super::*;

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};

use mio::{Events, Poll};

use super::framing::frame;

const LISTENER: Token = Token(2);

/// A port with its poll, on a clock that the test moves.
struct Bench {
    port: TcpPort,
    poll: Poll,
    now: Instant,
}

impl Bench {
    #[expect(clippy::disallowed_methods, reason = "where the fake clock begins")]
    fn new() -> Self {
        let mut port = TcpPort::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let poll = Poll::new().unwrap();
        poll.registry()
            .register(port.source(), LISTENER, Interest::READABLE)
            .unwrap();
        Self {
            port,
            poll,
            now: Instant::now(),
        }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.port.address()).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        stream
    }

    /// Goes round until `done`, or fails if nothing happens any more.
    fn until(&mut self, mut done: impl FnMut(&mut TcpPort, &[(SocketAddr, Vec<u8>)]) -> bool) {
        let mut got = Vec::new();
        let mut events = Events::with_capacity(64);
        while !done(&mut self.port, &got) {
            let wait = if self.port.has_readable() {
                Duration::ZERO
            } else {
                Duration::from_secs(10)
            };
            self.poll.poll(&mut events, Some(wait)).unwrap();
            assert!(!events.is_empty() || wait.is_zero(), "nothing happens");
            for event in &events {
                if event.token() == LISTENER {
                    self.port.accept(self.poll.registry(), self.now);
                } else {
                    self.port.note(event);
                }
            }
            self.port.receive(self.now, |from, to, datagram| {
                assert_eq!(to, Some(IpAddr::V4(Ipv4Addr::LOCALHOST)));
                got.push((from, datagram.to_vec()));
            });
            self.port.flush(self.now);
        }
    }
}

fn framed(datagram: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    frame(datagram, &mut out);
    out
}

#[test]
fn datagrams_go_both_ways() {
    let mut bench = Bench::new();
    let mut client = bench.connect();
    let address = client.local_addr().unwrap();
    client.write_all(&framed(b"one")).unwrap();
    client.write_all(&framed(b"two")).unwrap();
    bench.until(|_, got| got.len() == 2);
    bench.port.send(address, b"three");
    bench.port.flush(bench.now);
    let mut buffer = [0; 7];
    client.read_exact(&mut buffer).unwrap();
    assert_eq!(&buffer, b"\0\x05three");
    drop(client);
    bench.until(|port, _| port.connections() == 0);
    assert!(bench.port.by_peer.is_empty());
}

#[test]
fn who_never_proves_itself_is_closed() {
    let mut bench = Bench::new();
    let silent = bench.connect();
    let proven = bench.connect();
    bench.until(|port, _| port.connections() == 2);
    bench.port.send(proven.local_addr().unwrap(), b"checked");
    bench.now += UNPROVEN_TIME;
    bench.port.sweep(bench.now, |_| true);
    assert_eq!(bench.port.connections(), 2);
    bench.now += Duration::from_millis(1);
    bench.port.sweep(bench.now, |_| true);
    assert_eq!(bench.port.connections(), 1);
    assert_eq!(Read::read(&mut &silent, &mut [0]).unwrap(), 0);
    bench.now += IDLE_TIME;
    bench.port.sweep(bench.now, |_| true);
    assert_eq!(bench.port.connections(), 0);
}

#[test]
fn whose_peer_is_gone_is_closed_however_busy_it_is() {
    let mut bench = Bench::new();
    let mut gone = bench.connect();
    let stays = bench.connect();
    bench.until(|port, _| port.connections() == 2);
    for client in [&gone, &stays] {
        bench.port.send(client.local_addr().unwrap(), b"checked");
    }
    gone.write_all(&framed(b"still here")).unwrap();
    bench.until(|_, got| got.len() == 1);
    let known = stays.local_addr().unwrap();
    bench.port.sweep(bench.now, |address| address == known);
    assert_eq!(bench.port.connections(), 1);
    assert!(bench.port.by_peer.contains_key(&known));
}

#[test]
fn the_oldest_stranger_gives_way() {
    let mut bench = Bench::new();
    let first = bench.connect();
    bench.until(|port, _| port.connections() == 1);
    let rest: Vec<TcpStream> = (0..UNPROVEN_MAX).map(|_| bench.connect()).collect();
    bench.until(|port, _| port.counts().accepted == UNPROVEN_MAX as u64 + 1);
    assert_eq!(bench.port.connections(), UNPROVEN_MAX);
    assert_eq!(Read::read(&mut &first, &mut [0]).unwrap(), 0);
    drop(rest);
}

#[test]
fn what_is_no_frame_ends_the_connection() {
    let mut bench = Bench::new();
    let mut client = bench.connect();
    client.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    bench.until(|port, _| port.counts().closed == 1);
    assert_eq!(bench.port.connections(), 0);
}

#[test]
fn a_peer_that_takes_nothing_is_dropped() {
    let mut bench = Bench::new();
    let client = bench.connect();
    let address = client.local_addr().unwrap();
    bench.until(|port, _| port.connections() == 1);
    // Until the kernel's buffers and ours are full.
    while bench.port.counts().dropped == 0 {
        bench.port.send(address, &[0; 1_200]);
        bench.port.flush(bench.now);
    }
    bench.now += STUCK_TIME;
    bench.port.sweep(bench.now, |_| true);
    assert_eq!(bench.port.connections(), 1);
    bench.now += Duration::from_millis(1);
    bench.port.sweep(bench.now, |_| true);
    assert_eq!(bench.port.connections(), 0);
}
