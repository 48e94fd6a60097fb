//! Connecting again: which waits, which words.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use strowger::pbx::link::{ConnectError, Delivery, ProbeFailure, ProbeReport, Settings, Stage, probe};
use strowger::pbx::session::Status;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::{sleep, timeout};

use crate::support::{Chatty, PATIENCE, clock, ms, pbx, settings, start};

#[tokio::test]
async fn a_pbx_that_closes_at_once_is_tried_ever_more_rarely() {
    let address = pbx(async |stream, _| drop(stream)).await;
    let mut link = start(settings(address), Chatty::default(), None);
    let mut waits = Vec::new();
    for _ in 0..7 {
        let (reason, retry_in) = link.disconnected().await;
        assert!(["the PBX closed the connection", "the connection was reset"].contains(&reason.as_str()), "{reason}");
        waits.push(retry_in);
    }
    assert!(waits.is_sorted(), "{waits:?}");
    assert!(waits[0] < ms(13) && waits[6] > ms(300), "{waits:?}");
    link.stop().await;
}

#[tokio::test]
async fn a_session_that_was_in_step_for_a_while_starts_the_waits_anew() {
    let script = async |mut stream: TcpStream, number: usize| {
        if number % 4 == 3 {
            stream.write_all(b"ready\n").await.ok();
            sleep(ms(500)).await;
        }
    };
    let address = pbx(script).await;
    let mut stable = settings(address);
    stable.stable_after = ms(100);
    let mut link = start(stable, Chatty::default(), None);
    let mut waits = Vec::new();
    for _ in 0..5 {
        waits.push(link.disconnected().await.1);
    }
    assert!(waits[2] >= ms(40) && waits[3] < ms(13) && waits[4] >= ms(20), "{waits:?}");
    link.stop().await;

    // In step, but not for long enough.
    let address = pbx(script).await;
    let mut link = start(settings(address), Chatty::default(), None);
    let mut waits = Vec::new();
    for _ in 0..5 {
        waits.push(link.disconnected().await.1);
    }
    assert!(waits[3] >= ms(80), "{waits:?}");
    link.stop().await;
}

#[tokio::test]
async fn a_fault_of_configuration_waits_long_and_a_passing_one_does_not() {
    let address = pbx(async |mut stream, number| {
        stream.write_all(if number == 0 { b"garbage" } else { b"refuse " }).await.ok();
        sleep(PATIENCE).await;
    })
    .await;
    let mut link = start(settings(address), Chatty::default(), None);
    let (reason, retry_in) = link.disconnected().await;
    assert_eq!(reason, "a line longer than 65536 bytes");
    assert!(retry_in < ms(13));
    let refused = |delivery| match delivery {
        Delivery::Disconnected { kind: "login_refused", is_configuration: true, reason, retry_in } => Some((reason, retry_in)),
        _ => None,
    };
    let (reason, retry_in) = link.find("the refusal", refused).await;
    assert_eq!(reason, "the PBX refuses user \"connector\"");
    assert!((Duration::from_secs(30)..Duration::from_secs(50)).contains(&retry_in), "{retry_in:?}");
    link.stop().await;
}

async fn failure(settings: &Settings) -> ConnectError {
    let report = probe(settings, &mut Chatty::default(), &clock(), ms(500)).await;
    match report {
        ProbeReport { failure: Some(ProbeFailure::Connect(error)), address: None, status: Status::Down, .. } => error,
        other => panic!("unexpected {other:?}"),
    }
}

#[tokio::test]
async fn failures_to_connect_have_names() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = failure(&settings(address)).await;
    assert!(matches!(error, ConnectError::Refused { .. }), "{error:?}");
    assert!(error.to_string().starts_with(&format!("{address} refuses connections")), "{error}");
    assert!(!error.is_configuration());

    let mut unknown = settings(address);
    unknown.host = "pbx.invalid".into();
    let error = failure(&unknown).await;
    assert!(matches!(error, ConnectError::Name { .. } | ConnectError::TimedOut { stage: Stage::Name, .. }), "{error:?}");
    assert!(error.to_string().contains("pbx.invalid"), "{error}");

    // A machine that answers nothing: its queue of connections is full.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = socket.local_addr().unwrap();
    let _listener = socket.listen(1).unwrap();
    let mut waiting = Vec::new();
    while let Ok(stream) = timeout(ms(200), TcpStream::connect(address)).await {
        waiting.push(stream.unwrap());
    }
    let error = failure(&Settings { connect_timeout: ms(300), ..settings(address) }).await;
    assert!(matches!(error, ConnectError::TimedOut { stage: Stage::Tcp, .. }), "{error:?}");
    assert!(error.to_string().starts_with(&format!("{address} did not answer within 300ms")), "{error}");
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        Write::write(&mut *self.0.lock().unwrap(), bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_same_failure_is_said_aloud_once() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::INFO).with_writer(move || writer.clone()).with_ansi(false);
    let guard = tracing::subscriber::set_default(subscriber.finish());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let mut link = start(settings(address), Chatty::default(), None);
    for _ in 0..5 {
        link.disconnected().await;
    }
    link.stop().await;
    drop(guard);
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert_eq!(log.matches("WARN").count(), 1, "{log}");
    assert!(log.contains("no connection to the PBX") && log.contains("refuses connections"), "{log}");
}
