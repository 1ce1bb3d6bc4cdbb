//! What a token costs, beside the floor.

use anyhow::Context;
use greenroom_domain::RoomId;
use serde_json::Value;

use crate::cli::Rounds;
use crate::figures::{median, median_ratio};
use crate::http::{self, Connection};
use crate::load::cpu_micros;
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
    let [bare, audited] = ["tokens", "tokens-audited"].map(|name| bench.seed(name, 1));
    let bare = Measured::take(bench.start_unaudited("tokens")?, &bare?)?;
    let audited = Measured::take(bench.start("tokens-audited")?, &audited?)?;
    let samples = &bare.samples;
    let client = [signed_len(&samples.client_token)];
    let refresh = [signed_len(&samples.refresh_token)];
    let answers = [&samples.generate[..], &samples.refresh[..]];
    let floors = Floors {
        http: bench.start_floor("http", answers, [&[], &[]])?,
        all: bench.start_floor("all", answers, [&client, &refresh])?,
    };

    let signatures = Signatures::new(&[client, refresh].concat(), &[])?;
    let generate = |of: &Measured, request: &mut Vec<u8>| request.extend(generate_request(of.room));
    let generated = Costs::measure([&bare, &audited], &floors, &signatures, rounds, generate)?;
    progress("generate_join_client_token: done");

    let mut turn = 0;
    let signatures = Signatures::new(&client, &refresh)?;
    let refresh = |of: &Measured, request: &mut Vec<u8>| {
        turn += 1;
        let refreshes = &of.samples.refreshes;
        request.extend(refreshes.get(turn % FAMILIES).into_iter().flatten());
    };
    let refreshed = Costs::measure([&bare, &audited], &floors, &signatures, rounds, refresh)?;
    progress("refresh_client_token: done");
    for program in [bare.program, audited.program, floors.http, floors.all] {
        program.stop()?;
    }
    Ok([
        generated.figures("`generate_join_client_token`", "2 signatures"),
        refreshed.figures("`refresh_client_token`", "1 check and 1 signature"),
    ]
    .concat())
}

/// A running program with what is asked of it.
struct Measured {
    program: Program,
    room: RoomId,
    samples: Samples,
}

impl Measured {
    fn take(program: Program, rooms: &[RoomId]) -> anyhow::Result<Self> {
        let room = *rooms.first().context("no room")?;
        let samples = Samples::take(&program, room)?;
        Ok(Self {
            program,
            room,
            samples,
        })
    }
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
    audited: Vec<f64>,
    http: Vec<f64>,
    signatures: Vec<f64>,
    sum: Vec<f64>,
    all: Vec<f64>,
}

impl Costs {
    fn measure(
        [bare, audited]: [&Measured; 2],
        floors: &Floors,
        signatures: &Signatures,
        rounds: Rounds,
        mut make: impl FnMut(&Measured, &mut Vec<u8>),
    ) -> anyhow::Result<Self> {
        let mut costs = Self::default();
        for _ in 0..rounds.rounds {
            let mut cpu = |server, of| {
                cpu_micros(server, REQUESTS, CREATED, &mut |request| make(of, request))
            };
            costs.greenroom.push(cpu(&bare.program, bare)?);
            costs.all.push(cpu(&floors.all, bare)?);
            costs.audited.push(cpu(&audited.program, audited)?);
            let http = cpu(&floors.http, bare)?;
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
            Figure::plain(
                "the same with its line in the audit log",
                format!("{:.1} µs", median(&self.audited)),
                format!("{:.2} times", median_ratio(&self.audited, &self.sum)),
            ),
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
