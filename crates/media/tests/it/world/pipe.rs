//! How a client's datagrams travel: by UDP, as they are or through a NAT; or framed, by TCP.

use std::io::{Error, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use mio::{Interest, Registry, Token};

/// A client's socket. The client believes that it speaks with `server` by UDP.
pub struct Pipe {
    server: SocketAddr,
    kind: Kind,
}

enum Kind {
    Udp {
        socket: mio::net::UdpSocket,
        /// Where the server really is.
        real: SocketAddr,
    },
    Tcp {
        stream: mio::net::TcpStream,
        buffer: Vec<u8>,
    },
}

impl Pipe {
    /// By UDP, to `real`, which the client knows as `server`.
    pub fn udp(server: SocketAddr, real: SocketAddr) -> Self {
        let own = if real.is_ipv4() {
            SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
        } else {
            SocketAddr::from((Ipv6Addr::LOCALHOST, 0))
        };
        let socket = mio::net::UdpSocket::bind(own).unwrap();
        Self {
            server,
            kind: Kind::Udp { socket, real },
        }
    }

    /// By TCP to `real`; the client believes it is UDP to `server`.
    pub fn tcp(server: SocketAddr, real: SocketAddr) -> Self {
        let stream = std::net::TcpStream::connect(real).unwrap();
        stream.set_nonblocking(true).unwrap();
        Self {
            server,
            kind: Kind::Tcp {
                stream: mio::net::TcpStream::from_std(stream),
                buffer: Vec::new(),
            },
        }
    }

    pub fn local(&self) -> SocketAddr {
        match &self.kind {
            Kind::Udp { socket, .. } => socket.local_addr().unwrap(),
            Kind::Tcp { stream, .. } => stream.local_addr().unwrap(),
        }
    }

    pub fn register(&mut self, registry: &Registry, token: Token) {
        match &mut self.kind {
            Kind::Udp { socket, .. } => registry.register(socket, token, Interest::READABLE),
            Kind::Tcp { stream, .. } => registry.register(stream, token, Interest::READABLE),
        }
        .unwrap();
    }

    pub fn send(&mut self, to: SocketAddr, datagram: &[u8]) {
        if to != self.server {
            return;
        }
        match &mut self.kind {
            Kind::Udp { socket, real } => {
                // Lost if there is no room, as in any network.
                let _ = socket.send_to(datagram, *real);
            }
            Kind::Tcp { stream, .. } => {
                let mut framed = u16::try_from(datagram.len())
                    .unwrap()
                    .to_be_bytes()
                    .to_vec();
                framed.extend_from_slice(datagram);
                match stream.write_all(&framed) {
                    Err(error) if is_closed(&error) => {}
                    sent => sent.unwrap(),
                }
            }
        }
    }

    pub fn receive(&mut self, mut each: impl FnMut(SocketAddr, &[u8])) {
        let mut scratch = vec![0; 65_536];
        match &mut self.kind {
            Kind::Udp { socket, real } => {
                while let Ok((count, from)) = socket.recv_from(&mut scratch) {
                    assert_eq!(from, *real, "it comes from where it was sent to");
                    each(self.server, &scratch[..count]);
                }
            }
            Kind::Tcp { stream, buffer } => {
                loop {
                    match stream.read(&mut scratch) {
                        Ok(0) => break,
                        Ok(count) => buffer.extend_from_slice(&scratch[..count]),
                        Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                        Err(error) if is_closed(&error) => break,
                        Err(error) => panic!("{error}"),
                    }
                }
                while let Some((length, rest)) = buffer.split_first_chunk() {
                    let length = usize::from(u16::from_be_bytes(*length));
                    let Some(datagram) = rest.get(..length) else {
                        return;
                    };
                    each(self.server, datagram);
                    buffer.drain(..2 + length);
                }
            }
        }
    }
}

/// Whether the server has closed the connection, so that all that is sent is lost.
fn is_closed(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::BrokenPipe | ErrorKind::ConnectionReset
    )
}
