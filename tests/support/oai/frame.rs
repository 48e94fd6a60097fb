//! Length-prefixed frames (OAI reference §1.2) in both directions, and the many ways in which a PBX may write them.

use std::mem;

/// Puts a payload into a frame.
pub(crate) fn frame(payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a test's frame is small");
    let mut bytes = length.to_le_bytes().to_vec();
    bytes.extend_from_slice(payload);
    bytes
}

/// A client's command line, framed.
pub(crate) fn command(line: &str) -> Vec<u8> {
    frame(format!("{line}\r").as_bytes())
}

/// The frame that a client sends first (OAI reference §1.3).
pub(crate) fn login(password: &str, application: &str) -> Vec<u8> {
    let mut payload = vec![0x87];
    payload.extend_from_slice(password.as_bytes());
    payload.push(0);
    payload.extend_from_slice(application.as_bytes());
    payload.push(0);
    frame(&payload)
}

/// Bytes as they come → payloads.
#[derive(Default)]
pub(crate) struct Reader {
    held: Vec<u8>,
}

impl Reader {
    pub(crate) fn take(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        self.held.extend_from_slice(bytes);
        let mut payloads = Vec::new();
        while let Some(head) = self.held.first_chunk::<4>() {
            let end = 4 + u32::from_le_bytes(*head) as usize;
            if self.held.len() < end {
                break;
            }
            let rest = self.held.split_off(end);
            payloads.push(mem::replace(&mut self.held, rest)[4..].to_vec());
        }
        payloads
    }
}

/// How a PBX writes its lines; the reference leaves it open.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Writing {
    /// What ends a line.
    pub(crate) end: &'static [u8],
    /// Lines that are said at once stand in one frame.
    pub(crate) several: bool,
    /// What is written at once arrives in pieces of so many bytes.
    pub(crate) piece: usize,
}

impl Default for Writing {
    /// The form of the specification.
    fn default() -> Self {
        Self { end: b"\r\n", several: false, piece: usize::MAX }
    }
}

impl Writing {
    /// Lines as the bytes that carry them, in the pieces in which they arrive.
    pub(crate) fn write(&self, lines: &[String]) -> Vec<Vec<u8>> {
        let bytes = |line: &String| line.chars().map(in_latin1).chain(self.end.iter().copied()).collect::<Vec<u8>>();
        let all: Vec<u8> = if self.several {
            frame(&lines.iter().flat_map(bytes).collect::<Vec<u8>>())
        } else {
            lines.iter().flat_map(|line| frame(&bytes(line))).collect()
        };
        all.chunks(self.piece).map(<[u8]>::to_vec).collect()
    }
}

fn in_latin1(letter: char) -> u8 {
    u8::try_from(letter).unwrap_or(b'?')
}
