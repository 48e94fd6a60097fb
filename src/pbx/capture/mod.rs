//! Captures: what went over a PBX's connections and when, as JSON Lines that people can read and `replay` takes.
//!
//! ```text
//! {"t":"2026-11-22T05:00:00.123456Z","open":"127.0.0.1:5038"}
//! {"t":"2026-11-22T05:00:00.130012Z","in":"Event: FullyBooted\r\n\r\n"}
//! {"t":"2026-11-22T05:00:00.131200Z","out":"Action: Login\r\n…"}
//! {"t":"2026-11-22T05:00:09.000001Z","in64":"6Q=="}
//! {"t":"2026-11-22T05:01:00.000000Z","close":"by peer"}
//! ```
//!
//! Several connections follow each other in one file. `in64` and `out64` carry what is not UTF-8; a character that two reads
//! split goes into them as well, while the text around it stays readable. `{"t":…,"dropped":3}` stands where the writer had to
//! leave three entries out. [`Writer`] never holds the link up; [`Reader`] takes one line into memory at a time.
//! Secrets never come here: the session says what may be shown ([`Output::Send`](crate::pbx::session::Output::Send)).

mod file;
mod line;
mod reader;
mod writer;

use bytes::Bytes;

pub use file::Target;
pub use line::LineError;
pub use reader::{ReadError, Reader, Warning};
pub use writer::{CloseReport, CreateError, Writer};

/// The longest line that is read, in bytes. The writer's lines are far shorter.
pub const LINE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What one line of a capture says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Entry {
    /// A connection was opened to this address.
    Open(String),
    /// Bytes came from the PBX.
    In(Bytes),
    /// Bytes went to the PBX, secrets blanked.
    Out(Bytes),
    /// The connection ended; who ended it, and why where that is known.
    Close(String),
    /// This many entries are missing here: the writer could not keep up or the disk was full.
    Dropped(u64),
}
