//! `strowger hub completeness`: what a report may lack, by site and day.

use std::io::{self, Write as _};

use clap::Args;
use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::cli::exit::{Exit, Failure, OrExit as _};
use crate::cli::message;
use crate::config::HubConfig;
use crate::daemon::clock::wall;
use crate::store::postgres::{self, CompletenessFilter, Postgres, SiteDay};

/// Tell what the database may lack of the sites
///
/// Every site numbers what it publishes, without holes. For each site and day: how many numbers belong there, how many came, which
/// are missing, and when a PBX was out of sight of its site. Days are those of UTC in which calls ended. What was published and is
/// still on its way counts as missing as soon as something later has come; what a site has not published yet cannot be known, so
/// see how far each site has told.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  strowger hub completeness                      the last seven days of all sites
  strowger hub completeness --site hq --day 2026-11-22
  strowger hub completeness --json | jq '.days[] | select(.missing > 0)'")]
pub(in crate::cli) struct Completeness {
    /// Only this site
    #[arg(long, value_name = "SITE")]
    site: Option<String>,

    /// Only this day, by UTC [default: the last seven]
    #[arg(long, value_name = "YYYY-MM-DD")]
    day: Option<Date>,

    /// As JSON
    #[arg(long)]
    json: bool,
}

const HEADINGS: [&str; 6] = ["SITE", "DAY", "EXPECTED", "PRESENT", "MISSING", "OUT OF SIGHT"];

impl Completeness {
    pub(super) fn run(&self, config: &HubConfig) -> Result<(), Failure> {
        let today = wall().timestamp().to_zoned(TimeZone::UTC).date();
        let (first, last) = self.day.map_or((today.saturating_sub(6.days()), today), |day| (day, day));
        let filter = CompletenessFilter { site: self.site.clone(), first, last };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().or_exit(Exit::Failed)?;
        let settings = &config.hub().postgres;
        let answer =
            runtime.block_on(async { Postgres::connect_existing(settings).await?.completeness(&filter).await }).or_exit(Exit::State)?;
        if self.site.is_some() && answer.sites.is_empty() && answer.days.is_empty() {
            return Err(Failure::new(
                Exit::Failed,
                anyhow::anyhow!("nothing was ever heard of a site {:?}", self.site.clone().unwrap_or_default()),
            ));
        }
        let mut out = io::BufWriter::new(io::stdout().lock());
        if self.json {
            serde_json::to_writer_pretty(&mut out, &answer).map_err(io::Error::from)?;
            writeln!(out)?;
        } else {
            table(&answer, &mut out)?;
        }
        Ok(out.flush()?)
    }
}

fn table(answer: &postgres::Completeness, out: &mut impl io::Write) -> io::Result<()> {
    let rows: Vec<[String; 6]> = answer.days.iter().map(row).collect();
    let mut widths = HEADINGS.map(str::len);
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    for row in std::iter::once(HEADINGS.map(str::to_owned)).chain(rows) {
        let line: Vec<String> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        writeln!(out, "{}", line.join("  ").trim_end())?;
    }
    for day in &answer.days {
        for hole in &day.holes {
            let aside = if hole.quarantined > 0 { format!(", {} of them in the quarantine", hole.quarantined) } else { String::new() };
            let numbers =
                if hole.first == hole.last { format!("number {}", hole.first) } else { format!("numbers {} to {}", hole.first, hole.last) };
            writeln!(
                out,
                "{} {}: {numbers} of {} missing{aside}: between {} and {}",
                day.site, day.day, hole.source, hole.after, hole.before
            )?;
        }
        for gap in &day.link_gaps {
            let until = gap.until.map_or_else(|| "and not back yet".to_owned(), |until| format!("to {until}"));
            writeln!(out, "{} {}: PBX {} ({}) out of sight from {} {until}", day.site, day.day, gap.pbx, gap.scope, gap.from)?;
        }
    }
    for site in &answer.sites {
        writeln!(out, "{}: told until {}, heard of at {}", site.site, site.told_until, site.heard_at)?;
    }
    if answer.sites.is_empty() && answer.days.is_empty() {
        message::plain("nothing was ever heard of any site");
    }
    Ok(())
}

fn row(day: &SiteDay) -> [String; 6] {
    let gaps = if day.link_gaps.is_empty() { "-".to_owned() } else { format!("{} times", day.link_gaps.len()) };
    [day.site.clone(), day.day.to_string(), day.expected.to_string(), day.present.to_string(), day.missing.to_string(), gaps]
}
