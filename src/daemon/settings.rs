//! What the administrator wrote, as the rooms want it.

use std::sync::Arc;
use std::time::Duration;

use crate::config::{Config, Connect, Driver, Pbx};
use crate::directory::{DeeMembership, DeeSource};
use crate::pbx::backoff::{Steps, StepsError};
use crate::pbx::session::Session;
use crate::pbx::{ami, csta, link, oai};
use crate::record::{CallIdentity, Naming};
use crate::spool;
use crate::telephony::{DeviceId, Time};

/// How much of the pause before connecting again is left to chance.
const JITTER: f64 = 0.5;

/// Pauses after a fault of configuration are at least so long: somebody has to change something first.
const SLOW_MIN: Duration = Duration::from_secs(30);

/// For the link to `pbx`.
///
/// # Errors
/// The pauses between connections contradict each other.
pub fn link(pbx: &Pbx, connect: &Connect) -> Result<link::Settings, StepsError> {
    let mut settings = link::Settings::new(pbx.name(), connect.address.host(), connect.address.port());
    settings.tls = connect.tls.as_ref().map(|tls| link::TlsSettings {
        ca_file: tls.ca_file.clone(),
        certificate_file: tls.client.as_ref().map(|(certificate, _)| certificate.clone()),
        key_file: tls.client.as_ref().map(|(_, key)| key.clone()),
        server_name: Some(tls.server_name.clone()),
    });
    settings.connect_timeout = connect.connect_timeout;
    // The session watches for silence; the link's own limit is there in case the session does not.
    settings.idle_timeout = silence_max(pbx.driver()).saturating_mul(2).max(settings.idle_timeout);
    settings.quick = Steps::new(connect.reconnect_min, connect.reconnect_max, JITTER)?;
    settings.slow = Steps::new(SLOW_MIN.max(connect.reconnect_min), settings_slow_max(connect), JITTER)?;
    Ok(settings)
}

fn settings_slow_max(connect: &Connect) -> Duration {
    Duration::from_mins(5).max(connect.reconnect_max)
}

/// The session that logs in to `pbx`, whatever it speaks.
pub fn session(pbx: &Pbx) -> Box<dyn Session> {
    match pbx.driver() {
        Driver::Ami(settings) => Box::new(ami::Session::new((**settings).clone())),
        Driver::Oai(settings) => Box::new(oai::Session::new((**settings).clone())),
        Driver::Csta(settings) => Box::new(csta::Session::new((**settings).clone())),
    }
}

/// The session that only listens, for a replay.
pub fn passive(pbx: &Pbx) -> Box<dyn Session> {
    match pbx.driver() {
        Driver::Ami(settings) => Box::new(ami::Session::passive((**settings).clone())),
        Driver::Oai(settings) => Box::new(oai::Session::passive((**settings).clone())),
        Driver::Csta(settings) => Box::new(csta::Session::passive((**settings).clone())),
    }
}

/// How long silence may last before the session itself gives the connection up.
fn silence_max(driver: &Driver) -> Duration {
    match driver {
        Driver::Ami(settings) => settings.dead_after,
        Driver::Oai(settings) => {
            let timers = &settings.timers;
            timers.resync.saturating_add((timers.keep_alive + timers.reply).saturating_mul(timers.keep_alive_misses))
        }
        Driver::Csta(settings) => settings.silence_max(),
    }
}

/// For `pbx` to be read whole by a trial, once it is connected.
pub fn in_step_within(pbx: &Pbx) -> Duration {
    match pbx.driver() {
        Driver::Ami(_) => Duration::from_secs(30),
        Driver::Oai(settings) => settings.timers.login + settings.timers.ready + settings.timers.resync,
        Driver::Csta(settings) => settings.timers.greeting + settings.timers.answer.saturating_mul(4) + Duration::from_secs(30),
    }
}

/// What the records of `pbx` carry of where they were made.
pub fn naming(config: &Config, pbx: &Pbx) -> Naming {
    Naming {
        site: config.site().name().to_owned(),
        pbx: pbx.name().to_owned(),
        country: config.site().country(),
        identity: match pbx.driver() {
            Driver::Ami(_) => CallIdentity::Number,
            Driver::Oai(_) | Driver::Csta(_) => CallIdentity::NumberAndStart,
        },
    }
}

/// The DEE groups that the configuration knows; they have always held.
pub fn dee(pbx: &Pbx) -> Vec<DeeMembership> {
    let member = |main: &str, member: &String| DeeMembership {
        main: DeviceId::new(main),
        member: DeviceId::new(member),
        source: DeeSource::Config,
        from: Time::MIN,
        until: None,
    };
    pbx.dee().iter().flat_map(|group| group.members.iter().map(move |device| member(&group.main, device))).collect()
}

/// For the spool.
pub(super) fn spool(config: &Config) -> spool::Settings {
    let written = config.spool();
    spool::Settings {
        group_commit_delay: written.group_commit,
        queue_max: written.queue_rows_max,
        batch_max: written.batch_rows_max,
        outbox: spool::Bounds { bytes_max: written.bytes_max, age_max: written.age_max },
        ..spool::Settings::default()
    }
}

/// The name of a PBX, shared by all that is handed to the spool.
pub(super) fn name(pbx: &Pbx) -> Arc<str> {
    Arc::from(pbx.name())
}
