//! Makes what `explain` says independent of the day: clock times become seconds since the call began, lengths whole seconds; ids and
//! days are blanked.

use jiff::civil::Time as Clock;
use jiff::{SpanRound, Unit};
use strowger::record::CallRecord;

/// The text with clock times as `+3 s` and lengths as `3 s`.
pub(crate) fn in_seconds(text: &str, record: &CallRecord) -> String {
    let began = record.started_at.to_string();
    let (day, clock) = began.split_once('T').expect("RFC 3339");
    let began: Clock = clock.trim_end_matches('Z').parse().expect("a clock time");
    let text = text.replace(&record.id.to_string(), "[id]").replace(day, DAY);
    text.lines().map(|line| of_line(line.trim_end(), began)).collect::<Vec<_>>().join("\n").trim_end().to_owned()
}

/// Instead of a day; the clock time after it has no fraction, so that it cannot be rounded.
const DAY: &str = "[day]";

fn of_line(line: &str, began: Clock) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    let mut told = Vec::new();
    for (place, word) in words.iter().enumerate() {
        let bare = word.trim_end_matches(|letter: char| !letter.is_ascii_digit());
        let tail = &word[bare.len()..];
        let is_length = words.get(place + 1).is_some_and(|next| next.trim_end_matches(|letter: char| !letter.is_alphabetic()) == "s");
        if place > 0 && words[place - 1] == DAY {
            told.push(format!("[time]{tail}"));
        } else if bare.contains(':')
            && let Ok(clock) = bare.parse::<Clock>()
        {
            told.push(format!("{:+} s{tail}", seconds(clock, began)));
        } else if is_length && let Ok(length) = bare.parse::<f64>() {
            told.push(format!("{length:.0}{tail}"));
        } else {
            told.push((*word).to_owned());
        }
    }
    told.join(" ")
}

/// To the nearest, also over midnight.
fn seconds(clock: Clock, began: Clock) -> i64 {
    const HALF_A_DAY_S: i64 = 43_200;
    let span = (clock - began).round(SpanRound::new().largest(Unit::Second).smallest(Unit::Second)).expect("a span of hours");
    let seconds = span.get_seconds();
    if seconds < -HALF_A_DAY_S { seconds + 2 * HALF_A_DAY_S } else { seconds }
}
