//! Reads a capture, one line at a time.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use super::line::{self, LineError};
use super::{Entry, LINE_BYTES_MAX};
use crate::telephony::Time;

/// Why a capture cannot be read (on).
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file is not there, or may not be read.
    #[error("cannot read capture {file}")]
    Io {
        /// Which file.
        file: String,
        /// What the system says.
        source: io::Error,
    },
    /// This is some other kind of file.
    #[error(
        "{file} is not a capture: its first line is not a JSON object but {begins:?}. A capture is JSON Lines as `strowger capture` writes \
         them; bytes alone cannot be replayed because they do not say when they arrived"
    )]
    NotACapture {
        /// Which file.
        file: String,
        /// Its first characters.
        begins: String,
    },
    /// One line is wrong.
    #[error("{file}, line {line}")]
    Line {
        /// Which file.
        file: String,
        /// Which line, from 1.
        line: u64,
        /// What is wrong with it.
        source: LineError,
    },
    /// One line is longer than anything that a capture holds.
    #[error("{file}, line {line}: longer than {LINE_BYTES_MAX} bytes; is this a capture?")]
    TooLong {
        /// Which file.
        file: String,
        /// Which line, from 1.
        line: u64,
    },
}

/// Something odd that does not keep a capture from being read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Warning {
    /// The writer was stopped in the middle of its last line.
    #[error("{file}, line {line}: the last line is cut short and was left out; the capture was not closed properly")]
    Truncated {
        /// Which file.
        file: String,
        /// Which line, from 1.
        line: u64,
    },
}

/// A capture under reading: an iterator over its entries. After an error it ends.
#[derive(Debug)]
pub struct Reader<R> {
    source: R,
    file: String,
    line: u64,
    buffer: Vec<u8>,
    found: bool,
    ended: bool,
    warning: Option<Warning>,
}

impl Reader<BufReader<File>> {
    /// Opens a file.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, ReadError> {
        let file = path.as_ref().display().to_string();
        match File::open(path) {
            Ok(source) => Ok(Self::new(file, BufReader::with_capacity(256 * 1024, source))),
            Err(source) => Err(ReadError::Io { file, source }),
        }
    }
}

impl<R: BufRead> Reader<R> {
    /// Reads from any source; `file` is what errors call it.
    pub fn new(file: impl Into<String>, source: R) -> Self {
        Self { source, file: file.into(), line: 0, buffer: Vec::new(), found: false, ended: false, warning: None }
    }

    /// What was odd, once the end is reached.
    pub fn warning(&self) -> Option<&Warning> {
        self.warning.as_ref()
    }

    /// The number of the line that was read last, from 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    fn step(&mut self) -> Result<Option<(Time, Entry)>, ReadError> {
        loop {
            self.buffer.clear();
            let limit = LINE_BYTES_MAX as u64 + 1;
            let count = self.source.by_ref().take(limit).read_until(b'\n', &mut self.buffer);
            let count = count.map_err(|source| ReadError::Io { file: self.file.clone(), source })?;
            if count == 0 {
                return Ok(None);
            }
            self.line += 1;
            let is_whole = self.buffer.last() == Some(&b'\n');
            if !is_whole && count > LINE_BYTES_MAX {
                return Err(if self.found {
                    ReadError::TooLong { file: self.file.clone(), line: self.line }
                } else {
                    self.not_a_capture_or(|file, line| ReadError::TooLong { file, line })
                });
            }
            let text = self.buffer.trim_ascii();
            let text = if self.line == 1 { text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text) } else { text };
            if text.is_empty() {
                continue;
            }
            match line::parse(text) {
                Ok(entry) => {
                    self.found = true;
                    if entry.is_some() {
                        return Ok(entry);
                    }
                }
                Err(_) if !is_whole && text.starts_with(b"{") => {
                    self.warning = Some(Warning::Truncated { file: self.file.clone(), line: self.line });
                    return Ok(None);
                }
                Err(source) if self.found => return Err(ReadError::Line { file: self.file.clone(), line: self.line, source }),
                Err(source) => return Err(self.not_a_capture_or(|file, line| ReadError::Line { file, line, source })),
            }
        }
    }

    /// A first line that does not even begin as an object tells of another kind of file.
    fn not_a_capture_or(&self, otherwise: impl FnOnce(String, u64) -> ReadError) -> ReadError {
        if self.buffer.trim_ascii_start().starts_with(b"{") {
            return otherwise(self.file.clone(), self.line);
        }
        let begins = &self.buffer[..self.buffer.len().min(40)];
        ReadError::NotACapture { file: self.file.clone(), begins: String::from_utf8_lossy(begins).trim_end().to_owned() }
    }
}

impl<R: BufRead> Iterator for Reader<R> {
    type Item = Result<(Time, Entry), ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let item = self.step().transpose();
        self.ended = !matches!(item, Some(Ok(_)));
        item
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: &str = r#"{"t":"2026-11-22T05:00:00.123456Z","open":"127.0.0.1:5038"}"#;
    const CLOSE: &str = r#"{"t":"2026-11-22T05:00:01.123456Z","close":"by peer"}"#;

    fn reader(text: &str) -> Reader<&[u8]> {
        Reader::new("a.jsonl", text.as_bytes())
    }

    fn failure(text: &str) -> String {
        let error = reader(text).find_map(Result::err).expect("an error");
        let source = std::error::Error::source(&error).map(|source| format!(": {source}")).unwrap_or_default();
        format!("{error}{source}")
    }

    #[test]
    fn reads_entries_and_passes_over_empty_and_unknown_lines() {
        let text = format!("\u{feff}{OPEN}\r\n\n{{\"t\":\"2026-11-22T05:00:00Z\",\"note\":1}}\n{CLOSE}");
        let mut reader = reader(&text);
        let entries: Vec<_> = reader.by_ref().map(|entry| entry.expect("valid").1).collect();
        assert_eq!(entries, [Entry::Open("127.0.0.1:5038".into()), Entry::Close("by peer".into())]);
        assert_eq!(reader.warning(), None);
    }

    #[test]
    fn a_cut_last_line_is_a_warning() {
        let text = format!("{OPEN}\n{}", &CLOSE[..30]);
        let mut reader = reader(&text);
        assert_eq!(reader.by_ref().flatten().count(), 1);
        assert_eq!(reader.warning(), Some(&Warning::Truncated { file: "a.jsonl".into(), line: 2 }));
    }

    #[test]
    fn a_bad_line_is_named_with_file_and_number_and_ends_the_reading() {
        let text = format!("{OPEN}\n{{\"t\":\"2026-11-22T05:00:00Z\",\"in\":7}}\n{CLOSE}\n");
        assert!(failure(&text).starts_with("a.jsonl, line 2: not a capture entry: invalid type"), "{}", failure(&text));
        assert_eq!(reader(&text).count(), 2);
    }

    #[test]
    fn other_files_are_told_apart() {
        let text = failure("Asterisk Call Manager/9.0.0\r\nResponse: Success\r\n\r\n");
        assert!(text.contains("a.jsonl is not a capture") && text.contains("Asterisk Call Manager/9.0.0"), "{text}");
        assert!(failure("no line end").contains("is not a capture"));
        assert!(failure("{\"t\":1}\n").starts_with("a.jsonl, line 1: "));
        assert!(reader("").next().is_none());
    }

    #[test]
    fn reads_every_recorded_trace_from_its_greeting_to_its_end() {
        let mut read = 0;
        for directory in ["tests/traces/ami", "tests/traces/ami/asterisk16"] {
            for file in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(directory)).expect("traces") {
                let path = file.expect("entry").path();
                if !path.to_string_lossy().ends_with(".capture.jsonl") {
                    continue;
                }
                let mut reader = Reader::open(&path).expect("opens");
                let entries: Vec<_> = reader.by_ref().map(|entry| entry.expect("valid").1).collect();
                assert_eq!(reader.warning(), None);
                assert!(matches!(entries.first(), Some(Entry::Open(_))), "{}", path.display());
                assert!(matches!(entries.get(1), Some(Entry::In(bytes)) if bytes.starts_with(b"Asterisk Call Manager/")));
                assert!(matches!(entries.last(), Some(Entry::Close(_))), "{}", path.display());
                read += 1;
            }
        }
        assert!(read >= 81, "only {read} traces found");
    }

    #[test]
    fn an_endless_line_is_refused_in_bounded_memory() {
        let endless = OPEN.as_bytes().chain(&b"\n{\"t\":\""[..]).chain(io::repeat(b'x'));
        let mut reader = Reader::new("a.jsonl", BufReader::new(endless));
        assert!(reader.next().expect("first").is_ok());
        let error = reader.next().expect("second").expect_err("too long");
        assert_eq!(error.to_string(), "a.jsonl, line 2: longer than 16777216 bytes; is this a capture?");
        assert!(reader.buffer.capacity() <= 4 * LINE_BYTES_MAX);
        assert!(reader.next().is_none());
    }
}
