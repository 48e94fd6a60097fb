//! From one state directory to another by way of a file that people can read: what is not delivered yet, and what a restart needs.
//!
//! JSON Lines. First a line that says what it is, then legal holds and receipts of erasures, sinks, entries, quarantine,
//! calls that are in neither, what was asked for once more, the journal of each PBX, and last a line with
//! the number of lines before it, by which a file that was cut is known. Exporting changes nothing and reads around damage, saying
//! what it could not read. Importing changes all or nothing, and a second time nothing.

mod calls;
mod export;
mod import;
mod journals;
mod line;
mod privacy;
mod sturdy;

use std::io;
use std::path::PathBuf;

pub use export::{Exported, export};
pub use import::{How, Imported, import};

use crate::store::StoreError;

/// The form of the file. A newer one is refused.
const FORMAT: u32 = 3;

/// Told while it takes long: how much is done, of how much.
pub type Progress<'a> = &'a mut dyn FnMut(u64, u64);

/// Why nothing was transferred.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// The state directory or its database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file cannot be written.
    #[error("the export cannot be written")]
    Write(#[source] io::Error),
    /// The file cannot be read.
    #[error("{} cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// A line is not one of ours.
    #[error("{}:{number}: not a line of a spool export ({detail}); nothing was imported", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// Which line.
        number: u64,
        /// What is wrong.
        detail: String,
    },
    /// The file has no end.
    #[error("{} was cut: its last line, which counts the others, {what}; nothing was imported: export again, or copy the file again", path.display())]
    Cut {
        /// The file.
        path: PathBuf,
        /// How that shows.
        what: String,
    },
    /// A newer strowger has written it.
    #[error("{} has format {found}, this strowger knows formats up to {FORMAT}: import it with the newer strowger that wrote it", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
    },
}
