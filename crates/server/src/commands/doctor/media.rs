//! The media ports: the engine itself is started on them, which then answers whoever asks whether it can be reached.

use std::sync::Arc;
use std::time::Duration;

use greenroom_domain::Entropy;
use greenroom_media::{Engine, EngineConfig, StartError};

use super::finding::Finding;

/// How long the engine may take to end.
const STOP_LIMIT: Duration = Duration::from_secs(3);

/// An engine that only answers; ends when dropped.
pub(super) struct Answering(Engine);

impl Drop for Answering {
    fn drop(&mut self) {
        // The doctor ends soon in any case.
        let _ = self.0.stop(STOP_LIMIT);
    }
}

/// Starts it.
pub(super) fn start(
    config: &EngineConfig,
    entropy: Arc<dyn Entropy>,
) -> (Option<Answering>, Finding) {
    match Engine::start(config, entropy) {
        Ok(engine) => (Some(Answering(engine)), free(config)),
        Err(error) => (None, judge(&error)),
    }
}

fn free(config: &EngineConfig) -> Finding {
    if config.udp_port == 0 {
        return Finding::ok("media_ports_any", "media takes any free ports");
    }
    Finding::ok(
        "media_ports_free",
        format!("the media ports from {} on are free", config.udp_port),
    )
}

fn judge(error: &StartError) -> Finding {
    let text = error.to_string();
    match error {
        StartError::PortTaken { .. } => Finding::problem(
            "media_port_taken",
            text,
            "`ss -lnup` and `ss -lntp` show which program it is",
        ),
        StartError::Bind { .. } => Finding::problem(
            "media_port_unusable",
            text,
            "Set an address of this machine and ports from 1024 on",
        ),
        StartError::TooFewPorts { .. } => Finding::problem(
            "media_ports_too_few",
            text,
            "Set a lower port, or fewer `media.shards`",
        ),
        StartError::TooManyThreads | StartError::Negotiator(_) | StartError::Thread(_) => {
            Finding::problem(
                "media_unusable",
                text,
                "Look at `media.shards`, `media.mixers` and the limits of this machine",
            )
        }
    }
}
