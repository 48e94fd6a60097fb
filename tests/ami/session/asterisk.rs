//! The other end of the line: says what a test makes it say, and notes what it is told.
//!
//! Messages are written in one line, `Event: Hangup | Uniqueid: 1.1`.

use std::time::Duration;

use strowger::pbx::ami::{Auth, Naming, Session, Settings};
use strowger::pbx::session::{Fault, Notice, Output, Session as _, Status};
use strowger::telephony::{Clearing, Event, Now, Stamped, Time};

const SECRET: &str = "corre:ct horse";

pub(super) fn settings() -> Settings {
    Settings {
        username: "connector".into(),
        secret: SECRET.into(),
        naming: Naming {
            trunks: vec!["trunk".parse().expect("valid")],
            extensions: vec!["_10XX".parse().expect("valid")],
            agents: vec!["_20XX".parse().expect("valid")],
            ..Naming::default()
        },
        ..Settings::default()
    }
}

/// An Asterisk, the session that speaks with it, and everything that the session let out.
pub(super) struct Asterisk {
    pub(super) session: Session,
    now: Duration,
    /// What was sent, with `|` for line ends, and not asked for yet.
    pub(super) sent: Vec<String>,
    /// What a capture may keep of all that was ever sent.
    pub(super) shown: String,
    /// The same as it went out.
    pub(super) raw: String,
    pub(super) events: Vec<Stamped>,
    pub(super) statuses: Vec<Status>,
    pub(super) degraded: Vec<String>,
    pub(super) denied: Vec<String>,
    pub(super) infos: Vec<String>,
    pub(super) malformed: usize,
    pub(super) fault: Option<Fault>,
    /// Lists that are given to questions, by the action's name: items, or an error.
    answers: Vec<(&'static str, Answer)>,
}

pub(super) enum Answer {
    /// These items.
    List(Vec<String>),
    /// This error.
    Error(&'static str),
    /// Nothing at all.
    Silence,
}

impl Asterisk {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            session: Session::new(settings),
            now: Duration::from_secs(100),
            sent: Vec::new(),
            shown: String::new(),
            raw: String::new(),
            events: Vec::new(),
            statuses: Vec::new(),
            degraded: Vec::new(),
            denied: Vec::new(),
            infos: Vec::new(),
            malformed: 0,
            fault: None,
            answers: Vec::new(),
        }
    }

    /// One that is connected, logged in and in step.
    pub(super) fn in_step(settings: Settings) -> Self {
        Self::in_step_with(settings, Vec::new())
    }

    pub(super) fn in_step_with(settings: Settings, answers: Vec<(&'static str, Answer)>) -> Self {
        let mut asterisk = Self::new(settings);
        asterisk.answers = answers;
        asterisk.log_in();
        asterisk.answer_all();
        asterisk.events.clear();
        assert_eq!(asterisk.statuses.last(), Some(&Status::InStep), "{:?} {:?}", asterisk.sent, asterisk.fault);
        asterisk
    }

    /// Connected and logged in: the first question is on its way.
    pub(super) fn log_in(&mut self) {
        self.connect();
        self.says("Asterisk Call Manager/9.0.0\r\n");
        if self.sent.pop().is_some_and(|sent| sent.starts_with("Action: Challenge")) {
            self.tells("Response: Success | Challenge: 123");
        }
        self.tells("Response: Success | Message: Authentication accepted");
        self.sent.clear();
        self.tells("Event: FullyBooted | Status: Fully Booted");
    }

    pub(super) fn answer_with(&mut self, action: &'static str, answer: Answer) {
        self.answers.retain(|(name, _)| *name != action);
        self.answers.push((action, answer));
    }

    /// Answers what it is asked until it is asked no more; questions that it is silent to stay unanswered.
    pub(super) fn answer_all(&mut self) {
        while !self.sent.is_empty() {
            self.answer_all_once();
        }
    }

    /// Answers what it was asked by now.
    pub(super) fn answer_all_once(&mut self) {
        for question in std::mem::take(&mut self.sent) {
            let action = field(&question, "Action").to_owned();
            let id = field(&question, "ActionID").to_owned();
            let place = self.answers.iter().position(|(name, _)| *name == action);
            match place.map(|place| &self.answers[place].1) {
                Some(Answer::Silence) => {}
                Some(Answer::Error(message)) => self.tells(&format!("Response: Error | ActionID: {id} | Message: {message}")),
                Some(Answer::List(items)) => self.list(&action, &id, items.clone()),
                None if matches!(action.as_str(), "CoreSettings" | "CoreStatus" | "Ping") => {
                    self.tells(&format!("Response: Success | ActionID: {id}"));
                }
                None => self.list(&action, &id, Vec::new()),
            }
        }
    }

    /// The number of the last question.
    pub(super) fn last_id(&self) -> String {
        let (_, after) = self.raw.rsplit_once("ActionID: ").expect("asked");
        after.lines().next().unwrap_or_default().to_owned()
    }

    /// A list in answer to a question.
    pub(super) fn list(&mut self, action: &str, id: &str, items: Vec<String>) {
        self.tells(&format!("Response: Success | ActionID: {id} | EventList: start | Message: follows"));
        for item in items {
            self.tells(&item.replacen(" |", &format!(" | ActionID: {id} |"), 1));
        }
        self.tells(&format!("Event: {action}Complete | ActionID: {id} | EventList: Complete | ListItems: 0"));
    }

    pub(super) fn now(&self) -> Now {
        let beginning = Time::parse("2026-11-22T05:00:00Z").expect("valid");
        Now { wall: beginning.plus(self.now), monotonic: self.now }
    }

    pub(super) fn connect(&mut self) {
        self.session.connected(self.now());
        self.take();
    }

    pub(super) fn close(&mut self) {
        self.session.closed(self.now());
        self.take();
    }

    /// Bytes as they are.
    pub(super) fn says(&mut self, text: &str) {
        self.session.received(text.to_owned().into(), self.now());
        self.take();
    }

    /// One message.
    pub(super) fn tells(&mut self, message: &str) {
        self.says(&format!("{}\r\n\r\n", message.replace(" | ", "\r\n")));
    }

    /// Time goes by; the session's timers fire when they want to, and never twice at once without anything coming of it.
    pub(super) fn pass(&mut self, seconds: u64) {
        let until = self.now + Duration::from_secs(seconds);
        while let Some(due) = self.session.poll_timeout().filter(|due| *due <= until) {
            self.now = self.now.max(due);
            let mut fired = 0;
            while self.session.poll_timeout().is_some_and(|due| due <= self.now) {
                self.session.timeout(self.now());
                self.take();
                fired += 1;
                assert!(fired <= 3, "the session wants its timer again and again at {:?}: {:?}", self.now, self.session.poll_timeout());
            }
        }
        self.now = until;
    }

    fn take(&mut self) {
        while let Some(output) = self.session.poll_output() {
            match output {
                Output::Send { bytes, shown } => {
                    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                    self.shown.push_str(&text(shown.as_ref().unwrap_or(&bytes)));
                    self.raw.push_str(&text(&bytes));
                    self.sent.push(text(&bytes).trim_end().replace("\r\n", " | "));
                }
                Output::Event(stamped) => self.events.push(stamped),
                Output::Status(status) => self.statuses.push(status),
                Output::Notice(Notice::Malformed { .. }) => self.malformed += 1,
                Output::Notice(Notice::Degraded(text)) => self.degraded.push(text),
                Output::Notice(Notice::Denied(text)) => self.denied.push(text),
                Output::Notice(Notice::Info(text)) => self.infos.push(text),
                Output::Notice(Notice::Message { .. }) => {}
                Output::Dee(report) => panic!("AMI cannot be asked for twins: {report:?}"),
                Output::Disconnect(fault) => {
                    assert!(self.fault.is_none(), "given up twice");
                    self.fault = Some(fault);
                }
            }
        }
    }

    /// Names of the actions sent and not looked at yet.
    pub(super) fn asked(&mut self) -> Vec<String> {
        self.sent.drain(..).map(|sent| field(&sent, "Action").to_owned()).collect()
    }

    /// What was told so far, in short, and forgets it.
    pub(super) fn told(&mut self) -> Vec<String> {
        self.events.drain(..).map(|stamped| short(&stamped.event)).collect()
    }
}

/// A field of a message in one line.
pub(super) fn field<'a>(message: &'a str, key: &str) -> &'a str {
    message.split(" | ").find_map(|line| line.strip_prefix(key)?.strip_prefix(": ")).unwrap_or_default()
}

fn short(event: &Event) -> String {
    match event {
        Event::LinkLost { .. } => "link lost".into(),
        Event::ResyncBegan { .. } => "resync".into(),
        Event::Resynchronised { .. } => "in step".into(),
        Event::Present(present) => format!("{} present", present.connection),
        Event::AgentLoggedOn { agent, device } => format!("{agent} on at {device}"),
        Event::AgentLoggedOff { agent, device } => format!("{agent} off at {device}"),
        Event::Originated { connection, .. } => format!("{connection} begins"),
        Event::Offered { connection, .. } => format!("{connection} offered"),
        Event::Delivered { connection } => format!("{connection} alerts"),
        Event::Established { connection } => format!("{connection} answers"),
        Event::Cleared { connection, how: Clearing::Lost, .. } => format!("{connection} lost"),
        Event::Cleared { connection, .. } => format!("{connection} leaves"),
        other => format!("{other:?}"),
    }
}

/// A channel that calls, as an event tells its birth.
pub(super) fn newchannel(uid: &str, endpoint: &str) -> String {
    format!(
        "Event: Newchannel | Channel: PJSIP/{endpoint}-{uid} | ChannelState: 4 | CallerIDNum: {endpoint} | CallerIDName: {endpoint} | \
         Exten: 1002 | Uniqueid: {uid} | Linkedid: {uid}"
    )
}

/// The same as the list of channels tells it.
pub(super) fn listed(uid: &str, endpoint: &str) -> String {
    format!(
        "Event: CoreShowChannel | Channel: PJSIP/{endpoint}-{uid} | ChannelState: 4 | CallerIDNum: {endpoint} | Exten: 1002 | \
         Application: Dial | ApplicationData: PJSIP/1002 | Uniqueid: {uid} | Linkedid: {uid} | Duration: 00:00:07 | BridgeId: "
    )
}

pub(super) fn hangup(uid: &str) -> String {
    format!("Event: Hangup | Uniqueid: {uid} | Cause: 16 | Cause-txt: Normal Clearing")
}

pub(super) fn with_auth(auth: Auth) -> Settings {
    Settings { auth, ..settings() }
}

pub(super) fn secret() -> &'static str {
    SECRET
}
