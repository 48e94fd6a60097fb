//! One telephone system, as meant: what all have in common here, the rest by what it speaks.

mod address;
mod ami;
mod csta;
mod dee;
mod oai;
mod secret;
mod tls;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

pub use address::Address;
pub use dee::DeeGroup;
pub use tls::Tls;

use super::meant::{Judge, check_name};
use super::secret::Secret;
use super::{Use, foreign, written};

/// A telephone system.
#[derive(Clone, Debug)]
pub struct Pbx {
    name: String,
    driver: Driver,
    connect: Option<Connect>,
    capture: Option<Capture>,
    dee: Vec<DeeGroup>,
}

impl Pbx {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it speaks, and what there is to know about that. For a session that logs in where there is a [`Connect`], else for one
    /// that listens.
    pub fn driver(&self) -> &Driver {
        &self.driver
    }

    /// How to reach it; there whenever the configuration was read for [`Use::Connect`].
    pub fn connect(&self) -> Option<&Connect> {
        self.connect.as_ref()
    }

    /// Where its traffic is kept.
    pub fn capture(&self) -> Option<&Capture> {
        self.capture.as_ref()
    }

    /// Extensions whose calls also ring other devices.
    pub fn dee(&self) -> &[DeeGroup] {
        &self.dee
    }
}

/// What a PBX speaks.
#[derive(Clone, Debug)]
pub enum Driver {
    /// Asterisk Manager Interface.
    Ami(Box<crate::pbx::ami::Settings>),
    /// Mitel System OAI.
    Oai(Box<crate::pbx::oai::Settings>),
    /// CSTA phase III in XML.
    Csta(Box<crate::pbx::csta::Settings>),
}

/// How to reach a PBX.
#[derive(Clone, Debug)]
pub struct Connect {
    /// Where.
    pub address: Address,
    /// With what; empty only where the PBX asks for none.
    pub secret: Secret,
    /// `None`: plain TCP.
    pub tls: Option<Tls>,
    /// For the connection and the TLS handshake.
    pub connect_timeout: Duration,
    /// First pause before connecting again.
    pub reconnect_min: Duration,
    /// Longest pause before connecting again.
    pub reconnect_max: Duration,
}

/// Where traffic is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Capture {
    /// Where to.
    pub directory: PathBuf,
    /// Size at which the next file begins.
    pub bytes_max: u64,
    /// How many files to keep.
    pub keep: usize,
}

/// All PBXs. Those with mistakes are left out: nothing starts with them anyway.
pub(super) fn all(written: &[written::Pbx], judge: &mut Judge<'_>) -> Vec<Pbx> {
    let mut names = BTreeSet::new();
    let mut pbxs = Vec::with_capacity(written.len());
    for (index, written) in written.iter().enumerate() {
        let path = format!("pbx[{index}]");
        if let Some(name) = &written.name {
            let at = format!("{path}.name");
            if let Err(what) = check_name(name) {
                judge.error(&at, format!("`{at}` {what}"));
            } else if !names.insert(name.to_lowercase()) {
                judge.error(&at, format!("`{at}` is \"{name}\", as another `[[pbx]]` is named; records would be mixed up"));
            }
        }
        pbxs.extend(one(written, &path, judge));
    }
    pbxs
}

fn one(written: &written::Pbx, path: &str, judge: &mut Judge<'_>) -> Option<Pbx> {
    if judge.is_told(&format!("{path}.driver")) {
        // Without knowing what it speaks nothing true can be said of the rest.
        return None;
    }
    foreign::of_driver(&written.driver, path, judge);
    let capture = written.capture.as_ref().and_then(|capture| {
        let directory = judge.path(capture.directory.as_ref()?);
        Some(Capture { directory, bytes_max: capture.max_mb.saturating_mul(1_000_000), keep: capture.keep })
    });
    let is_connecting = judge.purpose == Use::Connect;
    let (driver, connect, is_whole) = match written.driver.as_str() {
        "oai" => {
            let mut settings = oai::understand(written, path, judge);
            let asks =
                Asks { what: "host and port of the PBX or its CT Gateway", port: Some(4000), port_tls: Some(4000), empty_secret: true };
            let connect = is_connecting.then(|| connect(written, &asks, path, judge)).flatten();
            if let Some(connect) = &connect {
                oai::log_in(&mut settings, connect);
            }
            let is_whole = connect.is_some();
            (Driver::Oai(Box::new(settings)), connect, is_whole)
        }
        "csta" => {
            let mut settings = csta::understand(written, path, judge);
            let connect = is_connecting.then(|| connect(written, &csta::asks(written), path, judge)).flatten();
            let is_whole = is_connecting && csta::log_in(&mut settings, connect.as_ref(), written, path, judge);
            (Driver::Csta(Box::new(settings)), connect, is_whole)
        }
        _ => {
            let mut settings = ami::understand(written, path, judge);
            let what = "host and port of the PBX's manager interface";
            let asks = Asks { what, port: Some(5038), port_tls: Some(5039), empty_secret: false };
            let connect = is_connecting.then(|| connect(written, &asks, path, judge)).flatten();
            let is_whole = is_connecting && ami::log_in(&mut settings, connect.as_ref(), written, path, judge);
            (Driver::Ami(Box::new(settings)), connect, is_whole)
        }
    };
    let dee = dee::understand(&written.dee, path, judge);
    let name = written.name.clone()?;
    (is_whole || !is_connecting).then_some(Pbx { name, driver, connect, capture, dee })
}

/// What a driver asks of the way to the PBX.
struct Asks {
    what: &'static str,
    /// Where none is written. `None`: it is not known.
    port: Option<u16>,
    port_tls: Option<u16>,
    empty_secret: bool,
}

fn connect(written: &written::Pbx, asks: &Asks, path: &str, judge: &mut Judge<'_>) -> Option<Connect> {
    let port = if written.tls.is_some() { asks.port_tls } else { asks.port };
    let address = required(written.address.as_deref(), path, "address", asks.what, judge).and_then(|text| {
        let parsed = Address::parse(text, port);
        parsed.map_err(|what| judge.error(&format!("{path}.address"), format!("`{path}.address` {what}"))).ok()
    });
    let secret = secret::understand(written, asks.empty_secret, path, judge);
    let tls = written.tls.as_ref().map(|tls| tls::understand(tls, path, address.as_ref(), judge));
    if written.reconnect_min_ms > written.reconnect_max_s * 1000 {
        let at = format!("{path}.reconnect_max_s");
        judge
            .error(&at, format!("`{at}` is {} s, less than `reconnect_min_ms` ({} ms)", written.reconnect_max_s, written.reconnect_min_ms));
    }
    Some(Connect {
        address: address?,
        secret: secret?,
        tls,
        connect_timeout: Duration::from_secs(written.connect_timeout_s),
        reconnect_min: Duration::from_millis(written.reconnect_min_ms),
        reconnect_max: Duration::from_secs(written.reconnect_max_s),
    })
}

fn required<'a>(value: Option<&'a str>, path: &str, name: &str, what: &str, judge: &mut Judge<'_>) -> Option<&'a str> {
    let at = format!("{path}.{name}");
    if value.is_none() && !judge.places.knows(&at) {
        judge.error(path, format!("`{at}` is missing: {what}"));
    }
    value
}
