//! Where the demo keeps its files: a directory that goes with it, or one that stays.

use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// Attempts to find a name that nobody has.
const ATTEMPTS: usize = 16;

/// A directory, removed when this is dropped unless it is to stay.
#[derive(Debug)]
pub(super) struct Place {
    directory: PathBuf,
    stays: bool,
}

impl Place {
    /// This directory, made if need be; it stays. Paths within it count from anywhere.
    pub(super) fn that_stays(directory: &Path) -> Result<Self> {
        let made = fs::create_dir_all(directory).and_then(|()| fs::canonicalize(directory));
        let directory = made.with_context(|| format!("cannot make {} for the demo; name another with --keep", directory.display()))?;
        Ok(Self { directory, stays: true })
    }

    /// A new directory for temporary files, for this user only.
    pub(super) fn that_goes(random: &mut fastrand::Rng) -> Result<Self> {
        let parent = std::env::temp_dir();
        let mut attempts = 0;
        loop {
            let directory = parent.join(format!("strowger-demo-{:08x}", random.u32(..)));
            attempts += 1;
            match fs::DirBuilder::new().mode(0o700).create(&directory) {
                Ok(()) => return Ok(Self { directory, stays: false }),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && attempts < ATTEMPTS => {}
                Err(error) => {
                    let what = format!("cannot make a directory in {}; set TMPDIR to another, or use --keep DIR", parent.display());
                    return Err(anyhow::Error::new(error).context(what));
                }
            }
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.directory
    }

    pub(super) fn stays(&self) -> bool {
        self.stays
    }

    /// Where to look for more, if there is anything to look at afterwards.
    pub(super) fn hint(&self, log: &str) -> String {
        if self.stays {
            format!("; its log is {}", self.directory.join(log).display())
        } else {
            "; with --keep DIR its log stays".to_owned()
        }
    }

    /// Writes a file in it, in place of what was there.
    pub(super) fn write(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.directory.join(name);
        fs::write(&path, text).with_context(|| format!("cannot write {}; is there room on that disk?", path.display()))?;
        Ok(path)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !self.stays
            && let Err(error) = fs::remove_dir_all(&self.directory)
        {
            crate::cli::message::warning(&format!("{} is left behind: {error}", self.directory.display()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goes_with_all_that_is_in_it_or_stays() {
        let mut random = fastrand::Rng::new();
        let (first, second) = (Place::that_goes(&mut random).expect("made"), Place::that_goes(&mut random).expect("made"));
        assert_ne!(first.path(), second.path());
        let path = first.path().to_owned();
        fs::create_dir(path.join("state")).expect("made");
        first.write("state/strowger.db", "x").expect("written");
        drop(first);
        assert!(!path.exists());

        let kept = second.path().join("kept");
        drop(Place::that_stays(&kept).expect("made"));
        assert!(kept.is_dir());
        let blocked = second.write("file", "").expect("written");
        let error = Place::that_stays(&blocked.join("below")).expect_err("a file is in the way");
        assert!(format!("{error:#}").contains("name another with --keep"), "{error:#}");
    }
}
