//! Greeting and login.

use secrecy::ExposeSecret;
use strowger_protocol::ami::login;

use super::{BOOT_TIMEOUT, Fault, Greeting, Message, Notice, Now, Output, Phase, Session, Status};
use crate::pbx::ami::settings::Auth;

/// AMI versions from here on have the events that this session knows (Asterisk 12).
const VERSION_MIN: u16 = 2;
/// AMI versions from here on are tested (Asterisk 16).
const VERSION_TESTED: u16 = 5;

impl Session {
    pub(super) fn greeted(&mut self, greeting: &Greeting, now: Now) {
        let version = &greeting.version;
        if version.major < VERSION_MIN {
            self.give_up(Fault::Unusable(format!(
                "AMI {}.{} is spoken by Asterisk 11 and older, whose events are others; Asterisk 16 or newer is needed",
                version.major, version.minor
            )));
            return;
        }
        if version.major < VERSION_TESTED {
            self.degraded(&format!(
                "AMI {}.{} is of an Asterisk older than 16, with which this program was not tested",
                version.major, version.minor
            ));
        }
        self.out
            .push_back(Output::Notice(Notice::Info(format!("{} {}.{}.{}", greeting.product, version.major, version.minor, version.patch))));
        self.begin_login(now);
    }

    fn begin_login(&mut self, now: Now) {
        match self.settings.auth {
            _ if self.passive => self.phase = Phase::Login,
            Auth::Md5 => {
                self.phase = Phase::Challenge;
                self.send(Ok(login::challenge()), now);
            }
            Auth::Plain => {
                self.phase = Phase::Login;
                let action = login::plain(&self.settings.username, self.settings.secret.expose_secret(), self.events());
                self.send(action, now);
            }
        }
    }

    fn events(&self) -> Option<&str> {
        Some(self.settings.events.as_str()).filter(|e| !e.is_empty())
    }

    pub(super) fn challenged(&mut self, message: &Message, now: Now) {
        let Some(challenge) = message.str("Challenge").filter(|_| message.name() == b"Success") else {
            self.login_refused(message);
            return;
        };
        let key = login::md5_key(challenge, self.settings.secret.expose_secret());
        self.phase = Phase::Login;
        let action = login::md5(&self.settings.username, &key, self.events());
        self.send(action, now);
    }

    pub(super) fn logged_in(&mut self, message: &Message, now: Now) {
        if message.name() != b"Success" {
            self.login_refused(message);
            return;
        }
        if self.passive {
            // A capture of an MD5 login has the challenge first.
            if message.get("Challenge").is_none() {
                self.last_list = now;
                self.phase = Phase::Snapshot;
                self.status(Status::Resynchronising);
            }
            return;
        }
        self.phase = Phase::Boot;
        self.deadline = Some(now.monotonic + BOOT_TIMEOUT);
    }

    fn login_refused(&mut self, message: &Message) {
        let reason = message.text("Message").unwrap_or_default();
        self.give_up(Fault::LoginRefused(format!(
            "Asterisk refuses the login of account {:?}: {}; check user name and secret, and in manager.conf the account's section with its permit and deny lines",
            self.settings.username,
            if reason.is_empty() { "no reason given".into() } else { reason }
        )));
    }
}
