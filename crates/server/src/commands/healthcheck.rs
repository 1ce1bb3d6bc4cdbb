//! `greenroom healthcheck`: asks the server of the same configuration whether it is fit to serve, for containers.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::{Request, StatusCode, client::conn::http1};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::{block_on, say};
use crate::app::url;
use crate::cli::{Failure, ServeArgs};

/// Whom to ask, and how long.
#[derive(Debug, Args)]
pub(crate) struct HealthcheckArgs {
    #[command(flatten)]
    serve: ServeArgs,
    /// How long the server may take to answer, in seconds
    #[arg(long, value_name = "SECS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=600))]
    timeout_secs: u64,
}

pub(crate) fn run(args: &HealthcheckArgs) -> Result<(), Failure> {
    let settings = args.serve.settings()?;
    if settings.listen.port() == 0 {
        return Err(Failure::Usage(anyhow::anyhow!(
            "`listen` has port 0: nobody can tell from the configuration where the server listens"
        )));
    }
    let server = reachable(settings.listen);
    let limit = Duration::from_secs(args.timeout_secs);
    block_on(async {
        let status = tokio::time::timeout(limit, ask(server))
            .await
            .map_err(|_| anyhow::anyhow!("no answer within {} s", limit.as_secs()))
            .and_then(|answer| answer)
            .with_context(|| format!("{}/readyz", url("http", server)))?;
        if status != StatusCode::OK {
            return Err(anyhow::anyhow!("not fit to serve: /readyz answers {status}").into());
        }
        say("ready");
        Ok(())
    })
}

/// Where a server that listens on `listen` is reached from the same machine.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip @ (IpAddr::V4(_) | IpAddr::V6(_)) => ip,
    };
    SocketAddr::new(ip, listen.port())
}

async fn ask(server: SocketAddr) -> anyhow::Result<StatusCode> {
    let stream = TcpStream::connect(server).await.context("cannot connect")?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let request = Request::get("/readyz")
        .header("host", server.to_string())
        .body(Empty::<Bytes>::new())?;
    let status = sender.send_request(request).await?.status();
    connection.abort();
    Ok(status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_addresses_are_asked_on_the_loopback_one() {
        for (listen, asked) in [
            ("0.0.0.0:8080", "127.0.0.1:8080"),
            ("[::]:8080", "[::1]:8080"),
            ("10.0.0.5:80", "10.0.0.5:80"),
        ] {
            let listen = listen.parse().unwrap();
            assert_eq!(reachable(listen).to_string(), asked);
        }
    }
}
