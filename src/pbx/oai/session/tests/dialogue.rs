//! Plays a transcript. Its inputs are taken from it; with what comes of them they must give the same transcript again.
//!
//! ```text
//! open               a connection is open
//! < 000,RS,0,…       a line from the PBX, in a frame of its own
//! < ES,,…            the same, with the sequence number that is due
//! answers            from here on the PBX answers by itself (not shown) what it knows; `silent`: no more
//! <x 0500            bytes from the PBX, in hexadecimal
//! +30                seconds pass, with every timer due in them
//! close              the PBX closes
//! mains 1001 1002    members are wanted of these mains
//! > _NA,2,1          a command (of the login only that it is one)
//! status InStep      where the session stands
//! lost All           events for the tracker: out of sight, resync, what is there at a resync, what ends, agents
//! info …             a notice, by how it begins
//! fault Silent …     the connection is given up
//! ```

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use strowger_protocol::oai::frame;

use crate::pbx::oai::session::{Phase, Session};
use crate::pbx::oai::settings::Settings;
use crate::pbx::session::{Notice, Output, Request, Session as _};
use crate::telephony::{DeviceId, Event, Now, Scope, Time};

/// How much of a notice a transcript shows.
const SHOWN: usize = 60;

pub(super) struct Dialogue {
    pub(super) session: Session,
    /// Since the start.
    passed: Duration,
    transcript: String,
    /// The number of the next line.
    sequence: u16,
    /// What the PBX answers by itself to a command: fields from the outcome on, one for each line.
    pub(super) pbx: Pbx,
    answers: bool,
    commands: VecDeque<String>,
}

/// The lines that answer a command, from the outcome on; a whole line begins with `!`.
pub(super) type Pbx = fn(&str) -> Vec<String>;

impl Dialogue {
    pub(super) fn new(session: Session, pbx: Pbx) -> Self {
        let (transcript, commands) = (String::new(), VecDeque::new());
        Self { session, passed: Duration::ZERO, transcript, sequence: 0, pbx, answers: false, commands }
    }

    /// A session that is in step with this PBX, everything asked.
    #[track_caller]
    pub(super) fn in_step(settings: Settings, pbx: Pbx, rs: &str) -> Self {
        let mut dialogue = Self::new(Session::new(settings), pbx);
        for line in ["answers", "open", &format!("< {rs}"), "< RD,0,"] {
            dialogue.input(line);
        }
        assert!(
            dialogue.transcript.contains("status InStep") && dialogue.transcript.contains("monitors are placed"),
            "{}",
            dialogue.transcript
        );
        dialogue
    }

    /// What the next line is numbered.
    pub(super) fn sequence_is(&mut self, sequence: u16) {
        let numbers = &mut self.session.numbers;
        numbers.reset();
        self.sequence = sequence;
    }

    /// A connection, on which the PBX answers or not.
    pub(super) fn open(&mut self, answers: bool) {
        self.answers = answers;
        self.input("open");
    }

    pub(super) fn hear(&mut self, line: &str) {
        self.input(&format!("< {line}"));
    }

    /// As the link does after a fault.
    pub(super) fn reopen_if_given_up(&mut self) {
        if self.session.phase == Phase::Over {
            self.input("close");
            self.input("open");
        }
    }

    fn say(&mut self, line: &str) {
        let line = if line.as_bytes()[0].is_ascii_digit() || line.starts_with("abc") {
            self.sequence = line[..3].parse::<u16>().map_or(self.sequence, |number| number + 1);
            line.to_owned()
        } else {
            if line.starts_with("RS,") {
                self.sequence = 0;
            }
            self.sequence += 1;
            format!("{:03},{line}", self.sequence - 1)
        };
        self.session.received(frame([format!("{line}\r\n").as_bytes()]), self.now());
        self.drain();
    }

    fn answer(&mut self) {
        while let Some(command) = self.commands.pop_front() {
            let (code, invoke) =
                command.split_once(',').map(|(code, rest)| (code, rest.split(',').next().unwrap_or_default())).unwrap_or_default();
            for answer in (self.pbx)(&command) {
                let line =
                    answer.strip_prefix('!').map_or_else(|| format!("CF,{code},{invoke},{answer}"), |line| line.replace("INVOKE", invoke));
                self.say(&line);
            }
        }
    }

    pub(super) fn now(&self) -> Now {
        Now { wall: Time::from_millis(1_800_000_000_000).plus(self.passed), monotonic: self.passed }
    }

    fn input(&mut self, line: &str) {
        let now = self.now();
        if let Some(said) = line.strip_prefix("< ") {
            self.say(said);
        } else if let Some(digits) = line.strip_prefix("<x ") {
            let digits = digits.replace(' ', "");
            let bytes: Vec<u8> = (0..digits.len() / 2).map(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).unwrap()).collect();
            self.session.received(Bytes::from(bytes), now);
        } else if let Some(seconds) = line.strip_prefix('+') {
            return self.wait(Duration::from_secs_f64(seconds.parse().unwrap()));
        } else if let Some(mains) = line.strip_prefix("mains ") {
            let mains: Arc<[DeviceId]> = mains.split(' ').map(DeviceId::new).collect();
            self.session.request(Request::DeeMains(mains), now);
        } else if line == "answers" || line == "silent" {
            self.answers = line == "answers";
        } else if line == "open" {
            self.session.connected(now);
        } else if line == "close" {
            self.session.closed(now);
        }
        self.drain();
        self.answer();
    }

    /// Lets time pass, as the link does.
    pub(super) fn wait(&mut self, time: Duration) {
        let until = self.passed + time;
        let mut rounds = 0;
        while let Some(due) = self.session.poll_timeout().filter(|due| *due <= until) {
            self.passed = self.passed.max(due);
            self.session.timeout(self.now());
            self.drain();
            self.answer();
            rounds += 1;
            assert!(rounds < 10_000, "a timer that is always due");
        }
        self.passed = until;
    }

    pub(super) fn drain(&mut self) {
        while let Some(output) = self.session.poll_output() {
            let shown = shown(&output);
            if let Some(command) = shown.strip_prefix("> ").filter(|command| self.answers && *command != "login") {
                self.commands.push_back(command.to_owned());
            }
            if !shown.is_empty() {
                writeln!(self.transcript, "{shown}").unwrap();
            }
        }
    }
}

fn is_input(line: &str) -> bool {
    ["< ", "<x ", "+", "mains "].iter().any(|begin| line.starts_with(begin)) || matches!(line, "open" | "close" | "answers" | "silent")
}

fn shown(output: &Output) -> String {
    let begin = |text: &str| text.chars().take(SHOWN).collect::<String>().trim_end().to_owned();
    let scope = |scope: &Scope| match scope {
        Scope::All => "All".to_owned(),
        Scope::Node(node) => node.to_string(),
    };
    match output {
        Output::Send { bytes, shown } => match shown {
            Some(_) => "> login".to_owned(),
            None => format!("> {}", String::from_utf8_lossy(&bytes[4..]).trim_end()),
        },
        Output::Event(stamped) => match &stamped.event {
            Event::LinkLost { scope: of } => format!("lost {}", scope(of)),
            Event::ResyncBegan { scope: of } => format!("began {}", scope(of)),
            Event::Resynchronised { scope: of } => format!("ended {}", scope(of)),
            Event::AgentLoggedOn { agent, device } => format!("agent {agent} on {device}"),
            Event::AgentLoggedOff { agent, device } => format!("agent {agent} off {device}"),
            Event::Present(present) => format!("present {}", present.connection),
            Event::Cleared { connection, .. } => format!("cleared {connection}"),
            _ => String::new(),
        },
        Output::Status(status) => format!("status {status:?}"),
        Output::Notice(Notice::Message { .. }) => String::new(),
        Output::Notice(Notice::Malformed { what, .. }) => format!("malformed {}", begin(what)),
        Output::Notice(Notice::Degraded(text)) => format!("degraded {}", begin(text)),
        Output::Notice(Notice::Denied(text)) => format!("denied {}", begin(text)),
        Output::Notice(Notice::Info(text)) => format!("info {}", begin(text)),
        Output::Dee(report) => {
            let members: Vec<&str> = report.members.iter().map(DeviceId::as_str).collect();
            format!("dee {} {}", report.main, members.join(" ")).trim_end().to_owned()
        }
        Output::Disconnect(fault) => {
            let text = format!("{fault:?}");
            let kind = text.split('(').next().unwrap_or_default();
            format!("fault {kind} {}", begin(&fault.to_string()))
        }
    }
}

/// Plays the transcript on a session with these settings.
#[track_caller]
pub(super) fn play(settings: Settings, transcript: &str) -> Dialogue {
    play_on(Dialogue::new(Session::new(settings), |_| Vec::new()), transcript)
}

/// Plays the transcript on a dialogue under way.
#[track_caller]
pub(super) fn play_on(mut dialogue: Dialogue, transcript: &str) -> Dialogue {
    let lines: Vec<&str> = transcript.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    dialogue.transcript.clear();
    for line in lines.iter().filter(|line| is_input(line)) {
        writeln!(dialogue.transcript, "{line}").unwrap();
        dialogue.input(line);
    }
    let expected = lines.join("\n") + "\n";
    assert!(dialogue.transcript == expected, "what came is\n{}\nand not\n{expected}", dialogue.transcript);
    dialogue
}
