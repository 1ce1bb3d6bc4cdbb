//! Requests over a few keep-alive connections, and the CPU time that the server spends on each.

use anyhow::Context;

use crate::figures::float;
use crate::http::Connection;
use crate::process::CpuTime;
use crate::program::Program;

/// Connections at once.
const CONNECTIONS: u32 = 8;
/// Requests on each connection before anything is measured.
const WARM_UP_REQUESTS: u32 = 25;

/// Makes the next request.
pub(crate) type MakeRequest<'a> = dyn FnMut(&mut Vec<u8>) + 'a;

/// CPU time of `server` for one of `requests` requests, in microseconds. Each has to be answered with
/// `status`.
pub(crate) fn cpu_micros(
    server: &Program,
    requests: u32,
    status: u16,
    make: &mut MakeRequest<'_>,
) -> anyhow::Result<f64> {
    let mut connections = (0..CONNECTIONS)
        .map(|_| Connection::open(server.address))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let each = requests.div_ceil(CONNECTIONS);
    drive(&mut connections, WARM_UP_REQUESTS.min(each), status, make)
        .with_context(|| server.last_words())?;
    let before = CpuTime::of(server.pid())?;
    drive(&mut connections, each, status, make).with_context(|| server.last_words())?;
    let spent = CpuTime::of(server.pid())?.since(&before);
    Ok(float(spent) / 1e3 / f64::from(each * CONNECTIONS))
}

/// Sends `each` requests on every connection: always one on each, and then their answers are read.
///
/// One thread does it all: with several, how often one of them preempts the server is a matter of luck.
fn drive(
    connections: &mut [Connection],
    each: u32,
    status: u16,
    make: &mut MakeRequest<'_>,
) -> anyhow::Result<()> {
    let mut request = Vec::new();
    for _ in 0..each {
        for connection in connections.iter_mut() {
            request.clear();
            make(&mut request);
            connection.send(&request)?;
        }
        for connection in connections.iter_mut() {
            connection.receive_expected(status)?;
        }
    }
    Ok(())
}
