//! A second, naive tracker: it knows what truly happened and says by the rules alone what the records must be.
//!
//! A [`story`] is made up; what happens in it is worked out as [`truth`]; the [`telling`] says it as a PBX would, with the link
//! down for a while perhaps; the [`reference`] predicts the records from the truth, without looking at an event. Both must agree.
//!
//! The story's clock counts milliseconds; calls happen on tens, logins at sevens, changes of hands at threes, so that nothing
//! coincides by chance.

mod reference;
mod story;
mod telling;
mod truth;

use proptest::prelude::*;

use crate::scene::people::people;
use crate::scene::play_events;
use reference::{expected, in_words};
use story::{story, story_with_gap};

fn agrees(story: &story::Story) -> Result<(), TestCaseError> {
    let calls: Vec<truth::Call> = story.calls.iter().enumerate().map(|(number, call)| truth::happens(number, call)).collect();
    let events = telling::told(&calls, &story.logins, story.gap);
    let played = play_events(&events, &people(&story.people.text()));
    let mut got: Vec<String> = played.records.iter().map(in_words).collect();
    let mut wanted: Vec<String> = calls.iter().filter_map(|call| expected(call, story)).collect();
    got.sort();
    wanted.sort();
    prop_assert_eq!(played.open, 0);
    prop_assert_eq!(wanted, got);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_records_are_what_the_rules_say(story in story()) {
        agrees(&story)?;
    }

    #[test]
    fn the_records_are_what_the_gap_rules_say(story in story_with_gap()) {
        agrees(&story)?;
    }
}
