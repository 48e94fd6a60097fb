//! `strowger simulate csta`.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, ValueEnum};

use super::knobs::{overlay, read};
use super::{Exit, Failure, What};
use crate::cli::exit::OrExit as _;
use crate::simulator::csta::{Dialect, Knobs, Profile, Server};

/// Simulate a telephone system that speaks CSTA phase III in XML
///
/// Prints `listening on ADDRESS` on standard error when ready. Scenarios, random load and all that is not the protocol are as in
/// `strowger simulate oai`. The traffic begins one second after the first client has set a monitor. Scenario files and every knob:
/// docs/simulator.md.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Exit codes:
   0  the traffic is over, or it was interrupted
   1  a step of the scenario was refused, the address is taken, or the truth cannot be written
   2  the arguments are wrong
  65  the scenario, the people file or the profile cannot be used

Examples:
  strowger simulate csta --dialect openscape --scenario examples/scenarios/internal-call.toml
  strowger simulate csta --listen 127.0.0.1:4721 --dialect dmcc --load 2 --calls 1000 --seed 7 --truth truth.jsonl")]
pub(super) struct Csta {
    /// Address and port to listen at; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:1040")]
    listen: SocketAddr,
    #[command(flatten)]
    what: What,
    /// The product that it is like [default: generic]
    #[arg(long, value_name = "DIALECT", value_enum, help_heading = "How it speaks")]
    dialect: Option<Product>,
    /// A TOML file of knobs
    #[arg(long, value_name = "FILE", help_heading = "How it speaks")]
    profile: Option<PathBuf>,
    /// Writes are cut into pieces of so many bytes
    #[arg(long, value_name = "BYTES", help_heading = "How it speaks", value_parser = clap::value_parser!(u32).range(1..=65_536))]
    split: Option<u32>,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
enum Product {
    /// Unify OpenScape Voice
    Openscape,
    /// Mitel MX-ONE
    MxOne,
    /// Avaya AES by DMCC, and those that copy it
    Dmcc,
    /// Zultys MX
    Zultys,
    /// As the standard has it
    Generic,
}

impl Csta {
    pub(super) fn run(&self) -> Result<(), Failure> {
        self.what.run(self.listen, |scenario| {
            let knobs = scenario.and_then(|scenario| scenario.faces.get("csta"));
            Ok(Server::new(self.spoken(knobs)?))
        })
    }

    /// The dialect's defaults, changed by the profile file, then by the scenario, then by the arguments.
    fn spoken(&self, scenario: Option<&toml::Table>) -> Result<Profile, Failure> {
        let mut table = self.profile.as_deref().map(read).transpose()?.unwrap_or_default();
        if let Some(scenario) = scenario {
            overlay(&mut table, scenario);
        }
        let knobs: Result<Knobs, _> = toml::Value::Table(table).try_into();
        let mut knobs = knobs.context("[csta] of the scenario, or the profile, cannot be used").or_exit(Exit::Data)?;
        if let Some(dialect) = self.dialect {
            knobs.dialect = Some(dialect.into());
        }
        if let Some(bytes) = self.split.and_then(|bytes| usize::try_from(bytes).ok()) {
            knobs.split = Some(bytes);
        }
        Ok(knobs.profile())
    }
}

impl From<Product> for Dialect {
    fn from(product: Product) -> Self {
        match product {
            Product::Openscape => Self::OpenScape,
            Product::MxOne => Self::MxOne,
            Product::Dmcc => Self::Dmcc,
            Product::Zultys => Self::Zultys,
            Product::Generic => Self::Generic,
        }
    }
}
