//! A report can say what it may lack.

use anyhow::{Result, ensure};
use serde_json::Value;

use crate::rig::{DATABASE, Hub, all_there_once, folder};
use crate::site::Site;
use crate::support::nats::Nats;
use crate::support::postgres::PostgresServer;

#[tokio::test(flavor = "multi_thread")]
async fn a_hole_made_on_purpose_is_told_with_its_numbers_and_its_time() -> Result<()> {
    let name = "completeness";
    let (nats, postgres, folder) = (Nats::start(name)?, PostgresServer::start()?, folder(name)?);
    let database = postgres.database(DATABASE)?;
    let mut hub = Hub::new(&folder, "hub", &nats.url(), &database, nats.spare_port(0), "")?;
    hub.up()?;
    let (mut hq, mut branch) = (Site::connect("hq", &nats.url()).await?, Site::connect("branch", &nats.url()).await?);
    hq.publish(10).await?;
    hq.skip(3);
    hq.publish(5).await?;
    hq.gap("mitel", "2026-11-20T10:30:00.000Z", None).await?;
    hq.gap("mitel", "2026-11-20T10:30:00.000Z", Some("2026-11-20T10:45:00.000Z")).await?;
    branch.publish(4).await?;
    all_there_once(&postgres, &[&hq, &branch], &[&hub])?;
    crate::support::clock::wait_for("the gap is there", crate::rig::PATIENCE, || {
        Ok((postgres.sql(DATABASE, "SELECT count(ended_at) FROM link_gaps")? == "1").then_some(()))
    })?;

    let told = hub.completeness(&["--day", "2026-11-20"])?;
    let source = hq.source;
    let expected = format!(
        "SITE    DAY         EXPECTED  PRESENT  MISSING  OUT OF SIGHT\n\
         branch  2026-11-20  4         4        0        -\n\
         hq      2026-11-20  20        17       3        1 times\n\
         hq 2026-11-20: numbers 11 to 13 of {source} missing: between 2026-11-20T10:00:10.000Z and 2026-11-20T10:00:14.000Z\n\
         hq 2026-11-20: PBX mitel (all) out of sight from 2026-11-20T10:30:00.000Z to 2026-11-20T10:45:00.000Z\n"
    );
    ensure!(told.starts_with(&expected), "{told}");
    ensure!(told.contains("branch: told until 2026-11-20T10:00:04.000Z, heard of at 20"), "{told}");

    let answer: Value = serde_json::from_str(&hub.completeness(&["--json", "--site", "hq", "--day", "2026-11-20"])?)?;
    let day = &answer["days"][0];
    ensure!((&day["expected"], &day["present"], &day["missing"]) == (&20.into(), &17.into(), &3.into()), "{answer}");
    ensure!(day["holes"][0]["first"] == 11 && day["holes"][0]["last"] == 13 && day["holes"][0]["quarantined"] == 0, "{answer}");
    ensure!(day["link_gaps"][0]["until"] == "2026-11-20T10:45:00.000Z", "{answer}");
    ensure!(
        answer["days"].as_array().is_some_and(|days| days.len() == 1) && answer["sites"].as_array().is_some_and(|sites| sites.len() == 1)
    );

    // What was late after all closes the hole.
    let mut late = Site::connect("hq", &nats.url()).await?;
    late.skip(10);
    late.publish(3).await?;
    crate::support::clock::wait_for("the hole is closed", crate::rig::PATIENCE, || {
        Ok(hub.completeness(&["--day", "2026-11-20"])?.contains("hq      2026-11-20  20        20       0        1 times").then_some(()))
    })?;
    ensure!(postgres.sql(DATABASE, "SELECT count(*) FROM received_ranges WHERE site = 'hq'")? == "1");
    let unknown = hub.completeness(&["--site", "nowhere"]).expect_err("nobody of that name").to_string();
    ensure!(unknown.contains("nothing was ever heard of a site \"nowhere\""), "{unknown}");
    Ok(())
}
