//! Private nats-servers with JetStream: one alone, or three as a cluster. Data and logs lie below the target directory.
//!
//! The servers come from `scripts/install-nats`. A server is stopped when it is dropped; what a test that was itself killed
//! left behind is ended by the next one of the same name, and by `scripts/test`.

use std::fs::{self, File, TryLockError};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use super::clock::wait_for;
use super::daemon::get;
use super::program::{command, signal, target};

/// How long a start, an election or an end may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Blocks of ports from here on, up to the media ports of the telephones.
const FIRST_PORT: u16 = 17_000;
const BLOCKS: u16 = 300;
const PORTS: u16 = 16;

/// Which of the installed servers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Make {
    /// The one of Debian 12: 2.9.
    Debian,
    /// The one that new installations take.
    Newer,
}

/// A nats-server, running or not.
pub(crate) struct Nats {
    folder: PathBuf,
    make: Make,
    ports: Ports,
    child: Option<Child>,
}

/// What a server of the tests listens on.
#[derive(Clone, Copy, Debug)]
struct Ports {
    client: u16,
    monitor: u16,
    route: u16,
}

impl Nats {
    /// A server alone, ready for use, with an empty JetStream. `name` is the test's own.
    pub(crate) fn start(name: &str) -> Result<Alone> {
        Self::start_as(name, Make::Newer, "")
    }

    /// The same with a choice, and with more lines of configuration.
    pub(crate) fn start_as(name: &str, make: Make, more: &str) -> Result<Alone> {
        let block = Block::take()?;
        let ports = block.server(0);
        let mut server = Self::new(name, 0, make, ports)?;
        server.configure(more)?;
        server.start_again()?;
        server.ready()?;
        Ok(Alone { server, block })
    }

    /// A server with a configuration of its own; `write` makes it from the port for clients and a spare port for leaf nodes. Where
    /// its data, log and monitoring are is added.
    pub(crate) fn start_configured(name: &str, write: impl FnOnce(u16, u16) -> String) -> Result<Alone> {
        let block = Block::take()?;
        let ports = block.server(0);
        let mut server = Self::new(name, 0, Make::Newer, ports)?;
        let folder = server.folder.display();
        let own = format!("http: 127.0.0.1:{}\npid_file: \"{folder}/pid\"\nlog_file: \"{folder}/log\"\n", ports.monitor);
        let text = write(ports.client, block.first + 15).replace("/var/lib/nats/jetstream", &format!("{folder}/data"));
        fs::write(server.folder.join("nats.conf"), text + &own)?;
        server.start_again()?;
        server.ready()?;
        Ok(Alone { server, block })
    }

    fn new(name: &str, number: u16, make: Make, ports: Ports) -> Result<Self> {
        let folder = target().join("tmp/nats").join(name).join(format!("n{number}"));
        end_leftover(&folder)?;
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| format!("{}", folder.display()))?;
        }
        fs::create_dir_all(&folder)?;
        Ok(Self { folder, make, ports, child: None })
    }

    fn configure(&self, more: &str) -> Result<()> {
        let Ports { client, monitor, .. } = self.ports;
        let folder = self.folder.display();
        let text = format!(
            "listen: 127.0.0.1:{client}\nhttp: 127.0.0.1:{monitor}\npid_file: \"{folder}/pid\"\nlog_file: \"{folder}/log\"\n\
             jetstream {{ store_dir: \"{folder}/data\", max_memory_store: 64MB, max_file_store: 4GB }}\n{more}\n"
        );
        Ok(fs::write(self.folder.join("nats.conf"), text)?)
    }

    /// Starts it with the data that it has; it need not be ready yet.
    pub(crate) fn start_again(&mut self) -> Result<()> {
        ensure!(self.child.is_none(), "it runs already");
        let config = self.folder.join("nats.conf");
        let mut command = command(program(self.make)?, ["-c".as_ref(), config.as_os_str()]);
        let early = File::options().create(true).append(true).open(self.folder.join("early.log"))?;
        command.stdout(early.try_clone()?).stderr(Stdio::from(early));
        self.child = Some(command.spawn().context("cannot start nats-server")?);
        Ok(())
    }

    /// Waits until its JetStream answers; in a cluster, until it is in step with the others.
    pub(crate) fn ready(&mut self) -> Result<()> {
        let waited = wait_for("nats-server is ready", PATIENCE, || {
            if let Some(status) = self.child.as_mut().context("it does not run")?.try_wait()? {
                bail!("nats-server ended: {status}");
            }
            Ok(get(self.ports.monitor, "/healthz").is_ok_and(|answer| answer.status == 200).then_some(()))
        });
        waited.with_context(|| format!("its log ends: {}", self.log_end()))
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) -> Result<()> {
        let mut child = self.child.take().context("it does not run")?;
        child.kill()?;
        child.wait()?;
        Ok(())
    }

    /// SIGTERM, and waits for the end.
    pub(crate) fn stop(&mut self) -> Result<()> {
        self.signal("TERM")?;
        let child = self.child.as_mut().context("it does not run")?;
        wait_for("nats-server ends", PATIENCE, || Ok(child.try_wait()?))?;
        self.child = None;
        Ok(())
    }

    /// Sends it a signal: `STOP` and `CONT` make it hang and go on, `USR2` lets its clients go (lame duck).
    pub(crate) fn signal(&self, name: &str) -> Result<()> {
        signal(self.child.as_ref().context("it does not run")?.id(), name)
    }

    /// Where clients connect.
    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.ports.client)
    }

    /// Where it listens on 127.0.0.1.
    pub(crate) fn port(&self) -> u16 {
        self.ports.client
    }

    fn log_end(&self) -> String {
        let read = |name: &str| fs::read_to_string(self.folder.join(name)).unwrap_or_default();
        let text = read("early.log") + &read("log");
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(12)..].join("\n")
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ended = child.kill();
            let _status = child.wait();
        }
    }
}

/// A server alone, with the ports that it holds.
pub(crate) struct Alone {
    server: Nats,
    block: Block,
}

impl Alone {
    /// A port that nobody else has, for something beside the server. `0 ≤ number < 7`; the last of the block is for leaf nodes.
    pub(crate) fn spare_port(&self, number: u16) -> u16 {
        self.block.first + 8 + number
    }

    /// Where leaf nodes connect to, if it is configured so.
    pub(crate) fn leaf_port(&self) -> u16 {
        self.block.first + 15
    }
}

impl std::ops::Deref for Alone {
    type Target = Nats;

    fn deref(&self) -> &Nats {
        &self.server
    }
}

impl std::ops::DerefMut for Alone {
    fn deref_mut(&mut self) -> &mut Nats {
        &mut self.server
    }
}

/// Three servers that are one JetStream: streams may have three replicas, and one server may be away.
pub(crate) struct Cluster {
    pub(crate) servers: Vec<Nats>,
    block: Block,
}

impl Cluster {
    /// Ready for use, with an empty JetStream.
    pub(crate) fn start(name: &str) -> Result<Self> {
        let block = Block::take()?;
        let routes: Vec<String> = (0..3).map(|number| format!("nats://127.0.0.1:{}", block.server(number).route)).collect();
        let mut servers = Vec::new();
        for number in 0..3 {
            let server = Nats::new(name, number, Make::Newer, block.server(number))?;
            server.configure(&format!(
                "server_name: n{number}\ncluster {{ name: test, listen: \"127.0.0.1:{}\", routes: [{}] }}",
                server.ports.route,
                routes.join(", ")
            ))?;
            servers.push(server);
        }
        let mut cluster = Self { servers, block };
        cluster.servers.iter_mut().try_for_each(Nats::start_again)?;
        cluster.ready()?;
        Ok(cluster)
    }

    /// A port that nobody else has, for something beside the servers.
    pub(crate) fn spare_port(&self) -> u16 {
        self.block.first + 6
    }

    /// Waits until all that run are in step.
    pub(crate) fn ready(&mut self) -> Result<()> {
        self.servers.iter_mut().filter(|server| server.child.is_some()).try_for_each(Nats::ready)
    }

    /// Where clients connect: all servers, with commas between.
    pub(crate) fn url(&self) -> String {
        self.servers.iter().map(Nats::url).collect::<Vec<_>>().join(",")
    }
}

/// Ports next to each other that no other test of this build has, held by a locked file and proven to be free.
struct Block {
    first: u16,
    _held: File,
}

impl Block {
    fn take() -> Result<Self> {
        let folder = target().join("tmp/nats-ports");
        fs::create_dir_all(&folder)?;
        // Another build on this machine begins elsewhere, so that the two seldom meet.
        let mut hasher = DefaultHasher::new();
        folder.hash(&mut hasher);
        let begin = u16::try_from(hasher.finish() % u64::from(BLOCKS))?;
        for step in 0..BLOCKS {
            let number = (begin + step) % BLOCKS;
            let held = File::create(folder.join(number.to_string()))?;
            match held.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => continue,
                Err(TryLockError::Error(error)) => return Err(error.into()),
            }
            let first = FIRST_PORT + PORTS * number;
            if (first..first + PORTS).all(|port| TcpListener::bind(("127.0.0.1", port)).is_ok()) {
                return Ok(Self { first, _held: held });
            }
        }
        bail!("none of {BLOCKS} blocks of ports is free: something else uses them")
    }

    fn server(&self, number: u16) -> Ports {
        // In a cluster 3 × 2 of the first 8, and routes after them.
        Ports { client: self.first + number, monitor: self.first + 3 + number, route: self.first + 8 + number }
    }
}

fn program(make: Make) -> Result<PathBuf> {
    let folder = match make {
        Make::Debian => "debian",
        Make::Newer => "newer",
    };
    let program = target().join("tools/nats").join(folder).join("nats-server");
    ensure!(program.exists(), "{} is missing: scripts/install-nats puts it there", program.display());
    Ok(program)
}

/// Ends the server of an earlier run, if its process is still what its file says.
fn end_leftover(folder: &Path) -> Result<()> {
    let Ok(pid) = fs::read_to_string(folder.join("pid")) else { return Ok(()) };
    let Ok(pid) = pid.trim().parse::<u32>() else { return Ok(()) };
    let ours = || fs::read_to_string(format!("/proc/{pid}/cmdline")).is_ok_and(|line| line.contains(&format!("{}/", folder.display())));
    if ours() {
        signal(pid, "KILL")?;
        wait_for("the server of an earlier run ends", PATIENCE, || Ok((!ours()).then_some(())))?;
    }
    Ok(())
}
