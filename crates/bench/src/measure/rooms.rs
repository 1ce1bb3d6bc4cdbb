//! What tokens and lists cost with many rooms in the store.

use anyhow::Context;
use greenroom_domain::RoomId;

use crate::cli::Rounds;
use crate::figures::{mb, median, median_ratio};
use crate::http::{self, Connection};
use crate::load::cpu_micros;
use crate::process::Memory;
use crate::program::Program;
use crate::report::{Figure, progress};
use crate::workbench::{API_KEY, Workbench, generate_request, room_name};

/// How many times a token may cost what it costs with one room.
const TOKEN_AIM: f64 = 1.1;
/// How many times a page out of many rooms may cost what it costs out of few.
const LIST_AIM: f64 = 3.0;
/// Tokens in one turn.
const TOKENS: u32 = 2_000;
/// Pages in one turn.
const PAGES: u32 = 100;
/// Every that many rounds of tokens, one of lists: there are many lists, and they cost more.
const ROUNDS_PER_LIST_ROUND: u32 = 3;
/// Rooms on a page, as without a parameter.
const PAGE_SIZE: usize = 20;
const CREATED: u16 = 201;
const OK: u16 = 200;

/// A server with so many rooms.
struct Site {
    server: Program,
    rooms: Vec<RoomId>,
}

impl Site {
    fn open(bench: &Workbench, count: usize) -> anyhow::Result<Self> {
        let name = format!("rooms-{count}");
        let rooms = bench.seed(&name, count)?;
        let server = bench.start(&name)?;
        let site = Self { server, rooms };
        site.ask_for_every_room()?;
        Ok(site)
    }

    /// A token for each room: from then on the server knows those that it can keep in mind.
    fn ask_for_every_room(&self) -> anyhow::Result<()> {
        let mut connection = Connection::open(self.server.address)?;
        for (number, room) in self.rooms.iter().enumerate() {
            connection.ask(&generate_request(*room), CREATED)?;
            if number > 0 && number % 20_000 == 0 {
                progress(format!("first tokens of {number} rooms"));
            }
        }
        Ok(())
    }

    /// CPU time of a token for any room.
    fn token_micros(&self) -> anyhow::Result<f64> {
        cpu_micros(&self.server, TOKENS, CREATED, &mut |request| {
            if let Some(room) = fastrand::choice(&self.rooms) {
                request.extend_from_slice(&generate_request(*room));
            }
        })
    }

    /// CPU time of a token for a room that is asked for all the time.
    fn same_room_micros(&self) -> anyhow::Result<f64> {
        let room = *self.rooms.first().context("no room")?;
        let wanted = generate_request(room);
        cpu_micros(&self.server, TOKENS, CREATED, &mut |request| {
            request.extend_from_slice(&wanted);
        })
    }

    /// CPU time of a page.
    fn list_micros(&self, query: &str) -> anyhow::Result<f64> {
        let query = query
            .replace("LAST", &(self.rooms.len() / PAGE_SIZE).to_string())
            .replace("MIDDLE", &(self.rooms.len() / PAGE_SIZE / 2).to_string())
            .replace('[', "%5B")
            .replace(']', "%5D");
        let wanted = http::request("GET", &format!("/v2/rooms{query}"), Some(API_KEY), "");
        cpu_micros(&self.server, PAGES, OK, &mut |request| {
            request.extend_from_slice(&wanted);
        })
    }
}

/// CPU time of tokens at 1, 1,000 and 100,000 rooms, and of lists at 1,000 and 100,000.
pub(crate) fn rooms(bench: &Workbench, rounds: Rounds) -> anyhow::Result<Vec<Figure>> {
    let one = Site::open(bench, 1)?;
    let few = Site::open(bench, 1_000)?;
    let many = Site::open(bench, 100_000)?;
    let mut figures = token_figures([&one, &few, &many], rounds)?;
    progress("tokens: done");
    for (what, query) in lists() {
        figures.push(list_figure(what, &query, [&few, &many], rounds)?);
        progress(format!("list, {what}: done"));
    }
    let [without, with] = [one.server.pid(), many.server.pid()].map(Memory::of);
    figures.push(Figure::plain(
        "Memory with 100,000 rooms in use",
        format!("with 1 room {:.1} MB", mb(without?.resident)),
        format!("{:.1} MB", mb(with?.resident)),
    ));
    for site in [one, few, many] {
        site.server.stop()?;
    }
    Ok(figures)
}

fn token_figures(sites: [&Site; 3], rounds: Rounds) -> anyhow::Result<Vec<Figure>> {
    let [one, few, many] = sites;
    let mut costs: [Vec<f64>; 4] = Default::default();
    for _ in 0..rounds.rounds {
        let turn = [
            one.token_micros()?,
            few.token_micros()?,
            many.token_micros()?,
            many.same_room_micros()?,
        ];
        for (cost, micros) in costs.iter_mut().zip(turn) {
            cost.push(micros);
        }
    }
    let [one, few, many, same] = costs;
    let figure = |what: &str, costs: &[f64]| {
        let measured = format!(
            "{:.1} µs; with 1 room {:.1} µs",
            median(costs),
            median(&one)
        );
        Figure::ratio(what, measured, median_ratio(costs, &one), TOKEN_AIM)
    };
    Ok(vec![
        figure("CPU of a token, any of 1,000 rooms", &few),
        figure("CPU of a token, any of 100,000 rooms", &many),
        figure("CPU of a token, the same of 100,000 rooms", &same),
    ])
}

/// The lists that are asked for, and their queries.
fn lists() -> Vec<(&'static str, String)> {
    let query = str::to_owned;
    vec![
        ("first page", query("")),
        ("first page of 250 rooms", query("?page[size]=250")),
        ("page in the middle", query("?page[number]=MIDDLE")),
        ("last page", query("?page[number]=LAST")),
        (
            "one name",
            format!("?filter[unique_name]={}", room_name(500)),
        ),
        (
            "made on one day",
            query("?filter[date_created_at][eq]=2021-01-01"),
        ),
        (
            "made since the first day",
            query("?filter[date_created_at][gte]=2021-01-01"),
        ),
        (
            "changed on one day",
            query("?filter[date_updated_at][eq]=2021-01-01"),
        ),
        (
            "changed since the first day",
            query("?filter[date_updated_at][gte]=2021-01-01"),
        ),
    ]
}

fn list_figure(
    what: &str,
    query: &str,
    [few, many]: [&Site; 2],
    rounds: Rounds,
) -> anyhow::Result<Figure> {
    let (mut of_few, mut of_many) = (Vec::new(), Vec::new());
    for _ in 0..rounds.rounds.div_ceil(ROUNDS_PER_LIST_ROUND) {
        of_few.push(few.list_micros(query)?);
        of_many.push(many.list_micros(query)?);
    }
    let measured = format!(
        "{:.0} µs of 100,000 rooms; of 1,000 {:.0} µs",
        median(&of_many),
        median(&of_few)
    );
    let ratio = median_ratio(&of_many, &of_few);
    Ok(Figure::ratio(
        &format!("CPU of a list, {what}"),
        measured,
        ratio,
        LIST_AIM,
    ))
}
