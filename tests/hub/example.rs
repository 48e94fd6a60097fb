//! The files of examples/many-sites, as they are but for ports and folders: from a telephone system at a site to the database at
//! the centre, with the centre out of reach for a while.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Stdio};

use anyhow::{Context as _, Result, ensure};
use strowger::simulator;

use crate::rig::{DATABASE, Hub, PATIENCE, folder};
use crate::support::clock::wait_for;
use crate::support::nats::Nats;
use crate::support::postgres::PostgresServer;
use crate::support::program::{STROWGER, command, good, source};

/// Ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ended = self.0.kill();
        let _status = self.0.wait();
    }
}

/// A file of the example with other words in places that are there.
fn example(name: &str, others: &[(&str, &str)]) -> Result<String> {
    let mut text = fs::read_to_string(source().join("examples/many-sites").join(name))?;
    for (is, shall) in others {
        ensure!(text.contains(is), "{name} has no {is:?} any more");
        text = text.replace(is, shall);
    }
    Ok(text)
}

/// Written where only we can read it, since some hold passwords.
fn keep(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text)?;
    Ok(fs::set_permissions(path, fs::Permissions::from_mode(0o600))?)
}

#[test]
fn the_worked_example_works_and_outlives_a_centre_that_is_away() -> Result<()> {
    let folder = folder("example")?;
    let postgres = PostgresServer::start()?;
    postgres.database(DATABASE)?;
    let hub_conf = |client: u16, leaf: u16| {
        let (client, leaf) = (format!("127.0.0.1:{client}"), format!("127.0.0.1:{leaf}"));
        example("hub-nats.conf", &[("127.0.0.1:4222", &client), ("0.0.0.0:7422", &leaf)]).expect("the file")
    };
    let mut centre = Nats::start_configured("example-centre", hub_conf)?;
    let leaf = format!("127.0.0.1:{}", centre.leaf_port());
    let site_conf = |client: u16, _: u16| {
        example("site-nats.conf", &[("127.0.0.1:4222", &format!("127.0.0.1:{client}")), ("centre.example.com:7422", &leaf)])
            .expect("the file")
    };
    let site_nats = Nats::start_configured("example-site", site_conf)?;

    keep(&folder.join("oai.password"), "swordfish")?;
    let mut pbx = command(STROWGER, ["simulate", "oai", "--listen", "127.0.0.1:0", "--load", "4", "--pace", "0.1", "--password-file"]);
    pbx.arg(folder.join("oai.password"));
    let mut pbx = Running(pbx.stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?);
    let mut line = String::new();
    BufReader::new(pbx.0.stderr.take().context("a pipe")?).read_line(&mut line)?;
    let address = line.trim().strip_prefix("listening on ").with_context(|| format!("it said {line:?}"))?.to_owned();

    let site_config = folder.join("site.toml");
    let site_url = site_nats.url();
    let text = example("site.toml", &[("192.0.2.10:4000", &address), ("nats://127.0.0.1:4222", &site_url)])?;
    let text = text
        + &format!(
            "[state]\ndirectory = \"state\"\n[http]\nlisten = \"127.0.0.1:{}\"\n[log]\nformat = \"json\"\n",
            site_nats.spare_port(0)
        );
    keep(&site_config, &text)?;
    fs::write(folder.join("people.toml"), simulator::default_people_text())?;
    let log = fs::File::create(folder.join("site.log"))?;
    let mut daemon = command(STROWGER, ["run".as_ref(), "--config".as_ref(), site_config.as_os_str()]);
    let _daemon = Running(daemon.stdout(Stdio::null()).stderr(log).spawn()?);

    let (centre_url, place) = (centre.url(), format!("127.0.0.1:{}", postgres.port()));
    let text = example("hub.toml", &[("nats://127.0.0.1:4222", &centre_url), ("127.0.0.1:5432", &place)])?;
    let text = text + &format!("[http]\nlisten = \"127.0.0.1:{}\"\n[log]\nformat = \"json\"\n", centre.spare_port(0));
    keep(&folder.join("hub.toml"), &text)?;
    keep(&folder.join("hub.password"), &example("hub.password", &[])?)?;
    let mut hub = Hub::of_file(folder.join("hub.toml"), centre.spare_port(0));
    hub.up()?;

    let there = || -> Result<usize> { Ok(postgres.sql(DATABASE, "SELECT count(*) FROM calls")?.parse()?) };
    wait_for("calls of the site are at the centre", PATIENCE, || Ok((there()? >= 5).then_some(()))).with_context(|| {
        format!("the site says: {}\nthe hub: {}", fs::read_to_string(folder.join("site.log")).unwrap_or_default(), hub.log_end())
    })?;

    // The centre is away; the site goes on.
    centre.kill()?;
    let at_site = || -> Result<BTreeSet<String>> {
        let asked = good(command(STROWGER, ["calls", "--since", "1d", "--format", "jsonl", "--config"]).arg(&site_config))?;
        let id = |line: &str| Some(serde_json::from_str::<serde_json::Value>(line).ok()?["id"].as_str()?.to_owned());
        Ok(asked.lines().filter_map(id).collect())
    };
    let before = there()?;
    wait_for("the site has many more calls", PATIENCE, || Ok((at_site()?.len() >= before + 20).then_some(())))?;
    ensure!(there()? < at_site()?.len(), "the centre cannot have it all while it is away");
    drop(pbx);
    centre.start_again()?;
    centre.ready()?;
    let mut calls = BTreeSet::new();
    wait_for("every call of the site is at the centre", PATIENCE * 2, || {
        calls = at_site()?;
        Ok((there()? == calls.len()).then_some(()))
    })
    .with_context(|| format!("{} of {} are there; the hub: {}", there().unwrap_or_default(), calls.len(), hub.log_end()))?;
    let ids: BTreeSet<String> = postgres.sql(DATABASE, "SELECT id FROM calls")?.lines().map(str::to_owned).collect();
    ensure!(ids == calls, "other calls than the site's own");
    ensure!(postgres.sql(DATABASE, "SELECT count(*) FROM received_ranges")? == "1", "no holes");
    Ok(())
}
