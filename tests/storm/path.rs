//! Everything that a record passes: daemon, JetStream, hub, PostgreSQL, with a way between each two that can be troubled.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::support::daemon::{Daemon, Settings};
use super::support::hub::Hub;
use super::support::nats::{Alone, Nats};
use super::support::postgres::PostgresServer;
use super::support::program::{STROWGER, command, good};
use super::support::proxy::Proxy;
use super::support::simulated::{PBX, Simulated};
use super::support::small_disk::SmallDisk;

/// Where records arrive: by `[store]`, by a sink of type `postgres`, and by JetStream and the hub.
pub(crate) const DATABASES: [&str; 3] = ["store", "reports", "centre"];

/// A call lasts a tenth of what it lasts in life: some four seconds. When all are over, what is down then has ten seconds to come back.
const LOAD: [&str; 4] = ["--pace", "0.1", "--linger-ms", "10000"];

/// Room for what a call leaves on the site's disk, many times over.
const KIB_PER_CALL: u64 = 40;
const MIB_AT_LEAST: u64 = 48;

pub(crate) struct Path {
    // In the order in which they are ended.
    pub(crate) daemon: Daemon,
    pub(crate) hub: Hub,
    pub(crate) simulated: Simulated,
    pub(crate) disk: SmallDisk,
    pub(crate) nats: Alone,
    pub(crate) postgres: PostgresServer,
    /// From the daemon to the telephone system.
    pub(crate) to_pbx: Proxy,
    /// From the site to JetStream and to PostgreSQL, from the hub to both.
    pub(crate) ways: [(&'static str, Proxy); 4],
    /// The site's own database.
    pub(crate) store: PathBuf,
}

impl Path {
    /// All of it works, and the first call is to come.
    pub(crate) fn up(calls: u64, calls_per_s: u64, seed: u64) -> Result<Self> {
        let nats = Nats::start("storm")?;
        let postgres = PostgresServer::start_with(&[], None)?;
        for database in DATABASES {
            postgres.database(database)?;
        }
        let way = |name, port| -> Result<(&'static str, Proxy)> { Ok((name, Proxy::to(port)?)) };
        let ways = [
            way("the site's to JetStream", nats.port())?,
            way("the site's to PostgreSQL", postgres.port())?,
            way("the hub's to JetStream", nats.port())?,
            way("the hub's to PostgreSQL", postgres.port())?,
        ];
        let folder = folder();
        let [calls_text, load, seed] = [calls, calls_per_s, seed].map(|number| number.to_string());
        let simulated = Simulated::start(&folder, &[&LOAD[..], &["--load", &load, "--calls", &calls_text, "--seed", &seed]].concat())?;
        let to_pbx = Proxy::to(simulated.port)?;

        let database = |way: &Proxy, name: &str| format!("postgres://{}@127.0.0.1:{}/{name}", super::support::postgres::USER, way.port());
        let mut settings = Settings::mitel("storm", nats.spare_port(0), &simulated.people(), &[(PBX, to_pbx.port())])?;
        settings.set("store.url", database(&ways[1].1, DATABASES[0]));
        settings.set("store.connect_timeout_s", 2);
        let state = settings.state();
        let mib = MIB_AT_LEAST.max(calls * KIB_PER_CALL / 1024);
        let disk = SmallDisk::mount(&state, u32::try_from(mib)?)?;
        let mut daemon = settings.daemon()?;
        let sinks = format!(
            "\n[[sinks]]\nname = \"centre\"\ntype = \"nats\"\nservers = [\"{}\"]\nretry_max_s = 1\nack_timeout_s = 2\n\
             \n[[sinks]]\nname = \"reports\"\ntype = \"postgres\"\nurl = \"{}\"\nretry_max_s = 1\n",
            ways[0].1.url(),
            database(&ways[1].1, DATABASES[1])
        );
        let written = fs::read_to_string(daemon.config())?;
        fs::write(daemon.config(), written + &sinks)?;

        let at_centre = database(&ways[3].1, DATABASES[2]);
        let mut hub = Hub::new(&folder, "hub", &ways[2].1.url(), &at_centre, nats.spare_port(1), "")?;
        fs::remove_file(folder.join("hub.log")).ok();
        hub.up()?;
        daemon.up().context("before the storm")?;
        Ok(Self { daemon, hub, simulated, disk, nats, postgres, to_pbx, ways, store: state.join("strowger.db") })
    }

    /// A destination that was away is asked again at once, not when its pause is over.
    pub(crate) fn try_all_sinks_now(&self) -> Result<()> {
        for sink in ["store", "centre", "reports"] {
            good(command(STROWGER, ["sinks", "enable", sink, "--config"]).arg(self.daemon.config()))?;
        }
        Ok(())
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.daemon.get("/health/ready").is_ok_and(|answer| answer.status == 200)
    }
}

/// What the servers and the simulated telephone system leave, and what was found at the end.
pub(crate) fn folder() -> PathBuf {
    super::support::program::target().join("tmp/storm")
}

/// Shortest and longest of a drawn length of time.
pub(crate) fn drawn(random: &mut fastrand::Rng, from_ms: u64, to_ms: u64) -> Duration {
    Duration::from_millis(random.u64(from_ms..=to_ms))
}
