//! What the simulated system is, and in which of its possible forms it speaks.
//!
//! A default that no source confirms is synthetic: it says what this simulator does unless told otherwise, not what a PBX does.

use serde::Deserialize;
use smol_str::SmolStr;
use strowger_protocol::csta::{DeviceForm, Edition, Encoding, NumberType, Spelling, Style};

/// The product that it is like (CSTA reference §3, §4).
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dialect {
    /// Unify OpenScape Voice: it speaks first, no session, edition 4, canonical numbers, long call ids.
    #[serde(rename = "openscape")]
    OpenScape,
    /// Mitel MX-ONE: a session is offered.
    MxOne,
    /// Avaya AES by DMCC: a session with a login is required, edition 3, devices with switch name, no list of devices.
    Dmcc,
    /// Zultys MX: its own login and keep-alive, no namespace, one monitor for all.
    Zultys,
    /// As the standard has it.
    #[default]
    Generic,
}

/// Whether there are application sessions (ECMA-354).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionOffer {
    /// Without one nothing else is done.
    Required,
    /// Clients may have one.
    Offered,
    /// Not known.
    None,
}

/// How clients say who they are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoginForm {
    /// Not at all.
    None,
    /// Within the start of the session.
    Session,
    /// By an element of their own, `loginRequest`, which is not answered.
    Element,
}

/// The edition that is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WrittenEdition {
    /// Second.
    Ed2,
    /// Third.
    Ed3,
    /// Fourth.
    Ed4,
    /// Fifth.
    Ed5,
    /// Sixth.
    Ed6,
    /// No namespace.
    None,
}

/// How devices are named.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceNames {
    /// `1001`
    Plain,
    /// `N<1001>`
    Canonical,
    /// `1001:::0`
    Switch,
    /// `1001` with `typeOfNumber="deviceID"`
    Typed,
}

/// How calls are named.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallIds {
    /// By their number.
    Plain,
    /// By 32 hexadecimal digits.
    Hex,
}

/// Which number goes on where two calls become one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Joined {
    /// That of the call that was held.
    Held,
    /// That of the consultation.
    Consultation,
    /// A new one.
    New,
}

/// What is told of a device that rang along when another one answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Losers {
    /// ConnectionCleared, behind the Established.
    Cleared,
    /// ConnectionCleared, before it.
    ClearedFirst,
    /// Diverted to who answered.
    Diverted,
}

/// What is told of a call that comes to a hunt group.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueueArrival {
    /// Delivered at the group.
    Delivered,
    /// Queued.
    Queued,
}

macro_rules! knobs {
    ($($(#[$doc:meta])* $name:ident: $type:ty = $default:expr,)*) => {
        /// The simulated system as its CSTA clients meet it.
        #[derive(Clone, PartialEq, Debug)]
        #[allow(clippy::struct_excessive_bools, reason = "each is a habit of its own, and products mix them freely")]
        pub struct Profile {
            $($(#[$doc])* pub $name: $type,)*
        }

        /// What is to be otherwise than the dialect has it.
        #[derive(Clone, PartialEq, Default, Debug, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct Knobs {
            /// The product that it is like.
            pub dialect: Option<Dialect>,
            $($(#[$doc])* pub $name: Option<$type>,)*
        }

        impl Knobs {
            /// The dialect's profile, changed in what is said.
            pub fn profile(self) -> Profile {
                let mut profile = Profile::of(self.dialect.unwrap_or_default());
                $(if let Some(value) = self.$name {
                    profile.$name = value;
                })*
                profile
            }
        }

        impl Default for Profile {
            fn default() -> Self {
                Self { $($name: $default,)* }
            }
        }
    };
}

knobs! {
    /// It tells its status as soon as somebody connects.
    speaks_first: bool = false,
    /// Whether there are sessions.
    session: SessionOffer = SessionOffer::Offered,
    /// A session holds so many seconds without a refresh at most.
    session_s: u32 = 180,
    /// How clients say who they are.
    login: LoginForm = LoginForm::None,
    /// The user that may log in.
    user: String = String::new(),
    /// The user's password.
    password: String = String::new(),
    /// A client that has no session or login within so many milliseconds, where it needs one, is cut off.
    login_ms: u64 = 30_000,
    /// The edition that is written.
    edition: WrittenEdition = WrittenEdition::Ed4,
    /// Before each name, with a colon.
    prefix: String = String::new(),
    /// Lines are broken and indented.
    indent: bool = false,
    /// Characters are ISO-8859-1.
    latin1: bool = false,
    /// Misspelt names of the schema are written as they should be.
    corrected_spelling: bool = false,
    /// `deviceID` stands before `callID`.
    device_before_call: bool = false,
    /// How devices are named.
    device_names: DeviceNames = DeviceNames::Plain,
    /// The name of who calls from outside stands beside the number, in canonical form.
    caller_names: bool = true,
    /// How calls are named.
    call_ids: CallIds = CallIds::Plain,
    /// Clients may ask which devices there are.
    lists_devices: bool = true,
    /// So many devices stand in one part of that list.
    list_segment: usize = 100,
    /// So many calls stand in one part of a snapshot, which then comes in messages of its own; 0: in the answer.
    snapshot_segment: usize = 0,
    /// Clients may ask for agents.
    agents: bool = true,
    /// Clients may register for the system's status.
    registers: bool = true,
    /// Clients may ask for the system's status.
    tells_status: bool = true,
    /// It tells its status every so many seconds, and cuts off who does not answer twice; 0: never.
    status_every_s: u64 = 0,
    /// In filters true means that the event is sent.
    invert_filter: bool = false,
    /// So many monitors may a client have.
    monitors: usize = 100_000,
    /// One monitor without a device sees everything.
    monitors_all: bool = false,
    /// Devices of these numbers are not monitored.
    refused: Vec<String> = Vec::new(),
    /// Who wants to monitor devices of these numbers gets no answer.
    unanswered: Vec<String> = Vec::new(),
    /// Which number goes on where two calls become one.
    joined: Joined = Joined::Held,
    /// What is told of a device that rang along.
    losers: Losers = Losers::Cleared,
    /// What is told of a call that comes to a hunt group.
    queue_arrival: QueueArrival = QueueArrival::Delivered,
    /// Diverted is told at the group before a member rings.
    queue_diverts: bool = false,
    /// ConnectionCleared is told of the group when a member answered.
    queue_cleared: bool = true,
    /// Established is told once more behind a transfer.
    transfer_established: bool = false,
    /// ServiceInitiated is told.
    service_initiated: bool = true,
    /// Writes are cut into pieces of so many bytes; 0: as they come.
    split: usize = 0,
    /// So many bytes may wait for a client; beyond, it is cut off.
    output_limit: usize = 8 << 20,
}

impl Profile {
    /// The defaults of a dialect.
    pub fn of(dialect: Dialect) -> Self {
        let generic = Self::default();
        match dialect {
            Dialect::Generic | Dialect::MxOne => generic,
            Dialect::OpenScape => Self {
                speaks_first: true,
                session: SessionOffer::None,
                device_names: DeviceNames::Canonical,
                call_ids: CallIds::Hex,
                lists_devices: false,
                status_every_s: 30,
                ..generic
            },
            Dialect::Dmcc => Self {
                session: SessionOffer::Required,
                login: LoginForm::Session,
                user: "strowger".to_owned(),
                password: "secret".to_owned(),
                edition: WrittenEdition::Ed3,
                device_names: DeviceNames::Switch,
                caller_names: false,
                lists_devices: false,
                registers: false,
                invert_filter: true,
                ..generic
            },
            Dialect::Zultys => Self {
                session: SessionOffer::None,
                login: LoginForm::Element,
                user: "strowger".to_owned(),
                password: "secret".to_owned(),
                edition: WrittenEdition::None,
                device_names: DeviceNames::Typed,
                lists_devices: false,
                agents: false,
                registers: false,
                tells_status: false,
                monitors_all: true,
                ..generic
            },
        }
    }

    /// How messages are written.
    pub(super) fn style(&self) -> Style {
        Style {
            edition: self.edition(),
            prefix: SmolStr::new(&self.prefix),
            encoding: if self.latin1 { Encoding::Latin1 } else { Encoding::Utf8 },
            indent: self.indent,
            spelling: if self.corrected_spelling { Spelling::Corrected } else { Spelling::Schema },
            device_before_call: self.device_before_call,
            ..Style::default()
        }
    }

    /// The edition that is spoken.
    pub(super) fn edition(&self) -> Edition {
        match self.edition {
            WrittenEdition::Ed2 => Edition::Ed2,
            WrittenEdition::Ed3 => Edition::Ed3,
            WrittenEdition::Ed4 => Edition::Ed4,
            WrittenEdition::Ed5 => Edition::Ed5,
            WrittenEdition::Ed6 => Edition::Ed6,
            WrittenEdition::None => Edition::None,
        }
    }

    /// How devices are named.
    pub(super) fn device_form(&self) -> DeviceForm {
        match self.device_names {
            DeviceNames::Plain => DeviceForm::Plain,
            DeviceNames::Canonical => DeviceForm::Canonical,
            DeviceNames::Switch => DeviceForm::Template {
                text: SmolStr::new_static("{number}:::0"),
                number_type: Some(NumberType::OtherPlan),
                attributes: vec![(SmolStr::new_static("mediaClass"), SmolStr::new_static("voice"))],
            },
            DeviceNames::Typed => DeviceForm::Typed(NumberType::DeviceId),
        }
    }
}
