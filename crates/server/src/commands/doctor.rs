//! `greenroom doctor`: looks at this machine and the configuration, before a server runs and while it does.
//!
//! Each check is a file: it gathers facts, and a pure function makes findings of them. Nothing is changed.

mod addresses;
mod certificate;
mod clock;
mod configuration;
mod database;
mod disk;
mod files;
mod finding;
mod limits;
mod media;
mod ports;
mod reach;
mod running;
mod traces;

use clap::Args;
use serde::Serialize;

use self::clock::Clock;
use self::finding::{Finding, Level};
use self::reach::{Asked, Report};
use super::{block_on, edges, say};
use crate::app::Edges;
use crate::cli::{Failure, ServeArgs};
use crate::edges::{Readings, readings};

#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    serve: ServeArgs,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Only ask whether media answers there, on this or another machine; may be repeated. `udp:` or `tcp:` before it
    /// asks by one of the two.
    #[arg(long, value_name = "IP:PORT")]
    reach: Vec<Asked>,
}

pub(crate) fn run(args: &DoctorArgs) -> Result<(), Failure> {
    let edges = edges();
    let findings = if args.reach.is_empty() {
        examine(args, &edges)?
    } else {
        let targets = args.reach.iter().flat_map(Asked::targets).collect();
        let reach = block_on(async { Ok(reach::ask(targets, &*edges.entropy).await) })?;
        let findings = reach::judge_from_outside(&reach);
        if args.json {
            say(json(&Report { reach })?);
            return Ok(());
        }
        findings
    };
    tell(findings, args.json)
}

/// What `--json` prints.
#[derive(Serialize)]
struct Told {
    version: &'static str,
    problems: usize,
    warnings: usize,
    findings: Vec<Finding>,
}

fn tell(findings: Vec<Finding>, as_json: bool) -> Result<(), Failure> {
    let count = |level: Level| {
        let of_level = findings.iter().filter(|finding| finding.level == level);
        of_level.count()
    };
    let (problems, warnings) = (count(Level::Problem), count(Level::Warning));
    if as_json {
        say(json(&Told {
            version: env!("CARGO_PKG_VERSION"),
            problems,
            warnings,
            findings,
        })?);
    } else {
        for finding in &findings {
            say(finding.line());
        }
    }
    if problems > 0 {
        return Err(Failure::Other(anyhow::anyhow!(
            "{problems} {} found",
            if problems == 1 { "problem" } else { "problems" }
        )));
    }
    Ok(())
}

fn json(value: &impl Serialize) -> Result<String, Failure> {
    Ok(serde_json::to_string_pretty(value).map_err(anyhow::Error::from)?)
}

/// All checks.
fn examine(args: &DoctorArgs, edges: &Edges) -> Result<Vec<Finding>, Failure> {
    let began = readings();
    let settings = match args.serve.settings() {
        Ok(settings) => settings,
        Err(error) => return Ok(vec![configuration::refused(&error)]),
    };
    let data = &settings.data;
    let engine = settings.media.engine(settings.listen, settings.tls_listen);
    let mut findings = configuration::judge(&settings);

    findings.push(files::judge_data_dir(&files::data_dir(data), data));
    findings.extend(files::judge(&files::look(&settings)));
    findings.extend(disk::look(data).iter().flat_map(disk::judge));

    let (server, database, collector) = block_on(async {
        Ok(tokio::join!(
            running::look(&settings),
            database::look(data),
            traces::look(&settings)
        ))
    })?;
    findings.extend(running::judge(&server, &settings));
    findings.extend(database::judge(&database));
    findings.extend(ports::judge(&ports::look(&settings), &server));
    findings.extend(collector.as_ref().map(traces::judge));

    let addresses = addresses::look(&settings, &engine);
    findings.extend(addresses::judge(&addresses));
    let mut answering = None;
    if !server.runs() {
        let (started, finding) = media::start(&engine, edges.entropy.clone());
        answering = started;
        findings.push(finding);
    }
    // Where another program has the ports there is nobody to ask.
    if server.runs() || answering.is_some() {
        match reach::ask_from_outside(&reach::targets(&addresses, &engine)) {
            Ok(reached) => findings.extend(reach::judge(&reached, &addresses)),
            Err(reason) => findings.push(Finding::warning(
                "media_not_tried",
                format!("whether media can be reached could not be tried: {reason}"),
                "Run: greenroom doctor --reach IP:PORT",
            )),
        }
    }
    drop(answering);

    let certificate = certificate::look(&settings);
    let now = edges.clock.now();
    findings.extend(
        certificate
            .iter()
            .flat_map(|files| certificate::judge(files, now)),
    );
    findings.extend(limits::judge(&limits::look(
        &settings,
        &engine,
        running::pid(data),
    )));
    findings.extend(clock::judge(&look_at_clock(&began, &database)));
    Ok(findings)
}

fn look_at_clock(began: &Readings, database: &database::Database) -> Clock {
    let ended = readings();
    let wall = ended.wall.unix_micros() - began.wall.unix_micros();
    let monotonic = ended.monotonic.saturating_duration_since(began.monotonic);
    Clock {
        now: ended.wall,
        stepped_ms: clock::stepped_ms(wall, monotonic),
        newest_record: database.newest(),
        program_written: clock::program_written(),
        is_synchronised: clock::is_synchronised(),
    }
}
