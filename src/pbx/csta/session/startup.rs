//! From the connection to the first monitor, and the application session.

use strowger_protocol::csta::request::{
    ApplicationInfo, ApplicationSpecific, EndReason, GetSwitchingFunctionDevices, ProtocolVersions, RegisterTypes,
    ResetApplicationSessionTimer, SessionLogin, StartApplicationSession, StopApplicationSession, SystemRegister,
};
use strowger_protocol::csta::response::{SessionErrorCode, SessionRefused, SessionStarted};
use strowger_protocol::csta::word::SessionEnd;
use strowger_protocol::csta::{InvokeId, Message, RawXml, Request};

use secrecy::ExposeSecret;

use super::{Asked, Phase, Session};
use crate::pbx::csta::settings::SessionUse;
use crate::pbx::session::{Fault, Status};
use crate::telephony::Now;

impl Session {
    pub(super) fn begin(&mut self, now: Now) {
        for device in self.settings.devices.clone() {
            self.watch(&device.number);
            if self.passive {
                self.switchboard.monitored(&device.number, true);
            }
        }
        if self.passive {
            self.phase = Phase::Running;
            self.status(Status::InStep);
        } else if self.settings.pbx_speaks_first {
            self.phase = Phase::Greeting;
            self.deadline = Some(now.monotonic + self.settings.timers.greeting);
        } else {
            self.greeted(now);
        }
    }

    /// The PBX has spoken, or need not: now it is spoken to.
    pub(super) fn greeted(&mut self, now: Now) {
        self.deadline = None;
        if self.settings.application_session == SessionUse::None {
            return self.without_session(now);
        }
        self.phase = Phase::Session;
        let login = self.settings.login.as_ref().filter(|login| !login.namespace.is_empty()).map(|login| SessionLogin {
            namespace: login.namespace.clone(),
            user: login.user.as_str().into(),
            password: login.password.expose_secret().into(),
            cleanup_delay_s: login.cleanup_delay_s,
            other: Vec::new(),
        });
        let specific = login.map(|login| ApplicationSpecific { login: Some(login), other: Vec::new() });
        let start = StartApplicationSession {
            application: ApplicationInfo { id: self.settings.application.clone(), specific, other: Vec::new() },
            versions: ProtocolVersions { versions: self.settings.protocol_versions.clone(), other: Vec::new() },
            duration_s: Some(self.settings.timers.session_s),
            ..StartApplicationSession::default()
        };
        self.ask(Asked::StartSession, Request::StartApplicationSession(Box::new(start)), now);
    }

    pub(super) fn session_started(&mut self, started: &SessionStarted, now: Now) {
        self.granted_id = Some(started.session.clone());
        self.granted(started.duration_s, now);
        self.without_session(now);
    }

    /// The session holds so long; it is refreshed at half of it, and no later than at half of what was asked for.
    pub(super) fn granted(&mut self, duration_s: Option<u32>, now: Now) {
        let asked = self.settings.timers.session_s;
        let seconds = duration_s.unwrap_or(asked).min(asked).max(2);
        self.refresh_at = Some(now.monotonic + std::time::Duration::from_millis(u64::from(seconds) * 500));
    }

    pub(super) fn session_refused(&mut self, refused: Option<&SessionRefused>, now: Now) {
        let why = match refused.and_then(|refused| refused.error.as_ref()) {
            Some(SessionErrorCode::Defined(error)) => error.to_string(),
            Some(SessionErrorCode::Application(words)) => words.to_string(),
            _ => "no reason is given".to_owned(),
        };
        if self.settings.application_session == SessionUse::Required {
            let text = format!("the PBX refuses a session: {why}; check user, password and protocol version");
            return self.give_up(Fault::LoginRefused(text));
        }
        self.degraded("session", format!("the PBX refuses a session ({why}), and is used without"));
        self.without_session(now);
    }

    pub(super) fn no_session(&mut self, why: &str, now: Now) {
        if self.settings.application_session == SessionUse::Required {
            return self.give_up(Fault::Unusable(format!("the PBX begins no session: {why}")));
        }
        self.degraded("session", format!("the PBX begins no session ({why}), and is used without"));
        self.without_session(now);
    }

    fn without_session(&mut self, now: Now) {
        let element = self.settings.login.as_ref().and_then(|login| login.element.as_ref().map(|element| (element.clone(), login.clone())));
        if let Some((element, login)) = element {
            let with = |user: &str, password: &str| {
                let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;").replace('\'', "&apos;");
                RawXml::new(&element.replace("{user}", &escaped(user)).replace("{password}", &escaped(password)))
            };
            match (with(&login.user, login.password.expose_secret()), with(&login.user, "***")) {
                (Ok(meant), Ok(shown)) => self.send_masked(&Message::Other(meant), &Message::Other(shown)),
                (Err(error), _) | (_, Err(error)) => {
                    return self.give_up(Fault::Unusable(format!("the element that logs in is no XML: {error}")));
                }
            }
        }
        if self.settings.register {
            let types = RegisterTypes::default().with("systemStatus", true).with("switchingFunctionDevicesChanged", self.settings.discover);
            let register = SystemRegister { types, ..SystemRegister::default() };
            self.ask(Asked::Register, Request::SystemRegister(Box::new(register)), now);
        }
        if self.settings.discover {
            self.phase = Phase::Devices;
            self.ask_for_devices(now);
        } else {
            self.run(now);
        }
    }

    pub(super) fn ask_for_devices(&mut self, now: Now) {
        let request = GetSwitchingFunctionDevices::default();
        self.ask(Asked::Devices, Request::GetSwitchingFunctionDevices(Box::new(request)), now);
    }

    /// The devices are known as far as they can be: each gets its monitor.
    pub(super) fn run(&mut self, now: Now) {
        if self.phase != Phase::Running {
            self.phase = Phase::Running;
            self.deadline = None;
            self.is_stale = true;
            self.status(Status::Resynchronising);
            if self.settings.monitor_own_user {
                self.watch(&"".into());
            }
            if self.watches.len() == 0 && self.has_heard {
                let text = "no device is known: the PBX lists none, and none is configured";
                return self.give_up(Fault::Unusable(text.to_owned()));
            }
        }
        self.watches.place_all();
        self.advance(now);
    }

    pub(super) fn phase_timed_out(&mut self, now: Now) {
        self.deadline = None;
        match self.phase {
            Phase::Greeting => {
                self.degraded("greeting", "the PBX did not speak first, and is spoken to");
                self.greeted(now);
            }
            Phase::Devices => {
                self.degraded("list", "the PBX announced a list of devices that did not come");
                self.run(now);
            }
            _ => {}
        }
    }

    pub(super) fn refresh(&mut self, now: Now) {
        self.refresh_at = None;
        let Some(session) = self.granted_id.clone() else { return };
        let reset = ResetApplicationSessionTimer {
            session,
            duration_s: Some(self.settings.timers.session_s),
            ..ResetApplicationSessionTimer::default()
        };
        self.ask(Asked::RefreshSession, Request::ResetApplicationSessionTimer(Box::new(reset)), now);
    }

    pub(super) fn end_session(&mut self, now: Now) {
        if let Some(session) = self.granted_id.take() {
            let reason = Some(EndReason::Defined(SessionEnd::Normal));
            let stop = StopApplicationSession { session, reason, ..StopApplicationSession::default() };
            self.ask(Asked::StopSession, Request::StopApplicationSession(Box::new(stop)), now);
        }
        self.phase = Phase::Over;
    }

    /// An element of the product's own, which is not answered.
    pub(super) fn send_element(&mut self, element: &str) {
        match RawXml::new(element) {
            Ok(raw) => {
                let message = Message::Other(raw);
                self.send_masked(&message, &message.clone());
            }
            Err(error) => self.degraded("element", format!("{element:?} is no XML: {error}")),
        }
    }

    fn send_masked(&mut self, message: &Message, shown: &Message) {
        let invoke = InvokeId::new(0).unwrap_or(InvokeId::EVENT);
        let style = self.style.clone();
        if let (Ok(bytes), Ok(shown)) = (message.frame(invoke, &style), shown.frame(invoke, &style)) {
            let shown = (shown != bytes).then_some(shown);
            self.out.push_back(crate::pbx::session::Output::Send { bytes, shown });
        }
    }
}
