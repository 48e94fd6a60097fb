//! `strowger schema`: what a record looks like, for programs.

use std::io::{self, Write};

use clap::Args;

use super::exit::{Exit, Failure, OrExit as _};
use crate::record::json_schema;

/// Print the JSON Schema of a call record
///
/// Every record that `strowger calls --format jsonl`, `strowger replay` and the store give is valid against it.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Example:
  strowger schema > call-record.schema.json")]
pub(super) struct Schema {}

impl Schema {
    pub(super) fn run() -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(&json_schema()).or_exit(Exit::Failed)?;
        Ok(writeln!(io::stdout(), "{text}")?)
    }
}
