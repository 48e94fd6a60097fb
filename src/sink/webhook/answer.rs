//! What an answer to a request means.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, LOCATION, RETRY_AFTER};

/// How one request went.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Answer {
    /// 2xx.
    Accepted,
    /// The receiver answered that it does not take this message: the others may fare better.
    Refused {
        /// After so many such answers, while others are accepted, the message is to blame.
        patience: u32,
        why: String,
    },
    /// The receiver takes nothing now.
    Unwell {
        /// As the receiver asks.
        after: Option<Duration>,
        why: String,
    },
    /// 410: the receiver wants nothing more, ever.
    Gone,
}

/// A message that is wrong does not get right.
const PATIENCE_WRONG: u32 = 2;

/// A fault of the receiver may pass.
const PATIENCE_FAULT: u32 = 3;

/// The longest `Retry-After` that is followed.
const RETRY_AFTER_MAX: Duration = Duration::from_hours(24);

/// By the standard's suggestions for status codes.
pub(super) fn of(status: StatusCode, headers: &HeaderMap) -> Answer {
    let why = || format!("the receiver answered {status}");
    match status.as_u16() {
        200..=299 => Answer::Accepted,
        300..=399 => {
            let to = headers.get(LOCATION).and_then(|to| to.to_str().ok()).map_or_else(String::new, |to| format!(" to {}", shown(to)));
            Answer::Unwell {
                after: None,
                why: format!("the receiver answered {status}: redirected{to}; redirects are not followed, set `url` to the right place"),
            }
        }
        410 => Answer::Gone,
        // Not this message, but whoever sends it, or how often.
        401 | 403 | 404 | 405 | 407 | 408 | 421 | 425 | 426 | 429 | 502..=504 => Answer::Unwell { after: retry_after(headers), why: why() },
        400..=499 => Answer::Refused { patience: PATIENCE_WRONG, why: why() },
        _ => Answer::Refused { patience: PATIENCE_FAULT, why: why() },
    }
}

/// In seconds; a date is rare, and the ladder waits long enough for it.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(RETRY_AFTER_MAX))
}

fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&'static str, &'static str)]) -> Answer {
        let headers = headers.iter().map(|(name, value)| (name.parse().expect("a name"), value.parse().expect("a value"))).collect();
        of(StatusCode::from_u16(status).expect("a status"), &headers)
    }

    #[test]
    fn as_the_standard_suggests() {
        assert_eq!(answer(204, &[]), Answer::Accepted);
        assert_eq!(answer(410, &[]), Answer::Gone);
        assert!(
            matches!(answer(301, &[("location", "https://x.example.com/")]), Answer::Unwell { why, .. } if why.contains("redirected to https://x.example.com/"))
        );
        assert!(matches!(answer(429, &[("retry-after", "7")]), Answer::Unwell { after: Some(after), .. } if after.as_secs() == 7));
        assert!(matches!(answer(503, &[("retry-after", "99999999")]), Answer::Unwell { after: Some(RETRY_AFTER_MAX), .. }));
        assert!(matches!(answer(502, &[("retry-after", "soon")]), Answer::Unwell { after: None, .. }));
        assert!(matches!(answer(422, &[]), Answer::Refused { patience: PATIENCE_WRONG, .. }));
        assert!(matches!(answer(500, &[]), Answer::Refused { patience: PATIENCE_FAULT, .. }));
    }
}
