//! JetStream on a real nats-server: stored once, acknowledged, gone on after whatever happens to the server.

use std::time::Duration;

use async_nats::jetstream::{self, stream};
use strowger::sink::{Nats, NatsLogin, NatsSink, Sink, Source};

use super::rig::{Rig, SOON, record, waiting};
use super::support::nats;

pub(super) const QUICK: Duration = Duration::from_millis(200);

pub(super) fn settings(url: &str) -> Nats {
    Nats {
        servers: url.split(',').map(str::to_owned).collect(),
        login: NatsLogin::None,
        tls: None,
        stream: "STROWGER".to_owned(),
        subject_prefix: "strowger".to_owned(),
        domain: None,
        create_stream: true,
        replicas: 1,
        window: 64,
        ack_timeout: Duration::from_secs(5),
    }
}

pub(super) fn sink(settings: Nats, rig: &Rig) -> NatsSink {
    NatsSink::new(settings, "hq", rig.outbox.sources())
}

async fn context(url: &str) -> jetstream::Context {
    let servers: Vec<async_nats::ServerAddr> = url.split(',').map(|url| url.parse().expect("an address")).collect();
    jetstream::new(async_nats::connect(servers).await.expect("connected"))
}

async fn count(url: &str) -> u64 {
    let mut stream = context(url).await.get_stream("STROWGER").await.expect("the stream");
    stream.info().await.expect("asked").state.messages
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_stored_once_with_their_headers() {
    let server = nats::Nats::start("sink_once").expect("a server");
    let rig = Rig::new(&["hub"]);
    rig.store(0..300).await;
    // Delivered, but not noted: as a crash leaves it.
    let mut crashed = sink(settings(&server.url()), &rig);
    assert_eq!(crashed.deliver(&waiting(&rig, "hub", 200), Source::Outbox).await.delivered, 200);
    drop(crashed);
    let running = rig.run("hub", sink(settings(&server.url()), &rig), QUICK);
    rig.drained("hub").await;
    running.end().await;
    assert_eq!(count(&server.url()).await, 300);
    let stream = context(&server.url()).await.get_stream("STROWGER").await.expect("the stream");
    let config = &stream.cached_info().config;
    assert_eq!((config.storage, config.discard), (stream::StorageType::File, stream::DiscardPolicy::New));
    let message = stream.get_raw_message(7).await.expect("there");
    assert_eq!(message.subject.as_str(), "strowger.hq.calls");
    let header = |name: &str| message.headers.get(name).map(|value| value.as_str().to_owned());
    assert_eq!(header("Nats-Msg-Id"), Some(record(6).id.to_string()));
    assert_eq!(header("Strowger-Seq").as_deref(), Some("7"));
    assert_eq!(header("Strowger-Source").as_deref(), Some(rig.outbox.source()));
    assert_eq!(header("Strowger-Version").as_deref(), Some("1"));
    let body: strowger::record::CallRecord = serde_json::from_slice(&message.payload).expect("a record");
    assert_eq!(body.id, record(6).id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_and_comes_back_is_gone_on_with() {
    let mut server = nats::Nats::start_as("sink_killed", nats::Make::Newer, "").expect("a server");
    let rig = Rig::new(&["hub"]);
    let running = rig.run("hub", sink(settings(&server.url()), &rig), QUICK);
    for round in 0..3 {
        rig.store(round * 200..round * 200 + 200).await;
        server.kill().expect("killed");
        rig.store(round * 200 + 1000..round * 200 + 1100).await;
        server.start_again().expect("started");
        server.ready().expect("ready");
    }
    rig.drained("hub").await;
    running.end().await;
    assert_eq!(count(&server.url()).await, 900);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_hangs_is_told_and_gone_on_with() {
    let server = nats::Nats::start("sink_hangs").expect("a server");
    let rig = Rig::new(&["hub"]);
    let hasty = Nats { ack_timeout: Duration::from_secs(1), ..settings(&server.url()) };
    let running = rig.run("hub", sink(hasty, &rig), QUICK);
    rig.store(0..10).await;
    rig.drained("hub").await;
    server.signal("STOP").expect("stopped");
    rig.store(10..20).await;
    rig.until("told", || rig.last_error("hub").is_some()).await;
    server.signal("CONT").expect("goes on");
    rig.drained("hub").await;
    running.end().await;
    assert_eq!(count(&server.url()).await, 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_cluster_one_server_may_be_killed() {
    let mut cluster = nats::Cluster::start("sink_cluster").expect("a cluster");
    let rig = Rig::new(&["hub"]);
    let url = cluster.url();
    let running = rig.run("hub", sink(Nats { replicas: 3, ..settings(&url) }, &rig), QUICK);
    rig.store(0..100).await;
    rig.drained("hub").await;
    cluster.servers[0].kill().expect("killed");
    rig.store(100..300).await;
    rig.drained("hub").await;
    running.end().await;
    let left = cluster.servers[1].url();
    assert_eq!(count(&left).await, 300);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_would_forget_is_refused_and_another_ones_subjects_are_noticed() {
    let server = nats::Nats::start("sink_unfit").expect("a server");
    let js = context(&server.url()).await;
    let memory = stream::Config {
        name: "STROWGER".to_owned(),
        subjects: vec!["strowger.>".to_owned()],
        storage: stream::StorageType::Memory,
        ..stream::Config::default()
    };
    js.create_stream(memory).await.expect("made");
    let rig = Rig::new(&["hub"]);
    rig.store(0..3).await;
    let refused = sink(settings(&server.url()), &rig).deliver(&waiting(&rig, "hub", 3), Source::Outbox).await;
    assert!(format!("{refused:?}").contains("in memory"), "{refused:?}");
    js.delete_stream("STROWGER").await.expect("gone");
    let named = |name: &str, subject: &str| stream::Config {
        name: name.to_owned(),
        subjects: vec![subject.to_owned()],
        ..stream::Config::default()
    };
    js.create_stream(named("OTHER", "strowger.>")).await.expect("made");
    js.create_stream(named("STROWGER", "unused")).await.expect("made");
    let misled = sink(settings(&server.url()), &rig).deliver(&waiting(&rig, "hub", 3), Source::Outbox).await;
    assert_eq!(misled.delivered, 0);
    assert!(format!("{misled:?}").contains("OTHER"), "{misled:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn password_and_a_message_that_is_too_long() {
    let more = "max_payload: 4096\nauthorization { user: site, password: swordfish }";
    let server = nats::Nats::start_as("sink_password", nats::Make::Newer, more).expect("a server");
    let rig = Rig::new(&["hub"]);
    let mut records: Vec<_> = (0..5).map(record).collect();
    records[2].trunk = Some("x".repeat(5000));
    rig.store_all(records).await;
    let wrong = sink(settings(&server.url()), &rig).deliver(&waiting(&rig, "hub", 5), Source::Outbox).await;
    assert!(wrong.failure.is_some() && wrong.delivered == 0, "{wrong:?}");
    let login = NatsLogin::Password { username: "site".to_owned(), password: "swordfish".to_owned().into() };
    let running = rig.run("hub", sink(Nats { login, ..settings(&server.url()) }, &rig), QUICK);
    rig.drained("hub").await;
    running.end().await;
    let aside = rig.outbox.quarantined(Some("hub"), None, 10).expect("read");
    assert_eq!(aside.iter().map(|found| found.entry.message_id.clone()).collect::<Vec<_>>(), [record(2).id.to_string()]);
    assert!(SOON > QUICK);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_stream_takes_for_too_long_is_put_aside() {
    let server = nats::Nats::start("sink_too_long").expect("a server");
    let bounded = stream::Config {
        name: "STROWGER".to_owned(),
        subjects: vec!["strowger.>".to_owned()],
        max_message_size: 4096,
        ..stream::Config::default()
    };
    context(&server.url()).await.create_stream(bounded).await.expect("made");
    let rig = Rig::new(&["hub"]);
    let mut records: Vec<_> = (0..5).map(record).collect();
    records[2].trunk = Some("x".repeat(5000));
    rig.store_all(records).await;
    let running = rig.run("hub", sink(settings(&server.url()), &rig), QUICK);
    rig.drained("hub").await;
    running.end().await;
    let aside = rig.outbox.quarantined(Some("hub"), None, 10).expect("read");
    assert_eq!(aside.iter().map(|found| found.entry.message_id.clone()).collect::<Vec<_>>(), [record(2).id.to_string()]);
    assert!(aside[0].reason.contains("max_msg_size"), "{}", aside[0].reason);
    assert_eq!(count(&server.url()).await, 4);
}
