//! Moments: what the PBX said or when bytes arrived, in microseconds.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A moment on the wall clock: microseconds since 1970-01-01T00:00:00Z.
///
/// Serialised as that integer wherever the program talks to itself (journal, checkpoint); the call record
/// writes RFC 3339 in UTC with milliseconds through [`rfc3339`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Time(i64);

impl Time {
    /// Before everything: the start of an association that has always held.
    pub const MIN: Self = Self(i64::MIN);

    /// From microseconds since 1970-01-01T00:00:00Z.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// From milliseconds since 1970-01-01T00:00:00Z.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1000))
    }

    /// Whole milliseconds since 1970-01-01T00:00:00Z, rounded down: the precision of the call record.
    pub const fn as_millis(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The same moment to the millisecond, rounded down.
    #[must_use]
    pub const fn to_millisecond(self) -> Self {
        Self(self.0.div_euclid(1000) * 1000)
    }

    /// Milliseconds from `earlier` to here, counted between whole milliseconds; 0 when `earlier` is later.
    pub const fn millis_since(self, earlier: Self) -> u64 {
        let difference = self.as_millis() - earlier.as_millis();
        if difference > 0 { difference.unsigned_abs() } else { 0 }
    }

    /// This moment moved on by `duration`.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }

    /// This moment moved back by `duration`.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }

    /// Parses an RFC 3339 text such as `2026-11-22T05:00:00.123456Z`.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>().ok().map(|t| Self(t.as_microsecond()))
    }

    /// RFC 3339 in UTC with microseconds, as capture files write it.
    pub fn to_rfc3339_micros(self) -> String {
        format!("{:.6}", self.timestamp())
    }

    /// The calendar's view of this moment; the bounds of the calendar where it lies outside (years -9999 to 9999).
    pub fn timestamp(self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.0).unwrap_or(if self.0 < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX })
    }
}

impl fmt::Display for Time {
    /// RFC 3339 in UTC with milliseconds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.to_millisecond().timestamp())
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.6}", self.timestamp())
    }
}

/// Both clocks at one moment. Events are stamped with `wall`; timers count on `monotonic`, which never jumps.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Now {
    /// The wall clock.
    pub wall: Time,
    /// Time since the process (or the replayed capture) began.
    pub monotonic: Duration,
}

/// `#[serde(with = "rfc3339")]`: RFC 3339 text in UTC with milliseconds.
pub mod rfc3339 {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use super::Time;

    /// Writes the text.
    pub fn serialize<S: Serializer>(time: &Time, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(time)
    }

    /// Reads the text.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Time, D::Error> {
        let text = String::deserialize(deserializer)?;
        Time::parse(&text).ok_or_else(|| D::Error::custom(format!("{text:?} is not an RFC 3339 time")))
    }

    /// The same for a time that may be missing (`null`).
    pub mod option {
        use serde::{Deserialize, Deserializer, Serializer, de::Error};

        use super::super::Time;

        /// Writes the text or `null`.
        pub fn serialize<S: Serializer>(time: &Option<Time>, serializer: S) -> Result<S::Ok, S::Error> {
            match time {
                Some(time) => serializer.collect_str(time),
                None => serializer.serialize_none(),
            }
        }

        /// Reads the text or `null`.
        pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Time>, D::Error> {
            let text = Option::<String>::deserialize(deserializer)?;
            text.map(|text| Time::parse(&text).ok_or_else(|| D::Error::custom(format!("{text:?} is not an RFC 3339 time")))).transpose()
        }
    }

    /// The same for a list of spans `[["from","until"], …]`.
    pub mod spans {
        use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

        use super::super::Time;

        /// Writes pairs of texts.
        pub fn serialize<S: Serializer>(spans: &[(Time, Time)], serializer: S) -> Result<S::Ok, S::Error> {
            let texts: Vec<[String; 2]> = spans.iter().map(|(from, until)| [from.to_string(), until.to_string()]).collect();
            texts.serialize(serializer)
        }

        /// Reads pairs of texts.
        pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<(Time, Time)>, D::Error> {
            let parse = |text: &str| Time::parse(text).ok_or_else(|| D::Error::custom(format!("{text:?} is not an RFC 3339 time")));
            let texts = Vec::<[String; 2]>::deserialize(deserializer)?;
            texts.iter().map(|[from, until]| Ok((parse(from)?, parse(until)?))).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_milliseconds_rounded_down() {
        let time = Time::parse("2026-11-22T05:00:00.123956Z").expect("valid");
        assert_eq!(time.to_string(), "2026-11-22T05:00:00.123Z");
        assert_eq!(time.to_rfc3339_micros(), "2026-11-22T05:00:00.123956Z");
    }

    #[test]
    fn counts_between_whole_milliseconds() {
        let (a, b) = (Time::from_micros(1_999), Time::from_micros(3_001));
        assert_eq!(b.millis_since(a), 2);
        assert_eq!(a.millis_since(b), 0);
    }
}
