//! Nothing lost, nothing doubled, nothing blocked: hubs, servers and database that come and go.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use async_nats::jetstream;
use serde_json::json;

use crate::rig::{DATABASE, Hub, PATIENCE, all_there_once, folder};
use crate::site::Site;
use crate::support::clock::wait_for;
use crate::support::nats::{Alone, Cluster, Make, Nats};
use crate::support::postgres::PostgresServer;
use crate::support::proxy::Proxy;

/// A server, a database and a hub that is up.
struct Rig {
    nats: Alone,
    postgres: PostgresServer,
    database: String,
    folder: std::path::PathBuf,
    hub: Hub,
}

impl Rig {
    fn start(name: &str, make: Make) -> Result<Self> {
        let (nats, postgres, folder) = (Nats::start_as(name, make, "")?, PostgresServer::start()?, folder(name)?);
        let database = postgres.database(DATABASE)?;
        let mut hub = Hub::new(&folder, "hub", &nats.url(), &database, nats.spare_port(0), "")?;
        hub.up()?;
        Ok(Self { nats, postgres, database, folder, hub })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hubs_share_what_comes() -> Result<()> {
    shared("two-hubs", Make::Newer).await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hubs_share_what_comes_from_debians_server() -> Result<()> {
    shared("two-hubs-debian", Make::Debian).await
}

async fn shared(name: &str, make: Make) -> Result<()> {
    let Rig { nats, postgres, database, folder, hub } = Rig::start(name, make)?;
    let mut second = Hub::new(&folder, "second", &nats.url(), &database, nats.spare_port(1), "")?;
    second.up()?;
    let mut sites = Vec::new();
    for name in ["hq", "hq.north", "branch-2"] {
        sites.push(Site::connect(name, &nats.url()).await?);
    }
    for _ in 0..40 {
        for site in &mut sites {
            site.publish(10).await?;
        }
    }
    all_there_once(&postgres, &sites.iter().collect::<Vec<_>>(), &[&hub, &second])?;
    let stored = |hub: &Hub| hub.metric("strowger_hub_records_total{result=\"stored\"}");
    let (first, second) = (stored(&hub)?, stored(&second)?);
    ensure!(first + second >= 1200.0 && first > 0.0 && second > 0.0, "stored {first} and {second}");
    ensure!(hub.metric("strowger_hub_up{end=\"nats\"}")? > 0.0 && hub.metric("strowger_hub_up{end=\"postgres\"}")? > 0.0);
    ensure!(hub.metric("strowger_hub_site_lag_seconds{site=\"hq\"}")? > 0.0, "no lag of the site");
    // A row for each source, however many numbers came.
    ensure!(postgres.sql(DATABASE, "SELECT count(*), sum(last_seq - first_seq + 1) FROM received_ranges")? == "3|1200");
    ensure!(postgres.sql(DATABASE, "SELECT sum(entries) FROM received_days")? == "1200");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_killed_between_commit_and_acknowledgement_doubles_nothing() -> Result<()> {
    let name = "killed-before-ack";
    let (nats, postgres, folder) = (Nats::start(name)?, PostgresServer::start()?, folder(name)?);
    let database = postgres.database(DATABASE)?;
    let proxy = Proxy::to(nats.port())?;
    let mut hub = Hub::new(&folder, "hub", &proxy.url(), &database, nats.spare_port(0), "workers = 1")?;
    hub.up()?;
    let mut site = Site::connect("hq", &nats.url()).await?;
    site.publish(5).await?;
    all_there_once(&postgres, &[&site], &[&hub])?;

    // The transaction waits for the lock while the way to the server goes deaf; then it commits, and nobody hears of it.
    let held = postgres.hold(DATABASE, "LOCK TABLE call_ids IN SHARE MODE")?;
    site.publish(20).await?;
    wait_for("the hub holds what came", PATIENCE, || Ok((hub.metric("strowger_hub_in_flight_messages")? > 0.0).then_some(())))?;
    proxy.deafen();
    drop(held);
    wait_for("something is committed", PATIENCE, || Ok((postgres.sql(DATABASE, "SELECT count(*) > 5 FROM calls")? == "t").then_some(())))?;
    hub.kill()?;

    let mut next = Hub::new(&folder, "next", &nats.url(), &database, nats.spare_port(1), "")?;
    next.up()?;
    all_there_once(&postgres, &[&site], &[&next])?;
    wait_for("what was committed comes again", PATIENCE, || Ok((next.metric("strowger_hub_repeated_total")? > 0.0).then_some(())))?;
    all_there_once(&postgres, &[&site], &[&next])?;
    ensure!(postgres.sql(DATABASE, "SELECT sum(entries) FROM received_days")? == "25", "numbers count once");
    ensure!(next.stop()?.success());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_loses_a_node_under_load_and_nothing_else() -> Result<()> {
    let name = "hub-cluster";
    let (mut cluster, postgres, folder) = (Cluster::start(name)?, PostgresServer::start()?, folder(name)?);
    let database = postgres.database(DATABASE)?;
    let mut hub = Hub::new(&folder, "hub", &cluster.url(), &database, cluster.spare_port(), "replicas = 3")?;
    hub.up()?;
    let mut site = Site::connect("hq", &cluster.url()).await?;
    site.publish(200).await?;
    // The one that the stream is led by: it hurts most.
    let context = jetstream::new(async_nats::connect(cluster.url().split(',').map(str::to_owned).collect::<Vec<_>>()).await?);
    let info = context.get_stream("STROWGER").await?.get_info().await?;
    ensure!(info.config.num_replicas == 3);
    let leader = info.cluster.and_then(|cluster| cluster.leader).context("no leader")?;
    let node: usize = leader.trim_start_matches('n').parse()?;
    cluster.servers[node].kill()?;
    site.publish(300).await?;
    all_there_once(&postgres, &[&site], &[&hub])?;
    cluster.servers[node].start_again()?;
    cluster.ready()?;
    site.publish(100).await?;
    all_there_once(&postgres, &[&site], &[&hub])
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_database_is_away_the_hub_holds_a_batch_and_no_more() -> Result<()> {
    let Rig { nats, mut postgres, mut hub, .. } = Rig::start("database-away", Make::Newer)?;
    let mut site = Site::connect("hq", &nats.url()).await?;
    site.publish(20).await?;
    all_there_once(&postgres, &[&site], &[&hub])?;
    postgres.kill()?;
    site.publish(500).await?;
    wait_for("the hub says so", PATIENCE, || Ok((hub.get("/health/ready")?.status == 503).then_some(())))?;
    let said = hub.get("/health/ready")?.body;
    ensure!(said.contains("PostgreSQL"), "{said}");
    ensure!(hub.counts("strowger_hub_up{end=\"postgres\"}", 0.0)?);
    // Longer than the server waits for a word.
    std::thread::sleep(Duration::from_secs(7));
    ensure!(hub.metric("strowger_hub_in_flight_messages")? <= 100.0, "two workers with 50 messages each");
    ensure!(hub.get("/health/live")?.status == 200);
    postgres.go_on()?;
    all_there_once(&postgres, &[&site], &[&hub])?;
    hub.ready()?;
    ensure!(hub.stop()?.success());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_stops_while_the_database_is_away_hands_back_what_it_holds() -> Result<()> {
    let Rig { nats, mut postgres, database, folder, mut hub } = Rig::start("handed-back", Make::Newer)?;
    let mut site = Site::connect("hq", &nats.url()).await?;
    site.publish(5).await?;
    all_there_once(&postgres, &[&site], &[&hub])?;
    postgres.stop()?;
    site.publish(40).await?;
    wait_for("the hub holds what came", PATIENCE, || Ok((hub.metric("strowger_hub_in_flight_messages")? > 0.0).then_some(())))?;
    ensure!(hub.stop()?.success());
    postgres.go_on()?;
    let mut next = Hub::new(&folder, "next", &nats.url(), &database, nats.spare_port(1), "")?;
    next.up()?;
    all_there_once(&postgres, &[&site], &[&next])
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_or_stored_is_put_aside_and_blocks_nobody() -> Result<()> {
    let Rig { nats, postgres, hub, .. } = Rig::start("quarantine", Make::Newer)?;
    let mut site = Site::connect("hq", &nats.url()).await?;
    site.publish(10).await?;
    site.send("calls", "poison-1", "{\"id\": 7").await?;
    site.send("calls", "poison-2", &Site::connect("other", &nats.url()).await?.record(1)?.to_string()).await?;
    // It can be read, but no index takes a name of this length.
    let mut random = fastrand::Rng::with_seed(7);
    let name: String = (0..20_000).map(|_| random.alphanumeric()).collect();
    let gap = json!({"site": "hq", "pbx": name, "scope": "all", "from": "2026-11-20T10:30:00.000Z", "until": null});
    site.send("gaps", "poison-3", &gap.to_string()).await?;
    site.send("gaps", "poison-4", "[]").await?;
    site.publish(60).await?;
    all_there_once(&postgres, &[&site], &[&hub])?;
    wait_for("four are put aside", PATIENCE, || Ok((postgres.sql(DATABASE, "SELECT count(*) FROM quarantine")? == "4").then_some(())))?;
    let reasons = postgres.sql(DATABASE, "SELECT seq, site, reason FROM quarantine ORDER BY seq")?;
    for (reason, words) in reasons.lines().zip(["not a call record", "says site \"hq\"", "54000", "not a gap"]) {
        ensure!(reason.contains("|hq|") && reason.contains(words), "{reason}");
    }
    ensure!(reasons.starts_with("11|"), "{reasons}");
    ensure!(hub.counts("strowger_hub_quarantined_total", 4.0)?);
    wait_for("it is shown", PATIENCE, || Ok(hub.counts("strowger_hub_quarantine_messages", 4.0)?.then_some(())))?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_that_went_stale_is_made_anew() -> Result<()> {
    let Rig { mut nats, postgres, hub, .. } = Rig::start("stale", Make::Newer)?;
    let mut site = Site::connect("hq", &nats.url()).await?;
    site.publish(10).await?;
    all_there_once(&postgres, &[&site], &[&hub])?;
    // Deleted behind the hub's back: the server says so to who waits.
    let context = jetstream::new(async_nats::connect(nats.url()).await?);
    context.delete_consumer_from_stream("hub", "STROWGER").await?;
    site.publish(10).await?;
    all_there_once(&postgres, &[&site], &[&hub])?;
    let renewed = |reason: &str| hub.metric(&format!("strowger_hub_consumer_renewals_total{{reason=\"{reason}\"}}"));
    ensure!(renewed("ended")? + renewed("silent")? > 0.0, "{}", hub.log_end());
    // A server that hangs while the connection stays.
    let before = renewed("silent")?;
    nats.signal("STOP")?;
    wait_for("silence is noticed", PATIENCE, || Ok((renewed("silent")? > before).then_some(())))?;
    nats.signal("CONT")?;
    site.publish(10).await?;
    all_there_once(&postgres, &[&site], &[&hub])?;
    // And one that ends and comes back.
    nats.stop()?;
    nats.start_again()?;
    nats.ready()?;
    site.publish(10).await?;
    all_there_once(&postgres, &[&site], &[&hub])
}
