//! What is due for a call: nothing, anonymising, or deleting.

use std::time::Duration;

use crate::telephony::Time;

/// How long calls are kept, counted from their end; `None`: that never happens.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Policy {
    /// Then numbers and names go.
    pub anonymise_after: Option<Duration>,
    /// Then the call goes; later than the other.
    pub delete_after: Option<Duration>,
}

/// What counts of a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Standing {
    /// When it ended.
    pub ended_at: Time,
    /// Numbers and names are gone already.
    pub is_anonymised: bool,
    /// Somebody who is credited in it is under a legal hold.
    pub is_held: bool,
}

/// What is to be done with a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fate {
    /// Nothing is due.
    Keep,
    /// Something is due, and a hold forbids it.
    Held,
    /// Take numbers and names out.
    Anonymise,
    /// Remove it.
    Delete,
}

impl Policy {
    /// Whether nothing is ever due.
    pub fn is_off(&self) -> bool {
        self.anonymise_after.is_none() && self.delete_after.is_none()
    }

    /// Calls that ended then or earlier are to be anonymised.
    pub fn anonymise_until(&self, now: Time) -> Option<Time> {
        self.anonymise_after.map(|after| now.minus(after))
    }

    /// Calls that ended then or earlier are to be deleted.
    pub fn delete_until(&self, now: Time) -> Option<Time> {
        self.delete_after.map(|after| now.minus(after))
    }

    /// Decides.
    pub fn fate(&self, call: &Standing, now: Time) -> Fate {
        let is_due = |until: Option<Time>| until.is_some_and(|until| call.ended_at <= until);
        let due = if is_due(self.delete_until(now)) {
            Fate::Delete
        } else if !call.is_anonymised && is_due(self.anonymise_until(now)) {
            Fate::Anonymise
        } else {
            Fate::Keep
        };
        if call.is_held && due != Fate::Keep { Fate::Held } else { due }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due() {
        let now = Time::from_millis(1_790_000_000_000);
        let day = Duration::from_hours(24);
        let both = Policy { anonymise_after: Some(day * 30), delete_after: Some(day * 90) };
        let fate = |policy: Policy, days: u32, is_anonymised, is_held| {
            policy.fate(&Standing { ended_at: now.minus(day * days), is_anonymised, is_held }, now)
        };
        let cases = [
            (both, 29, false, false, Fate::Keep),
            (both, 30, false, false, Fate::Anonymise),
            (both, 31, true, false, Fate::Keep),
            (both, 31, false, true, Fate::Held),
            (both, 29, false, true, Fate::Keep),
            (both, 90, false, false, Fate::Delete),
            (both, 90, true, false, Fate::Delete),
            (both, 90, true, true, Fate::Held),
            (Policy { delete_after: None, ..both }, 4000, true, false, Fate::Keep),
            (Policy { anonymise_after: None, ..both }, 89, false, false, Fate::Keep),
            (Policy { anonymise_after: None, ..both }, 90, false, false, Fate::Delete),
            (Policy::default(), 4000, false, false, Fate::Keep),
        ];
        for (policy, days, is_anonymised, is_held, expected) in cases {
            assert_eq!(fate(policy, days, is_anonymised, is_held), expected, "{policy:?} {days} {is_anonymised} {is_held}");
        }
    }
}
