//! Texts made from the code: completions, man pages, references. Hidden: packagers and tests call them.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::{Command, Subcommand};
use clap_complete::Shell;

use super::exit::{Exit, Failure, OrExit as _};

/// Texts made from the code.
#[derive(Subcommand, Debug)]
pub(super) enum Generate {
    /// Print the completions for a shell
    ///
    /// Example: strowger completions bash > /usr/share/bash-completion/completions/strowger
    #[command(hide = true)]
    Completions {
        /// For this shell
        shell: Shell,
    },
    /// Write the man pages into a directory
    ///
    /// Example: strowger man /usr/share/man/man1
    #[command(hide = true)]
    Man {
        /// Into this directory, which must be there; without it the main page goes to standard output
        directory: Option<PathBuf>,
    },
    /// Print the configuration reference (docs/config.md)
    #[command(hide = true)]
    ConfigReference,
    /// Print the list of metrics (docs/metrics.md)
    #[command(hide = true)]
    MetricsReference,
}

impl Generate {
    pub(super) fn run(&self, command: &mut Command) -> Result<(), Failure> {
        let mut out = std::io::stdout().lock();
        match self {
            Self::Completions { shell } => {
                let mut text = Vec::new();
                clap_complete::generate(*shell, command, "strowger", &mut text);
                out.write_all(&text)?;
            }
            Self::Man { directory: Some(directory) } => man_pages(command, directory)?,
            Self::Man { directory: None } => clap_mangen::Man::new(command.clone()).render(&mut out)?,
            Self::ConfigReference => out.write_all(crate::config::reference().as_bytes())?,
            Self::MetricsReference => out.write_all(crate::telemetry::metrics::reference().as_bytes())?,
        }
        Ok(out.flush()?)
    }
}

fn man_pages(command: &Command, directory: &Path) -> Result<(), Failure> {
    clap_mangen::generate_to(command.clone(), directory)
        .map_err(|error| anyhow::Error::new(error).context(format!("man pages cannot be written to {}", directory.display())))
        .or_exit(Exit::Failed)
}
