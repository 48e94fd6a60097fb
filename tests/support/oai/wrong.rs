//! Peers that are no Mitel system, or one that does something wrong: each does the same to whoever connects.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread::sleep;
use std::time::Duration;

use super::frame::frame;

/// As much as a peer sends at most.
const BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Takes the login, then closes.
pub(crate) fn close_after_login(stream: &mut TcpStream) -> u64 {
    login(stream);
    0
}

/// All ports are taken.
pub(crate) fn ports_exceeded(stream: &mut TcpStream) -> u64 {
    login(stream);
    line(stream, "000,PE,,30")
}

/// Some answer to a bad password; which one a real system gives is not known. It leaves the connection open.
pub(crate) fn refusal(stream: &mut TcpStream) -> u64 {
    login(stream);
    line(stream, "INVALID PASSWORD") + wait(stream)
}

/// Takes the login and everything else, and says nothing.
pub(crate) fn silence(stream: &mut TcpStream) -> u64 {
    wait(stream)
}

/// Begins a resync that never ends.
pub(crate) fn never_ready(stream: &mut TcpStream) -> u64 {
    login(stream);
    line(stream, RS) + wait(stream)
}

/// Starts well, and answers nothing.
pub(crate) fn deaf(stream: &mut TcpStream) -> u64 {
    login(stream);
    line(stream, RS) + line(stream, "001,RD,0,") + wait(stream)
}

/// Says in a header that more comes than anybody needs.
pub(crate) fn oversize_frame(stream: &mut TcpStream) -> u64 {
    login(stream);
    let header = (16 * 1024 * 1024_u32).to_le_bytes();
    line(stream, RS) + line(stream, "001,RD,0,") + write(stream, &header) + endless(stream, &vec![b'x'; 64 * 1024])
}

/// A header and a half of its frame, then nothing.
pub(crate) fn half_a_frame(stream: &mut TcpStream) -> u64 {
    login(stream);
    let whole = frame(format!("{RS}\r\n").as_bytes());
    write(stream, &whole[..whole.len() / 2]) + wait(stream)
}

/// Bytes without meaning.
pub(crate) fn garbage(stream: &mut TcpStream) -> u64 {
    let mut random = fastrand::Rng::with_seed(7);
    let mut sent = 0;
    let mut block = vec![0; 64 * 1024];
    loop {
        random.fill(&mut block);
        let written = write(stream, &block);
        sent += written;
        if written == 0 || sent >= BYTES_MAX {
            return sent;
        }
    }
}

/// Good frames full of lines without meaning, behind a good start.
pub(crate) fn garbage_lines(stream: &mut TcpStream) -> u64 {
    login(stream);
    let mut random = fastrand::Rng::with_seed(11);
    let mut block = Vec::new();
    for _ in 0..500 {
        let text: Vec<u8> = (0..random.usize(0..90)).map(|_| random.u8(1..)).collect();
        block.extend(frame(&text));
    }
    line(stream, RS) + line(stream, "001,RD,0,") + endless(stream, &block)
}

/// Lines of known events with fields without meaning, numbered well.
pub(crate) fn nonsense_events(stream: &mut TcpStream) -> u64 {
    login(stream);
    let mut sent = line(stream, RS) + line(stream, "001,RD,0,");
    let mut random = fastrand::Rng::with_seed(13);
    let codes =
        ["SI", "OR", "DE", "ES", "ER", "HE", "RE", "QU", "DI", "TR", "CO", "XC", "CC", "FA", "NT", "LN", "LF", "DND", "DC", "LS", "CF"];
    let values = ["", "1", "100", "|a,b|", "|", "*01", "65535", "99999999999999999999", "2:100", "A", "C", "H", "36", "\u{e9}"];
    let mut sequence = 2;
    while sent < BYTES_MAX / 4 {
        let mut block = Vec::new();
        for _ in 0..200 {
            let code = codes[random.usize(..codes.len())];
            let fields: Vec<&str> = (0..random.usize(0..24)).map(|_| values[random.usize(..values.len())]).collect();
            block.extend(frame(format!("{sequence:03},{code},{}\r\n", fields.join(",")).as_bytes()));
            sequence = (sequence + 1) % 1000;
        }
        let written = write(stream, &block);
        sent += written;
        if written == 0 {
            break;
        }
    }
    sent
}

/// Empty frames, behind a good start.
pub(crate) fn empty_frames(stream: &mut TcpStream) -> u64 {
    login(stream);
    line(stream, RS) + line(stream, "001,RD,0,") + endless(stream, &vec![0; 64 * 1024])
}

/// A manager interface, which greets first.
pub(crate) fn asterisk(stream: &mut TcpStream) -> u64 {
    write(stream, b"Asterisk Call Manager/11.0.0\r\n") + wait(stream)
}

const RS: &str = "000,RS,0,02:04,070515,V10.20,V6.0.11.113,3,1,1,3,1";

fn login(stream: &mut TcpStream) {
    let mut buffer = [0; 1024];
    let _login = stream.read(&mut buffer);
}

fn wait(stream: &mut TcpStream) -> u64 {
    let mut buffer = [0; 1024];
    while stream.read(&mut buffer).is_ok_and(|size| size > 0) {}
    0
}

fn line(stream: &mut TcpStream, text: &str) -> u64 {
    write(stream, &frame(format!("{text}\r\n").as_bytes()))
}

fn endless(stream: &mut TcpStream, block: &[u8]) -> u64 {
    let mut sent = 0;
    while sent < BYTES_MAX {
        let written = write(stream, block);
        sent += written;
        if written == 0 {
            break;
        }
        sleep(Duration::from_micros(100));
    }
    sent
}

fn write(stream: &mut TcpStream, bytes: &[u8]) -> u64 {
    if stream.write_all(bytes).is_ok() { bytes.len() as u64 } else { 0 }
}
