//! An older copy of a site's database was put back: its numbers are those of another source, and the centre counts without a hole.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use strowger::record::{CallRecord, LinkGap};
use strowger::sink::{Nats, NatsLogin, NatsSink, Sink as _, Source};
use strowger::spool::outbox::{Sink, Start};
use strowger::spool::{self, Clock, Entry, Input, Spool, renumber};
use strowger::telephony::{Now, Time};

use crate::rig::{DATABASE, Hub, PATIENCE, all_there_once, folder};
use crate::site::Site;
use crate::support::clock::wait_for;
use crate::support::nats::Nats as Server;
use crate::support::postgres::PostgresServer;

fn opened(state: &Path) -> Result<Spool> {
    let clock: Clock = Arc::new(|| Now { wall: Time::from_millis(1_790_000_000_000), monotonic: Duration::ZERO });
    let spool = Spool::open(state, spool::Settings::default(), clock, |_| {})?;
    spool.outbox().register(&[Sink { name: "hub".to_owned(), start: Start::Present }], Time::MIN)?;
    Ok(spool)
}

/// Stores these calls, and a gap that began at this second.
async fn store(spool: &Spool, site: &mut Site, calls: std::ops::Range<u64>, gap: u64) -> Result<()> {
    let mut records: Vec<CallRecord> = Vec::new();
    for number in calls {
        let record = site.record(number)?;
        site.calls.insert(record["id"].as_str().context("an id")?.to_owned());
        records.push(serde_json::from_value(record)?);
    }
    let from = format!("2026-11-20T10:30:{gap:02}.000Z");
    let gap: LinkGap = serde_json::from_value(json!({"site": site.name, "pbx": "a", "scope": "all", "from": from, "until": null}))?;
    spool.handle().send(Input::Entry(Entry { pbx: "a".into(), event: b"0".to_vec(), records, gaps: vec![gap] })).await?;
    spool.handle().flush(PATIENCE).await?;
    Ok(())
}

/// Delivers so many, and notes so.
async fn deliver(spool: &Spool, url: &str, count: usize) -> Result<()> {
    let settings = Nats {
        servers: vec![url.to_owned()],
        login: NatsLogin::None,
        tls: None,
        stream: "STROWGER".to_owned(),
        subject_prefix: "strowger".to_owned(),
        domain: None,
        create_stream: true,
        replicas: 1,
        window: 64,
        ack_timeout: Duration::from_secs(5),
    };
    let outbox = spool.outbox();
    let batch = outbox.read("hub", None, count, usize::MAX)?;
    let progress = NatsSink::new(settings, "hq", outbox.sources()).deliver(&batch, Source::Outbox).await;
    ensure!(progress.delivered == batch.len(), "{progress:?}");
    outbox.advance("hub", batch.last().context("some")?.place)?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_was_put_back_and_renumbered_makes_no_hole_and_hides_none() -> Result<()> {
    let name = "backup";
    let (nats, postgres, folder) = (Server::start(name)?, PostgresServer::start()?, folder(name)?);
    let database = postgres.database(DATABASE)?;
    let mut hub = Hub::new(&folder, "hub", &nats.url(), &database, nats.spare_port(0), "")?;
    hub.up()?;
    let mut site = Site::connect("hq", &nats.url()).await?;
    let (state, copy) = (folder.join("state"), folder.join("copy.db"));
    let spool = opened(&state)?;
    // Numbers 1 to 7, of which the copy knows four to be delivered.
    store(&spool, &mut site, 1..7, 1).await?;
    deliver(&spool, &nats.url(), 4).await?;
    let before = spool.outbox().source().to_owned();
    spool.close(PATIENCE)?;
    fs::copy(state.join("strowger.db"), &copy)?;
    // Numbers 8 to 12.
    let spool = opened(&state)?;
    store(&spool, &mut site, 7..11, 2).await?;
    deliver(&spool, &nats.url(), 99).await?;
    spool.close(PATIENCE)?;

    for companion in ["strowger.db-wal", "strowger.db-shm"] {
        fs::remove_file(state.join(companion)).ok();
    }
    fs::copy(&copy, state.join("strowger.db"))?;
    let after = renumber(&state)?.after;
    // Numbers 8 to 11 once more; of the same number as before is the gap, too, in no case a duplicate.
    let spool = opened(&state)?;
    store(&spool, &mut site, 21..24, 3).await?;
    deliver(&spool, &nats.url(), 99).await?;
    spool.close(PATIENCE)?;

    all_there_once(&postgres, &[&site], &[&hub])?;
    wait_for("all gaps are there", PATIENCE, || Ok((postgres.sql(DATABASE, "SELECT count(*) FROM link_gaps")? == "3").then_some(())))?;
    let ranges = postgres.sql(DATABASE, "SELECT source, first_seq, last_seq FROM received_ranges ORDER BY last_seq DESC")?;
    ensure!(ranges == format!("{before}|1|12\n{after}|8|11"), "{ranges}");
    let answer: Value = serde_json::from_str(&hub.completeness(&["--json", "--site", "hq", "--day", "2026-11-20"])?)?;
    let day = &answer["days"][0];
    ensure!((&day["present"], &day["missing"]) == (&16.into(), &0.into()), "{answer}");
    Ok(())
}
