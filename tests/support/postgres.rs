//! A PostgreSQL server of the test's own: on a free port, with its data below the target directory, as a user who is not root.

use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use super::clock::Deadline;
use super::program::{command, good, signal, target};

/// The superuser of every server here; a test may make others.
pub(crate) const USER: &str = "strowger";

/// How long a server may take to start, crash recovery included.
const START_MAX: Duration = Duration::from_mins(1);

/// A server that runs until it is dropped; it may be stopped, killed and started again in between.
pub(crate) struct PostgresServer {
    folder: PathBuf,
    port: u16,
    settings: Vec<(String, String)>,
    child: Option<Child>,
    /// Whether the data stays when it is dropped.
    is_kept: bool,
}

impl PostgresServer {
    /// Everybody on this machine may log in without a password; nothing waits for the disk.
    pub(crate) fn start() -> Result<Self> {
        Self::start_with(&[("fsync", "off")], None)
    }

    /// With settings as in `postgresql.conf`, and with other rules for logging in (`pg_hba.conf`) where they are given.
    pub(crate) fn start_with(settings: &[(&str, &str)], hba: Option<&str>) -> Result<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = target().join(format!("tmp/postgres/{}-{number}", std::process::id()));
        fs::create_dir_all(folder.parent().context("a parent")?)?;
        remove(&folder)?;
        good(&mut command("cp", [Path::new("-a"), &template()?, &folder]))?;
        if let Some(hba) = hba {
            fs::write(folder.join("pg_hba.conf"), hba)?;
        }
        Self::on_free_port(folder, settings, false)
    }

    /// On data that stays below the target directory; it is made where it is missing.
    pub(crate) fn start_kept(name: &str, settings: &[(&str, &str)]) -> Result<Self> {
        let folder = target().join("tmp/postgres").join(name);
        if !folder.join("PG_VERSION").exists() {
            good(&mut command("cp", [Path::new("-a"), &template()?, &folder]))?;
        }
        Self::on_free_port(folder, settings, true)
    }

    fn on_free_port(folder: PathBuf, settings: &[(&str, &str)], is_kept: bool) -> Result<Self> {
        let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let mut server = Self { folder, port: 0, settings, child: None, is_kept };
        // Between looking for a free port and taking it somebody else may come.
        for _ in 0..5 {
            server.port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
            match server.go_on() {
                Ok(()) => return Ok(server),
                Err(_) if server.said().contains("Address already in use") => {}
                Err(error) => return Err(error),
            }
        }
        bail!("no port stays free long enough: {}", server.said())
    }

    /// Starts again after [`Self::stop`] or [`Self::kill`], on the same port and with the same data, and waits until it answers.
    pub(crate) fn go_on(&mut self) -> Result<()> {
        self.launch()?;
        self.ready()
    }

    /// Starts it; it need not answer yet.
    pub(crate) fn launch(&mut self) -> Result<()> {
        let mut server = as_nobody(&program("postgres")?);
        server.arg("-D").arg(&self.folder).args(["-p", &self.port.to_string(), "-c", "listen_addresses=127.0.0.1"]);
        server.args(["-c", "unix_socket_directories=", "-c", "max_connections=50", "-c", "logging_collector=off"]);
        for (name, value) in &self.settings {
            server.args(["-c", &format!("{name}={value}")]);
        }
        let log = File::options().create(true).append(true).open(self.log())?;
        let child = server.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn().context("cannot start postgres")?;
        self.child = Some(child);
        Ok(())
    }

    /// Waits until it answers.
    pub(crate) fn ready(&mut self) -> Result<()> {
        let ready = program("pg_isready")?;
        let deadline = Deadline::after(START_MAX);
        loop {
            let asked = command(&ready, ["-q", "-h", "127.0.0.1", "-p", &self.port.to_string(), "-t", "2"]).status()?;
            if asked.success() {
                return Ok(());
            }
            if self.child.as_mut().is_some_and(|child| child.try_wait().is_ok_and(|status| status.is_some())) {
                self.child = None;
                bail!("postgres ended:\n{}", self.said());
            }
            ensure!(!deadline.is_over(), "postgres does not come up:\n{}", self.said());
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    /// Where it listens on 127.0.0.1.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Its process, to which signals go.
    pub(crate) fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// A database by this name, made if need be, for [`USER`].
    pub(crate) fn database(&self, name: &str) -> Result<String> {
        let made = self.sql("postgres", &format!("CREATE DATABASE {name}"));
        match made {
            Err(error) if !error.to_string().contains("already exists") => Err(error),
            _ => Ok(self.url(name)),
        }
    }

    /// The URL of a database, for [`USER`].
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/{database}", self.port)
    }

    /// Runs SQL as an administrator does; columns are parted by `|`.
    pub(crate) fn sql(&self, database: &str, sql: &str) -> Result<String> {
        let url = self.url(database);
        let output = good(&mut command(program("psql")?, ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", &url, "-c", sql]))?;
        Ok(output.trim_end().to_owned())
    }

    /// Runs SQL in a transaction that stays open until what is given back is dropped.
    pub(crate) fn hold(&self, database: &str, sql: &str) -> Result<Held> {
        use std::io::{BufRead as _, BufReader, Write as _};
        let mut psql = command(program("psql")?, ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", &self.url(database)]);
        let mut child = psql.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("cannot start psql")?;
        let mut input = child.stdin.take().context("no standard input")?;
        writeln!(input, "BEGIN;\n{sql};\nSELECT 'held';")?;
        let mut answer = String::new();
        BufReader::new(child.stdout.take().context("no standard output")?).read_line(&mut answer)?;
        ensure!(answer.trim() == "held", "{sql}: {answer:?}");
        Ok(Held { child, _input: input })
    }

    /// Ends it in order.
    pub(crate) fn stop(&mut self) -> Result<()> {
        self.end("INT")
    }

    /// Ends it as a power cut does.
    pub(crate) fn kill(&mut self) -> Result<()> {
        self.end("KILL")
    }

    fn end(&mut self, how: &str) -> Result<()> {
        let Some(mut child) = self.child.take() else { return Ok(()) };
        signal(child.id(), how)?;
        child.wait()?;
        // After a kill the server's own children notice within moments; until then they hold its shared memory.
        while how == "KILL" && self.is_held() {
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Whether processes of the killed server are still there: those whose working directory is its data directory.
    fn is_held(&self) -> bool {
        let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
        processes.filter_map(|process| fs::read_link(process.path().join("cwd")).ok()).any(|cwd| cwd == self.folder)
    }

    fn log(&self) -> PathBuf {
        self.folder.with_extension("log")
    }

    /// Everything that it logged.
    pub(crate) fn said(&self) -> String {
        fs::read_to_string(self.log()).unwrap_or_default()
    }

    /// Makes a file that the server may read, such as a key, and nobody else.
    pub(crate) fn keep(&self, name: &str, text: &str) -> Result<PathBuf> {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.folder.join(name);
        fs::write(&path, text)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
        if let Some((user, group)) = other_user()? {
            chown(&path, Some(user), Some(group))?;
        }
        Ok(path)
    }
}

/// A transaction that is open.
pub(crate) struct Held {
    child: Child,
    _input: std::process::ChildStdin,
}

impl Drop for Held {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _status = self.child.wait();
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        drop(self.end(if self.is_kept { "INT" } else { "QUIT" }));
        if !self.is_kept {
            drop(remove(&self.folder));
        }
        drop(fs::remove_file(self.log()));
    }
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error).with_context(|| format!("{}", folder.display())),
        _ => Ok(()),
    }
}

/// A data directory that was never started, made once for all tests.
fn template() -> Result<PathBuf> {
    let parent = target().join("tmp/postgres");
    fs::create_dir_all(&parent)?;
    let lock = File::create(parent.join("lock"))?;
    lock.lock()?;
    let template = parent.join("template");
    if template.join("PG_VERSION").exists() && parent.join("template-is-whole").exists() {
        return Ok(template);
    }
    remove(&template)?;
    fs::create_dir(&template)?;
    if let Some((user, group)) = other_user()? {
        chown(&template, Some(user), Some(group))?;
    }
    let mut initdb = as_nobody(&program("initdb")?);
    initdb.args(["-A", "trust", "-U", USER, "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "-D"]).arg(&template).stdin(Stdio::null());
    good(&mut initdb)?;
    File::create(parent.join("template-is-whole"))?;
    Ok(template)
}

/// PostgreSQL refuses to run as root: the user of Debian's package, where we are root.
fn other_user() -> Result<Option<(u32, u32)>> {
    let own: u32 = good(&mut command("id", ["-u"]))?.trim().parse()?;
    if own != 0 {
        return Ok(None);
    }
    let number = |flag: &str| -> Result<u32> { Ok(good(&mut command("id", [flag, "postgres"]))?.trim().parse()?) };
    Ok(Some((number("-u")?, number("-g")?)))
}

fn as_nobody(program: &Path) -> Command {
    match other_user() {
        Ok(Some((user, group))) => {
            let user = [format!("--reuid={user}"), format!("--regid={group}"), "--clear-groups".to_owned(), "--".to_owned()];
            let mut command = command("setpriv", user);
            command.arg(program);
            command
        }
        _ => command::<&str>(program, []),
    }
}

/// A program of PostgreSQL: Debian keeps them by version, out of the way.
fn program(name: &str) -> Result<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions.map(|version| version.path().join("bin").join(name)).filter(|program| program.exists()).max();
    newest.with_context(|| format!("there is no {name} below /usr/lib/postgresql: install Debian's postgresql package"))
}
