//! A way to a server that can be made to swallow what is sent to it.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use anyhow::Result;

/// Listens until the process ends.
pub(crate) struct Proxy {
    port: u16,
    deaf: Arc<AtomicBool>,
}

impl Proxy {
    /// Towards a port of this machine.
    pub(crate) fn to(server: u16) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let proxy = Self { port: listener.local_addr()?.port(), deaf: Arc::default() };
        let deaf = Arc::clone(&proxy.deaf);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if let Ok(server) = TcpStream::connect(("127.0.0.1", server)) {
                    join(&client, &server, &deaf);
                }
            }
        });
        Ok(proxy)
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// From now on nothing more reaches the server; what comes from it goes on.
    pub(crate) fn deafen(&self) {
        self.deaf.store(true, Ordering::SeqCst);
    }
}

fn join(client: &TcpStream, server: &TcpStream, deaf: &Arc<AtomicBool>) {
    let never = Arc::new(AtomicBool::new(false));
    for (from, to, deaf) in [(client, server, Arc::clone(deaf)), (server, client, never)] {
        let (Ok(from), Ok(to)) = (from.try_clone(), to.try_clone()) else { return };
        thread::spawn(move || pass_on(from, to, &deaf));
    }
}

fn pass_on(mut from: TcpStream, mut to: TcpStream, deaf: &AtomicBool) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        if !deaf.load(Ordering::SeqCst) && to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    drop(to.shutdown(Shutdown::Both));
}
