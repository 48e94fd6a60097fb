//! A scenario that cannot be used, with every mistake at once.

use std::io;
use std::path::PathBuf;

use crate::directory::Mistake;

/// Why a scenario cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// The file itself cannot be read.
    #[error("scenario {}: cannot be read ({source}): check the path and that this user may read it", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// It can be read but not used. Sorted by line.
    #[error("scenario {}: {}", path.display(), list(mistakes))]
    Mistaken {
        /// The file; empty for a text.
        path: PathBuf,
        /// Every mistake found.
        mistakes: Vec<Mistake>,
    },
}

impl ScenarioError {
    /// The mistakes with their lines; none for a file that cannot be read at all.
    pub fn mistakes(&self) -> &[Mistake] {
        match self {
            Self::Unreadable { .. } => &[],
            Self::Mistaken { mistakes, .. } => mistakes,
        }
    }
}

fn list(mistakes: &[Mistake]) -> String {
    let lines: Vec<String> = mistakes.iter().map(|mistake| format!("\n  {mistake}")).collect();
    format!("{} {}{}", mistakes.len(), if mistakes.len() == 1 { "mistake" } else { "mistakes" }, lines.concat())
}
