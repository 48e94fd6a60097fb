//! What waits to be sent to one client: lines with their numbers, put into frames, and frames into writes.

use std::collections::VecDeque;

use bytes::Bytes;

use super::profile::Wire;

/// How many bytes one write takes together, where nothing splits it.
const WRITE: usize = 64 << 10;

/// Bytes that waited longer than there is room for are dropped with the connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Overflow;

/// Lines and bytes in the order in which they are to be sent.
#[derive(Default, Debug)]
pub(super) struct Outbox {
    waiting: VecDeque<Item>,
    /// What is left of a write that is sent in pieces.
    rest: Bytes,
    bytes: usize,
}

#[derive(Debug)]
enum Item {
    /// A line without its end.
    Line(Vec<u8>),
    /// As it stands, without a frame.
    Raw(Bytes),
}

impl Outbox {
    /// A line, without its end. Refused if more than `limit` bytes would wait.
    pub(super) fn line(&mut self, line: Vec<u8>, limit: usize) -> Result<(), Overflow> {
        self.room(line.len(), limit)?;
        self.waiting.push_back(Item::Line(line));
        Ok(())
    }

    /// Bytes as they stand.
    pub(super) fn raw(&mut self, bytes: Bytes, limit: usize) -> Result<(), Overflow> {
        self.room(bytes.len(), limit)?;
        self.waiting.push_back(Item::Raw(bytes));
        Ok(())
    }

    fn room(&mut self, more: usize, limit: usize) -> Result<(), Overflow> {
        if self.bytes + more > limit {
            return Err(Overflow);
        }
        self.bytes += more;
        Ok(())
    }

    /// What is to be written next.
    pub(super) fn write(&mut self, wire: &Wire) -> Option<Bytes> {
        if self.rest.is_empty() {
            self.rest = self.frames(wire)?;
        }
        let piece = wire.split.map_or(self.rest.len(), |split| split.clamp(1, self.rest.len()));
        Some(self.rest.split_to(piece))
    }

    fn frames(&mut self, wire: &Wire) -> Option<Bytes> {
        let mut write = Vec::new();
        let mut frame = Vec::new();
        let mut lines = 0;
        while let Some(item) = self.waiting.pop_front() {
            match item {
                Item::Line(line) => {
                    self.bytes = self.bytes.saturating_sub(line.len());
                    if lines > 0 && wire.line_end.bytes().is_empty() {
                        frame.push(b'\r');
                    }
                    frame.extend_from_slice(&line);
                    frame.extend_from_slice(wire.line_end.bytes());
                    lines += 1;
                    if lines >= wire.lines_per_frame.max(1) {
                        close(&mut frame, &mut write);
                        lines = 0;
                    }
                }
                Item::Raw(bytes) => {
                    self.bytes = self.bytes.saturating_sub(bytes.len());
                    close(&mut frame, &mut write);
                    lines = 0;
                    write.extend_from_slice(&bytes);
                }
            }
            if write.len() >= WRITE {
                break;
            }
        }
        close(&mut frame, &mut write);
        (!write.is_empty()).then(|| Bytes::from(write))
    }
}

/// Puts the length before the frame (OAI reference §1.2).
fn close(frame: &mut Vec<u8>, write: &mut Vec<u8>) {
    if !frame.is_empty() {
        let length = u32::try_from(frame.len()).unwrap_or(u32::MAX);
        write.extend_from_slice(&length.to_le_bytes());
        write.append(frame);
    }
}

#[cfg(test)]
mod tests {
    use super::super::profile::LineEnd;
    use super::*;

    fn written(wire: &Wire) -> Vec<Vec<u8>> {
        let mut outbox = Outbox::default();
        outbox.line(b"000,A".to_vec(), 100).expect("room");
        outbox.line(b"001,B".to_vec(), 100).expect("room");
        outbox.raw(Bytes::from_static(b"?"), 100).expect("room");
        outbox.line(b"002,C".to_vec(), 100).expect("room");
        std::iter::from_fn(|| outbox.write(wire)).map(|bytes| bytes.to_vec()).collect()
    }

    #[test]
    fn one_line_a_frame_is_the_default() {
        assert_eq!(written(&Wire::default()), [b"\x07\0\0\x00000,A\r\n\x07\0\0\x00001,B\r\n?\x07\0\0\x00002,C\r\n".to_vec()]);
    }

    #[test]
    fn several_lines_a_frame_and_other_ends() {
        let wire = Wire { lines_per_frame: 4, line_end: LineEnd::None, ..Wire::default() };
        assert_eq!(written(&wire), [b"\x0b\0\0\x00000,A\r001,B?\x05\0\0\x00002,C".to_vec()]);
    }

    #[test]
    fn frames_are_split_anywhere() {
        let pieces = written(&Wire { split: Some(3), line_end: LineEnd::CrLfNul, ..Wire::default() });
        assert!(pieces.iter().all(|piece| piece.len() <= 3));
        assert_eq!(pieces.concat(), b"\x08\0\0\x00000,A\r\n\0\x08\0\0\x00001,B\r\n\0?\x08\0\0\x00002,C\r\n\0");
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut outbox = Outbox::default();
        assert_eq!(outbox.line(vec![b'x'; 60], 100), Ok(()));
        assert_eq!(outbox.line(vec![b'x'; 60], 100), Err(Overflow));
        assert!(outbox.write(&Wire::default()).is_some());
        assert_eq!(outbox.line(vec![b'x'; 60], 100), Ok(()));
    }
}
