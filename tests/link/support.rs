//! A trivial session, a scripted PBX, and a link under test.

use std::collections::VecDeque;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use strowger::pbx::backoff::Steps;
use strowger::pbx::capture::Writer;
use strowger::pbx::link::{self, Delivery, LinkSink, Settings, SinkGone};
use strowger::pbx::session::{DeeQuerySource, DeeReport, Fault, Notice, Output, Request, Session, Status};
use strowger::telephony::{DeviceId, Now, Time};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// The machine's clock.
#[allow(clippy::disallowed_methods, reason = "a test of real sockets needs the real clock")]
pub(crate) fn clock() -> impl Fn() -> Now + Send + Sync + Clone {
    let began = std::time::Instant::now();
    move || Now { wall: Time::from_micros(jiff::Timestamp::now().as_microsecond()), monotonic: began.elapsed() }
}

/// What the link told the session besides bytes.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Told {
    Connected(Now),
    Closed(Now),
    Timeout(Now),
    Stop,
}

/// Answers to words: `ready` brings it in step, `refuse` is a configuration fault, `garbage` a passing one. Every chunk is
/// noted as its length.
#[derive(Default)]
pub(crate) struct Chatty {
    pub(crate) outputs: VecDeque<Output>,
    pub(crate) told: Arc<Mutex<Vec<Told>>>,
    /// Wants to be called so long after the last bytes, and then gives the connection up.
    pub(crate) dead_after: Option<Duration>,
    pub(crate) heard: Option<Duration>,
    /// Wants to be called again and again.
    pub(crate) tick: Option<Duration>,
    pub(crate) next_tick: Duration,
    pub(crate) greets_with: Option<Bytes>,
    pub(crate) has_no_goodbye: bool,
}

impl Chatty {
    fn tell(&self, told: Told) {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).push(told);
    }

    fn send(&mut self, bytes: impl Into<Bytes>, shown: Option<&'static str>) {
        self.outputs.push_back(Output::Send { bytes: bytes.into(), shown: shown.map(Bytes::from) });
    }
}

impl Session for Chatty {
    fn connected(&mut self, now: Now) {
        self.tell(Told::Connected(now));
        self.heard = Some(now.monotonic);
        self.outputs.push_back(Output::Status(Status::LoggingIn));
        match self.greets_with.clone() {
            Some(bytes) => self.send(bytes, None),
            None => self.send("login secret\n", Some("login ****\n")),
        }
    }

    fn received(&mut self, bytes: Bytes, now: Now) {
        self.heard = Some(now.monotonic);
        let text = String::from_utf8_lossy(&bytes[..bytes.len().min(64)]).into_owned();
        if text.contains("ready") {
            self.outputs.push_back(Output::Status(Status::InStep));
        }
        if text.contains("refuse") {
            self.outputs.push_back(Output::Disconnect(Fault::LoginRefused("the PBX refuses user \"connector\"".into())));
        }
        if text.contains("garbage") {
            self.outputs.push_back(Output::Disconnect(Fault::Protocol("a line longer than 65536 bytes".into())));
        }
        self.outputs.push_back(Output::Notice(Notice::Info(bytes.len().to_string())));
    }

    fn closed(&mut self, now: Now) {
        self.tell(Told::Closed(now));
        self.heard = None;
        self.outputs.push_back(Output::Status(Status::Down));
    }

    fn timeout(&mut self, now: Now) {
        if let Some(tick) = self.tick
            && now.monotonic >= self.next_tick
        {
            self.tell(Told::Timeout(now));
            self.next_tick = now.monotonic + tick;
        }
        if let (Some(heard), Some(limit)) = (self.heard, self.dead_after)
            && now.monotonic >= heard + limit
        {
            self.outputs.push_back(Output::Disconnect(Fault::Silent("no sign of life".into())));
        }
    }

    fn stop(&mut self, _: Now) {
        self.tell(Told::Stop);
        if !self.has_no_goodbye {
            self.send("bye\n", None);
        }
    }

    fn request(&mut self, request: Request, _: Now) {
        let Request::DeeMains(mains) = request;
        let report = |main: &DeviceId| DeeReport { main: main.clone(), members: Vec::new(), source: DeeQuerySource::Query };
        self.outputs.extend(mains.iter().map(|main| Output::Dee(report(main))));
    }

    fn poll_timeout(&self) -> Option<Duration> {
        let dead = self.heard.and_then(|heard| Some(heard + self.dead_after?));
        self.tick.map(|_| self.next_tick).into_iter().chain(dead).min()
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }
}

/// A link to a port on this machine, with short waits.
pub(crate) fn settings(address: SocketAddr) -> Settings {
    let mut settings = Settings::new("hq", "127.0.0.1", address.port());
    settings.quick = Steps::new(ms(10), ms(400), 0.2).unwrap();
    settings.connect_timeout = Duration::from_secs(5);
    settings.stop_timeout = ms(700);
    settings
}

/// Takes everything that comes and never lets the link wait.
#[derive(Clone)]
pub(crate) struct Eager(mpsc::Sender<Delivery>);

impl LinkSink for Eager {
    async fn deliver(&mut self, batch: Vec<Delivery>) -> Result<(), SinkGone> {
        for delivery in batch {
            self.0.send(delivery).await.map_err(|_| SinkGone)?;
        }
        Ok(())
    }
}

/// A link that runs.
pub(crate) struct Running {
    pub(crate) deliveries: mpsc::Receiver<Delivery>,
    pub(crate) told: Arc<Mutex<Vec<Told>>>,
    pub(crate) shutdown: CancellationToken,
    pub(crate) task: JoinHandle<Result<(), SinkGone>>,
}

pub(crate) fn start(settings: Settings, session: Chatty, capture: Option<Writer>) -> Running {
    let (sender, deliveries) = mpsc::channel(100_000);
    let told = Arc::clone(&session.told);
    let shutdown = CancellationToken::new();
    let task = run(settings, session, Eager(sender), capture, shutdown.clone());
    Running { deliveries, told, shutdown, task }
}

pub(crate) fn run(
    settings: Settings,
    mut session: Chatty,
    mut sink: impl LinkSink + 'static,
    capture: Option<Writer>,
    shutdown: CancellationToken,
) -> JoinHandle<Result<(), SinkGone>> {
    tokio::spawn(async move {
        let rng = fastrand::Rng::with_seed(7);
        link::run(&settings, &mut session, &mut sink, &clock(), capture, rng, &shutdown).await
    })
}

impl Running {
    /// The next delivery that the function can use.
    pub(crate) async fn find<T>(&mut self, what: &str, mut wanted: impl FnMut(Delivery) -> Option<T>) -> T {
        let search = async {
            loop {
                let delivery = self.deliveries.recv().await.expect("the link runs");
                if let Some(found) = wanted(delivery) {
                    return found;
                }
            }
        };
        timeout(PATIENCE, search).await.unwrap_or_else(|_| panic!("waited in vain for {what}"))
    }

    pub(crate) async fn disconnected(&mut self) -> (String, Duration) {
        self.find("the loss of the connection", |delivery| match delivery {
            Delivery::Disconnected { reason, retry_in, .. } => Some((reason, retry_in)),
            _ => None,
        })
        .await
    }

    pub(crate) async fn status(&mut self, status: Status) {
        self.find("a status", |delivery| (delivery == Delivery::Status(status)).then_some(())).await;
    }

    pub(crate) fn told(&self) -> Vec<Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        timeout(PATIENCE, self.task).await.expect("stops in time").expect("no panic").expect("the sink is there");
    }
}

/// A PBX that does the same on every connection.
pub(crate) async fn pbx<F, R>(script: F) -> SocketAddr
where
    F: Fn(TcpStream, usize) -> R + Send + 'static,
    R: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        for number in 0.. {
            let Ok((stream, _)) = listener.accept().await else { return };
            tokio::spawn(script(stream, number));
        }
    });
    address
}
