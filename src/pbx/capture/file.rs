//! The file under the writer: whole lines only, rotated by size.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Captures hold numbers and names of people: for the service's own user only.
const MODE: u32 = 0o600;

/// Where a capture goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Target {
    /// One new file that grows until the writer is closed. A file that is already there is never overwritten.
    One(PathBuf),
    /// `name.jsonl`, and before it `name.1.jsonl` … `name.N.jsonl`, the highest number being the oldest. A file that is already there
    /// is continued. A rotated file may begin in the middle of a connection.
    Rotating {
        /// The newest file, `name.jsonl`.
        path: PathBuf,
        /// A file is put aside before it would grow beyond this. A single line that is longer gets a file of its own.
        bytes_max: u64,
        /// How many older files are kept.
        keep: u32,
    },
}

impl Target {
    /// The file that is written to.
    pub fn path(&self) -> &Path {
        match self {
            Self::One(path) | Self::Rotating { path, .. } => path,
        }
    }
}

/// An open capture file that ends with a whole line at all times.
#[derive(Debug)]
pub(super) struct CaptureFile {
    target: Target,
    file: File,
    bytes: u64,
}

impl CaptureFile {
    /// Opens for the first time.
    pub(super) fn open(target: Target) -> io::Result<Self> {
        match &target {
            Target::One(path) => {
                let file = OpenOptions::new().append(true).create_new(true).mode(MODE).open(path)?;
                Ok(Self { target, file, bytes: 0 })
            }
            Target::Rotating { path, .. } => {
                let (file, bytes) = open_and_mend(path)?;
                Ok(Self { target, file, bytes })
            }
        }
    }

    /// Opens again after a failure, on the same file if it is still there.
    pub(super) fn reopen(&mut self) -> io::Result<()> {
        (self.file, self.bytes) = open_and_mend(self.target.path())?;
        Ok(())
    }

    /// Adds whole lines. After an error none of them is in the file.
    pub(super) fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        let length = lines.len() as u64;
        if let Target::Rotating { path, bytes_max, keep } = &self.target
            && self.bytes > 0
            && self.bytes + length > *bytes_max
        {
            rotate(path, *keep)?;
            (self.file, self.bytes) = open_and_mend(path)?;
        }
        match self.file.write_all(lines) {
            Ok(()) => {
                self.bytes += length;
                Ok(())
            }
            Err(error) => {
                // Where this fails as well, opening again mends the end.
                self.file.set_len(self.bytes).ok();
                Err(error)
            }
        }
    }
}

fn rotate(path: &Path, keep: u32) -> io::Result<()> {
    if keep == 0 {
        return fs::remove_file(path);
    }
    for number in (1..keep).rev() {
        match fs::rename(numbered(path, number), numbered(path, number + 1)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    fs::rename(path, numbered(path, 1))
}

/// `capture.jsonl` → `capture.3.jsonl`
fn numbered(path: &Path, number: u32) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(format!(".{number}"));
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

/// Opens at the end, a line that a crash cut short taken away: what follows it would be unreadable.
fn open_and_mend(path: &Path) -> io::Result<(File, u64)> {
    let mut file = OpenOptions::new().read(true).append(true).create(true).mode(MODE).open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Ok((file, 0));
    }
    let whole = whole_lines(&mut file, metadata.len())?;
    if whole != metadata.len() {
        file.set_len(whole)?;
    }
    Ok((file, whole))
}

fn whole_lines(file: &mut File, length: u64) -> io::Result<u64> {
    let mut block = [0_u8; 8192];
    let mut end = length;
    while end > 0 {
        let start = end.saturating_sub(block.len() as u64);
        let part = &mut block[..usize::try_from(end - start).unwrap_or(0)];
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(part)?;
        if let Some(at) = part.iter().rposition(|byte| *byte == b'\n') {
            return Ok(start + at as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(directory: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(directory)
            .expect("directory")
            .map(|entry| entry.expect("entry").file_name().into_string().expect("name"))
            .collect();
        names.sort();
        names
    }

    #[test]
    fn rotates_before_the_cap_and_keeps_as_many_as_asked() {
        let directory = tempfile::tempdir().expect("directory");
        let path = directory.path().join("hq.jsonl");
        let mut file = CaptureFile::open(Target::Rotating { path: path.clone(), bytes_max: 10, keep: 2 }).expect("opens");
        for number in 0..6 {
            file.write(format!("line {number}\n").as_bytes()).expect("writes");
        }
        assert_eq!(names(directory.path()), ["hq.1.jsonl", "hq.2.jsonl", "hq.jsonl"]);
        assert_eq!(fs::read_to_string(&path).expect("newest"), "line 5\n");
        assert_eq!(fs::read_to_string(directory.path().join("hq.2.jsonl")).expect("oldest"), "line 3\n");
    }

    #[test]
    fn keeps_none_when_asked_so() {
        let directory = tempfile::tempdir().expect("directory");
        let path = directory.path().join("hq");
        let mut file = CaptureFile::open(Target::Rotating { path: path.clone(), bytes_max: 4, keep: 0 }).expect("opens");
        file.write(b"one\n").expect("writes");
        file.write(b"two\n").expect("writes");
        assert_eq!(names(directory.path()), ["hq"]);
        assert_eq!(fs::read_to_string(path).expect("newest"), "two\n");
    }

    #[test]
    fn continues_after_a_crash_behind_the_last_whole_line() {
        let directory = tempfile::tempdir().expect("directory");
        let path = directory.path().join("hq.jsonl");
        for (left, whole) in [
            ("one\ntw".to_owned(), "one\n"),
            (format!("one\n{}", "x".repeat(20_000)), "one\n"),
            ("x".into(), ""),
            ("one\n".into(), "one\n"),
        ] {
            fs::write(&path, left).expect("writes");
            let mut file = CaptureFile::open(Target::Rotating { path: path.clone(), bytes_max: 1000, keep: 1 }).expect("opens");
            file.write(b"three\n").expect("writes");
            assert_eq!(fs::read_to_string(&path).expect("reads"), format!("{whole}three\n"));
        }
    }

    #[test]
    fn one_file_is_never_overwritten_and_is_private() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().expect("directory");
        let path = directory.path().join("hq.jsonl");
        CaptureFile::open(Target::One(path.clone())).expect("opens");
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
        assert_eq!(CaptureFile::open(Target::One(path)).expect_err("there already").kind(), io::ErrorKind::AlreadyExists);
    }
}
