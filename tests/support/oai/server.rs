//! The independent PBX behind a real socket.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

use anyhow::Result;

use super::frame::Writing;
use super::pbx::Pbx;
use super::plan::Plan;

/// It listens until the test ends.
#[derive(Clone)]
pub(crate) struct Server {
    port: u16,
    line: Arc<Mutex<Line>>,
}

struct Line {
    pbx: Pbx,
    writing: Writing,
    stream: Option<TcpStream>,
    connections: usize,
}

impl Server {
    /// On a port that the system chooses; `prepare` changes the PBX before anybody connects.
    pub(crate) fn listen(plan: Plan, writing: Writing, prepare: impl FnOnce(&mut Pbx)) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let port = listener.local_addr()?.port();
        let mut pbx = Pbx::new(plan);
        prepare(&mut pbx);
        let line = Arc::new(Mutex::new(Line { pbx, writing, stream: None, connections: 0 }));
        let served = Arc::clone(&line);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                serve(&served, stream);
            }
        });
        Ok(Self { port, line })
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Looks at the PBX or makes it say something.
    pub(crate) fn with<T>(&self, deed: impl FnOnce(&mut Pbx) -> T) -> T {
        let mut line = lock(&self.line);
        let result = deed(&mut line.pbx);
        line.flush();
        result
    }

    pub(crate) fn connections(&self) -> usize {
        lock(&self.line).connections
    }

    /// Hangs up on the client.
    pub(crate) fn drop_link(&self) {
        if let Some(stream) = lock(&self.line).stream.take() {
            let _closed = stream.shutdown(Shutdown::Both);
        }
    }
}

fn lock(line: &Mutex<Line>) -> MutexGuard<'_, Line> {
    line.lock().unwrap_or_else(|poisoned| panic!("the PBX failed before: {poisoned}"))
}

/// One connection after another: a new one takes the place of the old one.
fn serve(line: &Arc<Mutex<Line>>, stream: TcpStream) {
    let Ok(mut reading) = stream.try_clone() else { return };
    {
        let mut line = lock(line);
        line.connections += 1;
        line.pbx.hung_up();
        line.stream = Some(stream);
    }
    let line = Arc::clone(line);
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(size @ 1..) = reading.read(&mut buffer) {
            let mut line = lock(&line);
            line.pbx.received(&buffer[..size]);
            line.flush();
        }
    });
}

impl Line {
    fn flush(&mut self) {
        let said = self.pbx.take();
        if said.is_empty() {
            return;
        }
        if let Some(stream) = &mut self.stream {
            for piece in self.writing.write(&said) {
                // Who hung up hears nothing.
                let _sent = stream.write_all(&piece);
            }
        }
    }
}
