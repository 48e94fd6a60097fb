//! Which numbers of a running sequence have come: ranges, so that a sequence without holes is one row however long it is.

use std::collections::BTreeMap;

use crate::telephony::Time;

/// Numbers that have all come, both ends included, with the moments that the first and the last of them tell of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Range {
    /// First number.
    pub(crate) first: u64,
    /// Last number.
    pub(crate) last: u64,
    /// What the first tells of.
    pub(crate) first_at: Time,
    /// What the last tells of.
    pub(crate) last_at: Time,
}

impl Range {
    fn holds(&self, number: u64) -> bool {
        (self.first..=self.last).contains(&number)
    }
}

/// What became of ranges when numbers came in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Merged {
    /// Take the place of those given, in order, none touching another.
    pub(crate) ranges: Vec<Range>,
    /// Those of the numbers that had not come before.
    pub(crate) fresh: Vec<u64>,
}

/// Adds numbers to ranges. `there` are those that hold or touch any of the numbers; they are disjoint.
pub(crate) fn merge(there: &[Range], numbers: &BTreeMap<u64, Time>) -> Merged {
    let is_there = |number: u64| there.iter().any(|range| range.holds(number));
    let fresh: Vec<u64> = numbers.keys().copied().filter(|number| !is_there(*number)).collect();
    let single = |number: &u64| Range { first: *number, last: *number, first_at: numbers[number], last_at: numbers[number] };
    let mut all: Vec<Range> = there.iter().copied().chain(fresh.iter().map(single)).collect();
    all.sort_unstable_by_key(|range| range.first);
    let mut ranges: Vec<Range> = Vec::new();
    for range in all {
        match ranges.last_mut() {
            Some(before) if before.last.saturating_add(1) >= range.first => {
                if range.last > before.last {
                    (before.last, before.last_at) = (range.last, range.last_at);
                }
            }
            _ => ranges.push(range),
        }
    }
    Merged { ranges, fresh }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn at(number: u64) -> Time {
        Time::from_millis(i64::try_from(number * 1000).expect("small"))
    }

    fn touching(ranges: &[Range], numbers: &BTreeMap<u64, Time>) -> (Vec<Range>, Vec<Range>) {
        let (low, high) = (numbers.keys().next().copied().unwrap_or(1), numbers.keys().next_back().copied().unwrap_or(0));
        ranges.iter().partition(|range| range.last + 1 >= low && range.first <= high + 1)
    }

    proptest! {
        #[test]
        fn ranges_are_the_set_of_what_came(batches in prop::collection::vec(prop::collection::vec(1_u64..60, 0..12), 0..12)) {
            let mut known = BTreeSet::new();
            let mut ranges: Vec<Range> = Vec::new();
            for batch in &batches {
                let numbers: BTreeMap<u64, Time> = batch.iter().map(|number| (*number, at(*number))).collect();
                let (there, mut others) = touching(&ranges, &numbers);
                let merged = merge(&there, &numbers);
                let fresh: BTreeSet<u64> = merged.fresh.iter().copied().collect();
                prop_assert_eq!(&fresh, &numbers.keys().copied().filter(|number| !known.contains(number)).collect());
                known.extend(fresh);
                others.extend(merged.ranges);
                others.sort_unstable_by_key(|range| range.first);
                ranges = others;
            }
            let told: BTreeSet<u64> = ranges.iter().flat_map(|range| range.first..=range.last).collect();
            prop_assert_eq!(&told, &known);
            prop_assert!(ranges.windows(2).all(|pair| pair[0].last + 1 < pair[1].first));
            prop_assert!(ranges.iter().all(|range| range.first_at == at(range.first) && range.last_at == at(range.last)));
        }
    }
}
