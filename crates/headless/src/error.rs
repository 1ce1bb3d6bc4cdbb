//! What can go wrong while connecting.

use std::net::SocketAddr;

use str0m::RtcError;

/// Why a client could not be made, or could not take a description.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An address that is no candidate of ICE, such as the unspecified one.
    #[error("{0} cannot be a candidate")]
    Address(SocketAddr),
    /// A session description that could not be read.
    #[error("session description: {0}")]
    Sdp(String),
    /// A session description that was read but not accepted.
    #[error("negotiation: {0}")]
    Negotiation(#[from] RtcError),
    /// An answer without an offer that waits for one.
    #[error("no offer is waiting for an answer")]
    NoOffer,
    /// Neither audio nor video to offer.
    #[error("nothing to publish")]
    Nothing,
}
