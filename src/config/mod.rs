//! Configuration: one TOML file, overridden by `STROWGER__…` environment variables.
//!
//! What was typed (`layers` over the `catalogue`, then `written`) is kept apart from what it means ([`Config`], validated).
//! Every mistake is found at once and told with its place ([`Diagnosis`]); nothing is guessed, nothing unknown is ignored.
//! The catalogue is the only list of keys: it checks types, ranges and spelling, gives the defaults and prints the reference.
//!
//! Not in here: files that configuration merely names, save that they must be there (the people file belongs to `directory`).

mod catalogue;
mod diagnose;
mod foreign;
mod hub;
mod key;
mod layers;
mod level;
mod locate;
mod meant;
mod pbx;
mod reference;
mod retention;
mod secret;
mod sink;
mod store;
mod written;

pub use diagnose::{Diagnosis, Mistake, Severity, closest};
pub use hub::{Hub, HubConfig, is_hub, load as load_hub};
pub use level::log_filter;
pub use locate::{Surroundings, find, find_hub};
pub use meant::{Config, HttpListen, Log, LogFormat, Site, Spool};
pub use pbx::{Address, Capture, Connect, DeeGroup, Driver, Pbx, Tls};
pub use reference::reference;
pub use retention::Retention;
pub use secret::Secret;

use std::path::Path;

/// What a configuration is read for: it decides what must be there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Use {
    /// To connect to the PBXs: addresses, user names, secrets and certificate files must be there.
    Connect,
    /// To replay captures: PBXs and the people file must be there, nothing that only a connection needs is looked at.
    Replay,
    /// To look into the store: only the state directory matters.
    Store,
}

/// A configuration that can be used, and what deserves a warning all the same.
#[derive(Debug)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// Warnings only.
    pub diagnosis: Diagnosis,
}

/// Reads `path` and the overrides from `surroundings`.
///
/// # Errors
/// All mistakes found, in the order of the file.
pub fn load(path: &Path, purpose: Use, surroundings: &Surroundings) -> Result<Loaded, Diagnosis> {
    match std::fs::read_to_string(path) {
        Ok(text) => read(path, &text, purpose, surroundings),
        Err(error) => Err(Diagnosis::unreadable(path, &error)),
    }
}

/// The same for a text that is at hand; relative paths in it count from the directory of `path`.
///
/// # Errors
/// All mistakes found, in the order of the file.
pub fn read(path: &Path, text: &str, purpose: Use, surroundings: &Surroundings) -> Result<Loaded, Diagnosis> {
    let mut diagnosis = Diagnosis::of(path);
    let written = layers::read(text, catalogue::ROOT, surroundings, &mut diagnosis);
    let config = written.and_then(|written| meant::understand(&written, path, purpose, surroundings, &mut diagnosis));
    diagnosis.sort();
    match config {
        Some(config) if !diagnosis.has_mistakes() => Ok(Loaded { config, diagnosis }),
        _ => Err(diagnosis),
    }
}
