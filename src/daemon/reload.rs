//! SIGHUP: people, sinks and log level anew. What cannot be used is told, and everything goes on as before.

use std::path::Path;
use std::sync::Arc;

use super::clock::SystemClock;
use super::people::People;
use crate::config::{self, Config, Surroundings, Use};
use crate::telemetry::LogHandle;
use crate::telemetry::fact::SiteFacts;

/// What a reload works on.
#[derive(Clone, Debug)]
pub(super) struct Reload {
    pub(super) facts: Arc<SiteFacts>,
    pub(super) people: Arc<People>,
    pub(super) surroundings: Surroundings,
    pub(super) log: LogHandle,
    pub(super) clock: SystemClock,
}

impl Reload {
    /// Reads the configuration whole, so that a mistake anywhere in it is told; takes from it what can change. Blocks. The configuration,
    /// where it can be used, for what only its owner can exchange: the sinks.
    pub(super) fn run(&self, file: &Path) -> Option<Config> {
        let loaded = match config::load(file, Use::Connect, &self.surroundings) {
            Ok(loaded) => loaded,
            Err(diagnosis) => return self.refuse(&diagnosis.lines().collect::<Vec<_>>().join("; ")),
        };
        for warning in loaded.diagnosis.lines() {
            tracing::warn!("{warning}");
        }
        let level = &loaded.config.log().level;
        if let Err(error) = self.log.set_level(level) {
            return self.refuse(&error.to_string());
        }
        if let Some(people_file) = loaded.config.people_file() {
            match self.people.import(people_file, self.clock.now().wall) {
                Ok(report) => self.facts.people_imported(people_file, &report),
                Err(error) => {
                    self.facts.people_refused(people_file, &error.to_string());
                    return self.refuse("the people file cannot be used");
                }
            }
        }
        self.facts.reloaded(level);
        Some(loaded.config)
    }

    fn refuse(&self, why: &str) -> Option<Config> {
        self.facts.reload_refused(why);
        None
    }
}
