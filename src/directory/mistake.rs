//! What is wrong with a people file, all of it at once.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// One mistake: where, what, and what to do.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Mistake {
    /// Line in the file, from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub to_do: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}: {}", self.line, self.what, self.to_do)
    }
}

/// A people file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PeopleError {
    /// The file itself cannot be read.
    #[error("people file {}: cannot be read ({source}): check the path and that this user may read it", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// It can be read but not used. Sorted by line.
    #[error("{}", list(path.as_ref(), mistakes))]
    Mistaken {
        /// The file, where it is one.
        path: Option<PathBuf>,
        /// Every mistake found.
        mistakes: Vec<Mistake>,
    },
}

impl PeopleError {
    /// The mistakes with their lines; none for a file that cannot be read at all.
    pub fn mistakes(&self) -> &[Mistake] {
        match self {
            Self::Unreadable { .. } => &[],
            Self::Mistaken { mistakes, .. } => mistakes,
        }
    }
}

fn list(path: Option<&PathBuf>, mistakes: &[Mistake]) -> String {
    let name = path.map_or_else(|| "people".to_owned(), |path| format!("people file {}", path.display()));
    let count = mistakes.len();
    let mut text = format!("{name}: {count} {}", if count == 1 { "mistake" } else { "mistakes" });
    for mistake in mistakes {
        text.push_str("\n  ");
        text.push_str(&mistake.to_string());
    }
    text
}
