//! Sessions, logins, the system's status (CSTA reference §3).

use std::time::Duration;

use strowger_protocol::csta::request::{Request, StartApplicationSession};
use strowger_protocol::csta::response::{
    Response, SessionErrorCode, SessionRefused, SessionStarted, SessionTimerReset, SystemRegistered, SystemStatusReported,
};
use strowger_protocol::csta::word::{SessionError, SystemState};
use strowger_protocol::csta::{ErrorCode, RawXml};

use super::{Answered, Context};
use crate::simulator::csta::connection::{Ending, Granted};
use crate::simulator::csta::profile::{LoginForm, SessionOffer};

impl Context<'_> {
    /// What may be asked without a session. `None`: it is none of that.
    pub(super) fn of_session(&mut self, request: &Request) -> Option<Answered> {
        let has_sessions = self.profile.session != SessionOffer::None;
        Some(match request {
            Request::StartApplicationSession(start) if has_sessions => Ok(Some(self.start_session(start))),
            Request::ResetApplicationSessionTimer(reset) if has_sessions => Ok(Some(match self.session(&reset.session) {
                Some(_) => {
                    let duration_s = self.grant(reset.duration_s);
                    Response::ResetApplicationSessionTimer(Box::new(SessionTimerReset {
                        duration_s: Some(duration_s),
                        ..SessionTimerReset::default()
                    }))
                }
                None => Response::ResetApplicationSessionTimerRefused(refusal(SessionError::InvalidSessionId)),
            })),
            Request::StopApplicationSession(stop) if has_sessions => Ok(Some(match self.session(&stop.session) {
                Some(_) => {
                    self.connection.session = None;
                    self.connection.end(Ending::SessionStopped);
                    Response::StopApplicationSession(Box::default())
                }
                None => Response::StopApplicationSessionRefused(refusal(SessionError::InvalidSessionId)),
            })),
            Request::SystemRegister(register) if self.profile.registers => {
                let types = &register.types;
                self.connection.registered = Some((types.is_set("systemStatus"), types.is_set("switchingFunctionDevicesChanged")));
                let register = self.number();
                Ok(Some(Response::SystemRegister(Box::new(SystemRegistered { register, ..SystemRegistered::default() }))))
            }
            Request::SystemRegisterCancel(_) if self.profile.registers => {
                self.connection.registered = None;
                Ok(Some(Response::SystemRegisterCancel(Box::default())))
            }
            Request::RequestSystemStatus(_) if self.profile.tells_status => {
                let state = SystemStatusReported { state: Some(SystemState::Normal), ..SystemStatusReported::default() };
                Ok(Some(Response::RequestSystemStatus(Box::new(state))))
            }
            Request::SystemStatus(_) => Ok(Some(Response::SystemStatus(Box::default()))),
            Request::StartApplicationSession(_)
            | Request::ResetApplicationSessionTimer(_)
            | Request::StopApplicationSession(_)
            | Request::SystemRegister(_)
            | Request::SystemRegisterCancel(_)
            | Request::RequestSystemStatus(_) => Err(ErrorCode::not_supported()),
            _ => return None,
        })
    }

    fn session(&self, id: &str) -> Option<&Granted> {
        self.connection.session.as_ref().filter(|session| session.id == id)
    }

    fn start_session(&mut self, start: &StartApplicationSession) -> Response {
        if self.connection.session.is_some() {
            return Response::StartApplicationSessionRefused(refusal(SessionError::MaxNumberSessions));
        }
        if self.profile.login == LoginForm::Session {
            let login = start.application.specific.as_ref().and_then(|specific| specific.login.as_ref());
            let is_right = login.is_some_and(|login| login.user == self.profile.user && login.password.reveal() == self.profile.password);
            if !is_right {
                return Response::StartApplicationSessionRefused(refusal(SessionError::InvalidApplicationInfo));
            }
            self.connection.is_logged_in = true;
        }
        // A namespace, perhaps with the product's own level behind it.
        let edition = self.profile.edition();
        let version = start.versions.versions.iter().find(|version| version.starts_with(edition.namespace()));
        let Some(version) = version.cloned() else {
            return Response::StartApplicationSessionRefused(refusal(SessionError::RequestedProtocolVersionNotSupported));
        };
        let session = self.number();
        self.connection.session = Some(Granted { id: session.clone(), until: self.at });
        let duration_s = self.grant(start.duration_s);
        self.connection.let_in(self.profile);
        Response::StartApplicationSession(Box::new(SessionStarted {
            session,
            version,
            duration_s: Some(duration_s),
            ..SessionStarted::default()
        }))
    }

    /// The session holds from now on for as long as that, at most as long as the profile has it.
    fn grant(&mut self, wanted_s: Option<u32>) -> u32 {
        let seconds = wanted_s.unwrap_or(self.profile.session_s).min(self.profile.session_s).max(1);
        if let Some(session) = &mut self.connection.session {
            session.until = self.at.plus(Duration::from_secs(seconds.into()));
        }
        seconds
    }

    /// An element of the product's own.
    pub(super) fn element(&mut self, raw: &RawXml) -> Answered {
        match raw.name() {
            "loginRequest" if self.profile.login == LoginForm::Element => {
                let has = |word: &str| raw.as_str().contains(&format!(">{word}<")) || raw.as_str().contains(&format!("\"{word}\""));
                if has(&self.profile.user) && has(&self.profile.password) {
                    self.connection.is_logged_in = true;
                    self.connection.let_in(self.profile);
                } else {
                    self.connection.end(Ending::BadLogin);
                }
                Ok(None)
            }
            "keepalive" => Ok(None),
            _ => Err(ErrorCode::not_supported()),
        }
    }
}

fn refusal(error: SessionError) -> Box<SessionRefused> {
    Box::new(SessionRefused { error: Some(SessionErrorCode::Defined(error)), ..SessionRefused::default() })
}
