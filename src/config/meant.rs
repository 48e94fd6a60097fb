//! The configuration as meant: every value checked, every path settled, nothing optional that has a default.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::diagnose::{Diagnosis, Place};
use super::layers::{Places, Typed};
use super::pbx::{self, Pbx};
use super::{Surroundings, Use};
use crate::sink;
use crate::telephony::Country;

/// A configuration that can be used.
#[derive(Clone, Debug)]
pub struct Config {
    file: PathBuf,
    site: Site,
    state_directory: PathBuf,
    store: Option<crate::store::postgres::Settings>,
    retention: super::Retention,
    people_file: Option<PathBuf>,
    log: Log,
    http: HttpListen,
    spool: Spool,
    pbxs: Vec<Pbx>,
    sinks: Vec<sink::Settings>,
}

impl Config {
    /// The file that it was read from.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Where this program runs.
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// The directory of the database.
    pub fn state_directory(&self) -> &Path {
        &self.state_directory
    }

    /// The PostgreSQL server that people and calls are kept on as well; `None`: the database of the state directory is all there is.
    pub fn store(&self) -> Option<&crate::store::postgres::Settings> {
        self.store.as_ref()
    }

    /// How long what is kept.
    pub fn retention(&self) -> &super::Retention {
        &self.retention
    }

    /// The people file to import at start and on reload.
    pub fn people_file(&self) -> Option<&Path> {
        self.people_file.as_deref()
    }

    /// What is told, and how.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Where metrics and health are served.
    pub fn http(&self) -> HttpListen {
        self.http
    }

    /// How events and records get to disk.
    pub fn spool(&self) -> Spool {
        self.spool
    }

    /// The telephone systems, in the order of the file, with different names.
    pub fn pbxs(&self) -> &[Pbx] {
        &self.pbxs
    }

    /// Where records are delivered, in the order of the file, with different names. Empty where the configuration was not read to
    /// connect.
    pub fn sinks(&self) -> &[sink::Settings] {
        &self.sinks
    }

    /// One of the PBXs by its name.
    pub fn pbx(&self, name: &str) -> Option<&Pbx> {
        self.pbxs.iter().find(|pbx| pbx.name() == name)
    }
}

/// Where this program runs.
#[derive(Clone, Debug)]
pub struct Site {
    name: String,
    country: Option<Country>,
}

impl Site {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its country, by whose rules numbers are read.
    pub fn country(&self) -> Option<Country> {
        self.country
    }
}

/// What is told, and how.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Log {
    /// Directives, known to be readable.
    pub level: String,
    /// How.
    pub format: LogFormat,
    /// Show only the last digits of outside numbers.
    pub mask_numbers: bool,
}

/// How log lines are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LogFormat {
    /// By what standard error is.
    Auto,
    /// For people.
    Human,
    /// One JSON object in a line.
    Json,
    /// Fields for journald.
    Journald,
}

/// Where metrics and health are served.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HttpListen {
    /// Nowhere.
    Off,
    /// There.
    At(SocketAddr),
}

/// How events and records get to disk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Spool {
    /// How long the writer waits for more to commit together.
    pub group_commit: Duration,
    /// How much may wait for the disk.
    pub queue_rows_max: usize,
    /// How much is committed together at most.
    pub batch_rows_max: usize,
    /// How many bytes may wait for sinks; 0: any amount.
    pub bytes_max: u64,
    /// How long anything may wait for sinks; 0: for ever.
    pub age_max: Duration,
}

/// Where relative paths count from, and where findings go.
pub(super) struct Judge<'a> {
    pub(super) directory: PathBuf,
    pub(super) purpose: Use,
    pub(super) surroundings: &'a Surroundings,
    pub(super) places: &'a Places,
    pub(super) diagnosis: &'a mut Diagnosis,
}

impl Judge<'_> {
    pub(super) fn error(&mut self, path: &str, text: impl Into<String>) {
        let place = self.places.of(path);
        self.diagnosis.error(place, text);
    }

    pub(super) fn warning(&mut self, path: &str, text: impl Into<String>) {
        let place = self.places.of(path);
        self.diagnosis.warning(place, text);
    }

    /// True if a mistake in the value of this key was told already.
    pub(super) fn is_told(&self, path: &str) -> bool {
        let subject = format!("`{path}` ");
        self.diagnosis.mistakes().iter().any(|mistake| mistake.text.starts_with(&subject))
    }

    pub(super) fn path(&self, written: &str) -> PathBuf {
        self.directory.join(written)
    }

    /// A file that must be there and readable.
    pub(super) fn file(&mut self, path: &str, written: &str) -> PathBuf {
        let file = self.path(written);
        match std::fs::File::open(&file).and_then(|file| file.metadata()) {
            Ok(metadata) if metadata.is_file() => {}
            Ok(_) => self.error(path, format!("`{path}`: {} is not a file", file.display())),
            Err(error) => self.error(path, format!("`{path}`: {} cannot be read: {error}", file.display())),
        }
        file
    }
}

pub(super) fn understand(
    typed: &Typed<super::written::Written>,
    file: &Path,
    purpose: Use,
    surroundings: &Surroundings,
    diagnosis: &mut Diagnosis,
) -> Option<Config> {
    let directory = file.parent().map_or_else(PathBuf::new, Path::to_owned);
    let mut judge = Judge { directory, purpose, surroundings, places: &typed.places, diagnosis };
    let written = &typed.written;

    let site = site(&written.site, &mut judge);
    let state_directory = match &written.state.directory {
        Some(directory) => judge.path(directory),
        None => default_state_directory(surroundings),
    };
    let store = super::store::understand(&written.store, &mut judge);
    let retention = super::retention::understand(&written.retention, &mut judge);
    let people_file = written.people.file.as_deref().map(|written| match purpose {
        Use::Store => judge.path(written),
        Use::Connect | Use::Replay => judge.file("people.file", written),
    });
    let log = log(&written.log, &mut judge);
    let http = listen(&written.http.listen, &mut judge);
    let spool = Spool {
        group_commit: Duration::from_millis(written.spool.group_commit_ms),
        queue_rows_max: written.spool.queue_rows_max,
        batch_rows_max: written.spool.batch_rows_max,
        bytes_max: written.spool.size_max_mib << 20,
        age_max: Duration::from_hours(24 * written.spool.age_max_days),
    };
    let pbxs = pbx::all(&written.pbx, &mut judge);
    let sinks = super::sink::all(&written.sinks, &mut judge);
    let sinks = super::store::with_sink(sinks, store.as_ref(), &mut judge);
    if written.pbx.is_empty() && purpose != Use::Store && !typed.places.knows("pbx") {
        judge.diagnosis.error(Place::File, "there is no `[[pbx]]` section: add one with a name, an address, a username and a secret");
    }
    Some(Config {
        file: file.to_owned(),
        site: site?,
        state_directory,
        store,
        retention,
        people_file,
        log,
        http: http?,
        spool,
        pbxs,
        sinks,
    })
}

fn site(written: &super::written::Site, judge: &mut Judge<'_>) -> Option<Site> {
    let country = written.country.as_deref().and_then(|letters| {
        let country = Country::new(letters).filter(|_| letters.len() == 2 && letters.bytes().all(|byte| byte.is_ascii_uppercase()));
        if country.is_none() {
            let hint = if letters.eq_ignore_ascii_case("UK") { "; the United Kingdom is \"GB\"" } else { "" };
            let what = "it must be the two capital letters of a country such as \"DE\" or \"US\" (ISO 3166)";
            judge.error("site.country", format!("`site.country` is \"{letters}\"; {what}{hint}"));
        }
        country
    });
    let name = written.name.clone()?;
    if let Err(what) = check_name(&name) {
        judge.error("site.name", format!("`site.name` {what}"));
    }
    Some(Site { name, country })
}

/// Names stand in records, metrics, file names and variables.
pub(super) fn check_name(name: &str) -> Result<(), String> {
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.chars().count() > 64 || !name.chars().all(allowed) || name.starts_with(['.', '-']) {
        return Err(format!("is {name:?}; it must be 1 to 64 letters, digits, `-`, `_` or `.`, and begin with a letter, digit or `_`"));
    }
    Ok(())
}

fn default_state_directory(surroundings: &Surroundings) -> PathBuf {
    let directory = surroundings.get("STATE_DIRECTORY").and_then(|list| list.split(':').next());
    PathBuf::from(directory.unwrap_or("/var/lib/strowger"))
}

pub(super) fn log(written: &super::written::Log, judge: &mut Judge<'_>) -> Log {
    if let Err(what) = super::log_filter(&written.level) {
        judge.error("log.level", format!("`log.level` {what}"));
    }
    let format = match written.format.as_str() {
        "human" => LogFormat::Human,
        "json" => LogFormat::Json,
        "journald" => LogFormat::Journald,
        _ => LogFormat::Auto,
    };
    Log { level: written.level.clone(), format, mask_numbers: written.mask_numbers }
}

pub(super) fn listen(written: &str, judge: &mut Judge<'_>) -> Option<HttpListen> {
    if written == "off" {
        return Some(HttpListen::Off);
    }
    let Ok(address) = written.parse::<SocketAddr>() else {
        judge.error(
            "http.listen",
            format!("`http.listen` is \"{written}\"; it must be an IP address and a port such as \"127.0.0.1:9464\", or \"off\""),
        );
        return None;
    };
    if !address.ip().is_loopback() && judge.purpose == Use::Connect {
        judge.warning(
            "http.listen",
            format!("`http.listen` is {address}: whoever reaches it can read metrics and health; there is no login"),
        );
    }
    Some(HttpListen::At(address))
}
