//! A client at its socket, on the driver's thread.

use std::io::ErrorKind;
use std::time::Instant;

use greenroom_headless::{Client, Event, Output};
use mio::net::UdpSocket;
use tokio::sync::mpsc;

/// Larger than any datagram that a WebRTC peer sends.
const DATAGRAM_BYTES: usize = 2048;

/// A client at its socket.
pub(super) struct Seat {
    pub(super) client: Box<Client>,
    pub(super) socket: UdpSocket,
    pub(super) events: mpsc::Sender<Event>,
    /// The earliest entry for it among the timers.
    pub(super) scheduled: Option<Instant>,
    pub(super) loss: Loss,
    pub(super) random: fastrand::Rng,
}

/// How many of 1,000 datagrams a path loses.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Loss {
    pub(super) up: u16,
    pub(super) down: u16,
}

impl Seat {
    /// Reads the socket until it is empty.
    pub(super) fn receive(&mut self, now: impl Fn() -> Instant) {
        let mut buffer = [0; DATAGRAM_BYTES];
        loop {
            match self.socket.recv_from(&mut buffer) {
                Ok(_) if self.loses(self.loss.down) => {}
                Ok((len, from)) => {
                    let contents = buffer.get(..len).unwrap_or_default();
                    self.client.handle_datagram(now(), from, contents);
                    self.give_out();
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                // What an earlier datagram ran into, such as a port that is closed by now.
                Err(_) => {}
            }
        }
    }

    fn loses(&mut self, permille: u16) -> bool {
        self.random.u16(..1_000) < permille
    }

    /// Sends what the client wants sent, and tells what has happened to it.
    pub(super) fn give_out(&mut self) {
        while let Some(output) = self.client.poll_output() {
            match output {
                Output::Transmit(_) if self.loses(self.loss.up) => {}
                // A datagram that cannot be sent is one that is lost.
                Output::Transmit(transmit) => drop(
                    self.socket
                        .send_to(&transmit.contents, transmit.destination),
                ),
                // Nobody listens, or not often enough.
                Output::Event(event) => drop(self.events.try_send(event)),
            }
        }
    }
}
