//! Strowger: arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    strowger::cli::main()
}
