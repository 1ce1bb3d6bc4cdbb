//! What every client needs to be made.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use str0m::{Candidate, IceCreds, Rtc};

use crate::error::Error;

/// Characters of the ICE user fragment; a browser's has 4, RFC 8445 section 5.3 asks for at least 4.
const UFRAG_CHARS: usize = 8;
/// Characters of the ICE password; RFC 8445 section 5.3 asks for at least 22.
const PASSWORD_CHARS: usize = 24;

/// Chromium repeats a connectivity check that has not been answered that often while it is not connected.
const CHECK_EVERY: Duration = Duration::from_millis(50);

/// What every client needs to be made.
#[derive(Debug, Clone, Copy)]
pub struct Setup {
    /// The time of making it.
    pub now: Instant,
    /// The moment that send times count from; the same for all clients whose delays are to be told.
    pub epoch: Instant,
    /// The address of the client's socket, its only candidate.
    pub local: SocketAddr,
    /// Where the client's own choices come from.
    pub seed: u64,
}

impl Setup {
    /// A peer connection as a browser has it: full ICE, RTP as it comes.
    pub(crate) fn peer(&self, random: &mut fastrand::Rng) -> Result<Rtc, Error> {
        let mut config = Rtc::builder();
        config.set_initial_stun_rto(CHECK_EVERY);
        let mut rtc = config
            .set_local_ice_credentials(IceCreds {
                ufrag: text(random, UFRAG_CHARS),
                pass: text(random, PASSWORD_CHARS),
            })
            .clear_codecs()
            .enable_opus(true, false)
            .enable_vp8(true)
            .set_rtp_mode(true)
            .build(self.now);
        let host =
            Candidate::host(self.local, "udp").map_err(|_invalid| Error::Address(self.local))?;
        rtc.add_local_candidate(host);
        Ok(rtc)
    }
}

fn text(random: &mut fastrand::Rng, chars: usize) -> String {
    std::iter::repeat_with(|| random.alphanumeric())
        .take(chars)
        .collect()
}
