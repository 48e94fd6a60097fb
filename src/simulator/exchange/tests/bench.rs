//! A small exchange, driven by the second, and its truth in short lines.

use std::time::Duration;

use smol_str::SmolStr;

use crate::directory::PeopleFile;
use crate::record::{CallRecord, Segment};
use crate::simulator::exchange::{
    Action, Address, AgentConfig, CallFactKind, Config, DeeConfig, DeeMember, Deed, Done, Exchange, Fact, HuntGroupConfig, HuntGroupKind,
    HuntOrder, NodeConfig, Overflow, Refusal, Route, StationConfig, TrunkConfig, TrunkGroupConfig, TrunkKind, VoiceMailConfig, What,
};
use crate::simulator::truth::Settings;
use crate::telephony::{AgentId, DeviceId, Time};

const PEOPLE: &str = r#"
[[users]]
name = "Ann"
primary = { extension = "1001" }
groups = ["Sales"]
primary_group = "Sales"
[[users]]
name = "Bob"
primary = { extension = "1002" }
secondary = [{ agent = "2001" }]
[[users]]
name = "Cem"
primary = { agent = "2002" }
[[dee]]
main = "1001"
members = ["1011", "5550111"]
"#;

/// A small exchange, its facts and its truth.
pub(super) struct Bench {
    pub(super) exchange: Exchange,
    pub(super) facts: Vec<Fact>,
}

/// Moment 0 of the scenarios.
pub(super) const START: Time = Time::from_millis(1_800_000_000_000);

pub(super) fn at(seconds: u64) -> Time {
    START.plus(Duration::from_secs(seconds))
}

pub(super) fn dev(number: &str) -> DeviceId {
    DeviceId::new(number)
}

fn group(number: &str, kind: HuntGroupKind, order: HuntOrder, members: &[&str]) -> HuntGroupConfig {
    HuntGroupConfig {
        address: Address::new(1, number),
        name: SmolStr::new(number),
        kind,
        order,
        members: members.iter().map(SmolStr::new).collect(),
        no_answer_after: Some(Duration::from_secs(10)),
        overflow: None,
        wrap_up: Duration::ZERO,
        queue_max: None,
    }
}

/// Stations 1001 to 1008 and 1011, trunks 94001 to 94003 by 9, groups 3001 to 3005, agents 2001 and 2002, voice mail 2500.
pub(super) fn site() -> Config {
    let stations = ["1001", "1002", "1003", "1004", "1005", "1006", "1007", "1008", "1011"];
    let trunks = ["94001", "94002", "94003"];
    let mut agents = group("3003", HuntGroupKind::AcdWithAgents, HuntOrder::Circular, &["2001", "2002"]);
    agents.overflow = Some(Overflow { after: Duration::from_secs(30), to: "2500".into() });
    agents.wrap_up = Duration::from_secs(5);
    let mut small = group("3005", HuntGroupKind::Ucd, HuntOrder::Linear, &["1007"]);
    small.queue_max = Some(0);
    Config {
        nodes: vec![NodeConfig { number: 1, name: "One".into() }],
        stations: stations.iter().map(|number| StationConfig::new(Address::new(1, number), number)).collect(),
        trunk_groups: vec![TrunkGroupConfig {
            address: Address::new(1, "94100"),
            name: "Network".into(),
            access: "9".into(),
            trunks: trunks.iter().map(DeviceId::new).collect(),
        }],
        trunks: trunks
            .iter()
            .map(|number| TrunkConfig { address: Address::new(1, number), name: "Line".into(), kind: TrunkKind::Isdn })
            .collect(),
        hunt_groups: vec![
            group("3001", HuntGroupKind::Ucd, HuntOrder::Linear, &["1003", "1004"]),
            group("3002", HuntGroupKind::Ucd, HuntOrder::AllRing, &["1003", "1004", "1005"]),
            agents,
            group("3004", HuntGroupKind::Acd, HuntOrder::Circular, &["1005", "1006"]),
            small,
        ],
        agents: ["2001", "2002"].iter().map(|id| AgentConfig { id: AgentId::new(id), name: SmolStr::new(id) }).collect(),
        voice_mails: vec![VoiceMailConfig { address: Address::new(1, "2500"), name: "Voice mail".into() }],
        dee: vec![DeeConfig {
            main: dev("1001"),
            members: vec![DeeMember::Station(dev("1011")), DeeMember::Outside("5550111".into())],
            is_on: false,
        }],
        routes: vec![
            Route { dnis: "5550100".into(), label: Some("Sales".into()), node: 1, day: "1001".into(), night: Some("2500".into()) },
            Route { dnis: "5550133".into(), label: None, node: 1, day: "3003".into(), night: None },
        ],
        ..Config::default()
    }
}

pub(super) fn settings() -> Settings {
    let people = PeopleFile::parse(PEOPLE).expect("a people file");
    Settings { site: "hq".to_owned(), pbx: "mitel".to_owned(), country: None, people }
}

impl Bench {
    pub(super) fn new() -> Self {
        Self::of(site())
    }

    pub(super) fn of(config: Config) -> Self {
        Self { exchange: Exchange::new(config, settings()).expect("a sound site"), facts: Vec::new() }
    }

    /// What is due up to that second, at its own moment, then the action.
    pub(super) fn try_at(&mut self, second: u64, action: Action) -> Result<Done, Refusal> {
        self.until(second);
        let done = self.exchange.act(at(second), action);
        self.fetch();
        done
    }

    pub(super) fn at(&mut self, second: u64, action: Action) -> Done {
        let told = format!("{action:?}");
        self.try_at(second, action).unwrap_or_else(|refusal| panic!("{told}: {refusal}"))
    }

    pub(super) fn until(&mut self, second: u64) {
        while let Some(due) = self.exchange.poll_timeout().filter(|due| *due <= at(second)) {
            self.exchange.timeout(due);
        }
        self.fetch();
    }

    fn fetch(&mut self) {
        self.facts.extend(std::iter::from_fn(|| self.exchange.poll_fact()));
    }

    pub(super) fn dial(&mut self, second: u64, from: &str, digits: &str) -> Done {
        self.at(second, Action::MakeCall { device: dev(from), digits: digits.into(), account: None })
    }

    pub(super) fn answer(&mut self, second: u64, device: &str) {
        self.at(second, Action::Answer { device: dev(device), call: None });
    }

    pub(super) fn hang_up(&mut self, second: u64, device: &str) {
        self.at(second, Action::HangUp { device: dev(device), call: None });
    }

    pub(super) fn outside(&mut self, second: u64, trunk: &str, deed: Deed) {
        self.at(second, Action::Outside { trunk: dev(trunk), deed });
    }

    pub(super) fn inbound(&mut self, second: u64, dnis: &str) {
        let action =
            Action::TrunkCall { trunk: Some(dev("94001")), number: Some("5550199".into()), name: Some("Zoe".into()), dnis: dnis.into() };
        self.at(second, action);
    }

    pub(super) fn log_on(&mut self, second: u64, device: &str, agent: Option<&str>) {
        self.at(second, Action::LogOn { device: dev(device), agent: agent.map(AgentId::new), group: None });
    }

    /// The truth of what is over, call by call; no call is open any more.
    pub(super) fn truth(&mut self) -> Vec<String> {
        assert_eq!(self.exchange.calls().count(), 0, "calls are open: {:?}", self.exchange.calls().collect::<Vec<_>>());
        std::iter::from_fn(|| self.exchange.poll_truth()).flat_map(|record| told(&record)).collect()
    }

    /// The kinds of facts about calls since the start, by name.
    pub(super) fn kinds(&self) -> Vec<&'static str> {
        let calls = self.facts.iter().filter_map(|fact| match &fact.what {
            What::Call(fact) => Some(fact),
            _ => None,
        });
        calls.map(|fact| name(&fact.kind)).collect()
    }
}

pub(super) fn name(kind: &CallFactKind) -> &'static str {
    match kind {
        CallFactKind::ServiceInitiated { .. } => "SI",
        CallFactKind::Originated { .. } => "OR",
        CallFactKind::NetworkReached { .. } => "NT",
        CallFactKind::Delivered { .. } => "DE",
        CallFactKind::Routed { .. } => "ER",
        CallFactKind::Established { .. } => "ES",
        CallFactKind::Held { .. } => "HE",
        CallFactKind::Retrieved { .. } => "RE",
        CallFactKind::Queued { .. } => "QU",
        CallFactKind::Diverted { .. } => "DI",
        CallFactKind::Transferred { .. } => "TR",
        CallFactKind::Conferenced { .. } => "CO",
        CallFactKind::HandedOff { .. } => "HO",
        CallFactKind::ConnectionCleared { .. } => "XC",
        CallFactKind::CallCleared { .. } => "CC",
        CallFactKind::Failed { .. } => "FA",
        CallFactKind::Information { .. } => "CI",
    }
}

/// A record in short lines: seconds from the start, words as in the schema.
fn told(record: &CallRecord) -> Vec<String> {
    let answered = record.answered_at.map(|at| format!(" a{}", second(at))).unwrap_or_default();
    let trunk = record.trunk.as_ref().map(|trunk| format!(" by {trunk}")).unwrap_or_default();
    let party = |party: &crate::record::PartyInfo| {
        let name = party.name.as_ref().map(|name| format!("({name})")).unwrap_or_default();
        format!("{}{name}", party.number.as_deref().unwrap_or("-"))
    };
    let head = format!(
        "{} {} {}>{}{trunk} {}..{}{answered}",
        word(&record.direction),
        word(&record.outcome),
        party(&record.caller),
        party(&record.dialled),
        second(record.started_at),
        second(record.ended_at),
    );
    std::iter::once(head).chain(record.segments.iter().map(segment)).collect()
}

fn segment(segment: &Segment) -> String {
    let stay = format!("{}..{}", second(segment.started_at), second(segment.ended_at));
    let mut words = vec![segment.device.clone(), word(&segment.role), stay];
    words.extend(segment.answered_at.map(|at| format!("a{}", second(at))));
    let spans = [("ring", segment.ring_ms), ("hold", segment.hold_ms), ("queue", segment.queue_ms)];
    words.extend(spans.iter().filter(|(_, ms)| *ms > 0).map(|(what, ms)| format!("{what}{}", ms / 1000)));
    words.push(format!("{}/{}/{}", word(&segment.outcome), word(&segment.left_by), segment.cause));
    words.extend(segment.transfer.as_ref().map(|transfer| {
        let to = transfer.to_seq.map_or_else(|| "-".to_owned(), |seq| seq.to_string());
        format!("{}>{to}", word(&transfer.kind))
    }));
    words.extend(segment.agent.as_ref().map(|agent| format!("agent {agent}")));
    words.extend(segment.user.as_ref().map(|user| format!("{}:{}", user.name, word(&segment.attribution.rule))));
    format!("  {}", words.join(" "))
}

fn second(time: Time) -> i64 {
    (time.as_millis() - START.as_millis()) / 1000
}

fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("a word").trim_matches('"').to_owned()
}
