//! What holds whatever a PBX tells, in whatever order.

mod arbitrary;
mod examples;
mod invariants;

use proptest::prelude::*;

use super::{Change, Limits, Tracker};
use crate::telephony::{Event, Scope, Stamped, Time};
use arbitrary::stamped;
use invariants::{Ledger, assert_consistent, assert_nothing_over, assert_sound};

/// Small enough to be reached.
const LIMITS: Limits = Limits { calls_max: 3, segments_max: 6, devices_max: 4 };

/// Handles events one by one, looking at everything after each.
fn follow(tracker: &mut Tracker, ledger: &mut Ledger, events: &[Stamped], limits: Limits) {
    let (mut changes, mut resyncing) = (Vec::new(), false);
    for stamped in events {
        ledger.before(tracker, stamped);
        tracker.handle(stamped, &mut changes);
        for change in changes.drain(..) {
            if let Change::CallEnded(call) = &change {
                assert_sound(call);
            }
            ledger.note(&change);
        }
        ledger.after(tracker);
        assert_consistent(tracker, limits);
        match &stamped.event {
            Event::Present(_) => resyncing = true,
            Event::Resynchronised { .. } => resyncing = false,
            _ => {}
        }
        if !resyncing {
            assert_nothing_over(tracker);
        }
    }
}

fn nothing_present(at: Time) -> [Stamped; 3] {
    [Event::LinkLost { scope: Scope::All }, Event::ResyncBegan { scope: Scope::All }, Event::Resynchronised { scope: Scope::All }]
        .map(|event| Stamped { at, event })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_events_keep_the_state_consistent_and_nothing_open_for_ever(
        limits in prop_oneof![Just(LIMITS), Just(Limits::default())],
        mut events in prop::collection::vec(stamped(), 0..120),
    ) {
        let (mut tracker, mut ledger) = (Tracker::new(limits), Ledger::default());
        events.extend(nothing_present(arbitrary::END));
        follow(&mut tracker, &mut ledger, &events, limits);
        prop_assert_eq!(tracker.open_calls(), 0);
        prop_assert_eq!(tracker.agents_logged_on(), 0);
    }

    #[test]
    fn a_state_written_down_and_read_back_goes_on_the_same(
        events in prop::collection::vec(stamped(), 1..120),
        cut in any::<prop::sample::Index>(),
    ) {
        let (mut whole, mut changes) = (Tracker::new(LIMITS), Vec::new());
        let cut = cut.index(events.len());
        for stamped in &events[..cut] {
            whole.handle(stamped, &mut changes);
        }
        let written = serde_json::to_vec(&whole).expect("written");
        let mut restored = serde_json::from_slice::<Tracker>(&written).expect("read").restored(LIMITS);
        assert_consistent(&restored, LIMITS);
        let (mut went_on, mut after) = (Vec::new(), Vec::new());
        for stamped in events[cut..].iter().chain(&nothing_present(arbitrary::END)) {
            whole.handle(stamped, &mut went_on);
            restored.handle(stamped, &mut after);
        }
        prop_assert_eq!(went_on, after);
    }
}
