//! Login, and what begins a session: RS and RD (OAI §1.3, §2).
//!
//! A PBX has no word for a login that it refuses. One of these counts as such: two connections in a row are closed, PE, no RS in time.
//! One that is closed may as well be cut, or the PBX restarts: it is tried again soon.

use secrecy::ExposeSecret;
use strowger_protocol::oai::{Login, PortsExceeded, PremiumFeatures, ResyncResponse, Service};

use super::{Pbx, Phase, Session};
use crate::pbx::session::{Fault, Output, Status};
use crate::telephony::Now;

/// What is kept of the first bytes of a connection.
const PRELUDE_BYTES: usize = 256;

impl Session {
    pub(super) fn log_in(&mut self, now: Now) {
        self.phase = Phase::Login;
        if self.passive {
            return;
        }
        self.deadline = Some(now.monotonic + self.settings.timers.login);
        let login = Login {
            service: Service::SystemOai,
            password: self.settings.password.expose_secret().into(),
            application: self.settings.application.clone(),
        };
        match (login.encode(), login.encode_masked()) {
            (Ok(bytes), Ok(shown)) => self.out.push_back(Output::Send { bytes, shown: Some(shown) }),
            (Err(error), _) | (_, Err(error)) => {
                self.give_up(Fault::Unusable(format!("the login cannot be written: {error}; check password and application name")));
            }
        }
    }

    /// Bytes are kept as long as nothing says that the login was accepted.
    pub(super) fn keep_prelude(&mut self, bytes: &[u8]) {
        if self.phase == Phase::Login && !self.passive {
            let room = PRELUDE_BYTES - self.prelude.len();
            self.prelude.extend_from_slice(&bytes[..bytes.len().min(room)]);
        }
    }

    /// For whoever must find out why a login failed.
    pub(super) fn tell_prelude(&mut self) {
        if self.phase == Phase::Login && !self.prelude.is_empty() {
            let text = format!("before any RS the PBX sent: \"{}\"", self.prelude.escape_ascii());
            self.info(text);
        }
    }

    pub(super) fn closed_at_login(&mut self) {
        if self.phase == Phase::Login && !self.passive {
            self.tell_prelude();
            let said = if self.prelude.is_empty() { "without a word" } else { "without an RS" };
            let fault = if self.logins_closed == 0 { Fault::ClosedAtLogin } else { Fault::LoginRefused };
            self.logins_closed = self.logins_closed.saturating_add(1);
            self.give_up(fault(format!(
                "the PBX closed the connection {said} after the login: the OAI password is wrong, no OAI port is free for this machine, \
                 or this is not its System OAI port (4000 by default)"
            )));
        }
    }

    pub(super) fn phase_timed_out(&mut self, now: Now) {
        self.deadline = None;
        match self.phase {
            Phase::Login => {
                self.tell_prelude();
                let seconds = self.settings.timers.login.as_secs_f32();
                self.give_up(Fault::LoginRefused(format!(
                    "no RS within {seconds} s after the login: the OAI password is wrong, System OAI is not licensed or not enabled, \
                     or this is not its port (4000 by default)"
                )));
            }
            Phase::Ready => {
                let seconds = self.settings.timers.ready.as_secs_f32();
                self.degraded("ready", format!("no RD within {seconds} s after RS: the PBX may not be ready; going on nevertheless"));
                self.begin_startup(now);
            }
            Phase::Down | Phase::Running | Phase::Over => {}
        }
    }

    /// RS that is no answer to `RR`: the session begins, or begins anew without a new login (OAI §1.5, §3).
    pub(super) fn began(&mut self, rs: &ResyncResponse, now: Now) {
        match self.phase {
            Phase::Down | Phase::Over => return,
            Phase::Login => {}
            Phase::Ready | Phase::Running => self.began_anew(now),
        }
        self.prelude.clear();
        self.logins_closed = 0;
        self.pbx = Pbx { version: rs.version(), is_gateway: rs.is_gateway(), licence: rs.premium, ..Pbx::default() };
        self.desk.clear();
        self.phase = Phase::Ready;
        self.deadline = Some(now.monotonic + self.settings.timers.ready);
        self.tell_pbx(rs);
        self.status(Status::Resynchronising);
        if self.passive {
            self.phase = Phase::Running;
            self.resync.restarted(now);
        }
    }

    fn began_anew(&mut self, now: Now) {
        if self.phase == Phase::Running {
            self.info("the PBX ended all monitors (its idle timer ran out, or it was reset) and begins anew; starting again on the same connection");
        }
        self.monitors.clear();
        self.resync.interrupted();
        self.stale.clear();
        self.members.paused();
        self.groups_placed = false;
        self.missed = 0;
        self.out_of_sight(self.last_received.wall, now);
    }

    fn tell_pbx(&mut self, rs: &ResyncResponse) {
        let protocol = rs.protocol.as_deref().unwrap_or("of an unknown version");
        let software = rs.software.as_deref().unwrap_or("not told");
        let what = if rs.is_gateway() {
            "a CT Gateway".to_owned()
        } else {
            rs.node.map_or_else(|| "a node".to_owned(), |node| format!("node {node}"))
        };
        self.info(format!("{what} answers: protocol {protocol}, software {software}"));
        if rs.premium == Some(PremiumFeatures::NONE) {
            self.denied(
                "licence",
                "the PBX reports no licence for System OAI that all nodes have: it may refuse monitors. Have \"System OAI Events\" or \
                 \"Third-Party Call Control\" licensed",
            );
        }
    }

    /// RD of the power-up.
    pub(super) fn ready(&mut self, now: Now) {
        if self.phase == Phase::Ready && !self.passive {
            self.deadline = None;
            self.begin_startup(now);
        }
    }

    /// PE: no port is free.
    pub(super) fn no_port(&mut self, pe: &PortsExceeded) {
        let ports = pe.max_ports.map_or_else(|| "all".to_owned(), |ports| format!("all {ports}"));
        self.give_up(Fault::Unusable(format!(
            "{ports} OAI ports of the PBX are taken (PE): end another OAI application, or have more ports licensed"
        )));
    }
}
