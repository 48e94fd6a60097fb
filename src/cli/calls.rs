//! `strowger calls`: the history of calls, newest first.

use std::io::{self, Write};

use clap::{Args, ValueEnum};

use super::exit::{Exit, Failure, OrExit as _};
use super::show::{self, Times, harmless, word};
use super::{Around, moment};
use crate::record::{CallOutcome, CallRecord, Direction};
use crate::store::{CallFilter, Cursor, GroupCount, StoreError};
use crate::telephony::Time;

/// How many calls are read from the store at once.
const PAGE: usize = 500;

/// How many are shown if neither a limit nor a time is given.
const LIMIT: usize = 100;

/// Show the history of calls, newest first
///
/// Everything that is asked for must hold; user, device, agent and group must hold for one and the same part of the call.
/// A call is there once its record is on disk, which is within milliseconds of its end.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Moments: 2026-11-22, '2026-11-22 14:30', 14:30, 2026-11-22T13:30:00Z, 2h, 7d, today, yesterday.

Examples:
  strowger calls                                        the last hundred calls
  strowger calls --user 'Noor Haddad' --since today     whatever is credited to her today
  strowger calls --number 01715550009 --since 30d       every call with that number in a month
  strowger calls --group Sales --outcome abandoned      what Sales has missed
  strowger calls --by-group --since 7d                  how many calls each group had in a week
  strowger calls --since yesterday --format csv         for a spreadsheet
  strowger calls --since 1h --format jsonl | jq .id     whole records for other programs")]
pub(super) struct Calls {
    /// Credited to this user: name, email or id
    #[arg(long, short, value_name = "USER")]
    user: Option<String>,
    /// With this extension, queue, trunk or other device
    #[arg(long, short, value_name = "DEVICE")]
    device: Option<String>,
    /// With this agent ID logged on
    #[arg(long, short, value_name = "AGENT")]
    agent: Option<String>,
    /// Counted for this group: name or id
    #[arg(long, short, value_name = "GROUP")]
    group: Option<String>,
    /// With this number as caller, dialled, or outside; long ones are compared by their last digits
    #[arg(long, short, value_name = "NUMBER")]
    number: Option<String>,
    /// Begun then or later
    #[arg(long, value_name = "MOMENT")]
    since: Option<String>,
    /// Begun before
    #[arg(long, value_name = "MOMENT")]
    until: Option<String>,
    /// How the call went
    #[arg(long, short, value_enum)]
    outcome: Option<Outcome>,
    /// By who began the call
    #[arg(long, value_enum)]
    direction: Option<Way>,
    /// On this PBX
    #[arg(long, value_name = "NAME")]
    pbx: Option<String>,
    /// Of another site, where several keep their calls on one server
    #[arg(long, value_name = "SITE", conflicts_with = "all_sites")]
    site: Option<String>,
    /// Of all sites that keep their calls there
    #[arg(long)]
    all_sites: bool,
    /// Count them by group instead: calls, and those that the group answered
    #[arg(long, conflicts_with_all = ["user", "device", "agent", "group", "number", "outcome", "direction", "pbx", "site", "all_sites", "limit"])]
    by_group: bool,
    /// How to show them
    #[arg(long, short, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// At most so many [default: 100, or all if --since is given]
    #[arg(long, short, value_name = "COUNT")]
    limit: Option<usize>,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
#[value(rename_all = "snake_case")]
enum Outcome {
    Answered,
    NoAnswer,
    Abandoned,
    Busy,
    Rejected,
    Failed,
    LinkLost,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
enum Way {
    Inbound,
    Outbound,
    Internal,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
enum Format {
    /// For people
    Table,
    /// Whole records, one in a line (JSON Lines)
    Jsonl,
    /// For spreadsheets, with a heading
    Csv,
}

impl Calls {
    pub(super) fn run(&self, around: &Around) -> Result<(), Failure> {
        let times = Times::local();
        let filter = self.filter(&times)?;
        let store = around.store()?;
        let mut out = io::BufWriter::new(io::stdout().lock());
        if self.by_group {
            let counts = store.count_by_group(filter.since, filter.until).or_exit(Exit::State)?;
            write_counts(&counts, self.format, &mut out)?;
            return Ok(out.flush()?);
        }
        let mut sheet = Sheet::new(self.format, times);
        let mut left = self.limit.unwrap_or(if self.since.is_some() { usize::MAX } else { LIMIT });
        let mut filter = filter;
        if filter.site.is_none() && !self.all_sites {
            filter.site = store.site().map(str::to_owned);
        }
        sheet.begin(&mut out)?;
        while left > 0 {
            filter.limit = left.min(PAGE);
            let page = store.calls(&filter).map_err(|error| {
                let exit = if matches!(error, StoreError::UnknownUser { .. }) { Exit::Failed } else { Exit::State };
                Failure::new(exit, error)
            })?;
            for record in &page {
                sheet.line(record, &mut out)?;
            }
            left -= page.len();
            filter.after = match page.last() {
                Some(last) if page.len() == filter.limit => Some(Cursor::of(last)),
                _ => break,
            };
        }
        sheet.end(&mut out)?;
        Ok(out.flush()?)
    }

    fn filter(&self, times: &Times) -> Result<CallFilter, Failure> {
        let now = crate::daemon::clock::wall();
        let moment = |name: &str, text: &Option<String>| -> Result<Option<Time>, Failure> {
            let parsed = text.as_deref().map(|text| moment::parse(text, now, times.zone())).transpose();
            parsed.map_err(|what| Failure::new(Exit::Usage, anyhow::anyhow!("--{name} {what}")))
        };
        Ok(CallFilter {
            site: self.site.clone(),
            user: self.user.clone(),
            device: self.device.clone(),
            agent: self.agent.clone(),
            group: self.group.clone(),
            number: self.number.clone(),
            since: moment("since", &self.since)?,
            until: moment("until", &self.until)?,
            outcome: self.outcome.map(Outcome::meant),
            direction: self.direction.map(Way::meant),
            pbx: self.pbx.clone(),
            after: None,
            limit: PAGE,
        })
    }
}

impl Outcome {
    fn meant(self) -> CallOutcome {
        match self {
            Self::Answered => CallOutcome::Answered,
            Self::NoAnswer => CallOutcome::NoAnswer,
            Self::Abandoned => CallOutcome::Abandoned,
            Self::Busy => CallOutcome::Busy,
            Self::Rejected => CallOutcome::Rejected,
            Self::Failed => CallOutcome::Failed,
            Self::LinkLost => CallOutcome::LinkLost,
        }
    }
}

impl Way {
    fn meant(self) -> Direction {
        match self {
            Self::Inbound => Direction::Inbound,
            Self::Outbound => Direction::Outbound,
            Self::Internal => Direction::Internal,
        }
    }
}

/// Writes calls in one format. A table is held back until its widths are known, at most a page of it.
struct Sheet {
    format: Format,
    times: Times,
    rows: Vec<[String; 8]>,
    widths: [usize; 8],
    shown: usize,
}

const HEADINGS: [&str; 8] = ["ID", "STARTED", "WAY", "CALLER", "DIALLED", "OUTCOME", "LASTED", "CREDITED TO"];

const CSV_HEADING: &str = "id,site,pbx,direction,caller_number,caller_name,dialled_number,dialled_name,started_at,answered_at,ended_at,\
duration_s,outcome,uncertain,credited_to,devices,anonymised_at";

impl Sheet {
    fn new(format: Format, times: Times) -> Self {
        Self { format, times, rows: Vec::new(), widths: HEADINGS.map(str::len), shown: 0 }
    }

    fn begin(&self, out: &mut impl Write) -> io::Result<()> {
        match self.format {
            Format::Csv => writeln!(out, "{CSV_HEADING}"),
            Format::Table | Format::Jsonl => Ok(()),
        }
    }

    fn line(&mut self, record: &CallRecord, out: &mut impl Write) -> io::Result<()> {
        match self.format {
            Format::Jsonl => writeln!(out, "{}", serde_json::to_string(record)?),
            Format::Csv => writeln!(out, "{}", csv(record)),
            Format::Table => {
                let row = self.row(record);
                for (width, cell) in self.widths.iter_mut().zip(&row) {
                    *width = (*width).max(cell.chars().count());
                }
                self.rows.push(row);
                if self.rows.len() >= PAGE { self.flush(out) } else { Ok(()) }
            }
        }
    }

    fn end(&mut self, out: &mut impl Write) -> io::Result<()> {
        if self.format == Format::Table {
            self.flush(out)?;
            if self.shown == 0 {
                super::message::plain("no calls match");
            }
        }
        Ok(())
    }

    fn flush(&mut self, out: &mut impl Write) -> io::Result<()> {
        if self.shown == 0 && !self.rows.is_empty() {
            write_row(out, &HEADINGS.map(str::to_owned), &self.widths)?;
        }
        for row in std::mem::take(&mut self.rows) {
            write_row(out, &row, &self.widths)?;
            self.shown += 1;
        }
        Ok(())
    }

    fn row(&self, record: &CallRecord) -> [String; 8] {
        let id = record.id.simple().to_string();
        [
            id[..10].to_owned(),
            self.times.moment(record.started_at),
            word(&record.direction),
            show::party(&record.caller),
            show::party(&record.dialled),
            word(&record.outcome),
            show::short_duration(record.ended_at.millis_since(record.started_at)),
            credited(record).map_or_else(|| "-".to_owned(), |names| harmless(&names).into_owned()),
        ]
    }
}

fn write_row(out: &mut impl Write, row: &[String; 8], widths: &[usize; 8]) -> io::Result<()> {
    let last = row.len() - 1;
    for (index, (cell, width)) in row.iter().zip(widths).enumerate() {
        if index == last {
            writeln!(out, "{cell}")?;
        } else {
            write!(out, "{cell:<width$}  ")?;
        }
    }
    Ok(())
}

fn write_counts(counts: &[GroupCount], format: Format, out: &mut impl Write) -> io::Result<()> {
    let width = counts.iter().map(|count| harmless(&count.group.name).chars().count()).max().unwrap_or_default().max("GROUP".len());
    match format {
        Format::Table => writeln!(out, "{:<width$}  {:>9}  {:>9}", "GROUP", "CALLS", "ANSWERED")?,
        Format::Csv => writeln!(out, "group,calls,answered")?,
        Format::Jsonl => {}
    }
    for GroupCount { group, calls, answered } in counts {
        match format {
            Format::Table => writeln!(out, "{:<width$}  {calls:>9}  {answered:>9}", harmless(&group.name))?,
            Format::Csv => writeln!(out, "{},{calls},{answered}", quoted(&no_formula(group.name.clone())))?,
            Format::Jsonl => {
                let line = serde_json::json!({"group": group.name, "group_id": group.id, "calls": calls, "answered": answered});
                writeln!(out, "{line}")?;
            }
        }
    }
    Ok(())
}

/// Each user once, in the order of their parts.
fn credited(record: &CallRecord) -> Option<String> {
    let mut names: Vec<&str> = Vec::new();
    for user in record.segments.iter().filter_map(|segment| segment.user.as_ref()) {
        if !names.contains(&user.name.as_str()) {
            names.push(&user.name);
        }
    }
    (!names.is_empty()).then(|| names.join(", "))
}

#[allow(clippy::cast_precision_loss, reason = "a call of 285,000 years is not expected")]
fn csv(record: &CallRecord) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let devices: Vec<&str> = record.segments.iter().map(|segment| segment.device.as_str()).collect();
    let cells = [
        record.id.to_string(),
        record.site.clone(),
        record.pbx.clone(),
        word(&record.direction),
        text(&record.caller.number),
        no_formula(text(&record.caller.name)),
        text(&record.dialled.number),
        no_formula(text(&record.dialled.name)),
        record.started_at.to_string(),
        record.answered_at.map_or_else(String::new, |at| at.to_string()),
        record.ended_at.to_string(),
        format!("{:.3}", record.ended_at.millis_since(record.started_at) as f64 / 1000.0),
        word(&record.outcome),
        (record.start_uncertain || record.end_uncertain || !record.gaps.is_empty()).to_string(),
        no_formula(credited(record).unwrap_or_default()),
        devices.join(" "),
        record.anonymised_at.map_or_else(String::new, |at| at.to_string()),
    ];
    cells.map(|cell| quoted(&cell)).join(",")
}

/// A caller may name himself `=HYPERLINK(…)`; a spreadsheet shall not take it for a formula.
fn no_formula(name: String) -> String {
    if name.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{name}") } else { name }
}

fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_cells() {
        assert_eq!(quoted("plain"), "plain");
        assert_eq!(quoted("Doe, \"Jane\""), "\"Doe, \"\"Jane\"\"\"");
        assert_eq!(no_formula("=1+1".to_owned()), "'=1+1");
        assert_eq!(no_formula("Jane".to_owned()), "Jane");
        assert_eq!(CSV_HEADING.split(',').count(), 17);
    }
}
