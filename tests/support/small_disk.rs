//! A disk of a few MiB that can be filled to the last byte.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::program::{command, good, run};

/// A small file system, mounted on a folder until dropped.
pub(crate) struct SmallDisk {
    folder: PathBuf,
}

impl SmallDisk {
    pub(crate) fn mount(folder: &Path, mib: u32) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let mut mount = command("mount", ["-t", "tmpfs", "-o", &format!("size={mib}m,mode=0700"), "strowger-test"]);
        good(mount.arg(folder)).context("a small disk needs root and the right to mount")?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// Leaves no byte.
    pub(crate) fn fill(&self) -> Result<()> {
        let mut filler = File::create(self.filler())?;
        for size in [1024 * 1024, 4096, 1] {
            let block = vec![0; size];
            while filler.write_all(&block).is_ok() {}
        }
        Ok(())
    }

    /// Gives back what was filled.
    pub(crate) fn free(&self) -> Result<()> {
        Ok(fs::remove_file(self.filler())?)
    }

    fn filler(&self) -> PathBuf {
        self.folder.join("filler")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a program that still runs must not keep the mount.
        let _unmounted = run(command("umount", ["-l"]).arg(&self.folder));
    }
}
