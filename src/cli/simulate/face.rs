//! How the simulated system speaks System OAI, from the arguments and files.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, ValueEnum};

use super::knobs::{overlay, read};
use super::{Exit, Failure};
use crate::cli::exit::OrExit as _;
use crate::simulator::oai::{Licence, LineEnd, Profile, Role};
use strowger_protocol::oai::Version;

/// Knobs. Those given here go before those of the scenario's [oai] table, and these before those of the profile.
#[derive(Args, Debug)]
#[command(next_help_heading = "How it speaks")]
pub(super) struct Face {
    /// A TOML file of knobs, also of those that have no option here
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,
    /// A CT Gateway in front of every node, instead of node 1 itself
    #[arg(long)]
    gateway: bool,
    /// File with the password that clients need [default: an empty one]
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Seconds without a command after which a client's monitors are gone [default: 270]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    idle_timer_s: Option<u64>,
    /// Clients that may be logged in at once, 0: any number [default: 30]
    #[arg(long, value_name = "COUNT")]
    ports: Option<u16>,
    /// Seconds between two global resyncs of a client that are honoured [default: 180]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(0..=86_400))]
    resync_every_s: Option<u64>,
    /// Protocol version, such as V10.20
    #[arg(long, value_name = "VERSION", value_parser = version)]
    protocol_version: Option<Version>,
    /// What is licensed [default: both]
    #[arg(long, value_name = "LICENCE", value_enum)]
    licence: Option<Licensed>,
    /// What a line ends with [default: cr-lf]
    #[arg(long, value_name = "END", value_enum)]
    line_end: Option<End>,
    /// Lines in one frame at most, where as many are due at once [default: 1]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=1000))]
    lines_per_frame: Option<u16>,
    /// Writes are cut into pieces of so many bytes
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u32).range(1..=65_536))]
    split: Option<u32>,
    /// What follows sequence number 999: 0 or 1 [default: 0]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(0..=1))]
    sequence_wrap: Option<u16>,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
enum Licensed {
    None,
    Events,
    CallControl,
    Both,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
enum End {
    CrLf,
    Cr,
    CrLfNul,
    None,
}

fn version(text: &str) -> Result<Version, String> {
    Version::parse(text).ok_or_else(|| "must be a version such as V10.20".to_owned())
}

impl Face {
    /// The defaults, changed by the profile file, then by the scenario, then by the arguments.
    pub(super) fn profile(&self, scenario: Option<&toml::Table>) -> Result<Profile, Failure> {
        let mut table = self.profile.as_deref().map(read).transpose()?.unwrap_or_default();
        if let Some(scenario) = scenario {
            overlay(&mut table, scenario);
        }
        let says_monitors = table.contains_key("monitors");
        let profile: Result<Profile, _> = toml::Value::Table(table).try_into();
        let mut profile = profile.context("[oai] of the scenario, or the profile, cannot be used").or_exit(Exit::Data)?;
        if self.gateway {
            profile.role = Role::Gateway;
        }
        if profile.is_gateway() && !says_monitors {
            profile.monitors = Profile::gateway().monitors;
        }
        self.change(&mut profile)?;
        Ok(profile)
    }

    fn change(&self, profile: &mut Profile) -> Result<(), Failure> {
        if let Some(file) = &self.password_file {
            let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()));
            text.or_exit(Exit::Data)?.trim_end_matches(['\r', '\n']).clone_into(&mut profile.password);
        }
        let wire = &mut profile.wire;
        set(&mut wire.line_end, self.line_end.map(LineEnd::from));
        set(&mut wire.lines_per_frame, self.lines_per_frame.map(usize::from));
        set(&mut wire.wrap_to, self.sequence_wrap);
        if let Some(bytes) = self.split {
            wire.split = usize::try_from(bytes).ok();
        }
        set(&mut profile.idle_ms, self.idle_timer_s.map(|seconds| seconds * 1000));
        set(&mut profile.resync_every_ms, self.resync_every_s.map(|seconds| seconds * 1000));
        set(&mut profile.ports, self.ports);
        set(&mut profile.protocol, self.protocol_version);
        set(&mut profile.licence, self.licence.map(Licence::from));
        Ok(())
    }
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

impl From<Licensed> for Licence {
    fn from(licensed: Licensed) -> Self {
        match licensed {
            Licensed::None => Self::None,
            Licensed::Events => Self::Events,
            Licensed::CallControl => Self::CallControl,
            Licensed::Both => Self::Both,
        }
    }
}

impl From<End> for LineEnd {
    fn from(end: End) -> Self {
        match end {
            End::CrLf => Self::CrLf,
            End::Cr => Self::Cr,
            End::CrLfNul => Self::CrLfNul,
            End::None => Self::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Typed {
        #[command(flatten)]
        face: Face,
    }

    fn profile(arguments: &[&str], scenario: &str) -> Result<Profile, Failure> {
        let typed = Typed::try_parse_from(std::iter::once(&"x").chain(arguments)).expect("arguments");
        typed.face.profile(Some(&scenario.parse().expect("TOML")))
    }

    #[test]
    fn arguments_go_before_the_scenario_and_this_before_the_profile() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("profile.toml");
        std::fs::write(&file, "ports = 1\ncountry = 3\nidle_ms = 5\n[wire]\nsplit = 7\nwrap_to = 1\n").expect("written");
        let file = file.to_str().expect("UTF-8");
        let scenario = "ports = 2\nidle_ms = 6\n[wire]\nline_end = \"cr\"\n";
        let profile = profile(&["--profile", file, "--idle-timer-s", "9", "--gateway", "--split", "3"], scenario).expect("sound");
        assert_eq!((profile.ports, profile.country, profile.idle_ms, profile.monitors), (2, 3, 9_000, 999_999));
        assert_eq!((profile.wire.split, profile.wire.wrap_to, profile.wire.line_end), (Some(3), 1, LineEnd::Cr));
        assert!(profile.is_gateway());
    }

    #[test]
    fn an_unknown_knob_is_told_by_name() {
        let failure = profile(&[], "portz = 2").expect_err("it is unknown");
        assert_eq!(failure.exit(), Exit::Data);
        assert!(failure.to_string().contains("portz"), "{failure}");
    }
}
