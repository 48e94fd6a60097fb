//! How the databases find what is asked for: from an index, newest first, without looking at other calls.

use strowger::directory::user_id;
use strowger::record::CallOutcome;
use strowger::store::{Archive, CallFilter, Cursor, OnServer};

use super::sketch::{CALLS, record};
use super::support::postgres::PostgresServer;
use super::{at, directory, open};

/// What is asked, the index that SQLite takes, and how that of a month begins in PostgreSQL.
fn questions() -> Vec<(&'static str, CallFilter, &'static str, &'static str)> {
    let text = |text: &str| Some(text.to_owned());
    let all = || CallFilter { site: Some("hq".to_owned()), limit: 50, ..CallFilter::default() };
    let noor = || Some(user_id("Noor Haddad", None).to_string());
    vec![
        ("everything", all(), "SCAN c USING INDEX calls_by_time", "_site_started_at_id_idx"),
        (
            "a span",
            CallFilter { since: Some(at(0)), until: Some(at(60)), ..all() },
            "calls_by_time (started_at>? AND started_at<?)",
            "_site_started_at_id_idx",
        ),
        ("a user", CallFilter { user: noor(), ..all() }, "segments_by_user (user_id=?)", "_site_user_id_call_started_at_call_id_idx"),
        (
            "a user since",
            CallFilter { user: noor(), since: Some(at(0)), ..all() },
            "segments_by_user (user_id=? AND call_started_at>?)",
            "_site_user_id_call_started_at_call_id_idx",
        ),
        (
            "a user's missed calls",
            CallFilter { user: noor(), outcome: Some(CallOutcome::NoAnswer), ..all() },
            "segments_by_user (user_id=?)",
            "_site_user_id_call_started_at_call_id_idx",
        ),
        (
            "a user's next page",
            CallFilter { user: noor(), after: Some(Cursor::of(&record(0, &CALLS[0]))), ..all() },
            "segments_by_user (user_id=? AND call_started_at<?)",
            "_site_user_id_call_started_at_call_id_idx",
        ),
        (
            "a device",
            CallFilter { device: text("1001"), ..all() },
            "segments_by_device (device=?)",
            "_site_device_call_started_at_call_id_idx",
        ),
        ("an agent", CallFilter { agent: text("2001"), ..all() }, "segments_by_agent (agent=?)", "_site_agent_call_started_at_call_id_idx"),
        (
            "a group",
            CallFilter { group: text("Sales"), ..all() },
            "segments_by_group (group_id=?)",
            "_site_group_id_call_started_at_call_id_",
        ),
        (
            "a number",
            CallFilter { number: text("1001"), ..all() },
            "call_numbers_by_end (<expr>=?)",
            "_site_substr_call_started_at_call_id_idx",
        ),
        (
            "a long number since",
            CallFilter { number: text("+49 171 5550009"), since: Some(at(0)), ..all() },
            "call_numbers_by_end (<expr>=? AND call_started_at>?)",
            "_site_substr_call_started_at_call_id_idx",
        ),
    ]
}

/// People and some hundred calls, over several months.
fn fill(archive: &Archive) {
    let people =
        "[[users]]\nname = \"Noor Haddad\"\nprimary = { extension = \"1001\" }\ngroups = [\"Sales\"]\n[[users]]\nname = \"Ada Lind\"\n";
    archive.import_people(&super::people(people), at(0)).expect("imported");
    let numbered = |number: u32| {
        let mut record = record(0, &CALLS[number as usize % CALLS.len()]);
        record.id = uuid::Uuid::from_u128(u128::from(number));
        record.started_at = at(-86_400 * i64::from(number % 90));
        record
    };
    let records: Vec<_> = (0..500).map(numbered).collect();
    archive.put(&records).expect("stored");
}

#[test]
fn sqlite_answers_each_question_from_an_index() {
    let state = directory();
    let archive = Archive::Sqlite(open(state.path()));
    fill(&archive);
    for (what, filter, index, _) in questions() {
        let plan = archive.explain_query(&filter).expect("explained");
        assert!(plan.contains(index), "{what}:\n{plan}");
        assert!(!plan.contains("TEMP B-TREE FOR ORDER BY"), "{what} puts all that match in order first:\n{plan}");
        let walked = plan.lines().find(|line| line.starts_with("SCAN") && !line.contains("USING INDEX calls_by_time"));
        assert_eq!(walked, None, "{what}:\n{plan}");
    }
    let plan = archive.explain_count().expect("explained");
    assert!(plan.contains("USING COVERING INDEX segments_by_group (group_id=? AND call_started_at>? AND call_started_at<?)"), "{plan}");
}

#[test]
fn postgresql_answers_each_question_from_an_index() {
    let server = PostgresServer::start().expect("a server");
    let url = server.database("calls").expect("a database");
    // So few rows are not worth an index: here counts which index would serve, and whether it also gives the order.
    for ways in ["enable_seqscan", "enable_bitmapscan", "enable_sort", "enable_incremental_sort"] {
        server.sql("postgres", &format!("ALTER DATABASE calls SET {ways} = off")).expect("set");
    }
    let settings = strowger::store::postgres::Settings::parse(&url).expect("a good URL");
    let archive = Archive::Postgres(OnServer::connect(&settings, "hq", false).expect("connected"));
    fill(&archive);
    server.sql("calls", "ANALYZE").expect("analysed");
    for (what, filter, _, index) in questions() {
        let plan = archive.explain_query(&filter).expect("explained");
        assert!(plan.contains(index), "{what}:\n{plan}");
        assert!(!plan.contains("Seq Scan") && !plan.contains("Sort  ("), "{what} walks through calls or puts them in order first:\n{plan}");
        assert!(!plan.contains("Anti Join") && !plan.contains("Hash"), "{what} reads all that match to leave out what it has:\n{plan}");
        let everywhere = archive.explain_query(&CallFilter { site: None, ..filter }).expect("explained");
        let walked = everywhere.lines().find(|line| line.contains("Seq Scan") && !line.contains("on sites"));
        assert!(walked.is_none() && everywhere.contains(index), "{what}, in every site:\n{everywhere}");
    }
    let plan = archive.explain_count().expect("explained");
    assert!(plan.contains("_site_group_id_call_started_at_call_id_"), "{plan}");
}
