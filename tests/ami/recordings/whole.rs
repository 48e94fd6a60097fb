//! Every recording as it is.

use std::collections::BTreeSet;
use std::path::Path;

use strowger::pbx::ami::Session;
use strowger::record::json_schema;
use strowger::replay::Replay;

use super::capture::{naming, people, settings};
use super::{all, assert_sound, hear, messages, read};

#[test]
fn every_record_is_sound_and_valid_and_has_its_own_id() {
    let schema = jsonschema::validator_for(&json_schema()).expect("a schema");
    let people = people();
    let mut records = 0;
    for capture in all() {
        let heard = hear(read(&capture), &people);
        for record in &heard.records {
            assert_sound(record);
            let errors: Vec<String> =
                schema.iter_errors(&serde_json::to_value(record).expect("written")).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{}: {errors:#?}", capture.display());
        }
        let ids: BTreeSet<_> = heard.records.iter().map(|record| record.id).collect();
        assert_eq!(ids.len(), heard.records.len(), "{}: two records with one id", capture.display());
        records += heard.records.len();
    }
    assert!(records > 200, "{records} records");
}

#[test]
fn a_replay_hears_the_same_and_so_does_one_message_at_a_time() {
    let people = people();
    for capture in all().iter().step_by(7) {
        let heard = hear(read(capture), &people).records;
        let mut replay = Replay::new(Session::passive(settings()), naming(), people.clone());
        let mut replayed = Vec::new();
        for (at, entry) in read(capture) {
            replay.entry(at, entry, &mut |record| replayed.push(record));
        }
        replay.finish(&mut |record| replayed.push(record));
        assert_eq!(heard, replayed, "{}", capture.display());
        if tells_its_times(capture) {
            assert_eq!(heard, hear(messages(read(capture)), &people).records, "{}", capture.display());
        }
    }
}

/// Whether events carry their time, so that it does not matter when the bytes came.
fn tells_its_times(capture: &Path) -> bool {
    let lines = read(capture);
    !lines.iter().any(|(_, entry)| matches!(entry, strowger::pbx::capture::Entry::Close(_)))
        && std::fs::read_to_string(capture).expect("read").contains("Timestamp: ")
}

#[test]
fn the_schema_that_is_checked_in_is_the_one_of_the_types() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/call-record.schema.json");
    let now = serde_json::to_string_pretty(&json_schema()).expect("written") + "\n";
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == now, "{} is old; write it anew: strowger schema > schema/call-record.schema.json", path.display());
}
