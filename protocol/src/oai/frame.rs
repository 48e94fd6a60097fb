//! Frames: a length of four bytes, little-endian, and as many bytes of payload (OAI reference §1.2).

use bytes::{BufMut, Bytes, BytesMut};
use nom::IResult;
use nom::number::complete::le_u32;

/// Bytes of the length.
pub(super) const HEADER: usize = 4;

/// One frame of these lines; each has its own end with it.
pub fn encode<'a>(lines: impl IntoIterator<Item = &'a [u8]>) -> Bytes {
    let mut out = BytesMut::with_capacity(128);
    out.put_u32_le(0);
    for line in lines {
        out.put_slice(line);
    }
    // A payload beyond 4 GiB does not fit into memory limits of any caller; its length is told as the largest there is.
    let length = u32::try_from(out.len() - HEADER).unwrap_or(u32::MAX).to_le_bytes();
    out[..HEADER].copy_from_slice(&length);
    out.freeze()
}

/// `header = u32-little-endian`; `None`: fewer than four bytes.
pub(super) fn payload_bytes(header: &[u8]) -> Option<u32> {
    let parsed: IResult<&[u8], u32> = le_u32(header);
    parsed.ok().map(|(_, bytes)| bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_frames() {
        let frame = |line: &str| encode([line.as_bytes()]);
        assert_eq!(frame("_NO,7"), &b"\x05\0\0\0_NO,7"[..]);
        assert_eq!(frame("_NO,7\r"), &[6, 0, 0, 0, 0x5f, 0x4e, 0x4f, 0x2c, 0x37, 0x0d][..]);
        assert_eq!(frame("_NA,1,1\r"), &[8, 0, 0, 0, 0x5f, 0x4e, 0x41, 0x2c, 0x31, 0x2c, 0x31, 0x0d][..]);
        assert_eq!(encode([&b"a\r\n"[..], b"b\r\n"]), &b"\x06\0\0\0a\r\nb\r\n"[..]);
    }
}
