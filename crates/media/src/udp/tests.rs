use super::*;

use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

fn loopback() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
}

fn receiver() -> std::net::UdpSocket {
    let socket = std::net::UdpSocket::bind(loopback()).unwrap();
    socket
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    socket
}

/// Reads until `count` datagrams are there; the port does not block, so it is polled.
fn read(port: &mut UdpPort, count: usize) -> Vec<(SocketAddr, Option<IpAddr>, Vec<u8>)> {
    let mut poll = mio::Poll::new().unwrap();
    poll.registry()
        .register(port.source(), mio::Token(0), mio::Interest::READABLE)
        .unwrap();
    let mut got = Vec::new();
    let mut events = mio::Events::with_capacity(4);
    while got.len() < count {
        let backlog = port.receive(|from, to, datagram| got.push((from, to, datagram.to_vec())));
        if backlog == Backlog::None && got.len() < count {
            poll.poll(&mut events, Some(Duration::from_secs(10)))
                .unwrap();
            assert!(!events.is_empty(), "nothing came");
        }
    }
    got
}

#[test]
fn what_is_joined_arrives_apart_and_in_order() {
    let port = UdpPort::bind(loopback()).unwrap();
    let (first, second) = (receiver(), receiver());
    let mut joined: Vec<u8> = (0..10_u8).flat_map(|number| [number; 500]).collect();
    joined.extend([10; 20]);
    assert_eq!(
        port.send(None, first.local_addr().unwrap(), 500, &joined),
        0
    );
    assert_eq!(
        port.send(None, second.local_addr().unwrap(), 40, &[99; 40]),
        0
    );
    let mut buffer = [0; 2_000];
    for number in 0..=10_u8 {
        let (bytes, from) = first.recv_from(&mut buffer).unwrap();
        assert_eq!(bytes, if number < 10 { 500 } else { 20 });
        assert_eq!((buffer[0], from), (number, port.address()));
    }
    assert_eq!(second.recv_from(&mut buffer).unwrap().0, 40);
}

#[test]
fn a_batch_is_read_with_senders_and_destinations() {
    let mut port = UdpPort::bind(loopback()).unwrap();
    let sender = receiver();
    for number in 0..100_u8 {
        sender.send_to(&[number; 30], port.address()).unwrap();
    }
    let got = read(&mut port, 100);
    for (number, (from, to, datagram)) in (0..100_u8).zip(&got) {
        assert_eq!(*from, sender.local_addr().unwrap());
        assert_eq!(*to, Some(IpAddr::V4(Ipv4Addr::LOCALHOST)));
        assert_eq!(*datagram, [number; 30]);
    }
}

#[test]
fn a_port_of_both_families_shows_each_as_it_is() {
    // Machines without IPv6 have no such port, and nothing to test.
    let Ok(mut port) = UdpPort::bind(SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0))) else {
        return;
    };
    let sender = receiver();
    let to = SocketAddr::from((Ipv4Addr::LOCALHOST, port.address().port()));
    sender.send_to(b"hello", to).unwrap();
    let got = read(&mut port, 1);
    assert_eq!(got[0].0, sender.local_addr().unwrap());
    assert_eq!(got[0].1, Some(IpAddr::V4(Ipv4Addr::LOCALHOST)));
    let own = Some(IpAddr::V4(Ipv4Addr::LOCALHOST));
    assert_eq!(port.send(own, sender.local_addr().unwrap(), 4, b"back"), 0);
    let mut buffer = [0; 100];
    assert_eq!(sender.recv_from(&mut buffer).unwrap(), (4, to));
}

#[test]
fn a_taken_port_is_refused() {
    let port = UdpPort::bind(loopback()).unwrap();
    let again = UdpPort::bind(port.address());
    assert_eq!(
        again.err().map(|error| error.kind()),
        Some(io::ErrorKind::AddrInUse)
    );
}

#[test]
fn more_than_the_kernel_splits_goes_one_by_one() {
    let port = UdpPort::bind(loopback()).unwrap();
    let receiver = receiver();
    assert_eq!(
        port.send(None, receiver.local_addr().unwrap(), 1, &[7; 200]),
        0
    );
    let mut buffer = [0; 10];
    assert_eq!(receiver.recv_from(&mut buffer).unwrap().0, 1);
}
