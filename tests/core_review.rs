//! Small captures, written by hand, of what the recordings do not show: each is replayed and its records held against a golden text.
//! And what a session makes of answers that do not come.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use strowger::directory::{Directory, PeopleFile};
use strowger::pbx::ami;
use strowger::pbx::capture::Reader;
use strowger::pbx::session::{Output, Session};
use strowger::record::{CallIdentity, CallRecord, Naming};
use strowger::replay::Replay;
use strowger::telephony::{Event, Now, Time};

const TRACES: &str = "tests/traces";

fn settings() -> Result<ami::Settings> {
    let naming = ami::Naming {
        trunks: vec!["trunk".parse()?],
        extensions: vec!["_10XX".parse()?],
        agents: vec!["_20XX".parse()?],
        agent_source: ami::AgentSource::MemberName,
        ..ami::Naming::default()
    };
    Ok(ami::Settings { naming, ..ami::Settings::default() })
}

fn replay(capture: &Path) -> Result<Vec<CallRecord>> {
    let people = PeopleFile::read(&Path::new(TRACES).join("people.toml"))?;
    let naming = Naming { site: "lab".into(), pbx: "asterisk".into(), country: None, identity: CallIdentity::Number };
    let mut replay = Replay::new(ami::Session::passive(settings()?), naming, Arc::new(Directory::from_people(&people)));
    let mut records = Vec::new();
    for entry in &mut Reader::open(capture)? {
        let (at, entry) = entry?;
        replay.entry(at, entry, &mut |record| records.push(record));
    }
    replay.finish(&mut |record| records.push(record));
    Ok(records)
}

/// A record in a few lines: what a reader of the golden text can check by head.
fn told(records: &[CallRecord]) -> Result<String> {
    let mut text = String::new();
    let moment = |at: Time| at.to_string()[17..23].to_owned();
    for record in records {
        let calls = record.switch_calls.join("+");
        let number = |number: &Option<String>| number.clone().unwrap_or_else(|| "?".into());
        let (caller, dialled) = (number(&record.caller.number), number(&record.dialled.number));
        let marks = [(record.end_uncertain, " end uncertain"), (!record.gaps.is_empty(), " gap")];
        let marks: String = marks.iter().filter(|(on, _)| *on).map(|(_, mark)| *mark).collect();
        let (from, until) = (moment(record.started_at), moment(record.ended_at));
        writeln!(text, "{calls}: {caller} > {dialled} {:?} {from}-{until}{marks}", record.outcome)?;
        for segment in &record.segments {
            let agent = segment.agent.as_ref().map(|agent| format!("/{agent}")).unwrap_or_default();
            let answered = segment.answered_at.map_or_else(|| "-".into(), moment);
            let (from, until) = (moment(segment.started_at), moment(segment.ended_at));
            let what = format!("{:?} {:?} by {:?}", segment.role, segment.outcome, segment.left_by);
            writeln!(text, "  {}{agent} {what} {from} {answered} {until}", segment.device)?;
        }
    }
    Ok(text)
}

#[test]
fn hand_written_captures() -> Result<()> {
    let mut seen = 0;
    for entry in std::fs::read_dir(Path::new(TRACES).join("review"))? {
        let capture = entry?.path();
        let Some(name) = capture.to_str().and_then(|path| path.strip_suffix(".capture.jsonl")) else { continue };
        let golden = format!("{name}.records.txt");
        let told = told(&replay(&capture)?)?;
        if std::env::var_os("STROWGER_WRITE_GOLDEN").is_some() {
            std::fs::write(&golden, &told)?;
        }
        let expected = std::fs::read_to_string(&golden).with_context(|| golden.clone())?;
        ensure!(told == expected, "{golden} says\n{expected}but the records are\n{told}");
        seen += 1;
    }
    ensure!(seen > 0, "no captures found");
    Ok(())
}

/// An Asterisk that answers what it is asked, but for what `deaf_to` names.
struct Asterisk {
    session: ami::Session,
    seconds: u64,
    deaf_to: Option<&'static str>,
    lists: &'static str,
    events: Vec<Event>,
    disconnected: bool,
}

impl Asterisk {
    fn started() -> Result<Self> {
        let session = ami::Session::new(ami::Settings { auth: ami::Auth::Plain, ..settings()? });
        let mut asterisk = Self { session, seconds: 0, deaf_to: None, lists: "", events: Vec::new(), disconnected: false };
        asterisk.session.connected(asterisk.now());
        asterisk.say("Asterisk Call Manager/11.0.0\r\n");
        asterisk.say("Event: FullyBooted\r\n\r\n");
        Ok(asterisk)
    }

    fn now(&self) -> Now {
        let monotonic = Duration::from_secs(self.seconds);
        Now { wall: Time::from_millis(1_795_326_914_000).plus(monotonic), monotonic }
    }

    fn say(&mut self, text: &str) {
        self.session.received(Bytes::copy_from_slice(text.as_bytes()), self.now());
        self.answer();
    }

    fn answer(&mut self) {
        while let Some(output) = self.session.poll_output() {
            match output {
                Output::Send { bytes, .. } => {
                    let action = String::from_utf8_lossy(&bytes).into_owned();
                    let field = |key: &str| action.lines().find_map(|l| l.strip_prefix(key)).map(|v| v.trim().to_owned());
                    let (name, id) = (field("Action:").unwrap_or_default(), field("ActionID:").unwrap_or_default());
                    if self.deaf_to == Some(name.as_str()) {
                        continue;
                    }
                    let items = if name == "CoreShowChannels" { self.lists.replace("{id}", &id) } else { String::new() };
                    let list = format!("{items}Event: {name}Complete\r\nActionID: {id}\r\nEventList: Complete\r\n\r\n");
                    let list = if matches!(name.as_str(), "Login" | "CoreSettings" | "CoreStatus" | "Ping") { String::new() } else { list };
                    let text = format!("Response: Success\r\nActionID: {id}\r\n\r\n{list}");
                    self.session.received(Bytes::from(text), self.now());
                }
                Output::Event(stamped) => self.events.push(stamped.event),
                Output::Disconnect(_) => self.disconnected = true,
                Output::Status(_) | Output::Notice(_) | Output::Dee(_) => {}
            }
        }
    }

    fn wait(&mut self, seconds: u64) {
        for _ in 0..seconds {
            self.seconds += 1;
            self.session.timeout(self.now());
            self.answer();
        }
    }

    fn cleared(&self) -> usize {
        self.events.iter().filter(|e| matches!(e, Event::Cleared { .. })).count()
    }
}

const CALLING: &str =
    "Event: Newchannel\r\nChannel: PJSIP/1001-00000001\r\nChannelState: 4\r\nUniqueid: 1.1\r\nLinkedid: 1.1\r\nExten: 1002\r\n\r\n";

#[test]
fn an_audit_without_an_answer_ends_no_call() -> Result<()> {
    let mut asterisk = Asterisk::started()?;
    asterisk.say(CALLING);
    asterisk.deaf_to = Some("CoreShowChannels");
    asterisk.wait(700);
    ensure!(asterisk.cleared() == 0, "a call was ended because a question was not answered");
    asterisk.deaf_to = None;
    asterisk.wait(700);
    ensure!(asterisk.cleared() == 1, "a call that the PBX forgot was not ended");
    Ok(())
}

#[test]
fn a_refresh_without_an_answer_logs_nobody_off() -> Result<()> {
    let mut asterisk = Asterisk::started()?;
    asterisk.say("Event: QueueMemberAdded\r\nQueue: sales\r\nMemberName: 2001\r\nInterface: PJSIP/1005\r\n\r\n");
    asterisk.deaf_to = Some("QueueStatus");
    asterisk.say("Event: Reload\r\nModule: app_queue.so\r\nStatus: 0\r\n\r\n");
    asterisk.wait(60);
    ensure!(!asterisk.events.iter().any(|e| matches!(e, Event::AgentLoggedOff { .. })), "an agent was logged off");
    Ok(())
}

#[test]
fn a_snapshot_without_the_queues_is_none() -> Result<()> {
    let mut asterisk = Asterisk::started()?;
    asterisk.session.closed(asterisk.now());
    asterisk.deaf_to = Some("QueueStatus");
    asterisk.session.connected(asterisk.now());
    asterisk.say("Asterisk Call Manager/11.0.0\r\n");
    asterisk.say("Event: FullyBooted\r\n\r\n");
    asterisk.wait(20);
    ensure!(asterisk.disconnected, "agents would be taken for lost");
    Ok(())
}

#[test]
fn an_audit_keeps_what_it_lists() -> Result<()> {
    let mut asterisk = Asterisk::started()?;
    asterisk.say(CALLING);
    asterisk.lists = "Event: CoreShowChannel\r\nActionID: {id}\r\nChannel: PJSIP/1001-00000001\r\nUniqueid: 1.1\r\n\r\n";
    asterisk.wait(700);
    ensure!(asterisk.cleared() == 0, "a call that is there was ended");
    Ok(())
}
