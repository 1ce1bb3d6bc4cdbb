//! What tests talk to: [`TestServer`] is the real server inside the test's own process, over real loopback
//! ports, with a clock that can be moved and random numbers that repeat; [`Greenroom`] is the real
//! program as a child process; [`Account`], [`Client`], [`Door`] and [`RawConnection`] act on either.
//!
//! What is absent: sleeping. A test waits for a condition ([`eventually`]) or moves the clock.

#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends where what it builds on fails"
)]

mod account;
mod client;
mod clock;
mod door;
mod entropy;
pub mod media;
mod process;
mod program;
mod raw;
mod receiver;
mod reply;
mod server;
mod tls;
pub mod tokens;
mod wait;

pub use account::{Account, Tokens};
pub use client::{Call, Client};
pub use clock::FakeClock;
pub use door::Door;
pub use entropy::SeededEntropy;
pub use process::ProcessUse;
pub use program::{Finished, Greenroom, TestProgram};
pub use raw::RawConnection;
pub use receiver::{Delivery, Receiver};
pub use reply::Reply;
pub use server::{TestServer, TestServerBuilder};
pub use tls::{CertificateFiles, TlsClient};
pub use wait::{LIMIT, eventually, within};

pub use rustix::process::Signal;
