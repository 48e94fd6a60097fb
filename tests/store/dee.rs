use proptest::prelude::*;
use strowger::directory::{DeeSource, Directory};
use strowger::pbx::session::{DeeQuerySource, DeeReport};
use strowger::store::Store;
use strowger::telephony::{DeviceId, Time};

use super::{at, directory, open, people, raw};

fn report(main: &str, members: &[&str], source: DeeQuerySource) -> DeeReport {
    DeeReport { main: main.into(), members: members.iter().copied().map(DeviceId::from).collect(), source }
}

/// Main and source of what holds then, for a device.
fn held(directory: &Directory, member: &str, moment: Time) -> Vec<(String, DeeSource)> {
    directory.dee_memberships(&member.into(), moment).map(|dee| (dee.main.to_string(), dee.source)).collect()
}

#[test]
fn a_report_replaces_what_the_same_pbx_said_of_that_main_and_nothing_else() {
    let state = directory();
    let store = open(state.path());
    let file = "[[dee]]\nmain = \"1001\"\nmembers = [\"1011\", \"1012\"]\n";
    store.import_people(&people(file), at(0)).expect("imported");
    let list = [report("1001", &["1011", "1013"], DeeQuerySource::List), report("1002", &["1014"], DeeQuerySource::List)];
    store.members_reported("hq", &list, at(10)).expect("stored");
    store.members_reported("branch", &[report("1001", &["1015"], DeeQuerySource::List)], at(10)).expect("stored");
    let change = store.members_reported("hq", &[report("1001", &["1011", "1016"], DeeQuerySource::Query)], at(20)).expect("stored");
    assert_eq!((change.begun, change.ended), (vec![("1001".into(), "1016".into())], vec![("1001".into(), "1013".into())]));

    let hq = store.load_directory_of("hq").expect("loaded");
    let by = |source| vec![("1001".to_owned(), source)];
    assert_eq!(
        held(&hq, "1011", at(25)),
        [by(DeeSource::File), by(DeeSource::PbxList)].concat(),
        "by whom it was learnt first, since then"
    );
    assert_eq!(held(&hq, "1012", at(25)), by(DeeSource::File), "what the file says stays");
    assert_eq!((held(&hq, "1013", at(19)), held(&hq, "1013", at(20))), (by(DeeSource::PbxList), vec![]));
    assert_eq!((held(&hq, "1016", at(19)), held(&hq, "1016", at(20))), (vec![], by(DeeSource::PbxQuery)));
    assert_eq!(held(&hq, "1014", at(25)).len(), 1, "another main");
    assert_eq!(held(&hq, "1015", at(25)), [], "another PBX's");
    assert_eq!(held(&store.load_directory_of("branch").expect("loaded"), "1015", at(25)), by(DeeSource::PbxList));
    assert_eq!(store.load_directory().expect("loaded").dee_memberships(&"1015".into(), at(25)).count(), 0);

    store.import_people(&people(""), at(30)).expect("imported");
    let hq = store.load_directory_of("hq").expect("loaded");
    assert_eq!(held(&hq, "1011", at(30)), by(DeeSource::PbxList), "what the PBX says stays");
    let all: Vec<_> = store.dee_memberships().expect("read").into_iter().map(|entry| (entry.pbx, entry.membership.member)).collect();
    let (hq, branch) = (Some("hq".to_owned()), Some("branch".to_owned()));
    let expected =
        [(None, "1011"), (hq.clone(), "1011"), (None, "1012"), (hq.clone(), "1013"), (branch, "1015"), (hq.clone(), "1016"), (hq, "1014")];
    assert_eq!(all, expected.map(|(pbx, member)| (pbx, member.into())));
}

#[test]
fn what_is_known_already_changes_nothing_and_time_never_overlaps() {
    let state = directory();
    let store = open(state.path());
    let known = [report("1001", &["1011", "1011", "1001", ""], DeeQuerySource::Query)];
    assert_eq!(store.members_reported("hq", &known, at(10)).expect("stored").begun.len(), 1, "each once, and never the main itself");
    let version = store.directory_version().expect("version");
    assert!(store.members_reported("hq", &known, at(20)).expect("stored").is_empty());
    assert_eq!(store.directory_version().expect("version"), version);
    // A clock that was set back.
    let none = [report("1001", &[], DeeQuerySource::Query)];
    assert_eq!(store.members_reported("hq", &none, at(5)).expect("stored").ended.len(), 1);
    assert_eq!(store.check().expect("checked"), Vec::<String>::new());
    assert!(store.directory_version().expect("version") > version);
}

#[test]
fn a_database_of_the_first_version_is_brought_along() {
    let first = include_str!("../../src/store/migrations/sqlite/0001_people_calls_journal.sql");
    let newest = directory();
    drop(open(newest.path()));
    let known = raw(newest.path());
    let (name, checksum): (String, String) = known
        .query_row("SELECT name, checksum FROM migrations WHERE version = 1", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .expect("there");
    let state = directory();
    let connection = raw(state.path());
    connection.execute_batch(first).expect("as it was");
    connection
        .execute_batch(
            "CREATE TABLE migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL) STRICT; \
             PRAGMA application_id = 0x53545257; PRAGMA user_version = 1;",
        )
        .expect("as it was");
    connection.execute("INSERT INTO migrations VALUES (1, ?1, ?2)", [name, checksum]).expect("as it was");
    connection
        .execute_batch("INSERT INTO dee_memberships (main, member, source, valid_from) VALUES ('1001', '1011', 'file', 5)")
        .expect("a row");
    drop(connection);
    let store = open(state.path());
    assert_eq!(held(&store.load_directory_of("hq").expect("loaded"), "1011", at(0)), [("1001".to_owned(), DeeSource::File)]);
    assert_eq!(store.check().expect("checked"), Vec::<String>::new());
}

fn reports() -> impl Strategy<Value = Vec<(usize, Vec<usize>, bool)>> {
    let members = proptest::collection::vec(0..4_usize, 0..4);
    proptest::collection::vec((0..3_usize, members, any::<bool>()), 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// What a replay keeps in memory and what the daemon keeps on disk answer alike, at every moment.
    #[test]
    fn memory_and_disk_agree(reports in reports()) {
        let state = directory();
        let store: Store = open(state.path());
        let mut memory = Directory::default();
        for (second, (main, members, by_list)) in (0..).zip(&reports) {
            let source = if *by_list { DeeQuerySource::List } else { DeeQuerySource::Query };
            let members: Vec<String> = members.iter().map(|member| format!("10{member}")).collect();
            let members: Vec<&str> = members.iter().map(String::as_str).collect();
            let report = report(["100", "101", "200"][*main], &members, source);
            memory.members_reported(&report, at(second));
            store.members_reported("hq", &[report], at(second)).expect("stored");
        }
        let disk = store.load_directory_of("hq").expect("loaded");
        for second in -1..13 {
            for member in ["100", "101", "102", "103"] {
                prop_assert_eq!(held(&memory, member, at(second)), held(&disk, member, at(second)), "{} at {}", member, second);
            }
            prop_assert_eq!(memory.conflicts(at(second)), disk.conflicts(at(second)));
        }
    }
}
