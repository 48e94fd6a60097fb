//! Whose turn it is: pure, times in, decision out.
//!
//! What is deleted by a clock that is wrong does not come back, so one reading of it is not enough. The last run is noted beside the
//! calls: where it is further back than a machine is usually off, either that is so or the clock is ahead. Which of the two cannot be
//! known here, but a clock that is wrong is seldom left so for a day. So long the run waits. Where no run is noted there is nothing to
//! hold the clock against, so there the first one waits as long.

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{ToSpan as _, Zoned, civil};

use crate::store::Stood;
use crate::telephony::{Now, Time};

/// A last run further back is doubted, and so is a clock that moves by more at once. A long weekend off is no reason for doubt, nor is
/// a machine that sleeps at night.
pub(crate) const FAR: Duration = Duration::from_hours(4 * 24);

/// So long the clock has to go on steadily before a run that is far from the last one is done, and before a first one is counted.
pub(crate) const STANDING: Duration = Duration::from_hours(24);

/// A note so far in the future is none: the clock was ahead when it was written. Less is a clock that runs a little otherwise.
const AHEAD_MAX: Duration = Duration::from_hours(1);

/// Why a run waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Wait {
    /// The last run; of several the one that is furthest back.
    pub(crate) last: Time,
    /// What the clock says.
    pub(crate) now: Time,
    /// Until when, by that clock.
    pub(crate) until: Time,
}

/// What is worth telling, each of it once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum News {
    /// Runs wait from now on, or anew.
    Waits(Wait),
    /// They need not wait any longer: by the clock as it is now, the last run is not far back.
    Dropped,
    /// They have waited long enough.
    Stood,
}

/// What is to be done where the last run was noted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Turn {
    /// That this is to be noted as the last run, because there was one of the future, or none and the clock is believed by now.
    pub(crate) note: Option<Time>,
    /// Whether a run is to be done now.
    pub(crate) is_now: bool,
}

/// Decides, look by look, and remembers how the clock went.
#[derive(Debug)]
pub(crate) struct Turns {
    at: civil::Time,
    seen: Now,
    /// Since then the wall clock went as the monotonic one.
    steady_since: Now,
    /// And for so long in processes before this one.
    stood_before: Duration,
    /// What runs wait for, as it was told.
    told: Option<Now>,
}

impl Turns {
    /// From the first look on; the day's run is at this time of day. What was kept is gone on from where the clock has gone on from it,
    /// so that a machine that is off every night comes to its run as well.
    pub(crate) fn new(at: civil::Time, now: Now, kept: Option<Stood>) -> Self {
        let kept = kept.filter(|kept| kept.seen <= now.wall && !is_far(kept.seen, now.wall));
        Self { at, seen: now, steady_since: now, stood_before: kept.map_or(Duration::ZERO, |kept| kept.standing), told: None }
    }

    /// What is to be done for each note of a last run, what is to be told, and what is to be kept for the next process; `None`: nothing
    /// waits, what was kept is to be forgotten.
    pub(crate) fn look(&mut self, now: Now, zone: &TimeZone, notes: &[Option<Time>]) -> (Vec<Turn>, Option<News>, Option<Stood>) {
        self.observe(now);
        let standing = self.stood_before.saturating_add(now.monotonic.saturating_sub(self.steady_since.monotonic));
        let is_believed = standing >= STANDING;
        let local = |time: Time| time.timestamp().to_zoned(zone.clone());
        let mut furthest: Option<Time> = None;
        let turn = |noted: &Option<Time>| {
            let Some((last, note)) = counted_from(*noted, is_believed, now.wall) else {
                return Turn { note: None, is_now: false };
            };
            let is_far = is_far(last, now.wall);
            if is_far {
                furthest = Some(furthest.map_or(last, |other| other.min(last)));
            }
            Turn { note, is_now: (!is_far || is_believed) && is_due(self.at, &local(last), &local(now.wall)) }
        };
        let turns = notes.iter().map(turn).collect();
        // A run may take longer than the process has: until it is noted, the wait before it is not forgotten.
        let is_doubted = furthest.is_some() || (!is_believed && notes.iter().any(Option::is_none));
        let kept = is_doubted.then(|| Stood { seen: now.wall, standing: standing.min(STANDING) });
        let wait = furthest.filter(|_| !is_believed);
        let news = match (wait, self.told) {
            (Some(_), Some(since)) if since == self.steady_since => None,
            (Some(last), _) => {
                self.told = Some(self.steady_since);
                Some(News::Waits(Wait { last, now: now.wall, until: now.wall.plus(STANDING.saturating_sub(standing)) }))
            }
            (None, Some(_)) => {
                self.told = None;
                Some(if furthest.is_some() { News::Stood } else { News::Dropped })
            }
            (None, None) => None,
        };
        (turns, news, kept)
    }

    /// Compares how far both clocks went since the last look.
    fn observe(&mut self, now: Now) {
        let expected = self.seen.wall.plus(now.monotonic.saturating_sub(self.seen.monotonic));
        let (earlier, later) = (expected.min(now.wall), expected.max(now.wall));
        if is_far(earlier, later) {
            (self.steady_since, self.stood_before) = (now, Duration::ZERO);
        }
        self.seen = now;
    }
}

/// Whether that is further back than a last run usually is.
pub(crate) fn is_far(last: Time, now: Time) -> bool {
    last < now.minus(FAR)
}

/// The time that counts amid a run that began at `began`: a clock that is put forward meanwhile is not followed, one that is put back is.
pub(crate) fn amid(began: Now, now: Now) -> Time {
    now.wall.min(began.wall.plus(now.monotonic.saturating_sub(began.monotonic)))
}

/// From which moment on the next run is counted, and what is to be noted for it. Without a note it is the moment in which the clock is
/// believed, and none before.
fn counted_from(noted: Option<Time>, is_believed: bool, now: Time) -> Option<(Time, Option<Time>)> {
    match noted {
        None => is_believed.then_some((now, Some(now))),
        Some(last) if last > now.plus(AHEAD_MAX) => Some((now, Some(now))),
        Some(last) => Some((last, None)),
    }
}

/// Whether the time of day has come since the last run, or since the moment that was noted in its place: nothing goes in that moment.
fn is_due(at: civil::Time, last: &Zoned, now: &Zoned) -> bool {
    let today = now.date().to_datetime(at);
    let moment = if now.datetime() >= today { today } else { today.saturating_sub(1.day()) };
    last.datetime() < moment
}

#[cfg(test)]
mod tests;
