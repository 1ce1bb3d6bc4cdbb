//! What a token costs, beside the floor.

use anyhow::Context;
use greenroom_domain::RoomId;
use serde_json::Value;

use crate::cli::Rounds;
use crate::figures::{median, median_ratio};
use crate::http::{self, Connection};
use crate::load::{MakeRequest, cpu_micros};
use crate::program::Program;
use crate::report::{Figure, progress};
use crate::signatures::Signatures;
use crate::workbench::{Workbench, generate_request};

/// How many times the floor a token may cost.
const AIM: f64 = 1.3;
/// Requests in one turn.
const REQUESTS: u32 = 2_000;
/// Families whose refresh tokens are refreshed in turn.
const FAMILIES: usize = 64;
const CREATED: u16 = 201;

/// CPU time per token pair and per refresh.
pub(crate) fn tokens(bench: &Workbench, rounds: Rounds) -> anyhow::Result<Vec<Figure>> {
    let rooms = bench.seed("tokens", 1)?;
    let room = *rooms.first().context("no room")?;
    let greenroom = bench.start("tokens")?;
    let samples = Samples::take(&greenroom, room)?;
    let client = [signed_len(&samples.client_token)];
    let refresh = [signed_len(&samples.refresh_token)];
    let answers = [&samples.generate[..], &samples.refresh[..]];
    let floors = Floors {
        http: bench.start_floor("http", answers, [&[], &[]])?,
        all: bench.start_floor("all", answers, [&client, &refresh])?,
    };

    let generate = generate_request(room);
    let signatures = Signatures::new(&[client, refresh].concat(), &[])?;
    let generated = Costs::measure(&greenroom, &floors, &signatures, rounds, &mut |request| {
        request.extend_from_slice(&generate);
    })?;
    progress("generate_join_client_token: done");

    let mut turns = samples.refreshes.iter().cycle();
    let signatures = Signatures::new(&client, &refresh)?;
    let refreshed = Costs::measure(&greenroom, &floors, &signatures, rounds, &mut |request| {
        request.extend(turns.next().into_iter().flatten());
    })?;
    progress("refresh_client_token: done");
    greenroom.stop()?;
    floors.http.stop()?;
    floors.all.stop()?;
    Ok([
        generated.figures("`generate_join_client_token`", "2 signatures"),
        refreshed.figures("`refresh_client_token`", "1 check and 1 signature"),
    ]
    .concat())
}

/// What the program is compared with.
struct Floors {
    /// The HTTP stack.
    http: Program,
    /// The HTTP stack and the signatures, in one process.
    all: Program,
}

/// What each turn of a comparison cost, in microseconds.
#[derive(Debug, Default)]
struct Costs {
    greenroom: Vec<f64>,
    http: Vec<f64>,
    signatures: Vec<f64>,
    sum: Vec<f64>,
    all: Vec<f64>,
}

impl Costs {
    fn measure(
        greenroom: &Program,
        floors: &Floors,
        signatures: &Signatures,
        rounds: Rounds,
        make: &mut MakeRequest<'_>,
    ) -> anyhow::Result<Self> {
        let mut costs = Self::default();
        for _ in 0..rounds.rounds {
            let mut cpu = |server| cpu_micros(server, REQUESTS, CREATED, make);
            costs.greenroom.push(cpu(greenroom)?);
            costs.all.push(cpu(&floors.all)?);
            let http = cpu(&floors.http)?;
            let signatures = signatures.cpu_micros()?;
            costs.http.push(http);
            costs.signatures.push(signatures);
            costs.sum.push(http + signatures);
        }
        Ok(costs)
    }

    fn figures(&self, what: &str, signatures: &str) -> Vec<Figure> {
        let against = |floor: &[f64], how: String| {
            let measured = format!(
                "{:.1} µs; floor {:.1} µs: {how}",
                median(&self.greenroom),
                median(floor)
            );
            (measured, median_ratio(&self.greenroom, floor))
        };
        let (http, bare) = (median(&self.http), median(&self.signatures));
        let (sum, sum_ratio) = against(
            &self.sum,
            format!("HTTP {http:.1} + {signatures} {bare:.1}"),
        );
        let (all, all_ratio) = against(&self.all, format!("HTTP with {signatures} in one process"));
        vec![
            Figure::ratio(&format!("CPU of one {what}"), sum, sum_ratio, AIM),
            Figure::plain("the same", all, format!("{all_ratio:.2} times")),
        ]
    }
}

/// Answers of the program, for the floor to repeat, and what is needed to refresh.
struct Samples {
    generate: Vec<u8>,
    refresh: Vec<u8>,
    client_token: String,
    refresh_token: String,
    refreshes: Vec<Vec<u8>>,
}

impl Samples {
    fn take(greenroom: &Program, room: RoomId) -> anyhow::Result<Self> {
        let mut connection = Connection::open(greenroom.address)?;
        let mut pairs = Vec::new();
        for _ in 0..FAMILIES {
            let answer = connection.ask(&generate_request(room), CREATED)?;
            pairs.push((answer.raw.to_vec(), token_pair(answer.body)?));
        }
        let refreshes: Vec<_> = pairs
            .iter()
            .map(|(_, (_, refresh_token))| refresh_request(room, refresh_token))
            .collect();
        let first = refreshes.first().context("no refresh token")?;
        let refresh = connection.ask(first, CREATED)?.raw.to_vec();
        let (generate, (client_token, refresh_token)) =
            pairs.into_iter().next().context("no tokens")?;
        Ok(Self {
            generate,
            refresh,
            client_token,
            refresh_token,
            refreshes,
        })
    }
}

/// The client token and the refresh token of an answer.
pub(crate) fn token_pair(body: &[u8]) -> anyhow::Result<(String, String)> {
    let body: Value = serde_json::from_slice(body)?;
    let text = |name: &str| {
        let token = body.pointer("/data").and_then(|data| data.get(name));
        let token = token.and_then(Value::as_str).map(ToOwned::to_owned);
        token.with_context(|| format!("no {name} in the answer"))
    };
    Ok((text("token")?, text("refresh_token")?))
}

fn refresh_request(room: RoomId, refresh_token: &str) -> Vec<u8> {
    http::request(
        "POST",
        &format!("/v2/rooms/{room}/actions/refresh_client_token"),
        None,
        &format!(r#"{{"token_ttl_secs":600,"refresh_token":"{refresh_token}"}}"#),
    )
}

/// How many bytes of a token its signature is over.
fn signed_len(token: &str) -> usize {
    token
        .rsplit_once('.')
        .map_or(0, |(message, _)| message.len())
}
