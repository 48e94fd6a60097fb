//! `strowger capture`: traffic of a PBX into a file that `replay` reads.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::exit::{Exit, Failure, OrExit as _};
use super::{Around, message};
use crate::config::Use;
use crate::daemon::clock::{self, SystemClock};
use crate::daemon::settings;
use crate::pbx::capture::{Target, Writer};
use crate::pbx::link::{self, Delivery, LinkSink, SinkGone};
use crate::pbx::session::{Notice, Request, Status};

/// Capture the traffic of a PBX into a file that `strowger replay` reads
///
/// Logs in as the configuration says, reads the present state and listens, until it is interrupted (Ctrl-C) or the time given by
/// --for is over. Secrets are blanked; names and numbers are not, so keep the file as confidential as the calls are.
/// The file is new: one that is there is not overwritten. A running daemon is not disturbed.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  strowger capture monday.jsonl                        until Ctrl-C
  strowger capture --pbx hq --for 10min hq.jsonl       ten minutes of one of several PBXs")]
pub(super) struct Capture {
    /// PBX to capture [default: the only one of the configuration]
    #[arg(long, value_name = "NAME")]
    pbx: Option<String>,
    /// End by itself after this time: 90s, 10min, 2h
    #[arg(long = "for", value_name = "TIME", value_parser = time)]
    time: Option<Duration>,
    /// File to write
    file: PathBuf,
}

fn time(text: &str) -> Result<Duration, String> {
    let span = text.parse::<jiff::SignedDuration>().map_err(|error| format!("{error}; write 90s, 10min or 2h"))?;
    Duration::try_from(span).ok().filter(|time| !time.is_zero()).ok_or_else(|| "must be more than nothing".to_owned())
}

impl Capture {
    pub(super) fn run(&self, around: &Around) -> Result<(), Failure> {
        let config = around.config(Use::Connect)?;
        let pbx = super::choose_pbx(&config, self.pbx.as_deref())?;
        let connect = pbx.connect().ok_or_else(|| Failure::told(Exit::Config))?;
        let link = settings::link(pbx, connect).or_exit(Exit::Config)?;
        let mut session = settings::session(pbx);
        let writer = Writer::create(Target::One(self.file.clone())).or_exit(Exit::Failed)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().or_exit(Exit::Failed)?;
        message::plain(&format!("capturing {} at {} into {}; Ctrl-C ends it", pbx.name(), connect.address, self.file.display()));
        // A capture shows what a daemon would hear, so it asks for what a daemon would ask.
        let mains = super::replay::people(&config, pbx)?.primary_extensions(clock::wall());
        let mut onlooker = Onlooker { wanted: Some(Request::DeeMains(mains.into())), ..Onlooker::default() };
        runtime.block_on(async {
            let stop = CancellationToken::new();
            let clock = SystemClock::start();
            let mut interrupt = signal(SignalKind::interrupt()).or_exit(Exit::Failed)?;
            let mut terminate = signal(SignalKind::terminate()).or_exit(Exit::Failed)?;
            let now = move || clock.now();
            let linked = link::run(&link, &mut session, &mut onlooker, &now, Some(writer), fastrand::Rng::new(), &stop);
            let enough = async {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                    () = after(self.time) => {}
                }
                stop.cancel();
            };
            let (linked, ()) = tokio::join!(linked, enough);
            linked.or_exit(Exit::Failed)
        })?;
        message::plain(&format!("{} messages captured", onlooker.messages));
        match onlooker {
            Onlooker { was_in_step: true, .. } => Ok(()),
            Onlooker { is_refused: true, .. } => Err(Failure::told(Exit::Refused)),
            Onlooker { .. } => Err(Failure::told(Exit::Unavailable)),
        }
    }
}

async fn after(time: Option<Duration>) {
    match time {
        Some(time) => tokio::time::sleep(time).await,
        None => std::future::pending().await,
    }
}

/// Tells people how it goes.
#[derive(Default)]
struct Onlooker {
    wanted: Option<Request>,
    messages: u64,
    was_in_step: bool,
    is_refused: bool,
}

impl LinkSink for Onlooker {
    async fn deliver(&mut self, batch: Vec<Delivery>) -> Result<(), SinkGone> {
        for delivery in batch {
            match delivery {
                Delivery::Connected { address } => message::plain(&format!("connected to {address}")),
                Delivery::Status(Status::InStep) => {
                    self.was_in_step = true;
                    message::plain("in step with the PBX");
                }
                Delivery::Disconnected { kind, reason, retry_in, .. } => {
                    self.is_refused |= matches!(kind, "login_refused" | "closed_at_login");
                    message::warning(&format!("{reason}; trying again in {:.1} s", retry_in.as_secs_f64()));
                }
                Delivery::Notice(Notice::Message { .. }) => self.messages += 1,
                Delivery::Notice(Notice::Degraded(what) | Notice::Denied(what)) => message::warning(&what),
                Delivery::Notice(Notice::Malformed { what, .. }) => message::warning(&format!("skipped what could not be read: {what}")),
                Delivery::Notice(Notice::Info(what)) => message::plain(&what),
                Delivery::Status(_) | Delivery::Event(_) | Delivery::Dee(_) => {}
            }
        }
        Ok(())
    }

    async fn wanted(&mut self) -> Request {
        match self.wanted.take() {
            Some(request) => request,
            None => std::future::pending().await,
        }
    }
}
