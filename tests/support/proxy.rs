//! A way to a server that can be cut, slowed, or made to swallow what is sent to the server.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Result;

/// What goes in one step of a slowed way.
const PIECE: usize = 4096;

/// Listens until the process ends.
pub(crate) struct Proxy {
    port: u16,
    way: Arc<Way>,
}

/// How it goes at the moment, and who is on it.
#[derive(Default)]
struct Way {
    is_cut: AtomicBool,
    is_deaf: AtomicBool,
    wait_ms: AtomicU64,
    /// How many have come in all.
    accepted: AtomicU64,
    /// Both ends of each connection, by its number.
    open: Mutex<BTreeMap<u64, [TcpStream; 2]>>,
}

impl Proxy {
    /// Towards a port of this machine.
    pub(crate) fn to(server: u16) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let proxy = Self { port: listener.local_addr()?.port(), way: Arc::default() };
        let way = Arc::clone(&proxy.way);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // As where no packet passes: who comes waits.
                while way.is_cut.load(Ordering::SeqCst) {
                    thread::sleep(Duration::from_millis(20));
                }
                if let Ok(server) = TcpStream::connect(("127.0.0.1", server)) {
                    way.join(client, server);
                }
            }
        });
        Ok(proxy)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// From now on nothing more reaches the server; what comes from it goes on.
    pub(crate) fn deafen(&self) {
        self.way.is_deaf.store(true, Ordering::SeqCst);
    }

    /// Ends every connection; who comes waits until it is mended.
    pub(crate) fn cut(&self) {
        self.way.is_cut.store(true, Ordering::SeqCst);
        self.way.end_all();
    }

    /// A few KiB at a time, after such a wait, each way.
    pub(crate) fn slow(&self, wait: Duration) {
        self.way.wait_ms.store(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX), Ordering::SeqCst);
    }

    /// As at first. Connections from which something was swallowed are ended.
    pub(crate) fn mend(&self) {
        self.slow(Duration::ZERO);
        self.way.is_cut.store(false, Ordering::SeqCst);
        if self.way.is_deaf.swap(false, Ordering::SeqCst) {
            self.way.end_all();
        }
    }

    /// How many connections there have been.
    pub(crate) fn accepted(&self) -> u64 {
        self.way.accepted.load(Ordering::SeqCst)
    }
}

impl Way {
    fn join(self: &Arc<Self>, client: TcpStream, server: TcpStream) {
        let number = self.accepted.fetch_add(1, Ordering::SeqCst);
        let pairs = [(client.try_clone(), server.try_clone(), true), (server.try_clone(), client.try_clone(), false)];
        self.open.lock().unwrap_or_else(PoisonError::into_inner).insert(number, [client, server]);
        for (from, to, towards_server) in pairs {
            let (Ok(from), Ok(to)) = (from, to) else { return self.end(number) };
            let way = Arc::clone(self);
            thread::spawn(move || {
                way.pass_on(from, to, towards_server);
                way.end(number);
            });
        }
        // Cut in the meantime.
        if self.is_cut.load(Ordering::SeqCst) {
            self.end(number);
        }
    }

    fn pass_on(&self, mut from: TcpStream, mut to: TcpStream, towards_server: bool) {
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let wait = self.wait_ms.load(Ordering::SeqCst);
            let room = if wait > 0 { PIECE } else { buffer.len() };
            let Ok(read @ 1..) = from.read(&mut buffer[..room]) else { return };
            thread::sleep(Duration::from_millis(wait));
            if !(towards_server && self.is_deaf.load(Ordering::SeqCst)) && to.write_all(&buffer[..read]).is_err() {
                return;
            }
        }
    }

    fn end(&self, number: u64) {
        let ends = self.open.lock().unwrap_or_else(PoisonError::into_inner).remove(&number);
        ends.iter().flatten().for_each(|end| drop(end.shutdown(Shutdown::Both)));
    }

    fn end_all(&self) {
        let all: Vec<u64> = self.open.lock().unwrap_or_else(PoisonError::into_inner).keys().copied().collect();
        for number in all {
            self.end(number);
        }
    }
}
