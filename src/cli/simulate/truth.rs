//! Where the truth of the simulated calls goes.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;

use super::{Exit, Failure};
use crate::cli::exit::OrExit as _;
use crate::directory::PeopleFile;
use crate::record::CallRecord;
use crate::simulator::truth::Settings;
use crate::telephony::Country;

/// What is told of the calls.
#[derive(Args, Debug)]
pub(super) struct Truth {
    /// Write what truly happened, as call records, one JSON line each as calls end; - is standard output
    #[arg(long = "truth", value_name = "FILE")]
    file: Option<PathBuf>,
    /// Name of the site in these records
    #[arg(long, value_name = "NAME", default_value = "hq")]
    site: String,
    /// Name of the PBX in these records
    #[arg(long, value_name = "NAME", default_value = "mitel")]
    pbx: String,
    /// Country of the site in these records, for numbers in E.164: DE, GB, US …
    #[arg(long, value_name = "COUNTRY")]
    country: Option<String>,
}

/// What the records say of where they were made.
pub(super) struct Naming {
    site: String,
    pbx: String,
    country: Option<Country>,
}

impl Naming {
    pub(super) fn settings(self, people: PeopleFile) -> Settings {
        Settings { site: self.site, pbx: self.pbx, country: self.country, people }
    }
}

impl Truth {
    pub(super) fn naming(&self) -> Result<Naming, Failure> {
        let country = self.country.as_deref().map(|code| {
            Country::new(code).ok_or_else(|| Failure::new(Exit::Usage, anyhow::anyhow!("{code:?} is no country; write it as DE, GB or US")))
        });
        Ok(Naming { site: self.site.clone(), pbx: self.pbx.clone(), country: country.transpose()? })
    }

    pub(super) fn open(&self) -> Result<Records, Failure> {
        let out: Option<Box<dyn Write>> = match self.file.as_deref() {
            None => None,
            Some(file) if file == Path::new("-") => Some(Box::new(io::stdout())),
            Some(file) => {
                let created = File::create(file).with_context(|| format!("cannot write {}", file.display()));
                Some(Box::new(created.or_exit(Exit::Failed)?))
            }
        };
        Ok(Records { out: out.map(BufWriter::new) })
    }
}

/// The records written so far.
pub(super) struct Records {
    out: Option<BufWriter<Box<dyn Write>>>,
}

impl Records {
    /// Whoever follows the file sees the record at once.
    pub(super) fn write(&mut self, record: &CallRecord) -> io::Result<()> {
        let Some(out) = &mut self.out else { return Ok(()) };
        serde_json::to_writer(&mut *out, record)?;
        out.write_all(b"\n")?;
        out.flush()
    }

    pub(super) fn finish(self) -> io::Result<()> {
        self.out.map_or(Ok(()), |mut out| out.flush())
    }
}
