//! Application sessions (ECMA-354) and system services (CSTA reference §3).

use smol_str::SmolStr;

use crate::csta::data::Extensions;
use crate::csta::error::XmlError;
use crate::csta::text::Secret;
use crate::csta::word::{SessionEnd, SystemState};
use crate::csta::xml::{Content, Cursor, RawXml, Start, Value, Writer, choice, flags, record};

record! {
    /// A client begins a session.
    StartApplicationSession {
        /// Who asks.
        application: ApplicationInfo = "applicationInfo",
        /// Editions, in order of preference.
        versions: ProtocolVersions = "requestedProtocolVersions",
        /// How long the session holds without a refresh, in seconds.
        duration_s: Option<u32> = "requestedSessionDuration",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// Who begins a session.
    ApplicationInfo {
        /// The application's name.
        id: SmolStr = "applicationID",
        /// What the product wants to know beside it: a login.
        specific: Option<ApplicationSpecific> = "applicationSpecificInfo",
    }

    /// Login and the like, as products put it into the start of a session.
    ApplicationSpecific {
        /// User and password, as Avaya's servers and those that copy them take them.
        login: Option<SessionLogin> = "SessionLoginInfo",
    }

    /// Editions.
    ProtocolVersions {
        /// Namespaces.
        versions: Vec<SmolStr> = "protocolVersion",
    }

    /// A client refreshes its session.
    ResetApplicationSessionTimer {
        /// The session.
        session: SmolStr = "sessionID",
        /// For how long, in seconds.
        duration_s: Option<u32> = "requestedSessionDuration",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// A client ends its session.
    StopApplicationSession {
        /// The session.
        session: SmolStr = "sessionID",
        /// Why.
        reason: Option<EndReason> = "sessionEndReason",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// The server ended the session. Not answered.
    ApplicationSessionTerminated {
        /// The session.
        session: SmolStr = "sessionID",
        /// Why.
        reason: Option<TerminationReason> = "sessionTermReason",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// A client wants to be told of the system's state, or to be asked for its own.
    SystemRegister {
        /// What it registers for.
        types: RegisterTypes = "requestTypes",
        /// Which states it does not want to hear of.
        filter: Option<StatusFilter> = "requestedStatusFilter",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// About a registration: its cancellation, the question for the status, that devices or capabilities changed.
    Registration {
        /// The registration.
        register: Option<SmolStr> = "sysStatRegisterID",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }

    /// One side tells the other its state. Answered at once.
    SystemStatus {
        /// The registration.
        register: Option<SmolStr> = "sysStatRegisterID",
        /// The state; some peers leave it out.
        state: Option<SystemState> = "systemStatus",
        /// Common arguments.
        extensions: Option<Extensions> = "extensions",
    }
}

choice! {
    /// Why a client ends its session.
    EndReason {
        /// One of the standard's.
        Defined(reason: SessionEnd) = "definedEndReason",
        /// The application's own words.
        Application(reason: SmolStr) = "appEndReason",
    }

    /// Why a server ended a session.
    TerminationReason {
        /// One of the standard's.
        Defined(reason: SessionEnd) = "definedTermReason",
        /// The application's own words.
        Application(reason: SmolStr) = "appTermReason",
    }
}

flags! {
    /// What a client registers for.
    RegisterTypes ["systemStatus", "requestSystemStatus", "switchingFunctionCapsChanged", "switchingFunctionDevicesChanged"]

    /// States that are not told where they are true.
    StatusFilter [
        "initializing", "enabled", "normal", "messageLost" | "messagesLost", "disabled", "partiallyDisabled", "overloadImminent",
        "overloadReached", "overloadRelieved",
    ]
}

/// User and password in the start of a session. It stands in the vendor's namespace and names its own type.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SessionLogin {
    /// The namespace; `http://www.avaya.com/csta` with Avaya.
    pub namespace: SmolStr,
    /// Who logs in.
    pub user: SmolStr,
    /// The password.
    pub password: Secret,
    /// How long monitors outlive a broken connection, in seconds.
    pub cleanup_delay_s: Option<u32>,
    /// Elements that are not known here.
    pub other: Vec<RawXml>,
}

record! {
    /// What stands within a login.
    #[allow(unreachable_pub, reason = "records are public, and this one is of no use outside")]
    LoginContent {
        /// Who.
        user: SmolStr = "userName",
        /// Password.
        password: Secret = "password",
        /// Seconds.
        cleanup_delay_s: Option<u32> = "sessionCleanupDelay",
    }
}

/// The namespace of the type attribute.
const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

impl Value for SessionLogin {
    fn read(start: &Start<'_>, xml: &mut Cursor<'_>) -> Result<Option<Self>, XmlError> {
        let namespace = xml.namespace(start.prefix()).cloned().unwrap_or_default();
        let Some(content) = LoginContent::read(start, xml)? else { return Ok(None) };
        let LoginContent { user, password, cleanup_delay_s, other } = content;
        Ok(Some(Self { namespace, user, password, cleanup_delay_s, other }))
    }

    fn write(&self, name: &str, out: &mut Writer<'_>) {
        let namespaces = [("xmlns:xsi", XSI), ("xsi:type", name), ("xmlns", self.namespace.as_str())];
        out.open_plain(name, namespaces.into_iter().filter(|(_, value)| !value.is_empty()));
        let content = LoginContent {
            user: self.user.clone(),
            password: self.password.clone(),
            cleanup_delay_s: self.cleanup_delay_s,
            other: self.other.clone(),
        };
        content.content(out);
        out.close_plain(name);
    }
}
