//! The state written down at any event and read back gives the same records.

use proptest::prelude::*;
use proptest::sample::Index;
use strowger::directory::Directory;
use strowger::engine::Engine;
use strowger::telephony::{Stamped, Time};
use strowger::tracker::Limits;

use super::capture::{naming, people};
use super::{Heard, all, events_of, hear, read};

/// Hears events with the program stopped and started again before each of these.
fn with_restarts(events: &[Stamped], last: Time, before: &[usize], people: &Directory) -> Heard {
    let mut engine = Engine::new(naming(), Limits::default());
    let (mut heard, mut outcomes) = (Heard { records: Vec::new(), stray: 0 }, Vec::new());
    for (number, stamped) in events.iter().enumerate() {
        if before.contains(&number) {
            let checkpoint = engine.checkpoint().expect("written");
            engine = Engine::restored(naming(), Limits::default(), &checkpoint).expect("read");
            assert_eq!(engine.checkpoint().expect("written"), checkpoint, "written down again it is the same");
        }
        // What is journaled is written down as well.
        let stamped: Stamped = serde_json::from_slice(&serde_json::to_vec(stamped).expect("written")).expect("read");
        engine.handle(&stamped, people, &mut outcomes);
    }
    engine.close(last, people, &mut outcomes);
    heard.take(&mut outcomes);
    heard
}

#[test]
fn before_every_event_of_some_recordings() {
    let people = people();
    for capture in all().iter().step_by(40) {
        let (events, last) = events_of(read(capture));
        let every: Vec<usize> = (0..events.len()).collect();
        assert_eq!(with_restarts(&events, last, &every, &people), hear(read(capture), &people), "{}", capture.display());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn before_any_events_of_any_recording(which in any::<Index>(), places in prop::collection::vec(any::<Index>(), 1..4)) {
        let (captures, people) = (all(), people());
        let capture = &captures[which.index(captures.len())];
        let (events, last) = events_of(read(capture));
        prop_assume!(!events.is_empty());
        let before: Vec<usize> = places.iter().map(|place| place.index(events.len())).collect();
        prop_assert_eq!(with_restarts(&events, last, &before, &people), hear(read(capture), &people), "{}", capture.display());
    }
}
