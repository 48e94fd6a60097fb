//! PostgreSQL by itself: schema, batches, months.

use std::collections::BTreeSet;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use strowger::pbx::link::TlsSettings;
use strowger::pbx::session::{DeeQuerySource, DeeReport};
use strowger::privacy::{Erasure, Numbers, Person, Policy, Tally};
use strowger::record::{CallRecord, site_token};
use strowger::store::postgres::{Delivery, Postgres, PostgresError, PutAside, PutReport, Settings};
use strowger::store::{Erased, ReceivedRecord, Sweep};
use strowger::telephony::Time;
use uuid::Uuid;

use super::at;
use super::sketch::{CALLS, record};
use super::support::postgres::PostgresServer;

fn settings(server: &PostgresServer, database: &str) -> Settings {
    Settings::parse(&server.database(database).expect("a database")).expect("a good URL")
}

fn all() -> Vec<CallRecord> {
    CALLS.iter().enumerate().map(|(number, sketch)| record(number, sketch)).collect()
}

fn received(records: &[CallRecord]) -> Vec<ReceivedRecord> {
    records.iter().map(|record| ReceivedRecord::of(record.clone()).expect("JSON")).collect()
}

fn report(stored: usize, replaced: usize, left: usize) -> PutReport {
    PutReport { stored, replaced, left }
}

#[tokio::test]
async fn several_starters_make_one_schema_and_a_newer_or_another_is_refused_by_name() {
    let server = PostgresServer::start().expect("a server");
    let settings = settings(&server, "calls");
    let missing = Postgres::connect_existing(&settings).await.expect_err("nothing is there");
    assert!(matches!(missing, PostgresError::OlderSchema { found: 0, .. }), "{missing}");
    let start = || Postgres::connect(&settings);
    let (a, b, c, d) = tokio::join!(start(), start(), start(), start());
    for started in [a, b, c, d] {
        started.expect("a schema");
    }
    assert_eq!(server.sql("calls", "SELECT count(*) FROM strowger_migrations WHERE version = 1").expect("read"), "1");
    Postgres::connect_existing(&settings).await.expect("is there");

    server.sql("calls", "INSERT INTO strowger_migrations VALUES (99, 'from_the_future', 'x')").expect("written");
    for newer in [Postgres::connect(&settings).await, Postgres::connect_existing(&settings).await] {
        let error = newer.expect_err("newer").to_string();
        assert!(error.contains("schema version 99 (from_the_future)") && error.contains("127.0.0.1"), "{error}");
    }
    server
        .sql("calls", "DELETE FROM strowger_migrations WHERE version = 99; UPDATE strowger_migrations SET checksum = 'y'")
        .expect("written");
    let error = Postgres::connect(&settings).await.expect_err("another history");
    assert!(matches!(error, PostgresError::OtherHistory { version: 1, .. }), "{error}");
}

#[tokio::test]
async fn what_the_server_refuses_is_told_in_its_words_and_the_next_batch_is_stored() {
    let server = PostgresServer::start().expect("a server");
    let mut settings = settings(&server, "calls");
    settings.connections_max = 1;
    let postgres = Postgres::connect(&settings).await.expect("connected");
    for (number, table) in ["call_ids", "calls", "segments", "call_numbers", "credited_users"].into_iter().enumerate() {
        let mut records = all();
        for (place, record) in records.iter_mut().enumerate() {
            record.id = Uuid::from_u128((number * 10 + place) as u128 + 1);
        }
        let name = format!("no_such_{table}");
        server.sql("calls", &format!("ALTER TABLE {table} ADD CONSTRAINT {name} CHECK (false) NOT VALID")).expect("made");
        for _ in 0..5 {
            let error = postgres.put(&received(&records)).await.expect_err("refused");
            assert!(error.is_about_the_data() && error.to_string().contains(&name), "{table}: {error}");
        }
        server.sql("calls", &format!("ALTER TABLE {table} DROP CONSTRAINT {name}")).expect("dropped");
        assert_eq!(postgres.put(&received(&records)).await.expect("stored"), report(5, 0, 0), "{table}");
    }
}

#[tokio::test]
async fn a_call_is_stored_once_whoever_sends_it_and_a_certain_end_replaces_an_uncertain_one() {
    let server = PostgresServer::start().expect("a server");
    let settings = settings(&server, "calls");
    let postgres = Postgres::connect(&settings).await.expect("connected");
    let mut records = all();
    records[1].end_uncertain = true;
    assert_eq!(postgres.put(&received(&records)).await.expect("stored"), report(5, 0, 0));
    assert_eq!(postgres.put(&received(&records)).await.expect("stored"), report(0, 0, 5), "all are there");

    // The one that began unseen is told anew, in another month; and twice in one batch.
    let mut certain = records[1].clone();
    certain.end_uncertain = false;
    certain.started_at = Time::from_millis(certain.started_at.as_millis() - 40 * 86_400_000);
    let twice = [records[1].clone(), certain.clone(), certain.clone()];
    assert_eq!(postgres.put(&received(&twice)).await.expect("stored"), report(0, 1, 2));
    assert_eq!(postgres.put(&received(&records)).await.expect("stored"), report(0, 0, 5), "an uncertain end replaces nothing");
    let counted = "SELECT (SELECT count(*) FROM calls), (SELECT count(*) FROM segments), (SELECT count(*) FROM call_ids), \
                   (SELECT count(DISTINCT tableoid) FROM calls), (SELECT count(*) FROM calls_default)";
    assert_eq!(server.sql("calls", counted).expect("counted"), "5|5|5|2|0");

    // Two who send the same at once, in opposite orders.
    let numbered = |number| CallRecord { id: uuid::Uuid::from_u128(number), ..record(0, &CALLS[0]) };
    let more: Vec<CallRecord> = (1..=300).map(numbered).collect();
    let (forward, mut backward) = (received(&more), received(&more));
    backward.reverse();
    let (a, b) = tokio::join!(postgres.put(&forward), postgres.put(&backward));
    let (a, b) = (a.expect("stored"), b.expect("stored"));
    assert_eq!((a.stored + b.stored, a.left + b.left), (300, 300));
}

#[tokio::test]
async fn the_text_is_kept_as_it_came_and_odd_dates_and_letters_do_no_harm() {
    let server = PostgresServer::start().expect("a server");
    let settings = settings(&server, "calls");
    let postgres = Postgres::connect(&settings).await.expect("connected");
    let mut value = serde_json::to_value(record(0, &CALLS[0])).expect("JSON");
    value["of_a_newer_program"] = serde_json::json!({"z": 1, "a": "\u{0}"});
    value["caller"]["number"] = "49\u{0}30".into();
    let text = format!("  {value}");
    let mut odd: Vec<CallRecord> = all().split_off(1);
    odd[0].started_at = Time::parse("9999-12-30T00:00:00Z").expect("a time");
    odd[1].started_at = Time::parse("-009999-01-03T00:00:00Z").expect("a time");
    odd[2].started_at = Time::from_millis(0);
    odd[3].segments[0].device = (0..20_000_u32).filter_map(char::from_u32).collect();
    let mut batch = received(&odd);
    batch.push(ReceivedRecord::parse(text.clone()).expect("understood"));
    assert_eq!(postgres.put(&batch).await.expect("stored").stored, 5);
    let kept = server.sql("calls", "SELECT record FROM calls WHERE record::text LIKE '%newer%'").expect("read");
    assert_eq!(kept, text);
    assert_eq!(server.sql("calls", "SELECT count(*) FROM calls_default").expect("counted"), "3");
    let partitions = server.sql("calls", "SELECT count(*) FROM pg_inherits WHERE inhparent = 'calls'::regclass").expect("counted");
    assert!(partitions.parse::<u32>().is_ok_and(|count| count <= 6), "{partitions}: odd dates make no partitions");

    // When the month comes after all, its calls move into it.
    assert_eq!(server.sql("calls", "SELECT make_month('1970-01-15Z'), make_month('1970-01-15Z')").expect("made"), "t|f");
    assert_eq!(server.sql("calls", "SELECT count(*) FROM calls_1970_01").expect("counted"), "1");
    assert_eq!(server.sql("calls", "SELECT count(*) FROM segments_1970_01").expect("counted"), "1");
}

#[tokio::test]
async fn months_are_dropped_whole_and_do_not_come_back() {
    let server = PostgresServer::start().expect("a server");
    let settings = settings(&server, "calls");
    let postgres = Postgres::connect(&settings).await.expect("connected");
    let day = |text: &str| Time::parse(&format!("{text}T12:00:00Z")).expect("a time");
    let mut records = all();
    let days = ["2026-08-31", "2026-09-01", "2026-09-30", "2026-10-01", "1971-01-01"];
    for (record, date) in records.iter_mut().zip(days) {
        record.started_at = day(date);
    }
    postgres.put(&received(&records)).await.expect("stored");
    assert_eq!(postgres.drop_months_before(day("2026-10-15")).await.expect("dropped"), 2);
    let left = "SELECT (SELECT count(*) FROM calls), (SELECT count(*) FROM call_ids), (SELECT count(*) FROM segments)";
    assert_eq!(server.sql("calls", left).expect("counted"), "1|1|1");
    assert_eq!(postgres.drop_months_before(day("2026-09-15")).await.expect("dropped"), 0, "less than before changes nothing");
    assert_eq!(postgres.put(&received(&records)).await.expect("stored"), report(0, 0, 5), "what was dropped is not taken again");
    assert_eq!(server.sql("calls", left).expect("counted"), "1|1|1");
}

#[tokio::test]
async fn a_server_that_goes_and_comes_is_told_as_such() {
    let mut server = PostgresServer::start().expect("a server");
    let mut settings = settings(&server, "calls");
    settings.connect_timeout = std::time::Duration::from_secs(2);
    let postgres = Postgres::connect(&settings).await.expect("connected");
    server.kill().expect("killed");
    let batch = received(&all());
    for _ in 0..2 {
        let error = postgres.put(&batch).await.expect_err("away");
        assert!(error.is_passing() && !error.is_about_the_data() && error.to_string().contains("127.0.0.1"), "{error}");
    }
    server.go_on().expect("started again");
    let mut came = postgres.put(&batch).await;
    if came.is_err() {
        came = postgres.put(&batch).await;
    }
    assert_eq!(came.expect("stored").stored, 5);

    let nobody = Settings::parse(&server.url("calls").replace("strowger@", "nobody@")).expect("a good URL");
    let error = Postgres::connect(&nobody).await.expect_err("no such user");
    assert!(!error.is_passing() && error.to_string().contains("nobody"), "{error}");
    let nowhere = Settings::parse(&server.url("nowhere")).expect("a good URL");
    let error = Postgres::connect(&nowhere).await.expect_err("no such database").to_string();
    assert!(error.contains("create the database"), "{error}");
}

#[tokio::test]
async fn a_sites_people_come_along_with_their_history_and_go_back_into_the_copy() {
    let server = PostgresServer::start().expect("a server");
    let postgres = Postgres::connect(&settings(&server, "calls")).await.expect("connected");
    let state = super::directory();
    let store = super::open(state.path());
    let first = "[[users]]\nname = \"Noor Haddad\"\nemail = \"noor@example.com\"\nprimary = { extension = \"1001\" }\ngroups = [\"Sales\"]\n\
                 primary_group = \"Sales\"\n[[dee]]\nmain = \"1001\"\nmembers = [\"1011\"]\n";
    store.import_people(&super::people(first), at(10)).expect("imported");
    store.import_people(&super::people("[[users]]\nname = \"Ada Lind\"\nprimary = { extension = \"1001\" }\n"), at(20)).expect("imported");
    let report = DeeReport { main: "1001".into(), members: vec!["1012".into()], source: DeeQuerySource::Query };
    store.members_reported("hq", &[report], at(30)).expect("stored");

    let local = store.people().expect("read");
    assert!(postgres.seed_people("hq", &local, at(40)).await.expect("brought"));
    assert!(!postgres.seed_people("hq", &local, at(40)).await.expect("asked"), "once only");
    assert!(postgres.put_reported_members("hq", &local.dee, at(40)).await.expect("stored"));
    assert!(!postgres.put_reported_members("hq", &local.dee, at(50)).await.expect("asked"), "nothing new");
    let there = postgres.people("hq").await.expect("read");
    assert_eq!((&there.users, &there.associations, &there.memberships), (&local.users, &local.associations, &local.memberships));
    assert_eq!(there.dee.len(), 2);
    assert!(!store.take_people(&there, at(60)).expect("taken"), "what it has already");
    assert!(postgres.people("branch").await.expect("read").users.is_empty(), "each site has its own");

    postgres.import_people("hq", &super::people(first), at(70)).await.expect("imported");
    assert!(store.take_people(&postgres.people("hq").await.expect("read"), at(80)).expect("taken"));
    let loaded = store.load_directory_of("hq").expect("loaded");
    let holder =
        |second| loaded.extension_holder(&"1001".into(), at(second)).and_then(|held| loaded.user(held.user)).map(|user| user.name.as_str());
    assert_eq!([holder(9), holder(15), holder(25), holder(75)], [None, Some("Noor Haddad"), Some("Ada Lind"), Some("Noor Haddad")]);
    assert_eq!(loaded.dee_memberships(&"1012".into(), at(75)).count(), 1, "what a PBX says stays");
    assert_eq!(store.check().expect("checked"), Vec::<String>::new());
}

#[tokio::test]
async fn the_database_itself_refuses_a_second_holder_and_names_the_first() {
    let server = PostgresServer::start().expect("a server");
    let postgres = Postgres::connect(&settings(&server, "calls")).await.expect("connected");
    let file = "[[users]]\nname = \"Noor Haddad\"\nprimary = { extension = \"1001\" }\n[[users]]\nname = \"Ada Lind\"\n";
    postgres.import_people("hq", &super::people(file), at(10)).await.expect("imported");
    let ada = strowger::directory::user_id("Ada Lind", None);
    let insert = |from: Time, until: &str| {
        let sql = format!(
            "INSERT INTO associations (site, user_id, kind, number, is_primary, valid_from, valid_until) \
             VALUES ('hq', '{ada}', 'extension', '1001', false, '{from}', {until})"
        );
        server.sql("calls", &sql).map_err(|error| error.to_string())
    };
    let refused = insert(at(20), "NULL").expect_err("refused");
    assert!(refused.contains("extension 1001 belongs to Noor Haddad since 2026-09-21T"), "{refused}");
    assert!(insert(at(5), &format!("'{}'", at(11))).is_err(), "an overlap with what is open");
    insert(at(5), &format!("'{}'", at(10))).expect("what ended before may be added");
    // Two at once, of whom neither sees the other: the constraint holds where the trigger is blind.
    server.sql("calls", "ALTER TABLE associations DISABLE TRIGGER associations_exclusive").expect("set");
    let refused = insert(at(20), "NULL").expect_err("refused");
    assert!(refused.contains("associations_one_holder"), "{refused}");
}

#[tokio::test]
async fn by_tls_with_our_own_authority_certificate_and_name() {
    let ca_key = KeyPair::generate().expect("a key");
    let mut ca = CertificateParams::new(Vec::new()).expect("parameters");
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(ca, ca_key).expect("an authority");
    let issued = |name: &str| {
        let key = KeyPair::generate().expect("a key");
        let mut wanted = CertificateParams::new(vec![name.to_owned()]).expect("parameters");
        wanted.distinguished_name.push(DnType::CommonName, name);
        (wanted.signed_by(&key, &ca).expect("a certificate").pem(), key.serialize_pem())
    };
    let mut server = PostgresServer::start().expect("a server");
    server.stop().expect("stopped");
    let (certificate, key) = issued("db.example.com");
    let files = [("server.crt", certificate), ("server.key", key), ("root.crt", ca.pem())];
    for (name, text) in &files {
        server.keep(name, text).expect("kept");
    }
    let settings_of_server = "ssl = on\nssl_ca_file = 'root.crt'\n";
    server.keep("postgresql.auto.conf", settings_of_server).expect("kept");
    server.keep("pg_hba.conf", "hostssl all strowger 127.0.0.1/32 cert\nhostssl all all 127.0.0.1/32 scram-sha-256\nhostnossl postgres all 127.0.0.1/32 trust\n").expect("kept");
    server.go_on().expect("started again");

    let files = super::directory();
    let keep = |name: &str, text: &str| {
        let path = files.path().join(name);
        std::fs::write(&path, text).expect("written");
        path
    };
    let (certificate, key) = issued("strowger");
    let tls = TlsSettings {
        ca_file: Some(keep("ca.pem", &ca.pem())),
        certificate_file: Some(keep("own.pem", &certificate)),
        key_file: Some(keep("own.key", &key)),
        server_name: Some("db.example.com".to_owned()),
    };
    let mut settings = Settings::parse(&server.url("postgres")).expect("a good URL");
    settings.tls = Some(tls.clone());
    Postgres::connect(&settings).await.expect("connected");

    let refused = async |change: &dyn Fn(&mut Settings)| {
        let mut settings = settings.clone();
        change(&mut settings);
        let error = Postgres::connect(&settings).await.expect_err("refused");
        assert!(!error.is_passing(), "{error}");
        error.to_string()
    };
    let other_name = refused(&|settings| settings.tls = Some(TlsSettings { server_name: None, ..tls.clone() })).await;
    assert!(other_name.contains("check the certificates"), "{other_name}");
    let stranger = refused(&|settings| settings.tls = Some(TlsSettings { ca_file: None, ..tls.clone() })).await;
    assert!(stranger.contains("check the certificates"), "{stranger}");
    let nobody = refused(&|settings| settings.tls = Some(TlsSettings { certificate_file: None, key_file: None, ..tls.clone() })).await;
    assert!(nobody.contains("certificate"), "{nobody}");

    // A user with a password.
    server.sql("postgres", "CREATE ROLE noor LOGIN SUPERUSER PASSWORD 'open sesame'").expect("made");
    let mut by_password = Settings::parse(&server.url("postgres").replace("strowger@", "noor@")).expect("a good URL");
    by_password.tls = Some(TlsSettings { certificate_file: None, key_file: None, ..tls });
    by_password.password = Some("open sesame".into());
    Postgres::connect(&by_password).await.expect("connected");
    by_password.password = Some("open barley".into());
    let error = Postgres::connect(&by_password).await.expect_err("refused");
    assert!(!error.is_passing() && error.to_string().contains("check user and password"), "{error}");
    by_password.password = None;
    let error = Postgres::connect(&by_password).await.expect_err("refused");
    assert!(error.to_string().contains("configure the password"), "{error}");
}

/// A hub knows the site of what it cannot read by the word for it in the subject.
#[tokio::test]
async fn what_was_put_aside_of_a_site_with_a_dot_in_its_name_is_found() {
    let server = PostgresServer::start().expect("a server");
    let store = Postgres::connect(&settings(&server, "calls")).await.expect("a schema");
    let aside = |site: &str, number: u128| PutAside {
        id: Uuid::from_u128(number),
        site: Some(site_token(site)),
        number: None,
        subject: format!("strowger.{}.calls", site_token(site)),
        headers: String::new(),
        body: b"Noor Haddad called".to_vec(),
        reason: "not a call record".to_owned(),
    };
    let delivery = Delivery { aside: vec![aside("hq.north", 1), aside("hq", 2)], ..Delivery::default() };
    assert_eq!(store.receive(&delivery).await.expect("stored").aside, 2);
    let none = BTreeSet::new;
    let person = Person { id: Uuid::from_u128(7), names: ["Noor Haddad".to_owned()].into(), emails: none(), numbers: none() };
    let erasure = Erasure::new(person, Uuid::from_u128(8));
    store.begin_erasure("hq.north", Uuid::from_u128(9), &erasure, None, at(0)).await.expect("begun");
    while store.erase_step("hq.north", Uuid::from_u128(9), 10, at(1)).await.expect("a step") == Erased::Going {}
    let named = "SELECT site FROM quarantine WHERE convert_from(body, 'UTF8') LIKE '%Noor%'";
    assert_eq!(server.sql("calls", named).expect("read"), "hq");
    let policy = Policy { delete_after: Some(Duration::from_hours(24)), ..Policy::default() };
    let sweep = Sweep { policy, numbers: Numbers::Truncate, now: Time::from_millis(4_000_000_000_000), dry_run: false, batch: 10 };
    store.swept("hq.north", &sweep, &Tally::default()).await.expect("noted");
    assert_eq!(server.sql("calls", "SELECT site FROM quarantine").expect("read"), "hq");
}
