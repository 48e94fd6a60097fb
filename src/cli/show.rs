//! How times, durations and parties are shown to people. Texts that come from telephones are made harmless for terminals.

use std::borrow::Cow;

use jiff::tz::TimeZone;

use crate::record::PartyInfo;
use crate::telephony::Time;

/// Shows moments in one time zone.
#[derive(Clone, Debug)]
pub(super) struct Times(TimeZone);

impl Times {
    /// Of this machine, or as `TZ` says.
    pub(super) fn local() -> Self {
        Self(TimeZone::system())
    }

    #[cfg(test)]
    pub(super) fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// `2026-11-22 14:03:22`.
    pub(super) fn moment(&self, time: Time) -> String {
        self.zoned(time).strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// `2026-11-22 14:03:22 +01:00`.
    pub(super) fn moment_and_zone(&self, time: Time) -> String {
        self.zoned(time).strftime("%Y-%m-%d %H:%M:%S %:z").to_string()
    }

    /// `14:03:22.123`.
    pub(super) fn clock(&self, time: Time) -> String {
        self.zoned(time).strftime("%H:%M:%S%.3f").to_string()
    }

    pub(super) fn zone(&self) -> &TimeZone {
        &self.0
    }

    fn zoned(&self, time: Time) -> jiff::Zoned {
        time.to_millisecond().timestamp().to_zoned(self.0.clone())
    }
}

/// `1 h 02 min 03 s`, `3 min 04 s`, `12.3 s`.
pub(super) fn duration(millis: u64) -> String {
    let seconds = millis / 1000;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds}.{} s", millis % 1000 / 100),
        (0, minutes, seconds) => format!("{minutes} min {seconds:02} s"),
        (hours, minutes, seconds) => format!("{hours} h {minutes:02} min {seconds:02} s"),
    }
}

/// `1:02:03` or `3:04`, for tables.
pub(super) fn short_duration(millis: u64) -> String {
    let seconds = millis / 1000;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, minutes, seconds) => format!("{minutes}:{seconds:02}"),
        (hours, minutes, seconds) => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

/// `01715550009 (Jane Doe)`; `-` for nothing.
pub(super) fn party(party: &PartyInfo) -> String {
    match (party.number.as_deref(), party.name.as_deref()) {
        (Some(number), Some(name)) => format!("{} ({})", harmless(number), harmless(name)),
        (Some(one), None) | (None, Some(one)) => harmless(one).into_owned(),
        (None, None) => "-".to_owned(),
    }
}

/// Without control characters: names come as telephones send them.
pub(super) fn harmless(text: &str) -> Cow<'_, str> {
    let is_harmful = |c: char| c.is_control() || matches!(c, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if text.contains(is_harmful) { Cow::Owned(text.replace(is_harmful, "\u{fffd}")) } else { Cow::Borrowed(text) }
}

/// A word of the record's closed sets, as the record writes it.
pub(super) fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

/// The same with blanks, for sentences.
pub(super) fn words(value: &impl serde::Serialize) -> String {
    word(value).replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        assert_eq!(duration(12_345), "12.3 s");
        assert_eq!(duration(184_000), "3 min 04 s");
        assert_eq!(duration(3_723_000), "1 h 02 min 03 s");
        assert_eq!(short_duration(184_000), "3:04");
    }

    #[test]
    fn names_cannot_steer_the_terminal() {
        assert_eq!(harmless("Jane \u{1b}[2J\u{202e}Doe"), "Jane \u{fffd}[2J\u{fffd}Doe");
        assert_eq!(harmless("Jörg Jäger"), "Jörg Jäger");
    }
}
