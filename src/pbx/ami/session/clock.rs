//! The PBX's clock: the `Timestamp` of its events where it sends one (`timestampevents = yes`), else the moment of arrival.
//!
//! Where both clocks differ by more than [`TOLERANCE_US`], moments that have no `Timestamp` (lists, gaps) are moved onto the PBX's
//! clock by the last difference seen, so that one call is not told on two clocks.

use strowger_protocol::ami::Message;

use crate::telephony::Time;

/// Smaller differences are the time that messages travel.
const TOLERANCE_US: i64 = 1_000_000;

#[derive(Default, Debug)]
pub(super) struct PbxClock {
    ahead_us: i64,
}

impl PbxClock {
    pub(super) fn moment(&mut self, message: &Message, arrival: Time) -> Time {
        let Some(told) = message.get("Timestamp").and_then(timestamp) else { return self.at_arrival(arrival) };
        self.ahead_us = told.as_micros().saturating_sub(arrival.as_micros());
        told
    }

    pub(super) fn at_arrival(&self, arrival: Time) -> Time {
        if self.ahead_us.abs() > TOLERANCE_US { Time::from_micros(arrival.as_micros().saturating_add(self.ahead_us)) } else { arrival }
    }
}

/// `1795326918.088175`: seconds and microseconds.
fn timestamp(text: &[u8]) -> Option<Time> {
    let dot = text.iter().position(|b| *b == b'.')?;
    let (seconds, fraction) = (&text[..dot], &text[dot + 1..]);
    if seconds.is_empty() || seconds.len() > 12 || fraction.is_empty() || fraction.len() > 9 {
        return None;
    }
    let number = |digits: &[u8]| digits.iter().try_fold(0i64, |sum, b| b.is_ascii_digit().then(|| sum * 10 + i64::from(b - b'0')));
    let mut micros = number(&fraction[..fraction.len().min(6)])?;
    for _ in fraction.len()..6 {
        micros *= 10;
    }
    Some(Time::from_micros(number(seconds)? * 1_000_000 + micros))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps() {
        assert_eq!(timestamp(b"1795326918.088175"), Some(Time::from_micros(1_795_326_918_088_175)));
        assert_eq!(timestamp(b"1795326918.5"), Some(Time::from_micros(1_795_326_918_500_000)));
        assert_eq!(timestamp(b"1795326918"), None);
        assert_eq!(timestamp(b"soon.123"), None);
    }
}
