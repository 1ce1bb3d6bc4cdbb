//! The collector of traces, if there is to be one.

use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;

use super::finding::Finding;
use crate::config::Settings;

/// How long a connection to it may take.
const CONNECT_LIMIT: Duration = Duration::from_secs(3);

/// Where traces go, and whether somebody is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Collector {
    pub(super) address: String,
    /// Why there is no connection, if there is none.
    pub(super) fault: Option<String>,
}

/// Connects to it; `None` if there are no traces.
pub(super) async fn look(settings: &Settings) -> Option<Collector> {
    let address = settings.traces.target()?.receiver();
    let fault = match timeout(CONNECT_LIMIT, TcpStream::connect(&address)).await {
        Ok(Ok(_)) => None,
        Ok(Err(error)) => Some(error.to_string()),
        Err(_) => Some(format!(
            "no connection within {} s",
            CONNECT_LIMIT.as_secs()
        )),
    };
    Some(Collector { address, fault })
}

/// What to make of it.
pub(super) fn judge(collector: &Collector) -> Finding {
    let Collector { address, fault } = collector;
    match fault {
        None => Finding::ok(
            "trace_collector",
            format!("the collector of traces at {address} can be connected to"),
        ),
        Some(fault) => Finding::warning(
            "trace_collector_away",
            format!("the collector of traces at {address} cannot be reached: {fault}"),
            "Start it, or correct `traces.otlp_endpoint`. Until then traces are dropped, and nothing else suffers",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::doctor::finding::Level;

    #[test]
    fn an_absent_collector_is_a_warning_with_a_remedy() {
        let collector = |fault: Option<&str>| Collector {
            address: "127.0.0.1:4318".to_owned(),
            fault: fault.map(str::to_owned),
        };
        let there = judge(&collector(None));
        assert_eq!((there.id, there.level), ("trace_collector", Level::Ok));
        let away = judge(&collector(Some("Connection refused")));
        assert_eq!(
            (away.id, away.level),
            ("trace_collector_away", Level::Warning)
        );
        assert!(
            away.text
                .ends_with("127.0.0.1:4318 cannot be reached: Connection refused")
        );
        assert!(away.remedy.unwrap().contains("otlp_endpoint"));
    }
}
