//! Log lines: for people on a terminal, fields for journald as a service, JSON in between. The level can be changed while running.

use std::fs::OpenOptions;
use std::io::IsTerminal as _;
use std::os::linux::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};
use tracing_subscriber::{EnvFilter, Registry, fmt, reload};

use crate::config::{Log, LogFormat, Surroundings, log_filter};

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The level cannot be read.
    #[error("log level {0}")]
    Level(String),
    /// The file cannot be written.
    #[error("cannot write the log {}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// Another subscriber is there already.
    #[error("logging was set up before")]
    Twice(#[source] TryInitError),
    /// The filter is gone.
    #[error("the log level cannot be changed")]
    Reload(#[source] reload::Error),
}

/// Changes the level while the program runs.
#[derive(Clone, Debug)]
pub struct LogHandle(reload::Handle<EnvFilter, Registry>);

impl LogHandle {
    /// From here on these directives hold.
    pub fn set_level(&self, level: &str) -> Result<(), LogError> {
        self.0.reload(filter(level)?).map_err(LogError::Reload)
    }
}

/// Sets the log up for the whole process. Call once.
pub fn init(log: &Log, surroundings: &Surroundings) -> Result<LogHandle, LogError> {
    let (filter, handle) = reload::Layer::new(filter(&log.level)?);
    let format = match log.format {
        LogFormat::Auto => by_standard_error(surroundings),
        given => given,
    };
    let journald = if format == LogFormat::Journald { journald() } else { None };
    let lines = match (journald, format) {
        (Some(journald), _) => journald,
        (None, LogFormat::Json) => fmt::layer().json().flatten_event(true).with_current_span(false).with_writer(std::io::stderr).boxed(),
        (None, LogFormat::Auto | LogFormat::Human | LogFormat::Journald) => {
            let colours = std::io::stderr().is_terminal() && surroundings.get("NO_COLOR").is_none();
            fmt::layer().with_ansi(colours).with_target(false).with_writer(std::io::stderr).boxed()
        }
    };
    set(filter, lines)?;
    Ok(LogHandle(handle))
}

/// Sets the log up for the whole process, for people, in a file: another program has the terminal. Call once.
pub fn init_into(path: &Path, log: &Log) -> Result<LogHandle, LogError> {
    let (filter, handle) = reload::Layer::new(filter(&log.level)?);
    let opened = OpenOptions::new().create(true).append(true).open(path);
    let file = opened.map_err(|source| LogError::File { path: path.to_owned(), source })?;
    let lines = fmt::layer().with_ansi(false).with_target(false).with_writer(Mutex::new(file)).boxed();
    set(filter, lines)?;
    Ok(LogHandle(handle))
}

fn set(filter: reload::Layer<EnvFilter, Registry>, lines: Lines) -> Result<(), LogError> {
    tracing_subscriber::registry().with(filter).with(lines).try_init().map_err(LogError::Twice)
}

type Lines =
    Box<dyn tracing_subscriber::Layer<tracing_subscriber::layer::Layered<reload::Layer<EnvFilter, Registry>, Registry>> + Send + Sync>;

/// `None` where there is no journal to write to.
fn journald() -> Option<Lines> {
    Some(
        tracing_journald::layer()
            .ok()?
            .with_field_prefix(Some("STROWGER".to_owned()))
            .with_syslog_identifier("strowger".to_owned())
            .boxed(),
    )
}

/// systemd tells by `JOURNAL_STREAM` which device and inode lead to the journal: it holds only if standard error is that one.
fn by_standard_error(surroundings: &Surroundings) -> LogFormat {
    let journal = surroundings.get("JOURNAL_STREAM").is_some_and(|stream| {
        std::fs::metadata("/proc/self/fd/2").is_ok_and(|metadata| stream == format!("{}:{}", metadata.st_dev(), metadata.st_ino()))
    });
    if journal {
        LogFormat::Journald
    } else if std::io::stderr().is_terminal() {
        LogFormat::Human
    } else {
        LogFormat::Json
    }
}

fn filter(level: &str) -> Result<EnvFilter, LogError> {
    log_filter(level).map_err(LogError::Level)
}
