//! `strowger explain`: one call in plain words, with who is credited and why.

mod course;
mod why;

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use clap::Args;

use super::Around;
use super::exit::{Exit, Failure, OrExit as _};
use super::show::{Times, duration, harmless, party, words};
use crate::directory::Directory;
use crate::record::{CallRecord, Rule, Segment};
use crate::store::StoreError;

const TITLE: Style = Style::new().bold();
const CREDITED: Style = AnsiColor::Green.on_default().bold();
const NOBODY: Style = Style::new().dimmed();
const DOUBT: Style = AnsiColor::Yellow.on_default();

/// Why a later change does not show.
const FOOTER: &str = "\
What counts is who was there at the answer; where nobody answered, when it was first called; for who called, when the call was begun.
Who logs on or off, or is given the extension, after that instant changes nothing.";

/// Tell one call in plain words: each part, who is credited with it, by which rule, on what evidence
///
/// The rules, in this order: an agent logged on at the device; the user whose primary or secondary extension it is; the user
/// of the main extension that it rings with (DEE); nobody. What counts is the instant of the answer; for a part that was never
/// answered, when it first rang or queued; for who calls, when the call was begun.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  strowger explain 5f1c09a2b3                  by the beginning of its id, as `strowger calls` and the log show it
  strowger explain 5f1c09a2b3 --format json    the whole record")]
pub(super) struct Explain {
    /// Id of the call, or its beginning
    call: String,
    /// How to tell it
    #[arg(long, short, value_enum, default_value_t = Format::Words)]
    format: Format,
}

#[derive(clap::ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
enum Format {
    /// In words
    Words,
    /// The record as it is stored
    Json,
}

impl Explain {
    pub(super) fn run(&self, around: &Around) -> Result<(), Failure> {
        let store = around.store()?;
        let found = store.call(&self.call).map_err(|error| {
            let is_asked_wrongly = matches!(error, StoreError::AmbiguousCall { .. } | StoreError::NotACallId { .. });
            Failure::new(if is_asked_wrongly { Exit::Failed } else { Exit::State }, error)
        })?;
        let record = found.ok_or_else(|| {
            let what = format!("no call begins with {:?}: a call is there once it has ended; `strowger calls` shows them", self.call);
            Failure::new(Exit::Failed, anyhow::anyhow!(what))
        })?;
        let mut out = io::BufWriter::new(anstream::stdout().lock());
        match self.format {
            Format::Words => tell(&record, &store.people_of_call(&record).or_exit(Exit::State)?, &Times::local(), &mut out)?,
            Format::Json => writeln!(out, "{}", serde_json::to_string_pretty(&record).or_exit(Exit::Failed)?)?,
        }
        Ok(out.flush()?)
    }
}

fn tell(record: &CallRecord, people: &Directory, times: &Times, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{TITLE}Call {}{TITLE:#}", record.id)?;
    writeln!(
        out,
        "{} call from {} to {}, site {}, PBX {}",
        capitalised(&words(&record.direction)),
        party(&record.caller),
        party(&record.dialled),
        record.site,
        record.pbx
    )?;
    let lasted = duration(record.ended_at.millis_since(record.started_at));
    let answered = record
        .answered_at
        .map_or_else(|| "nobody answered".to_owned(), |at| format!("answered after {}", duration(at.millis_since(record.started_at))));
    writeln!(out, "Began {}, {answered}, lasted {lasted}: {}", times.moment_and_zone(record.started_at), words(&record.outcome))?;
    if let Some(trunk) = &record.trunk {
        writeln!(out, "By trunk {}", harmless(trunk))?;
    }
    writeln!(out, "At the switch: {}", harmless(&record.switch_calls.join(", ")))?;
    doubts(record, times, out)?;
    for segment in &record.segments {
        writeln!(out)?;
        tell_segment(segment, record, people, times, out)?;
    }
    writeln!(out, "\n{FOOTER}")
}

fn doubts(record: &CallRecord, times: &Times, out: &mut impl Write) -> io::Result<()> {
    if let Some(at) = record.anonymised_at {
        writeln!(out, "{DOUBT}It was kept long enough: numbers and names were taken out {}.{DOUBT:#}", times.moment(at))?;
    }
    if record.start_uncertain {
        writeln!(out, "{DOUBT}It was there already when watching began: it began then or earlier.{DOUBT:#}")?;
    }
    if record.end_uncertain {
        writeln!(out, "{DOUBT}Its end was not seen: it ended then or later, before the PBX was in sight again.{DOUBT:#}")?;
    }
    for gap in &record.gaps {
        writeln!(out, "{DOUBT}The PBX was out of sight from {} until {}.{DOUBT:#}", times.clock(gap.from), times.clock(gap.until))?;
    }
    Ok(())
}

fn tell_segment(segment: &Segment, record: &CallRecord, people: &Directory, times: &Times, out: &mut impl Write) -> io::Result<()> {
    let agent = segment.agent.as_ref().map_or_else(String::new, |agent| format!(", agent {} logged on", harmless(agent)));
    let seq = segment.seq;
    writeln!(
        out,
        "{TITLE}{seq}. {} {}{TITLE:#} {}{agent}, {} to {}",
        capitalised(course::kind(segment.device_kind)),
        harmless(&segment.device),
        course::role(segment),
        times.clock(segment.started_at),
        times.clock(segment.ended_at)
    )?;
    writeln!(out, "   {}.", course::course(segment, record))?;
    match &segment.user {
        Some(user) => writeln!(
            out,
            "   Credited to {CREDITED}{}{CREDITED:#}{} by the rule \"{}\": {}.",
            harmless(&user.name),
            why::group(segment),
            why::rule(segment.attribution.rule),
            why::evidence(segment, &user.name, times)
        )?,
        None if record.anonymised_at.is_some() && segment.attribution.rule != Rule::None => {
            let rule = why::rule(segment.attribution.rule);
            writeln!(out, "   {NOBODY}To whom it was credited by the rule \"{rule}\"{} is no longer kept.{NOBODY:#}", why::group(segment))?;
        }
        None => writeln!(out, "   {NOBODY}Credited to nobody: {}.{NOBODY:#}", why::nobody(segment))?,
    }
    if let Some(change) = why::change(segment, people, times) {
        writeln!(out, "   {change}")?;
    }
    if segment.attribution.uncertain {
        writeln!(out, "   {DOUBT}This may be stale: the PBX was out of sight at that instant.{DOUBT:#}")?;
    }
    if record.anonymised_at.is_none() && (segment.user.is_some() || why::is_a_question(segment)) {
        writeln!(out, "   Looked at, in this order:")?;
        for sentence in &segment.attribution.considered {
            writeln!(out, "   - {}.", why::considered(sentence, times))?;
        }
    }
    Ok(())
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::PeopleFile;

    #[test]
    fn a_transferred_queue_call_in_words() {
        let record: CallRecord = serde_json::from_str(include_str!("../../tests/cli/record.json")).expect("a record");
        let mut told = Vec::new();
        tell(&record, &Directory::from_people(&PeopleFile::default()), &Times::utc(), &mut told).expect("written");
        insta::assert_snapshot!(anstream::adapter::strip_str(&String::from_utf8(told).expect("UTF-8")).to_string());
    }

    #[test]
    fn a_call_that_lost_numbers_and_names() {
        let record: CallRecord = serde_json::from_str(include_str!("../../tests/cli/record.json")).expect("a record");
        let record = crate::privacy::anonymise(&record, &crate::privacy::Numbers::Truncate, record.ended_at);
        let mut told = Vec::new();
        tell(&record, &Directory::from_people(&PeopleFile::default()), &Times::utc(), &mut told).expect("written");
        let told = anstream::adapter::strip_str(&String::from_utf8(told).expect("UTF-8")).to_string();
        assert!(told.contains("numbers and names were taken out") && told.contains("is no longer kept"), "{told}");
        assert!(!told.contains("Jane Doe") && !told.contains("01715550009") && !told.contains("Looked at"), "{told}");
    }
}
