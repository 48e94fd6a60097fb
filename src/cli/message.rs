//! The one door to standard error for what commands say to people. Data goes to standard output, log lines through `telemetry`.

use std::io::Write as _;

use anstyle::{AnsiColor, Style};

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const GOOD: Style = AnsiColor::Green.on_default();

/// What went wrong.
pub fn error(text: &str) {
    styled(ERROR, "error", text);
}

/// What should be mended.
pub fn warning(text: &str) {
    styled(WARNING, "warning", text);
}

/// What is all right.
pub fn good(text: &str) {
    styled(GOOD, "ok", text);
}

/// Anything else, as it is.
pub fn plain(text: &str) {
    say(format_args!("{text}\n"));
}

fn styled(style: Style, word: &str, text: &str) {
    say(format_args!("{style}{word}{style:#}: {text}\n"));
}

/// Nobody is left to hear that nobody hears: a failure to write is ignored.
fn say(text: std::fmt::Arguments<'_>) {
    drop(anstream::stderr().lock().write_fmt(text));
}
