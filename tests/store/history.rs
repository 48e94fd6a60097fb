use rusqlite::Connection;
use strowger::directory::user_id;
use strowger::record::{CallOutcome, CallRecord, Direction, SegmentOutcome};
use strowger::store::{Archive, CallFilter, Cursor, StoreError, database_path};

use super::engine::{is_sound, on_both};
use super::sketch::{CALLS, record, segment};
use super::support::clock;
use super::{at, directory, open, people};

fn filled(store: &Archive) {
    store
        .import_people(
            &people("[[users]]\nname = \"Noor Haddad\"\nprimary = { extension = \"1001\" }\ngroups = [\"Sales\"]\n[[users]]\nname = \"Ada Lind\"\n"),
            at(0),
        )
        .expect("imported");
    let records: Vec<CallRecord> = CALLS.iter().enumerate().map(|(number, sketch)| record(number, sketch)).collect();
    store.put(&records).expect("stored");
}

/// The numbers of the calls that match, as they come.
fn found(store: &Archive, filter: &CallFilter) -> Vec<usize> {
    let calls = store.calls(filter).expect("answered");
    calls.iter().map(|call| call.switch_calls[0].parse().expect("a number")).collect()
}

#[test]
fn table_of_questions() {
    on_both(|engine| {
        let store = engine.fresh();
        filled(&store);
        let all = CallFilter::default;
        let text = |text: &str| Some(text.to_owned());
        let cases: Vec<(&str, CallFilter, &[usize])> = vec![
            ("everything, newest first", all(), &[4, 3, 2, 1, 0]),
            ("by user's name", CallFilter { user: text("Noor Haddad"), ..all() }, &[2, 0]),
            ("by name in another case", CallFilter { user: text("ada lind"), ..all() }, &[4, 3]),
            ("by user's id", CallFilter { user: Some(user_id("Ada Lind", None).to_string()), ..all() }, &[4, 3]),
            ("by device", CallFilter { device: text("1001"), ..all() }, &[2, 0]),
            ("by agent", CallFilter { agent: text("2001"), ..all() }, &[4, 3]),
            ("by group", CallFilter { group: text("Sales"), ..all() }, &[4, 3, 2, 0]),
            ("by a group that nobody has", CallFilter { group: text("Night"), ..all() }, &[]),
            ("by short number, as caller and as dialled", CallFilter { number: text("1001"), ..all() }, &[2, 1, 0]),
            ("by the last digits", CallFilter { number: text("555010"), ..all() }, &[0]),
            ("by a number in another writing", CallFilter { number: text("+49 171 555 0009"), ..all() }, &[]),
            ("by a number without its prefix", CallFilter { number: text("171 555 0009"), ..all() }, &[1]),
            ("by a number written apart", CallFilter { number: text("0305550100"), ..all() }, &[4]),
            ("by a word", CallFilter { number: text("Anonymous"), ..all() }, &[3]),
            ("since", CallFilter { since: Some(at(30)), ..all() }, &[4, 3, 2]),
            ("until", CallFilter { until: Some(at(30)), ..all() }, &[1, 0]),
            ("a span of one user", CallFilter { user: text("Noor Haddad"), since: Some(at(20)), until: Some(at(31)), ..all() }, &[2]),
            ("outcome", CallFilter { outcome: Some(CallOutcome::Abandoned), ..all() }, &[3]),
            ("direction", CallFilter { direction: Some(Direction::Outbound), ..all() }, &[1]),
            ("pbx", CallFilter { pbx: text("other"), ..all() }, &[]),
            ("user and device of one segment", CallFilter { user: text("Ada Lind"), device: text("1001"), ..all() }, &[]),
            ("limit", CallFilter { limit: 2, ..all() }, &[4, 3]),
            ("one site's", CallFilter { site: text("hq"), device: text("1001"), ..all() }, &[2, 0]),
            ("another site's", CallFilter { site: text("branch"), ..all() }, &[]),
            ("two numbers of one call, each once", CallFilter { number: text("1001"), limit: 2, ..all() }, &[2, 1]),
            ("a user with a number", CallFilter { user: text("Noor Haddad"), number: text("1002"), ..all() }, &[2]),
            ("a user's outcome", CallFilter { user: text("Ada Lind"), outcome: Some(CallOutcome::Abandoned), ..all() }, &[3]),
            ("a number's direction", CallFilter { number: text("1001"), direction: Some(Direction::Outbound), ..all() }, &[1]),
        ];
        for (what, filter, expected) in cases {
            assert_eq!(found(&store, &filter), expected, "{what}");
        }
    });
}

#[test]
fn pages_follow_each_other_without_loss_or_repetition() {
    on_both(|engine| {
        let store = engine.fresh();
        filled(&store);
        let (mut after, mut seen) = (None, Vec::new());
        loop {
            let page = store.calls(&CallFilter { limit: 2, after, ..CallFilter::default() }).expect("answered");
            let Some(last) = page.last() else { break };
            after = Some(Cursor::of(last).to_string().parse().expect("a cursor reads back"));
            seen.extend(page.iter().map(|call| call.switch_calls[0].clone()));
        }
        assert_eq!(seen, ["4", "3", "2", "1", "0"], "two began at the same moment");
        assert!("x".parse::<Cursor>().is_err());
    });
}

#[test]
fn a_call_is_found_by_the_beginning_of_its_id() {
    on_both(|engine| {
        let store = engine.fresh();
        filled(&store);
        let first = record(0, &CALLS[0]);
        let id = first.id.to_string();
        for prefix in [id.as_str(), "01", &id[..9], &id[..10], &id.replace('-', ""), &id.to_uppercase()] {
            assert_eq!(store.call(prefix).expect("answered").as_ref(), Some(&first), "{prefix}");
        }
        assert_eq!(store.call("77").expect("answered"), None);
        let error = store.call("0").expect_err("ambiguous");
        assert!(matches!(&error, StoreError::AmbiguousCall { candidates, .. } if candidates.len() == 5), "{error}");
        assert!(matches!(store.call("x%"), Err(StoreError::NotACallId { .. })));
        assert!(matches!(store.call(""), Err(StoreError::NotACallId { .. })));
    });
}

#[test]
fn a_user_nobody_knows_is_refused_with_the_closest() {
    on_both(|engine| {
        let store = engine.fresh();
        filled(&store);
        let error = store.calls(&CallFilter { user: Some("Nor Hadad".to_owned()), ..CallFilter::default() }).expect_err("refused");
        assert!(error.to_string().contains("no user \"Nor Hadad\" (did you mean \"Noor Haddad\"?)"), "{error}");
    });
}

#[test]
fn the_first_record_stays_unless_the_later_knows_the_end() {
    on_both(|engine| {
        let store = engine.fresh();
        let certain = record(0, &CALLS[0]);
        let mut uncertain = certain.clone();
        uncertain.end_uncertain = true;
        uncertain.outcome = CallOutcome::LinkLost;
        uncertain.segments.push(segment(2, 10, "01715550009", None));
        let stored = || store.call(&certain.id.to_string()).expect("answered").expect("there");
        let by_number = |number: &str| found(&store, &CallFilter { number: Some(number.to_owned()), ..CallFilter::default() }).len();

        store.put(std::slice::from_ref(&uncertain)).expect("stored");
        store.put(std::slice::from_ref(&uncertain)).expect("stored");
        assert_eq!((stored(), by_number("01715550009")), (uncertain.clone(), 1));
        store.put(std::slice::from_ref(&certain)).expect("stored");
        assert_eq!((stored(), by_number("01715550009"), by_number("1001")), (certain.clone(), 0, 1));
        store.put(std::slice::from_ref(&uncertain)).expect("stored");
        assert_eq!(stored(), certain, "what is certain stays");
        let mut other = certain.clone();
        other.site = "elsewhere".to_owned();
        store.put(&[other]).expect("stored");
        assert_eq!(stored(), certain, "the first stays");
        assert_eq!(found(&store, &CallFilter::default()), [0]);
        assert!(is_sound(&store));
    });
}

#[test]
fn a_call_in_which_a_user_has_several_parts_comes_once_and_counts_once() {
    on_both(|engine| {
        let store = engine.fresh();
        filled(&store);
        let mut twice = record(5, &CALLS[2]);
        twice.id = uuid::Uuid::from_u128(99);
        twice.segments.push(segment(2, 31, "1001", Some("Noor Haddad")));
        twice.segments[1].outcome = SegmentOutcome::NoAnswer;
        store.put(&[twice]).expect("stored");
        for limit in 1..5 {
            let filter = CallFilter { user: Some("Noor Haddad".to_owned()), limit, ..CallFilter::default() };
            assert_eq!(found(&store, &filter), [2, 5, 0][..limit.min(3)], "the newest {limit}");
        }
        let counted = |since, until| -> Vec<_> {
            let counts = store.count_by_group(since, until).expect("counted");
            counts.into_iter().map(|count| (count.group.name, count.calls, count.answered)).collect()
        };
        assert_eq!(counted(None, None), [("Sales".to_owned(), 5, 5)]);
        assert_eq!(counted(Some(at(30)), Some(at(40))), [("Sales".to_owned(), 2, 2)]);
        assert_eq!(counted(Some(at(50)), None), []);
    });
}

#[test]
fn a_users_newest_reach_back_as_far_as_need_be() {
    on_both(|engine| {
        let store = engine.fresh();
        store.import_people(&people("[[users]]\nname = \"Noor Haddad\"\nprimary = { extension = \"1001\" }\n"), at(0)).expect("imported");
        // The newest of them are of these weeks, by the clock of the server that is asked.
        let today = clock::now().as_second() - at(0).timestamp().as_second();
        let called = |number: usize| {
            let mut call = record(number, &CALLS[0]);
            call.id = uuid::Uuid::from_u128(number as u128);
            call.started_at = at(today - 86_400 * 5 * i64::try_from(number).expect("few"));
            call
        };
        let calls: Vec<CallRecord> = (0..30).map(called).collect();
        store.put(&calls).expect("stored");
        let numbers: Vec<usize> = (0..30).collect();
        for [first, limit] in [[0, 3], [0, 7], [0, 8], [0, 9], [0, 10], [0, 30], [4, 3], [4, 20], [20, 9], [29, 1]] {
            let until = (first > 0).then(|| calls[first - 1].started_at);
            let by_device = CallFilter { device: Some("1001".to_owned()), until, limit, ..CallFilter::default() };
            let by_number = CallFilter { number: Some("+4930555010".to_owned()), device: None, ..by_device.clone() };
            let after = first.checked_sub(1).map(|last| Cursor::of(&calls[last]));
            let next = CallFilter { user: Some("Noor Haddad".to_owned()), device: None, until: None, after, ..by_device.clone() };
            for filter in [by_device, by_number, next] {
                assert_eq!(found(&store, &filter), numbers[first..first + limit], "{filter:?}");
            }
        }
    });
}

/// What takes the place of an older record, and what comes after it in the same batch, are both numbered above what was ever given.
#[test]
fn no_number_of_a_call_is_given_twice() {
    let state = directory();
    let store = open(state.path());
    let [certain, other] = [0, 1].map(|number| record(number, &CALLS[number]));
    store.put(&[CallRecord { end_uncertain: true, ..certain.clone() }]).expect("stored");
    let file = Connection::open(database_path(state.path())).expect("opens");
    file.execute("UPDATE meta SET value = 9 WHERE key = 'calls_upto'", []).expect("noted");
    store.put(&[certain.clone(), other.clone()]).expect("stored");
    let mut statement = file.prepare("SELECT seq, id FROM calls ORDER BY seq").expect("prepared");
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).and_then(Iterator::collect);
    let numbers: Vec<(i64, String)> = rows.expect("read");
    assert_eq!(numbers, [(10, certain.id.to_string()), (11, other.id.to_string())]);
}
