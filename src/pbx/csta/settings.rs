//! What an administrator can set for one PBX that speaks CSTA. A dialect is a set of defaults: each of them can be set otherwise.

use std::time::Duration;

use secrecy::SecretString;
use smol_str::SmolStr;
use strowger_protocol::csta::request::MonitorFilter;
use strowger_protocol::csta::{DeviceForm, Edition, NumberType, SENT_BYTES_MAX, XmlLimits};

use crate::telephony::DeviceKind;

/// A PBX whose sign of life is not answered may say nothing for a night; that it is gone shows when what is sent is not acknowledged.
const UNANSWERED: Duration = Duration::from_hours(12);

/// The product, as far as it is known how it differs (CSTA §3, §4, §5).
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Dialect {
    /// Unify OpenScape Voice: the PBX speaks first, no session, edition 4.
    OpenScape,
    /// Mitel MX-ONE: a session where it is offered.
    MxOne,
    /// Avaya AES by DMCC, and those that copy it: a session with a login, edition 3, devices with switch name and address.
    Dmcc,
    /// Zultys MX: its own login and keep-alive, no namespace.
    Zultys,
    /// Whoever follows the standard.
    #[default]
    Generic,
}

/// Whether there is an application session (ECMA-354).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SessionUse {
    /// Without one nothing works: a refusal ends the connection.
    Required,
    /// It is asked for; a PBX that does not know it, or does not answer, is used without.
    IfOffered,
    /// It is not asked for.
    None,
}

/// How the connection is kept alive while the PBX says nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum KeepAlive {
    /// By asking for the system's status. Whatever comes back is a sign of life.
    Status,
    /// By refreshing the session alone; by the status where there is no session.
    Session,
    /// By an element of the product's own, such as `<keepalive/>`, which is not answered.
    Element(SmolStr),
}

/// What `true` means in the filter of a monitor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FilterPolarity {
    /// The event is left out: the standard.
    TrueIsLeftOut,
    /// The event is sent: Avaya's servers, where [`Settings::monitor_private`] asks for it.
    TrueIsSent,
}

/// A device that is to be monitored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Device {
    /// Its number.
    pub number: SmolStr,
    /// What it is.
    pub kind: DeviceKind,
}

/// User and password.
#[derive(Clone, Debug)]
pub struct Login {
    /// Who logs in.
    pub user: String,
    /// The password.
    pub password: SecretString,
    /// The namespace of a login within a session (CSTA §3); empty: of this one nothing is sent within a session.
    pub namespace: SmolStr,
    /// How long monitors outlive a broken connection, where the product knows that, in seconds.
    pub cleanup_delay_s: Option<u32>,
    /// An element of the product's own that logs in without a session: `{user}` and `{password}` in it are replaced.
    pub element: Option<SmolStr>,
}

/// Settings of one PBX's session.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a habit of its own, and products mix them freely")]
pub struct Settings {
    /// The edition that is written. Any is read.
    pub edition: Edition,
    /// Whether there is an application session.
    pub application_session: SessionUse,
    /// The name that this program gives itself.
    pub application: SmolStr,
    /// Editions that a session asks for, in order of preference.
    pub protocol_versions: Vec<SmolStr>,
    /// User and password, where the product wants them.
    pub login: Option<Login>,
    /// The PBX begins, with its status: it is waited for.
    pub pbx_speaks_first: bool,
    /// Whether the PBX is asked to tell its status (SystemRegister).
    pub register: bool,
    /// How the connection is kept alive.
    pub keep_alive: KeepAlive,
    /// How devices are named in requests.
    pub device_form: DeviceForm,
    /// Whether the PBX is asked which devices there are; those of [`Settings::devices`] are monitored anyway.
    pub discover: bool,
    /// Devices to be monitored.
    pub devices: Vec<Device>,
    /// One monitor without a device: all that the logged-in user sees.
    pub monitor_own_user: bool,
    /// Events that are not wanted, as the standard means it: true is left out. `None`: all events.
    pub unwanted: Option<MonitorFilter>,
    /// What `true` means to the PBX.
    pub filter_polarity: FilterPolarity,
    /// An element of the product's own for the private data of MonitorStart.
    pub monitor_private: Option<SmolStr>,
    /// Whether the agents of each monitored device are asked for.
    pub agents: bool,
    /// Numbers with more digits, or with a plus, are outside, unless they are known as devices.
    pub internal_digits_max: usize,
    /// Requests for monitors, snapshots and agents that may be open at a time.
    pub in_flight_max: usize,
    /// Devices that are monitored at most.
    pub devices_max: usize,
    /// The longest frame that is sent, header included.
    pub frame_bytes_max: usize,
    /// What a message may hold at most.
    pub xml: XmlLimits,
    /// How long things may take.
    pub timers: Timers,
}

impl Settings {
    /// The defaults of a dialect.
    pub fn of(dialect: Dialect) -> Self {
        let generic = Self {
            edition: Edition::Ed4,
            application_session: SessionUse::IfOffered,
            application: SmolStr::new_static("Strowger"),
            protocol_versions: [Edition::Ed4, Edition::Ed3].iter().map(|edition| SmolStr::new(edition.namespace())).collect(),
            login: None,
            pbx_speaks_first: false,
            register: true,
            keep_alive: KeepAlive::Status,
            device_form: DeviceForm::Plain,
            discover: true,
            devices: Vec::new(),
            monitor_own_user: false,
            unwanted: None,
            filter_polarity: FilterPolarity::TrueIsLeftOut,
            monitor_private: None,
            agents: true,
            internal_digits_max: 6,
            in_flight_max: 16,
            devices_max: 20_000,
            frame_bytes_max: SENT_BYTES_MAX,
            xml: XmlLimits::default(),
            timers: Timers::default(),
        };
        match dialect {
            Dialect::Generic | Dialect::MxOne => generic,
            Dialect::OpenScape => Self { application_session: SessionUse::None, pbx_speaks_first: true, discover: false, ..generic },
            Dialect::Dmcc => Self {
                edition: Edition::Ed3,
                application_session: SessionUse::Required,
                protocol_versions: vec![SmolStr::new_static("http://www.ecma-international.org/standards/ecma-323/csta/ed3/priv4")],
                register: false,
                keep_alive: KeepAlive::Session,
                device_form: DeviceForm::Template {
                    text: SmolStr::new_static("{number}:::0"),
                    number_type: Some(NumberType::OtherPlan),
                    attributes: vec![(SmolStr::new_static("mediaClass"), SmolStr::new_static("notKnown"))],
                },
                discover: false,
                ..generic
            },
            Dialect::Zultys => Self {
                edition: Edition::None,
                application_session: SessionUse::None,
                register: false,
                keep_alive: KeepAlive::Element(SmolStr::new_static("<keepalive/>")),
                device_form: DeviceForm::Typed(NumberType::DeviceId),
                discover: false,
                monitor_own_user: true,
                agents: false,
                ..generic
            },
        }
    }
}

impl Settings {
    /// How long silence may last before the session itself gives the connection up.
    pub fn silence_max(&self) -> Duration {
        let timers = &self.timers;
        let by_status = (timers.keep_alive + timers.answer).saturating_mul(timers.keep_alive_misses);
        match self.keep_alive {
            KeepAlive::Status => by_status,
            KeepAlive::Session => by_status.max(Duration::from_secs(u64::from(timers.session_s)) + timers.answer),
            KeepAlive::Element(_) => UNANSWERED,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::of(Dialect::Generic)
    }
}

/// How long things may take.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Timers {
    /// For the PBX's first words, where it speaks first; after that it is spoken to. Default: 5 s.
    pub greeting: Duration,
    /// For the answer to a request. Default: 10 s.
    pub answer: Duration,
    /// How long a session shall hold without a refresh, in seconds. It is refreshed at half of what is granted, or of this where that is
    /// sooner. Default: 180.
    pub session_s: u32,
    /// Silence after which a sign of life is asked for. Default: 30 s.
    pub keep_alive: Duration,
    /// So many signs of life may be missed before the connection is given up. Default: 2.
    pub keep_alive_misses: u32,
    /// Until a monitor is tried again that was not answered, doubled each time up to [`Self::retry_max`], or that ended sooner than so
    /// long after it was placed. Default: 2 s.
    pub retry: Duration,
    /// The longest pause before it is tried again. Default: 5 min.
    pub retry_max: Duration,
    /// Until a monitor is tried again that was refused for what the device is. Default: 10 min.
    pub refused: Duration,
    /// In a capture, the present state is told when no snapshot came for so long. Default: 2 s.
    pub capture_quiet: Duration,
}

impl Default for Timers {
    fn default() -> Self {
        Self {
            greeting: Duration::from_secs(5),
            answer: Duration::from_secs(10),
            session_s: 180,
            keep_alive: Duration::from_secs(30),
            keep_alive_misses: 2,
            retry: Duration::from_secs(2),
            retry_max: Duration::from_mins(5),
            refused: Duration::from_mins(10),
            capture_quiet: Duration::from_secs(2),
        }
    }
}
