//! What is printed: progress on standard error, one Markdown table on standard output.

use std::fmt::Display;
use std::io::Write;

/// One line of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Figure {
    /// What was measured.
    pub(crate) what: String,
    /// What came out, as text with its unit.
    pub(crate) measured: String,
    /// What it is compared with, and the ratio or plain value that the aim is about.
    pub(crate) result: String,
    /// What it should be; empty if there is no aim.
    pub(crate) aim: String,
    /// Whether it is; `None` if there is no aim.
    pub(crate) met: Option<bool>,
}

impl Figure {
    /// A value without an aim.
    pub(crate) fn plain(what: &str, measured: String, result: String) -> Self {
        Self {
            what: what.to_owned(),
            measured,
            result,
            aim: String::new(),
            met: None,
        }
    }

    /// A ratio that should be at most `aim`.
    pub(crate) fn ratio(what: &str, measured: String, ratio: f64, aim: f64) -> Self {
        Self {
            what: what.to_owned(),
            measured,
            result: format!("{ratio:.2} times"),
            aim: format!("at most {aim} times"),
            met: Some(ratio <= aim),
        }
    }

    /// A value that should be at most `aim`, in `unit`.
    pub(crate) fn at_most(what: &str, measured: String, value: f64, aim: f64, unit: &str) -> Self {
        Self {
            what: what.to_owned(),
            measured,
            result: format!("{value:.1} {unit}"),
            aim: format!("at most {aim:.0} {unit}"),
            met: Some(value <= aim),
        }
    }

    fn cells(&self) -> [&str; 5] {
        let met = match self.met {
            Some(true) => "yes",
            Some(false) => "**no**",
            None => "",
        };
        [&self.what, &self.measured, &self.result, &self.aim, met]
    }
}

/// Prints the table.
pub(crate) fn print(figures: &[Figure]) {
    let mut out = std::io::stdout().lock();
    // A reader that is gone is no fault.
    let _ = out.write_all(table(figures).as_bytes());
}

fn table(figures: &[Figure]) -> String {
    let head = ["what", "measured", "result", "aim", "met"];
    let rows: Vec<_> = std::iter::once(head)
        .chain(figures.iter().map(Figure::cells))
        .collect();
    let widths: [usize; 5] = std::array::from_fn(|column| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or_default()
    });
    let line = |row: &[&str; 5]| {
        let cells = row.iter().zip(widths);
        cells
            .map(|(cell, width)| format!("| {cell:width$} "))
            .chain([String::from("|\n")])
            .collect::<String>()
    };
    let mut lines: Vec<_> = rows.iter().map(line).collect();
    let rule = widths.map(|width| "-".repeat(width + 2)).join("|");
    lines.insert(1, format!("|{rule}|\n"));
    lines.concat()
}

/// Says how far the measuring is.
pub(crate) fn progress(what: impl Display) {
    let _ = writeln!(std::io::stderr(), "  {what}");
}

/// Says why there are no figures.
pub(crate) fn say_error(error: &anyhow::Error) {
    let _ = writeln!(std::io::stderr(), "greenroom-bench: {error:#}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_with_verdicts() {
        let figures = [
            Figure::ratio("tokens", "13 µs, floor 10 µs".into(), 1.3, 1.3),
            Figure::at_most("size", String::new(), 31.0, 30.0, "MB"),
            Figure::plain("keepalive", "20 µs".into(), String::new()),
        ];
        let text = table(&figures);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 5);
        assert!(lines[2].contains("1.30 times") && lines[2].ends_with("| yes    |"));
        assert!(lines[3].contains("31.0 MB") && lines[3].ends_with("| **no** |"));
        let width = lines[0].chars().count();
        assert!(lines.iter().all(|line| line.chars().count() == width));
    }
}
