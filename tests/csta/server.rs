//! The PBX of these tests behind a real socket, by TLS where it has a certificate.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use anyhow::Result;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::pbx::Pbx;

/// How long it listens before it looks whether it has something to say.
const BEAT: Duration = Duration::from_millis(10);

/// It listens until the test ends; a new connection takes the place of the old one.
#[derive(Clone)]
pub(crate) struct Server {
    port: u16,
    line: Arc<Mutex<Line>>,
}

struct Line {
    pbx: Pbx,
    connections: usize,
}

impl Server {
    /// On a port that the system chooses.
    pub(crate) fn listen(pbx: Pbx, tls: Option<Arc<ServerConfig>>) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let port = listener.local_addr()?.port();
        let line = Arc::new(Mutex::new(Line { pbx, connections: 0 }));
        let served = Arc::clone(&line);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (line, tls) = (Arc::clone(&served), tls.clone());
                thread::spawn(move || connection(&line, stream, tls));
            }
        });
        Ok(Self { port, line })
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Looks at the PBX or makes it say something.
    pub(crate) fn with<T>(&self, deed: impl FnOnce(&mut Pbx) -> T) -> T {
        deed(&mut lock(&self.line).pbx)
    }

    pub(crate) fn connections(&self) -> usize {
        lock(&self.line).connections
    }
}

fn lock(line: &Mutex<Line>) -> MutexGuard<'_, Line> {
    line.lock().unwrap_or_else(|poisoned| panic!("the PBX failed before: {poisoned}"))
}

/// Who hung up, or never spoke TLS, hears nothing.
fn connection(line: &Mutex<Line>, stream: TcpStream, tls: Option<Arc<ServerConfig>>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    match tls {
        None => {
            stream.set_read_timeout(Some(BEAT)).ok()?;
            serve(line, stream)
        }
        Some(tls) => {
            let mut tls = StreamOwned::new(ServerConnection::new(tls).ok()?, stream);
            while tls.conn.is_handshaking() {
                tls.conn.complete_io(&mut tls.sock).ok()?;
            }
            tls.sock.set_read_timeout(Some(BEAT)).ok()?;
            serve(line, tls)
        }
    }
}

fn serve(line: &Mutex<Line>, mut stream: impl Read + Write) -> Option<()> {
    let own = {
        let mut line = lock(line);
        line.connections += 1;
        line.pbx.connected();
        line.connections
    };
    let mut buffer = [0; 16 * 1024];
    loop {
        let heard = match stream.read(&mut buffer) {
            Ok(0) => return None,
            Ok(size) => size,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => 0,
            Err(_) => return None,
        };
        let said = {
            let mut line = lock(line);
            if line.connections != own {
                return None;
            }
            line.pbx.received(&buffer[..heard]);
            line.pbx.take()
        };
        stream.write_all(&said).and_then(|()| stream.flush()).ok()?;
    }
}
