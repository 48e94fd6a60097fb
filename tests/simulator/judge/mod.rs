//! What may differ between a call and its record where a gap lay over it, and how (design §3); everywhere else nothing may.
//!
//! A moment is *seen* if no gap covers it. What happened at seen moments is told exactly; what happened at others may be told exactly,
//! or as the gap rules say: what is new at the resync begins in the gap and says so, what is gone ended at the last sign of life and
//! says so, and a credit whose instant was not seen says so. Each use of an allowance is counted by its name.

mod ends;
mod parts;
mod segments;
mod tie;
mod trial;

use std::collections::{BTreeMap, BTreeSet};

use strowger::record::CallRecord;
use strowger::telephony::Time;

use self::tie::together;
use self::trial::{Trial, apart};
use crate::compare::Difference;
use crate::windows::Window;

/// How it went.
#[derive(Default, Debug)]
pub(crate) struct Verdict {
    /// Beyond what the gap rules allow.
    pub(crate) wrong: Vec<Difference>,
    pub(crate) calls: usize,
    /// No gap touched them.
    pub(crate) untouched: usize,
    /// A gap touched them, and yet nothing differs.
    pub(crate) exact: usize,
    /// How many calls made use of which allowance.
    pub(crate) allowed: BTreeMap<&'static str, usize>,
}

/// Gaps, and how far apart the clocks of both sides may be.
#[derive(Debug)]
pub(crate) struct Judge {
    pub(crate) windows: Vec<Window>,
    pub(crate) tolerance_ms: u64,
    /// The trunks of the exchange, as they are named where nothing else is known of who is there.
    pub(crate) trunks: BTreeSet<String>,
    /// Whether a call is told with all its numbers.
    pub(crate) is_numbered: bool,
    /// The last signs of life before the program ended.
    pub(crate) restarts: Vec<Time>,
}

impl Judge {
    /// Holds all records against all calls.
    pub(crate) fn judge(&self, truth: &[CallRecord], records: &[CallRecord]) -> Verdict {
        let mut by_number: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, record) in records.iter().enumerate() {
            for number in &record.switch_calls {
                by_number.entry(number).or_default().push(index);
            }
        }
        let kin = self.kin(truth, records, &by_number);
        let mut verdict = Verdict { calls: truth.len(), ..Verdict::default() };
        for (call, kin) in truth.iter().zip(&kin) {
            let windows = self.over(call);
            let mut trial = Trial { judge: self, windows, wrong: Vec::new(), allowed: Vec::new() };
            let record = kin.first().map(|&index| &records[index]);
            // A hand-over that was not seen tied calls together that stay calls of their own here: so many records, one for each.
            let further: Vec<&CallRecord> = kin.iter().skip(1).map(|&index| &records[index]).collect();
            let (tied, twice): (Vec<_>, Vec<_>) = further.into_iter().partition(|further| trial.is_tied_unseen(call, record, further));
            for further in twice {
                trial.wrong.push(format!("told twice: also as {} of {}", further.switch_calls.join("+"), further.started_at));
            }
            match record {
                Some(record) if tied.is_empty() => trial.call(call, record),
                Some(record) => trial.call(call, &together(record, &tied)),
                None if trial.hides_all(call.started_at, call.ended_at) => trial.allowed.push("call not seen"),
                None if trial.is_untold(call) => trial.allowed.push("call at a tone after the gap"),
                None => trial.wrong.push("there is no record".to_owned()),
            }
            if trial.windows.is_empty() {
                verdict.untouched += 1;
            } else if trial.allowed.is_empty() && trial.wrong.is_empty() {
                verdict.exact += 1;
            }
            trial.allowed.sort_unstable();
            trial.allowed.dedup();
            for name in trial.allowed {
                *verdict.allowed.entry(name).or_default() += 1;
            }
            if !trial.wrong.is_empty() {
                for window in &trial.windows {
                    trial.wrong.push(format!("(out of sight: {:?} {} to {})", window.scope, window.from, window.until));
                }
                let difference = Difference { truth: Some(call.clone()), record: record.cloned(), places: trial.wrong, lines: Vec::new() };
                verdict.wrong.push(difference);
            }
        }
        let owned: BTreeSet<usize> = kin.into_iter().flatten().collect();
        for (_, record) in records.iter().enumerate().filter(|(index, _)| !owned.contains(index)) {
            let places = vec!["there was no such call".to_owned()];
            verdict.wrong.push(Difference { truth: None, record: Some(record.clone()), places, lines: Vec::new() });
        }
        verdict
    }

    /// The records of each call, the one that bears its first number first. No record is of two calls.
    fn kin(&self, truth: &[CallRecord], records: &[CallRecord], by_number: &BTreeMap<&str, Vec<usize>>) -> Vec<Vec<usize>> {
        let mut kin: Vec<Vec<usize>> = vec![Vec::new(); truth.len()];
        let mut free: BTreeSet<usize> = (0..records.len()).collect();
        for by_first in [true, false] {
            for (call, kin) in truth.iter().zip(&mut kin) {
                let numbers = call.switch_calls.iter().take(if by_first { 1 } else { usize::MAX });
                let mut found: Vec<usize> = numbers.filter_map(|number| by_number.get(number.as_str())).flatten().copied().collect();
                found.retain(|&index| {
                    let record = &records[index];
                    let fits = !by_first || record.switch_calls.first() == call.switch_calls.first();
                    fits && self.overlap(call, record) && free.contains(&index)
                });
                found.sort_by_key(|&index| (apart(records[index].started_at, call.started_at), index));
                found.dedup();
                free.retain(|index| !found.contains(index));
                kin.extend(found);
            }
        }
        kin
    }

    fn near(&self, a: Time, b: Time) -> bool {
        apart(a, b) <= self.tolerance_ms
    }

    /// `a` is not after `b`, as far as can be told.
    fn not_after(&self, a: Time, b: Time) -> bool {
        a.millis_since(b) <= self.tolerance_ms
    }

    fn overlap(&self, call: &CallRecord, record: &CallRecord) -> bool {
        self.not_after(record.started_at, call.ended_at) && self.not_after(call.started_at, record.ended_at)
    }

    /// The gaps that touch a call.
    fn over(&self, call: &CallRecord) -> Vec<&Window> {
        let trunk = call.trunk.as_deref();
        let concerns = |window: &Window| call.segments.iter().any(|segment| window.scope.covers(&segment.device, trunk));
        let touches = |window: &&Window| self.not_after(call.started_at, window.until) && self.not_after(window.from, call.ended_at);
        self.windows.iter().filter(touches).filter(|window| concerns(window)).collect()
    }
}
