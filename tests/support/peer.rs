//! Peers that are not what the configuration says: each listens, and does the same wrong thing to whoever connects.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::Result;

/// As Asterisk greets.
pub(crate) const GREETING: &[u8] = b"Asterisk Call Manager/11.0.0\r\n";

/// A peer at work until the test ends.
#[derive(Clone)]
pub(crate) struct Peer {
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    connections: AtomicUsize,
    bytes: AtomicU64,
}

impl Peer {
    /// Does `wrong` to each connection; the bytes that it says it wrote are counted.
    pub(crate) fn listen(port: u16, wrong: impl Fn(&mut TcpStream) -> u64 + Send + Sync + 'static) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port))?;
        let peer = Self { counts: Arc::default() };
        let counts = Arc::clone(&peer.counts);
        let wrong = Arc::new(wrong);
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                counts.connections.fetch_add(1, Ordering::Relaxed);
                let (counts, wrong) = (Arc::clone(&counts), Arc::clone(&wrong));
                thread::spawn(move || counts.bytes.fetch_add(wrong(&mut stream), Ordering::Relaxed));
            }
        });
        Ok(peer)
    }

    pub(crate) fn connections(&self) -> usize {
        self.counts.connections.load(Ordering::Relaxed)
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.counts.bytes.load(Ordering::Relaxed)
    }
}

/// A web server: it waits for a request, and answers whatever comes in its own way.
pub(crate) fn http(stream: &mut TcpStream) -> u64 {
    let answer =
        b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<html><body>Bad Request</body></html>\r\n";
    let mut buffer = [0; 1024];
    let _some = stream.set_read_timeout(Some(Duration::from_secs(1))).and_then(|()| stream.read(&mut buffer));
    write(stream, answer)
}

/// Bytes without meaning, for as long as somebody takes them, 64 MiB at most.
pub(crate) fn garbage(stream: &mut TcpStream) -> u64 {
    let mut random = fastrand::Rng::with_seed(7);
    let mut block = vec![0; 64 * 1024];
    let mut sent = 0;
    for _ in 0..1024 {
        random.fill(&mut block);
        let written = write(stream, &block);
        sent += written;
        if written == 0 {
            break;
        }
    }
    sent
}

/// A good greeting, then bytes without meaning.
pub(crate) fn greeting_then_garbage(stream: &mut TcpStream) -> u64 {
    write(stream, GREETING) + garbage(stream)
}

/// A good greeting, then a GiB without a line end.
pub(crate) fn endless_line(stream: &mut TcpStream) -> u64 {
    let block = vec![b'x'; 1024 * 1024];
    let mut sent = write(stream, GREETING);
    for _ in 0..1024 {
        let written = write(stream, &block);
        sent += written;
        if written == 0 {
            break;
        }
    }
    sent
}

/// The head of a TLS record that promises more than ever comes.
pub(crate) fn half_a_handshake(stream: &mut TcpStream) -> u64 {
    let mut buffer = [0; 1024];
    let _hello = stream.read(&mut buffer);
    write(stream, &[0x16, 0x03, 0x03, 0x00, 0x7a, 0x02, 0x00, 0x00, 0x76, 0x03, 0x03])
}

/// Nothing, for a long time.
pub(crate) fn silence(stream: &mut TcpStream) -> u64 {
    let mut buffer = [0; 1024];
    while stream.read(&mut buffer).is_ok_and(|size| size > 0) {}
    0
}

fn write(stream: &mut TcpStream, bytes: &[u8]) -> u64 {
    if stream.write_all(bytes).is_ok() { bytes.len() as u64 } else { 0 }
}
