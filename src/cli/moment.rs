//! Moments as people type them: `2026-11-22`, `2026-11-22 14:30`, `14:30`, `2026-11-22T13:30:00Z`, `2h`, `today`, `yesterday`.

use jiff::civil;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use crate::telephony::Time;

/// The moment that `text` means, seen from `now` in `zone`. Dates mean their beginning, spans reach back.
pub(super) fn parse(text: &str, now: Time, zone: &TimeZone) -> Result<Time, String> {
    let text = text.trim();
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Ok(Time::from_micros(timestamp.as_microsecond()));
    }
    let here = now.timestamp().to_zoned(zone.clone());
    let wrong = || {
        format!(
            "{text:?} is no moment; write a date (2026-11-22), a time of today (14:30), both, a moment with its zone \
             (2026-11-22T13:30:00Z), a span back from now (30min, 2h, 7d), today or yesterday"
        )
    };
    let local = match text {
        "now" => return Ok(now),
        "today" => here.date().to_datetime(civil::Time::midnight()),
        "yesterday" => here.date().yesterday().map_err(|_| wrong())?.to_datetime(civil::Time::midnight()),
        _ => {
            if let Ok(date_time) = text.parse::<civil::DateTime>() {
                date_time
            } else if let Ok(time) = text.parse::<civil::Time>() {
                here.date().to_datetime(time)
            } else {
                let span = text.trim_start_matches('-').trim_end_matches("ago").trim().parse::<Span>().map_err(|_| wrong())?;
                let then = here.checked_sub(span.abs()).map_err(|_| wrong())?;
                return Ok(Time::from_micros(then.timestamp().as_microsecond()));
            }
        }
    };
    let then = local.to_zoned(zone.clone()).map_err(|_| wrong())?;
    Ok(Time::from_micros(then.timestamp().as_microsecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_people_type_them() {
        let now = Time::parse("2026-11-22T13:30:00Z").expect("a moment");
        let zone = TimeZone::fixed(jiff::tz::offset(1));
        for (text, meant) in [
            ("2026-11-22T05:00:00.5Z", "2026-11-22T05:00:00.500Z"),
            ("2026-11-22", "2026-11-21T23:00:00.000Z"),
            ("2026-11-22 14:00", "2026-11-22T13:00:00.000Z"),
            ("2026-11-22T14:00:30", "2026-11-22T13:00:30.000Z"),
            ("08:15", "2026-11-22T07:15:00.000Z"),
            ("2h", "2026-11-22T11:30:00.000Z"),
            ("2h ago", "2026-11-22T11:30:00.000Z"),
            ("-30min", "2026-11-22T13:00:00.000Z"),
            ("1d", "2026-11-21T13:30:00.000Z"),
            ("today", "2026-11-21T23:00:00.000Z"),
            ("yesterday", "2026-11-20T23:00:00.000Z"),
            ("now", "2026-11-22T13:30:00.000Z"),
        ] {
            assert_eq!(parse(text, now, &zone).map(|time| time.to_string()).as_deref(), Ok(meant), "{text}");
        }
        for wrong in ["", "tomorrow-ish", "2026-13-01", "25:00", "2 fortnights"] {
            assert!(parse(wrong, now, &zone).is_err(), "{wrong}");
        }
    }
}
