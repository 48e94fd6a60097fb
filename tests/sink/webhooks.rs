//! Webhooks: what arrives, verified by others; retries, rotation, refusals.

use std::collections::BTreeSet;
use std::time::Duration;

use strowger::sink::{Failure, SigningKey, Sink, Source, Webhook, WebhookSink};

use super::receiver::{Receiver, Request, Say};
use super::rig::{Rig, clock, id, record, waiting};
use super::verify::verified;

const OLD: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const NEW: &str = "whsec_plJ3nmyCDGBKInavdOK15jsl0Sl0Hz7NQUQ1kqnZVVs=";

const QUICK: Duration = Duration::from_millis(30);

fn settings(url: &str, secrets: &[&str]) -> Webhook {
    Webhook {
        url: url.parse().expect("a URL"),
        keys: secrets.iter().map(|secret| SigningKey::parse(secret).expect("a secret")).collect(),
        timeout: Duration::from_secs(5),
        concurrency: 4,
        allow_private_addresses: true,
        proxy: None,
        tls: None,
    }
}

fn sink_to(receiver: &Receiver) -> WebhookSink {
    WebhookSink::new(&settings(&format!("http://{}/calls?token=x", receiver.address), &[OLD]), clock()).expect("a sink")
}

fn ids(requests: &[Request]) -> BTreeSet<String> {
    requests.iter().map(|request| request.id.clone()).collect()
}

fn all_ids(numbers: std::ops::Range<u64>) -> BTreeSet<String> {
    numbers.map(|number| id(number).to_string()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_arrives_once_and_somebody_elses_library_verifies_it() {
    let rig = Rig::new(&["crm"]);
    let receiver = Receiver::start(|_| Say::Status(204)).await;
    let running = rig.run("crm", sink_to(&receiver), QUICK);
    rig.store(0..40).await;
    rig.drained("crm").await;
    running.end().await;
    let seen = receiver.seen();
    assert_eq!(seen.len(), 40);
    assert_eq!(ids(&seen), all_ids(0..40));
    let verified = verified("every_call", OLD, &seen).expect("all are verified");
    assert_eq!(verified.len(), 40);
    let body: serde_json::Value = serde_json::from_str(&seen[0].body).expect("JSON");
    assert_eq!((body["type"].as_str(), body["data"]["site"].as_str()), (Some("call.ended"), Some("hq")));
}

#[tokio::test(flavor = "multi_thread")]
async fn while_secrets_are_exchanged_receivers_may_hold_either() {
    let rig = Rig::new(&["crm"]);
    let receiver = Receiver::start(|_| Say::Status(200)).await;
    let both = settings(&format!("http://{}/", receiver.address), &[NEW, OLD]);
    let running = rig.run("crm", WebhookSink::new(&both, clock()).expect("a sink"), QUICK);
    rig.store(0..3).await;
    rig.drained("crm").await;
    running.end().await;
    for secret in [OLD, NEW] {
        assert_eq!(verified("exchanged", secret, &receiver.seen()).expect("verified").len(), 3);
    }
    let wrong = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    verified("exchanged", wrong, &receiver.seen()).expect_err("not with another secret");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_fails_is_tried_again_and_nothing_is_lost_or_doubled() {
    let rig = Rig::new(&["crm"]);
    let mut left = 5;
    let receiver = Receiver::start(move |_| {
        left -= 1;
        match left {
            0.. => Say::Status([503, 500, 404, 429, 502][usize::try_from(left).expect("small")]),
            _ => Say::Status(200),
        }
    })
    .await;
    rig.store(0..20).await;
    let running = rig.run("crm", sink_to(&receiver), QUICK);
    rig.drained("crm").await;
    running.end().await;
    let seen = receiver.seen();
    assert_eq!(ids(&seen), all_ids(0..20));
    assert_eq!(seen.len(), 25);
    // A repetition is the same message at another time.
    let first: Vec<&Request> = seen.iter().filter(|request| request.id == id(0).to_string()).collect();
    assert!(first.len() > 1 && first.iter().all(|request| request.body == first[0].body));
    assert_eq!(verified("retries", OLD, &seen).expect("verified").len(), 25);
    assert!(rig.outbox.quarantined(None, None, 10).expect("read").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poisoned_record_is_put_aside_while_the_others_go_on_and_can_be_tried_again() {
    let rig = Rig::new(&["crm", "other"]);
    let bad = id(3).to_string();
    let (judged, mended) = (bad.clone(), std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false)));
    let is_mended = std::sync::Arc::clone(&mended);
    let receiver = Receiver::start(move |request| {
        let is_bad = request.id == judged && !is_mended.load(std::sync::atomic::Ordering::Relaxed);
        Say::Status(if is_bad { 422 } else { 200 })
    })
    .await;
    rig.store(0..10).await;
    let running = rig.run("crm", sink_to(&receiver), QUICK);
    rig.drained("crm").await;
    let aside = rig.outbox.quarantined(Some("crm"), None, 10).expect("read");
    assert_eq!(aside.len(), 1);
    assert_eq!(aside[0].entry.message_id, bad);
    assert!(aside[0].reason.contains("422"), "{}", aside[0].reason);
    assert_eq!(ids(&receiver.seen()), all_ids(0..10));
    // Not mended yet: it comes back, and holds nobody up.
    rig.outbox.ask_retry("crm", None).expect("asked");
    rig.until("tried again", || receiver.times(&bad) > 2 && !rig.outbox.quarantined(Some("crm"), None, 1).expect("read")[0].retry).await;
    rig.store(10..12).await;
    rig.drained("crm").await;
    mended.store(true, std::sync::atomic::Ordering::Relaxed);
    rig.outbox.ask_retry("crm", Some(&bad)).expect("asked");
    rig.until("out of quarantine", || rig.outbox.quarantined(Some("crm"), None, 1).expect("read").is_empty()).await;
    running.end().await;
}

/// The first of a batch is refused after all others were accepted: there is nobody left whose acceptance could speak against it.
#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_is_refused_slowly_is_judged_by_those_that_were_accepted_meanwhile() {
    let rig = Rig::new(&["crm"]);
    let bad = id(0).to_string();
    let receiver =
        Receiver::start(move |request| if request.id == bad { Say::LateStatus(Duration::from_secs(2), 422) } else { Say::Status(200) })
            .await;
    rig.store(0..4).await;
    let (mut sink, batch) = (sink_to(&receiver), waiting(&rig, "crm", 4));
    let first = sink.deliver(&batch, Source::Outbox).await;
    assert!(matches!(first.failure, Some(Failure::Retry { only_this: true, .. })), "{first:?}");
    assert_eq!(ids(&receiver.seen()), all_ids(0..4));
    let second = sink.deliver(&batch, Source::Outbox).await;
    assert!(second.delivered == 0 && matches!(second.failure, Some(Failure::Poisoned { .. })), "{second:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn gone_disables_until_somebody_enables() {
    let rig = Rig::new(&["crm"]);
    let mut asked = 0;
    let receiver = Receiver::start(move |_| {
        asked += 1;
        Say::Status(if asked == 1 { 410 } else { 200 })
    })
    .await;
    rig.store(0..1).await;
    let running = rig.run("crm", sink_to(&receiver), QUICK);
    rig.until("disabled", || rig.desk.asked("crm").expect("read").disabled.is_some()).await;
    rig.store(1..5).await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(receiver.seen().len(), 1, "nothing more is sent");
    assert_eq!(rig.outbox.depth("crm").expect("read").rows, 5);
    rig.desk.enable("crm").expect("enabled");
    rig.drained("crm").await;
    running.end().await;
    assert_eq!(ids(&receiver.seen()), all_ids(0..5));
}

#[tokio::test(flavor = "multi_thread")]
async fn redirects_are_not_followed_and_retry_after_is_heeded() {
    let rig = Rig::new(&["crm"]);
    let mut asked = 0;
    let receiver = Receiver::start(move |_| {
        asked += 1;
        match asked {
            1 => Say::Redirect,
            2 => Say::RetryAfter(429, 2),
            _ => Say::Status(200),
        }
    })
    .await;
    rig.store(0..1).await;
    let started = (clock())().monotonic;
    let running = rig.run("crm", sink_to(&receiver), QUICK);
    rig.until("the redirect is told", || receiver.seen().len() >= 2).await;
    rig.drained("crm").await;
    running.end().await;
    assert!((clock())().monotonic.saturating_sub(started) >= Duration::from_secs(2));
    assert_eq!(receiver.seen().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn private_addresses_are_refused_by_number_and_by_name() {
    let receiver = Receiver::start(|_| Say::Status(200)).await;
    for host in ["127.0.0.1", "localhost"] {
        let rig = Rig::new(&["crm"]);
        let url = format!("http://{host}:{}/", receiver.address.port());
        let guarded = Webhook { allow_private_addresses: false, ..settings(&url, &[OLD]) };
        rig.store(0..1).await;
        let running = rig.run("crm", WebhookSink::new(&guarded, clock()).expect("a sink"), QUICK);
        rig.until("told", || rig.last_error("crm").is_some_and(|error| error.contains("private address"))).await;
        running.end().await;
    }
    assert!(receiver.seen().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_receiver_is_given_up_in_time_and_tried_again() {
    let rig = Rig::new(&["crm"]);
    let mut asked = 0;
    let receiver = Receiver::start(move |_| {
        asked += 1;
        if asked == 1 { Say::Late(Duration::from_secs(30)) } else { Say::Status(200) }
    })
    .await;
    let hasty = Webhook { timeout: Duration::from_secs(1), ..settings(&format!("http://{}/", receiver.address), &[OLD]) };
    rig.store(0..1).await;
    let running = rig.run("crm", WebhookSink::new(&hasty, clock()).expect("a sink"), QUICK);
    rig.drained("crm").await;
    running.end().await;
    assert_eq!(receiver.seen().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_delivered_once_more_to_the_one_sink_only() {
    let rig = Rig::new(&["crm", "other"]);
    let (receiver, other) = (Receiver::start(|_| Say::Status(200)).await, Receiver::start(|_| Say::Status(200)).await);
    let running = (rig.run("crm", sink_to(&receiver), QUICK), rig.run("other", sink_to(&other), QUICK));
    rig.store(0..5).await;
    rig.drained("crm").await;
    rig.drained("other").await;
    let (since, until) = (record(1).started_at, record(3).started_at);
    assert_eq!(rig.desk.ask_again("crm", &strowger::sink::Again::Begun(since, until)).expect("asked"), 2);
    assert_eq!(rig.desk.ask_again("crm", &strowger::sink::Again::Id(id(4).to_string())).expect("asked"), 1);
    rig.until("delivered once more", || rig.desk.replays_left("crm").expect("read") == 0).await;
    running.0.end().await;
    running.1.end().await;
    let times: Vec<usize> = (0..5).map(|number| receiver.times(&id(number).to_string())).collect();
    assert_eq!(times, [1, 2, 2, 1, 2]);
    assert_eq!(other.seen().len(), 5);
}
