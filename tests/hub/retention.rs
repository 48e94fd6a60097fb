//! Once a day a hub forgets what was kept long enough, of every site, and two hubs do so once.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use jiff::ToSpan as _;
use serde_json::{Value, json};

use crate::rig::{DATABASE, Hub, PATIENCE, all_there_once, folder};
use crate::site::Site;
use crate::support::clock::{now, wait_for};
use crate::support::nats::Nats;
use crate::support::postgres::PostgresServer;

const HELD: &str = "019a0000-0000-7000-8000-000000000001";

/// A call that ended so many days ago.
fn aged(site: &Site, number: u64, days: i64) -> Result<Value> {
    let mut record = site.record(number)?;
    let ended = now().checked_sub((24 * days).hours())?;
    record["started_at"] = json!(format!("{:.3}", ended.checked_sub(60.seconds())?));
    record["ended_at"] = json!(format!("{ended:.3}"));
    Ok(record)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_kept_long_enough_is_forgotten_of_every_site() -> Result<()> {
    let name = "retention";
    let (nats, postgres, folder) = (Nats::start(name)?, PostgresServer::start()?, folder(name)?);
    let database = postgres.database(DATABASE)?;
    let mut hub = Hub::new(&folder, "hub", &nats.url(), &database, nats.spare_port(0), "")?;
    hub.up()?;
    let mut sites = Vec::new();
    for name in ["hq", "branch"] {
        let mut site = Site::connect(name, &nats.url()).await?;
        for (number, days) in [(1, 40), (2, 9), (3, 0)] {
            let record = aged(&site, number, days)?;
            site.call(&record).await?;
        }
        let mut held = aged(&site, 4, 41)?;
        held["segments"][0]["user"] = json!({"id": HELD, "name": "Ada Lind"});
        site.call(&held).await?;
        sites.push(site);
    }
    all_there_once(&postgres, &sites.iter().collect::<Vec<_>>(), &[&hub])?;
    ensure!(hub.stop()?.success());
    let ids = |days: &str| postgres.sql(DATABASE, &format!("SELECT count(*) FROM calls WHERE {days}"));
    ensure!(ids("anonymised_at IS NULL")? == "8", "without [retention] nothing is forgotten");

    // Both sites had their last run two days ago, and one has a legal hold.
    postgres.sql(DATABASE, "INSERT INTO retention_last SELECT name, now() - interval '2 days', '{}' FROM sites")?;
    let hold =
        format!("INSERT INTO holds (site, user_id, reason, added_by, added_at) VALUES ('hq', '{HELD}', 'case 7', 'an officer', now())");
    postgres.sql(DATABASE, &hold)?;
    let retention = "[retention]\nanonymise_after_days = 7\ndelete_after_days = 30\nbatch_calls = 1";
    let mut hubs = Vec::new();
    for (number, name) in [(1, "first"), (2, "second")] {
        let mut hub = Hub::new(&folder, name, &nats.url(), &database, nats.spare_port(number), retention)?;
        hub.start()?;
        hubs.push(hub);
    }
    for hub in &mut hubs {
        hub.ready()?;
    }
    let logs = || hubs.iter().map(Hub::log_end).collect::<Vec<_>>().join("\n--\n");
    let ran = wait_for("both sites had their run", PATIENCE, || {
        Ok((postgres.sql(DATABASE, "SELECT count(*) FROM retention_last WHERE ran_at > now() - interval '1 day'")? == "2").then_some(()))
    });
    ran.with_context(logs)?;
    let of_sites = postgres.sql(DATABASE, "SELECT site, count(*), count(anonymised_at) FROM calls GROUP BY site ORDER BY site")?;
    ensure!(of_sites == "branch|2|1\nhq|3|1", "{of_sites}\n{}", logs());
    let kept = postgres.sql(DATABASE, "SELECT site FROM calls WHERE ended_at < now() - interval '35 days'")?;
    ensure!(kept == "hq", "what a hold protects stays: {kept}");
    let text = postgres.sql(DATABASE, "SELECT record FROM calls WHERE anonymised_at IS NOT NULL")?;
    for record in text.lines() {
        let record: Value = serde_json::from_str(record)?;
        let users = record["segments"].as_array().into_iter().flatten().filter(|part| !part["user"].is_null()).count();
        ensure!(users == 0 && record["caller"]["name"].is_null(), "{record}");
    }
    let forgotten = |what: &str| -> Result<f64> {
        hubs.iter().map(|hub| hub.metric(&format!("strowger_retention_calls_total{{deed=\"{what}\"}}"))).sum()
    };
    // Each hub counts what it did itself, once it is through: whoever came second to a call found it done.
    let is_counted = || Ok(((forgotten("deleted")? - 3.0).abs() < 0.5 && (forgotten("anonymised")? - 2.0).abs() < 0.5).then_some(()));
    wait_for("each call is counted once", PATIENCE, is_counted).with_context(logs)?;

    // It is done for today.
    let ran_at = postgres.sql(DATABASE, "SELECT ran_at FROM retention_last ORDER BY site")?;
    let mut third = Hub::new(&folder, "third", &nats.url(), &database, nats.spare_port(3), retention)?;
    third.up()?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    ensure!(postgres.sql(DATABASE, "SELECT ran_at FROM retention_last ORDER BY site")? == ran_at, "{}", third.log_end());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_without_a_run_waits_and_one_with_a_run_in_the_future_counts_from_the_start_of_the_hub_on() -> Result<()> {
    let name = "retention_first";
    let (nats, postgres, folder) = (Nats::start(name)?, PostgresServer::start()?, folder(name)?);
    let database = postgres.database(DATABASE)?;
    let mut hub = Hub::new(&folder, "hub", &nats.url(), &database, nats.spare_port(0), "")?;
    hub.up()?;
    let mut sites = Vec::new();
    for name in ["hq", "branch"] {
        let mut site = Site::connect(name, &nats.url()).await?;
        let record = aged(&site, 1, 40)?;
        site.call(&record).await?;
        sites.push(site);
    }
    all_there_once(&postgres, &sites.iter().collect::<Vec<_>>(), &[&hub])?;
    ensure!(hub.stop()?.success());
    postgres.sql(DATABASE, "INSERT INTO retention_last VALUES ('branch', now() + interval '2 days', '{}')")?;
    let began = now();
    let mut hub = Hub::new(&folder, "second", &nats.url(), &database, nats.spare_port(1), "[retention]\nanonymise_after_days = 7")?;
    hub.up()?;
    let noted = format!("SELECT count(*) FROM retention_last WHERE site = 'branch' AND ran_at BETWEEN '{began}' AND now()");
    let anew = wait_for("its note is of now", PATIENCE, || Ok((postgres.sql(DATABASE, &noted)? == "1").then_some(())));
    anew.with_context(|| hub.log_end())?;
    let is_told = || Ok(hub.log_end().contains("no run of the retention is noted").then_some(()));
    wait_for("the log says that a first run waits", PATIENCE, is_told).with_context(|| hub.log_end())?;
    ensure!(postgres.sql(DATABASE, "SELECT site FROM retention_last")? == "branch", "{}", hub.log_end());
    ensure!(postgres.sql(DATABASE, "SELECT count(*) FROM calls WHERE anonymised_at IS NULL")? == "2", "{}", hub.log_end());
    Ok(())
}
