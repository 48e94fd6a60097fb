//! One person taken out: afterwards no table says the name, the email, the identity or the mobile number, whatever the records were.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use strowger::directory::user_id;
use strowger::privacy::Erasure;
use strowger::record::{CallRecord, UserRef, json_schema};
use strowger::store::{Archive, CallFilter, Erased, Receipt, StoreError};
use uuid::Uuid;

use super::engine::{Engine, is_sound};
use super::sketch::{CALLS, record, segment};
use super::{at, people};

const NAME: &str = "Noor Haddad";
const EMAIL: &str = "noor@example.com";
const MOBILE: &str = "01715550009";

/// Where the person appears in a call.
#[derive(Clone, Copy, Debug)]
enum Trace {
    Credited,
    Considered,
    Presented,
    PresentedLoud,
    Turned,
    Email,
    Mobile,
    MobilePublic,
    MobileDevice,
    Nowhere,
}

const TRACES: [Trace; 10] = [
    Trace::Credited,
    Trace::Considered,
    Trace::Presented,
    Trace::PresentedLoud,
    Trace::Turned,
    Trace::Email,
    Trace::Mobile,
    Trace::MobilePublic,
    Trace::MobileDevice,
    Trace::Nowhere,
];

fn known(store: &Archive) -> Uuid {
    let with = "[[users]]\nname = \"Noor Haddad\"\nemail = \"noor@example.com\"\nprimary = { extension = \"1001\" }\n\
                secondary = [{ extension = \"01715550009\" }]\ngroups = [\"Sales\"]\nprimary_group = \"Sales\"\n\
                [[users]]\nname = \"Ada Lind\"\nprimary = { extension = \"1003\" }\n";
    store.import_people(&people(with), at(0)).expect("imported");
    user_id(NAME, Some(EMAIL))
}

fn gone(store: &Archive) {
    store.import_people(&people("[[users]]\nname = \"Ada Lind\"\nprimary = { extension = \"1003\" }\n"), at(1000)).expect("imported");
}

fn made(site: &str, number: usize, traces: &[Trace]) -> CallRecord {
    let mut call = record(number, &CALLS[number % CALLS.len()]);
    call.id = Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{site} {number}").as_bytes());
    site.clone_into(&mut call.site);
    call.segments = vec![segment(1, 10, "1003", Some("Ada Lind"))];
    call.caller.number = Some("+4930555010".to_owned());
    call.dialled.number = Some("3001".to_owned());
    for trace in traces {
        match trace {
            Trace::Credited => {
                let mut part = segment(2, 10, "1001", None);
                part.user = Some(UserRef { id: user_id(NAME, Some(EMAIL)), name: NAME.to_owned() });
                call.segments.push(part);
                call.segments.truncate(2);
            }
            Trace::Considered => {
                let told = format!("extension 1001 is {NAME}'s (primary), but the agent goes before it");
                call.segments[0].attribution.considered.push(told);
            }
            Trace::Presented => call.caller.name = Some(NAME.to_owned()),
            Trace::PresentedLoud => call.dialled.name = Some("NOOR HADDAD (1001)".to_owned()),
            Trace::Turned => call.caller.name = Some("Haddad, Noor".to_owned()),
            Trace::Email => call.caller.number = Some("Noor@Example.com".to_owned()),
            Trace::Mobile => call.caller.number = Some(MOBILE.to_owned()),
            Trace::MobilePublic => call.dialled.e164 = Some("+491715550009".to_owned()),
            Trace::MobileDevice => MOBILE.clone_into(&mut call.segments[0].device),
            Trace::Nowhere => {}
        }
    }
    call
}

fn finish(store: &Archive, id: Uuid, batch: usize) -> Receipt {
    for _ in 0..1000 {
        if let Erased::Done(receipt) = store.erase_step(id, batch, at(2000)).expect("a step") {
            assert_eq!(store.erase_step(id, batch, at(3000)).expect("again"), Erased::Done(receipt.clone()), "twice is once");
            return receipt;
        }
    }
    panic!("it does not end");
}

fn all(store: &Archive) -> Vec<CallRecord> {
    let filter = CallFilter { site: store.site().map(ToOwned::to_owned), limit: 1000, ..CallFilter::default() };
    let mut calls = store.calls(&filter).expect("read");
    calls.sort_by_key(|call| call.id);
    calls
}

fn check(engine: &Engine, traces: &[Vec<Trace>], batch: usize) {
    let store = engine.fresh();
    let site = store.site().unwrap_or("hq").to_owned();
    let user = known(&store);
    let calls: Vec<CallRecord> = traces.iter().enumerate().map(|(number, traces)| made(&site, number, traces)).collect();
    store.put(&calls).expect("stored");
    store.add_hold(user, "asked for by Noor Haddad", "an officer", at(10)).expect("held");
    store.remove_hold(user, "an officer", at(11)).expect("ended");
    assert!(store.dossier(EMAIL).expect("known").is_present);
    gone(&store);
    let dossier = store.dossier(EMAIL).expect("known");
    assert!(!dossier.is_present && !dossier.is_held);
    assert_eq!(dossier.user.id, user);

    let before = all(&store);
    let (id, as_id) = (Uuid::new_v5(&user, b"receipt"), Uuid::new_v5(&Uuid::NAMESPACE_DNS, site.as_bytes()));
    let erasure = Erasure::new(dossier.person, as_id);
    store.begin_erasure(id, &erasure, Some("ab12".to_owned()), at(1500)).expect("begun");
    assert_eq!(store.pending_erasures().expect("read"), [id]);
    assert_eq!(store.pending_erasure(id).expect("read").map(|(found, _)| found), Some(erasure.clone()));
    let receipt = finish(&store, id, batch);
    assert_eq!(store.pending_erasures().expect("read"), [] as [Uuid; 0]);
    assert_eq!((receipt.changed.users, receipt.export_sha256.as_deref()), (1, Some("ab12")));
    assert_eq!(store.receipts().expect("read"), std::slice::from_ref(&receipt));

    let after = all(&store);
    let expected: Vec<CallRecord> = before.iter().map(|call| erasure.record(call).unwrap_or_else(|| call.clone())).collect();
    assert_eq!(after, expected, "the calls are all there");
    let changed = before.iter().zip(&after).filter(|(before, after)| before != after).count();
    assert_eq!(receipt.changed.calls, u64::try_from(changed).expect("few"));
    let schema = jsonschema::validator_for(&json_schema()).expect("a schema");
    for call in &after {
        assert!(schema.is_valid(&serde_json::to_value(call).expect("JSON")), "{call:?}");
        assert!(call.segments.iter().any(|part| part.user.as_ref().is_some_and(|user| user.name == "Ada Lind")), "others stay");
    }
    let dump = engine.dump(&store).to_lowercase();
    let mobile_public = "1715550009";
    for what in ["noor haddad", "haddad, noor", EMAIL, MOBILE, mobile_public, "9000555171", &user.to_string()] {
        let place = dump.find(what).map(|place| dump[place.saturating_sub(200)..].chars().take(400).collect::<String>());
        assert_eq!(place, None, "{what} is still there");
    }
    assert!(dump.contains("ada lind"), "the dump shows what is there");
    assert!(is_sound(&store));
    assert!(matches!(store.dossier(NAME), Err(StoreError::UnknownUser { .. })));
    let credited = after.iter().any(|call| call.segments.iter().any(|part| part.user.as_ref().is_some_and(|user| user.id == as_id)));
    assert_eq!(store.concerned(as_id).expect("counted").credited > 0, credited);
}

fn property(engine: &Engine, cases: u32) {
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let trace = prop::sample::select(TRACES.to_vec());
    let strategy = (prop::collection::vec(prop::collection::vec(trace, 0..4), 0..12), 1..6_usize);
    let outcome = runner.run(&strategy, |(traces, batch)| {
        check(engine, &traces, batch);
        Ok(())
    });
    outcome.expect("nothing is left");
}

#[test]
fn nothing_of_the_person_is_left_in_sqlite() {
    let [sqlite, _] = Engine::lazy();
    property(&sqlite(), 32);
}

#[test]
fn nothing_of_the_person_is_left_in_postgresql() {
    let [_, postgres] = Engine::lazy();
    // One site each, in a database of its own: the dump is of all sites.
    for traces in [vec![TRACES.to_vec()], TRACES.iter().map(|trace| vec![*trace]).collect(), vec![]] {
        check(&postgres(), &traces, 3);
    }
}

/// A hold may be put on while an erasure goes on.
#[test]
fn an_erasure_waits_while_a_legal_hold_stands() {
    for engine in Engine::both() {
        let store = engine.fresh();
        let site = store.site().unwrap_or("hq").to_owned();
        let user = known(&store);
        let calls: Vec<CallRecord> = (0..4).map(|number| made(&site, number, &[Trace::Credited])).collect();
        store.put(&calls).expect("stored");
        gone(&store);
        let erasure = Erasure::new(store.dossier(EMAIL).expect("known").person, Uuid::new_v5(&user, b"nobody"));
        let id = Uuid::new_v5(&user, b"held");
        store.begin_erasure(id, &erasure, None, at(1500)).expect("begun");
        assert_eq!(store.erase_step(id, 2, at(1500)).expect("a step"), Erased::Going);
        store.add_hold(user, "case 7", "an officer", at(1501)).expect("held");
        let before = all(&store);
        for _ in 0..3 {
            assert_eq!(store.erase_step(id, 2, at(1502)).expect("a step"), Erased::Held);
        }
        assert_eq!((all(&store), store.pending_erasures().expect("read")), (before, vec![id]));
        store.remove_hold(user, "an officer", at(1503)).expect("ended");
        assert_eq!(finish(&store, id, 2).changed.calls, 4);
    }
}

#[test]
fn a_person_sees_own_calls_and_no_other_name() {
    for engine in Engine::both() {
        let store = engine.fresh();
        let site = store.site().unwrap_or("hq").to_owned();
        let user = known(&store);
        let traces = [vec![Trace::Credited, Trace::Mobile], vec![Trace::Considered], vec![Trace::Credited]];
        let mut calls: Vec<CallRecord> = traces.iter().enumerate().map(|(number, traces)| made(&site, number, traces)).collect();
        calls[2].caller.name = Some("Tilda Transfer".to_owned());
        store.put(&calls).expect("stored");
        let dossier = store.dossier(&user.to_string()).expect("known");
        let mut shown = Vec::new();
        let mut show = |call: &CallRecord| {
            shown.push(strowger::privacy::disclosed(call, &dossier.person));
            Ok(())
        };
        store.calls_of(user, &mut show).expect("read").expect("shown");
        assert_eq!(shown.len(), 2, "only those with a part of the person's");
        let text = serde_json::to_string(&shown).expect("JSON");
        assert!(text.contains(NAME) && text.contains(MOBILE), "{text}");
        assert!(!text.contains("Ada Lind") && !text.contains("Tilda") && !text.contains("+4930555010"), "{text}");
        let schema = jsonschema::validator_for(&json_schema()).expect("a schema");
        assert!(shown.iter().all(|call| schema.is_valid(&serde_json::to_value(call).expect("JSON"))));
        assert_eq!(dossier.associations.len(), 2);
    }
}
