//! PostgreSQL: each record once, whatever happens to the server or the noting; what is not fit is named.

use std::time::Duration;

use strowger::sink::{Failure, PostgresSink, Sink, Source};
use strowger::store::postgres::Settings;

use super::rig::{Rig, waiting};
use super::support::postgres::PostgresServer;

const QUICK: Duration = Duration::from_millis(200);

fn sink(server: &PostgresServer) -> PostgresSink {
    PostgresSink::new(Settings::parse(&server.url("calls")).expect("a URL"))
}

fn count(server: &PostgresServer) -> String {
    server.sql("calls", "SELECT count(*), count(DISTINCT id) FROM calls").expect("asked").trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_record_is_there_once_although_batches_come_again_and_the_server_is_killed() {
    let mut server = PostgresServer::start_with(&[], None).expect("a server");
    server.database("calls").expect("made");
    let rig = Rig::new(&["db"]);
    rig.store(0..300).await;
    // Delivered, but not noted: as a crash leaves it.
    let crashed = sink(&server).deliver(&waiting(&rig, "db", 200), Source::Outbox).await;
    assert_eq!((crashed.delivered, crashed.failure), (200, None));
    let running = rig.run("db", sink(&server), QUICK);
    rig.drained("db").await;
    server.kill().expect("killed");
    rig.store(300..400).await;
    rig.until("told", || rig.last_error("db").is_some()).await;
    server.go_on().expect("started");
    rig.drained("db").await;
    running.end().await;
    assert_eq!(count(&server), "400|400");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_batch_with_one_bad_message_the_others_are_there_and_the_bad_one_is_named() {
    let server = PostgresServer::start().expect("a server");
    server.database("calls").expect("made");
    let rig = Rig::new(&["db"]);
    rig.store(0..20).await;
    let mut batch = waiting(&rig, "db", 20);
    batch[7].json = "{\"site\":\"hq\"}".to_owned();
    let mut sink = sink(&server);
    let progress = sink.deliver(&batch, Source::Outbox).await;
    assert_eq!(progress.delivered, 7);
    assert!(matches!(progress.failure, Some(Failure::Poisoned { .. })), "{progress:?}");
    assert_eq!(sink.deliver(&batch[8..], Source::Outbox).await.delivered, 12);
    assert_eq!(count(&server), "19|19");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_refuses_is_found_and_nothing_else_is_blamed() {
    let server = PostgresServer::start().expect("a server");
    server.database("calls").expect("made");
    let rig = Rig::new(&["db"]);
    rig.store(0..41).await;
    let all = waiting(&rig, "db", 41);
    let mut sink = sink(&server);
    assert_eq!(sink.deliver(&all[..1], Source::Outbox).await.delivered, 1, "the schema is made");
    for (batch, (table, column)) in all[1..].chunks(20).zip([("calls", "id"), ("call_numbers", "call_id")]) {
        let bad = &batch[7].message_id;
        server.sql("calls", &format!("ALTER TABLE {table} ADD CONSTRAINT no_such CHECK ({column} <> '{bad}')")).expect("made");
        let progress = sink.deliver(batch, Source::Outbox).await;
        assert_eq!(progress.delivered, 7, "{table}: {progress:?}");
        assert!(matches!(&progress.failure, Some(Failure::Poisoned { why }) if why.contains("no_such")), "{table}: {progress:?}");
        assert_eq!(sink.deliver(&batch[8..], Source::Outbox).await.delivered, 12, "{table}");
    }
    assert_eq!(count(&server), "39|39");
}
