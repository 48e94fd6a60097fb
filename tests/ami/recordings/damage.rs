//! Recordings that are damaged: messages lost, doubled, late, cut; and those that break off.

use std::collections::BTreeSet;

use bytes::Bytes;
use proptest::prelude::*;
use proptest::sample::Index;
use strowger::pbx::capture::Entry;

use super::capture::{Line, people};
use super::{all, assert_sound, hear, messages, read};

#[derive(Clone, Debug)]
enum Damage {
    Lost(Index),
    Doubled(Index),
    Late(Index),
    Cut(Index, Index),
    BrokenOff(Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        4 => any::<Index>().prop_map(Damage::Lost),
        3 => any::<Index>().prop_map(Damage::Doubled),
        4 => any::<Index>().prop_map(Damage::Late),
        3 => any::<(Index, Index)>().prop_map(|(which, at)| Damage::Cut(which, at)),
        1 => any::<Index>().prop_map(Damage::BrokenOff),
    ]
}

fn apply(damage: &Damage, lines: &mut Vec<Line>) {
    let last = lines.len() - 1;
    match damage {
        Damage::Lost(which) if last > 0 => {
            lines.remove(which.index(lines.len()));
        }
        Damage::Doubled(which) => {
            let which = which.index(lines.len());
            lines.insert(which, lines[which].clone());
        }
        Damage::Late(which) if last > 0 => {
            let which = which.index(last);
            let (earlier, later) = (lines[which].0, lines[which + 1].0);
            lines.swap(which, which + 1);
            (lines[which].0, lines[which + 1].0) = (earlier, later);
        }
        Damage::Cut(which, at) => {
            if let (_, Entry::In(bytes)) = &mut lines[which.index(last + 1)] {
                *bytes = bytes.slice(..at.index(bytes.len().max(1)));
            }
        }
        Damage::BrokenOff(which) => lines.truncate(which.index(last + 1) + 1),
        Damage::Lost(_) | Damage::Late(_) => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_damaged_the_records_are_sound_and_nothing_stays_open(
        which in any::<Index>(),
        damages in prop::collection::vec(damage(), 1..30),
    ) {
        let captures = all();
        let mut lines = messages(read(&captures[which.index(captures.len())]));
        for damage in &damages {
            apply(damage, &mut lines);
        }
        let records = hear(lines, &people()).records;
        records.iter().for_each(assert_sound);
        let ids: BTreeSet<_> = records.iter().map(|record| record.id).collect();
        prop_assert_eq!(ids.len(), records.len(), "two records with one id: one of them would be lost");
    }

    #[test]
    fn garbage_is_no_call(garbage in prop::collection::vec(any::<u8>(), 0..2000), which in any::<Index>()) {
        let captures = all();
        let mut lines = messages(read(&captures[which.index(captures.len())]));
        let place = which.index(lines.len());
        lines.insert(place + 1, (lines[place].0, Entry::In(Bytes::from(garbage))));
        for record in hear(lines, &people()).records {
            assert_sound(&record);
        }
    }
}
