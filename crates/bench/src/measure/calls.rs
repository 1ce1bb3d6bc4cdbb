//! What calls cost, ours beside Debian's Janus in turns: the same clients, the same network, the same minutes.

mod audiobridge;
mod capacity;
mod forward;
mod growth;
mod join;
mod memory;

use std::time::Duration;

use clap::Args;

use crate::calls::{Rival, Site, Stage};
use crate::machine::raise_open_files;
use crate::report::{Figure, progress};
use crate::workbench::Workbench;

/// Sockets of the largest crowd, twice over: a client has one for media and shares one for its session.
const OPEN_FILES: u64 = 4_000;

/// How to measure calls.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Turns {
    /// How often each server is measured, in turns; the median counts.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) rounds: u32,
    /// How long it is watched each time.
    #[arg(long, value_name = "SECS", default_value_t = 8, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub(crate) secs: u64,
    /// Measures one of them only; then there are no ratios.
    #[arg(long, value_name = "WHICH")]
    pub(crate) only: Option<Rival>,
}

/// Which measuring of calls.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Calls {
    Forward,
    Audiobridge,
    Memory,
    Join,
    Growth,
    Capacity,
    All,
}

/// Runs it, inside the network of the bench.
pub(crate) fn calls(bench: &Workbench, turns: Turns, which: Calls) -> anyhow::Result<Vec<Figure>> {
    raise_open_files(OPEN_FILES)?;
    let stage = Stage::set_up()?;
    let scene = Scene {
        bench,
        stage: &stage,
        turns,
    };
    match which {
        Calls::Forward => forward::forward(&scene),
        Calls::Audiobridge => audiobridge::audiobridge(&scene),
        Calls::Memory => memory::memory(&scene),
        Calls::Join => join::join(&scene),
        Calls::Growth => growth::growth(&scene),
        Calls::Capacity => capacity::capacity(&scene),
        Calls::All => {
            let mut figures = forward::forward(&scene)?;
            figures.extend(audiobridge::audiobridge(&scene)?);
            figures.extend(memory::memory(&scene)?);
            figures.extend(join::join(&scene)?);
            figures.extend(growth::growth(&scene)?);
            figures.extend(capacity::capacity(&scene)?);
            Ok(figures)
        }
    }
}

/// What every measuring of calls is given.
struct Scene<'a> {
    bench: &'a Workbench,
    stage: &'a Stage,
    turns: Turns,
}

/// One value of each round, for both servers; empty for one that was not measured.
#[derive(Debug)]
struct Values<T> {
    ours: Vec<T>,
    theirs: Vec<T>,
}

impl Scene<'_> {
    /// Measures the servers in turns, each time freshly started with that many rooms.
    fn in_turns<T>(
        &self,
        what: &str,
        rooms: usize,
        measure: impl Fn(&Site) -> anyhow::Result<T>,
    ) -> anyhow::Result<Values<T>> {
        let mut values = Values {
            ours: Vec::new(),
            theirs: Vec::new(),
        };
        for round in 1..=self.turns.rounds {
            for rival in [Rival::Greenroom, Rival::Janus] {
                if self.turns.only.is_some_and(|only| only != rival) {
                    continue;
                }
                let name = format!("{what}-{rival}-{round}").replace(' ', "-");
                let site = Site::start(self.bench, self.stage, rival, &name, rooms)?;
                let value = measure(&site)?;
                site.stop()?;
                match rival {
                    Rival::Greenroom => values.ours.push(value),
                    Rival::Janus => values.theirs.push(value),
                }
                progress(format!("{what}, round {round}: {rival} done"));
            }
        }
        Ok(values)
    }

    /// How long a server is watched.
    const fn window(&self) -> Duration {
        Duration::from_secs(self.turns.secs)
    }
}

impl<T> Values<T> {
    /// One number of each round.
    fn of(&self, number: impl Fn(&T) -> f64) -> Values<f64> {
        Values {
            ours: self.ours.iter().map(&number).collect(),
            theirs: self.theirs.iter().map(&number).collect(),
        }
    }
}

impl Values<f64> {
    /// The ratio that the aim is about, or the plain value of the one that was measured.
    fn figure(&self, what: &str, unit: &str, measured: String, aim: f64) -> Figure {
        use crate::figures::{median, median_ratio};
        if self.ours.is_empty() || self.theirs.is_empty() {
            let alone = median(&[&self.ours[..], &self.theirs[..]].concat());
            return Figure::plain(what, measured, format!("{alone:.2} {unit}"));
        }
        let (ours, theirs) = (median(&self.ours), median(&self.theirs));
        let measured = format!("{ours:.2} {unit}; Janus {theirs:.2} {unit}{measured}");
        Figure::ratio(what, measured, median_ratio(&self.ours, &self.theirs), aim)
    }

    /// Both medians, as text.
    fn both(&self, unit: &str) -> String {
        use crate::figures::median;
        let text = |values: &[f64]| {
            if values.is_empty() {
                String::from("not measured")
            } else {
                format!("{:.2}{unit}", median(values))
            }
        };
        format!("{}; Janus {}", text(&self.ours), text(&self.theirs))
    }
}
