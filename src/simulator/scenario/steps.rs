//! From the text of the steps to what is done when.

use std::path::Path;
use std::time::Duration;

use super::Step;
use super::sentence::{Places, understand};
use super::walk::{Value, Walk, duration};
use crate::simulator::exchange::Config;

/// A scenario has as many steps at most.
const STEPS_MAX: usize = 10_000;

/// Understands the steps, one in each line: `at TIME SENTENCE` or `after TIME SENTENCE`; `#` begins a comment.
pub(super) fn steps(walk: &mut Walk, source: &str, value: &Value<'_>, site: &Config, folder: &Path) -> Vec<Step> {
    let Some(text) = value.get_ref().as_str() else {
        walk.mistake(walk.line_of(value), "steps is no text", "write the steps between ''' and ''', one in each line");
        return Vec::new();
    };
    let places = Places { site, folder };
    let first = first_line(walk, source, value);
    let mut steps: Vec<Step> = Vec::new();
    let mut last = Duration::ZERO;
    for (index, line) in text.lines().enumerate() {
        let number = first + index;
        let sentence = without_comment(line).trim();
        if sentence.is_empty() {
            continue;
        }
        if steps.len() == STEPS_MAX {
            walk.mistake(number, format!("there are more than {STEPS_MAX} steps"), "make several scenarios of it");
            break;
        }
        match timed(sentence, last).and_then(|(at, sentence)| Ok((at, understand(sentence, &places)?, sentence))) {
            Ok((at, doing, sentence)) => {
                last = at;
                steps.push(Step { line: number, at, sentence: sentence.to_owned(), doing });
            }
            Err((what, to_do)) => walk.mistake(number, what, to_do),
        }
    }
    steps
}

/// The line on which the text's own first line stands.
fn first_line(walk: &Walk, source: &str, value: &Value<'_>) -> usize {
    let raw = source.get(value.span()).unwrap_or_default();
    let after_quotes = raw.trim_start_matches(['\'', '"']);
    let is_next = after_quotes.starts_with('\n') || after_quotes.starts_with("\r\n");
    walk.line_of(value) + usize::from(is_next)
}

fn without_comment(line: &str) -> &str {
    let mut in_quotes = false;
    let end = line.char_indices().find(|(_, letter)| {
        in_quotes ^= *letter == '"';
        *letter == '#' && !in_quotes
    });
    // `#` is also a key of the telephone: only one that stands alone or begins the line is a comment.
    match end {
        Some((at, _)) if at == 0 || line[..at].ends_with(char::is_whitespace) => &line[..at],
        _ => line,
    }
}

/// The moment of a step, and what is left of it.
fn timed(sentence: &str, last: Duration) -> Result<(Duration, &str), (String, String)> {
    let to_do = || "begin it with \"at TIME\", counted from the first moment, or \"after TIME\", counted from the step before".to_owned();
    let mut words = sentence.splitn(3, char::is_whitespace);
    let (word, time, rest) = (words.next(), words.next().map(str::trim), words.next().map(str::trim));
    let (Some(word), Some(time), Some(rest)) = (word, time, rest) else {
        return Err((format!("{sentence:?} is no step"), to_do()));
    };
    if !matches!(word, "at" | "after") {
        return Err((format!("a step cannot begin with {word:?}"), to_do()));
    }
    let Some(length) = duration(time) else {
        return Err((format!("{time:?} is no length of time"), "write it as 20s, 500ms or 1m30s".to_owned()));
    };
    let at = if word == "at" { length } else { last.saturating_add(length) };
    if at < last {
        return Err((format!("the step at {time} comes before the one above it"), "put the steps in the order of time".to_owned()));
    }
    Ok((at, rest))
}
