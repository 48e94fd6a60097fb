//! What the process is told from around it, read once and handed down.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The environment variables, and nothing else of the surroundings.
#[derive(Clone, Default, Debug)]
pub struct Surroundings {
    variables: BTreeMap<String, String>,
}

impl Surroundings {
    /// Those of this process. A variable that is not Unicode is taken as far as it is.
    pub fn of_process() -> Self {
        let text = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
        Self { variables: std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect() }
    }

    /// Made up, for tests.
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self { variables: pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect() }
    }

    /// One variable; an empty one counts as not set.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// All that are set and whose names begin so, with the rest of the name.
    pub(super) fn beginning_with<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str, &'a str)> {
        let set = self.variables.iter().filter(|(_, value)| !value.is_empty());
        set.filter_map(move |(name, value)| Some((name.as_str(), name.strip_prefix(prefix)?, value.as_str())))
    }
}

/// The configuration file: what `--config` says, else `$STROWGER_CONFIG`, `./strowger.toml`, `/etc/strowger/strowger.toml`.
pub fn find(named: Option<&Path>, surroundings: &Surroundings) -> PathBuf {
    find_file(named, surroundings, "strowger.toml")
}

/// The same for a hub: `./hub.toml`, `/etc/strowger/hub.toml`.
pub fn find_hub(named: Option<&Path>, surroundings: &Surroundings) -> PathBuf {
    find_file(named, surroundings, "hub.toml")
}

fn find_file(named: Option<&Path>, surroundings: &Surroundings, name: &str) -> PathBuf {
    if let Some(path) = named {
        return path.to_owned();
    }
    if let Some(path) = surroundings.get("STROWGER_CONFIG") {
        return PathBuf::from(path);
    }
    let here = PathBuf::from(name);
    if here.exists() { here } else { Path::new("/etc/strowger").join(name) }
}
