//! The face as its clients see it: an exchange, clients, and the lines that they read.

mod commands;
mod faults;
mod flows;
mod forms;
mod monitors;
mod nodes;
mod properties;
mod startup;

use std::time::Duration;

use bytes::Bytes;
use strowger_protocol::oai::{Decoder, Item, Limits, Login, Service, frame};

use super::{ConnectionId, Ending, Output, Profile, Server};
use crate::simulator::exchange::{
    Action, Address, AgentConfig, Config, DeeConfig, DeeMember, Done, Exchange, HuntGroupConfig, HuntGroupKind, HuntOrder, NodeConfig,
    Options, Refusal, Route, StationConfig, StationKind, TrunkConfig, TrunkGroupConfig, TrunkKind, VoiceMailConfig,
};
use crate::simulator::truth::Settings;
use crate::telephony::Time;

/// 15 July 2005, 02:04 UTC, as in the documented capture.
const START: i64 = 1_121_393_040_000;

/// An exchange with a port, its clients, and the time.
struct Site {
    exchange: Exchange,
    server: Server,
    at: Time,
    clients: Vec<Client>,
}

struct Client {
    decoder: Decoder,
    lines: Vec<String>,
    writes: Vec<Bytes>,
    ended: Option<Ending>,
}

/// Stations 100 to 106, trunks 97061 and 97062 (access code 9), groups 273 (agents 2003, 2004), 274 (UCD, all ring), 275 (ACD without
/// ids), voice mail 500, and 104 whose user also has 105 and a mobile.
fn config() -> Config {
    let station = |number: u16| StationConfig::new(Address::new(1, number.to_string()), format!("User {number}"));
    let mut stations: Vec<StationConfig> = (100..=106).map(station).collect();
    stations[5].kind = StationKind::Softphone;
    let trunk = |number: &str| TrunkConfig { address: Address::new(1, number), name: "TRUNK".into(), kind: TrunkKind::Isdn };
    let group = |number: &str, kind, order, members: &[&str]| HuntGroupConfig {
        address: Address::new(1, number),
        name: format!("Group {number}").into(),
        kind,
        order,
        members: members.iter().map(|member| (*member).into()).collect(),
        no_answer_after: Some(Duration::from_secs(15)),
        overflow: None,
        wrap_up: Duration::from_secs(10),
        queue_max: None,
    };
    Config {
        nodes: vec![NodeConfig { number: 1, name: "Node 1".into() }],
        stations,
        trunks: vec![trunk("97061"), trunk("97062")],
        trunk_groups: vec![TrunkGroupConfig {
            address: Address::new(1, "92001"),
            name: "Outgoing".into(),
            access: "9".into(),
            trunks: vec!["97061".into(), "97062".into()],
        }],
        hunt_groups: vec![
            group("273", HuntGroupKind::AcdWithAgents, HuntOrder::Linear, &["2003", "2004"]),
            group("274", HuntGroupKind::Ucd, HuntOrder::AllRing, &["101", "102"]),
            group("275", HuntGroupKind::Acd, HuntOrder::Linear, &["106"]),
        ],
        agents: ["2003", "2004"].iter().map(|id| AgentConfig { id: (*id).into(), name: format!("Agent {id}").into() }).collect(),
        voice_mails: vec![VoiceMailConfig { address: Address::new(1, "500"), name: "Voice mail".into() }],
        dee: vec![DeeConfig {
            main: "104".into(),
            members: vec![DeeMember::Station("105".into()), DeeMember::Outside("5550177".into())],
            is_on: true,
        }],
        routes: vec![Route { dnis: "8002225555".into(), label: Some("SALES".into()), node: 1, day: "273".into(), night: None }],
        options: Options { call_ids: 100, ..Options::default() },
        ..Config::default()
    }
}

impl Site {
    fn new(profile: Profile) -> Self {
        Self::with(profile, config())
    }

    fn with(profile: Profile, config: Config) -> Self {
        let exchange = Exchange::new(config, Settings::default()).expect("a sound configuration");
        Self { exchange, server: Server::new(profile), at: Time::from_millis(START), clients: Vec::new() }
    }

    /// A client that has logged in and has read RS and RD.
    fn client(&mut self) -> usize {
        let client = self.connect();
        self.login(client, "");
        let lines = self.lines(client);
        assert_eq!(lines.len(), 2, "{lines:?}");
        client
    }

    /// The same with every event of all stations, trunks and groups.
    fn watching(&mut self) -> usize {
        let client = self.client();
        self.watch(client);
        client
    }

    fn watch(&mut self, client: usize) {
        self.say(client, "_MS,1,,3,A:FFFF,C:FFFF,F:0");
        self.say(client, "_MS,2,,4,A:FFFF,C:FFFF,F:0");
        for (invoke, group) in [(3, "273"), (4, "274"), (5, "275")] {
            self.say(client, &format!("_MS,{invoke},{group},1,A:FFFF,C:FFFF,F:0"));
        }
        self.lines(client);
    }

    fn connect(&mut self) -> usize {
        let id = self.clients.len();
        self.clients.push(Client { decoder: Decoder::new(Limits::default()), lines: Vec::new(), writes: Vec::new(), ended: None });
        self.server.connected(ConnectionId(id as u64), self.at);
        id
    }

    fn login(&mut self, client: usize, password: &str) {
        let login = Login { service: Service::SystemOai, password: password.into(), application: "Sim".into() };
        self.bytes(client, &login.encode().expect("sound"));
    }

    fn bytes(&mut self, client: usize, bytes: &[u8]) {
        self.server.received(ConnectionId(client as u64), Bytes::copy_from_slice(bytes), &mut self.exchange, self.at);
        self.spread();
    }

    fn say(&mut self, client: usize, command: &str) {
        self.bytes(client, &frame([format!("{command}\r").as_bytes()]));
    }

    /// Says it, and gives the one line that answers.
    fn ask(&mut self, client: usize, command: &str) -> String {
        self.lines(client);
        self.say(client, command);
        let lines = self.lines(client);
        let answer = lines.iter().find(|line| line.split(',').nth(1) == Some("CF")).unwrap_or_else(|| panic!("no answer: {lines:?}"));
        answer.split_once(',').map(|(_, rest)| rest.to_owned()).expect("numbered")
    }

    fn act(&mut self, action: Action) -> Done {
        self.tried(action).expect("it can be done")
    }

    fn tried(&mut self, action: Action) -> Result<Done, Refusal> {
        let done = self.exchange.act(self.at, action);
        self.spread();
        done
    }

    fn wait(&mut self, time: Duration) {
        self.at = self.at.plus(time);
        self.exchange.timeout(self.at);
        self.spread();
        self.server.timeout(&mut self.exchange, self.at);
        self.spread();
    }

    /// Facts to the server, and what it says to the clients.
    fn spread(&mut self) {
        let facts: Vec<_> = std::iter::from_fn(|| self.exchange.poll_fact()).collect();
        if !facts.is_empty() {
            self.server.facts(&facts, &self.exchange);
        }
        while let Some(output) = self.server.poll_output() {
            match output {
                Output::Send { to, bytes } => self.hear(usize::try_from(to.0).expect("small"), bytes),
                Output::Close { id, why } => self.clients[usize::try_from(id.0).expect("small")].ended = Some(why),
            }
        }
    }

    fn hear(&mut self, client: usize, bytes: Bytes) {
        let client = &mut self.clients[client];
        client.writes.push(bytes.clone());
        client.decoder.push(bytes);
        while let Ok(Some(item)) = client.decoder.next_item() {
            if let Item::Line(line) = item {
                client.lines.push(line.text().into_owned());
            }
        }
    }

    /// What that client has read since it was asked last.
    fn lines(&mut self, client: usize) -> Vec<String> {
        std::mem::take(&mut self.clients[client].lines)
    }

    /// The same as flows are written in the reference: without numbers, the monitor as `M` and its device.
    fn told(&mut self, client: usize) -> Vec<String> {
        let lines = self.lines(client);
        lines.iter().map(|line| self.normal(client, line)).collect()
    }

    fn normal(&self, client: usize, line: &str) -> String {
        let mut fields: Vec<String> = line.split(',').skip(1).map(ToOwned::to_owned).collect();
        let monitors = &self.server.connections[&ConnectionId(client as u64)].monitors;
        let subject = fields.get(2).and_then(|id| id.parse().ok()).and_then(|id| monitors.get(id)).map(|monitor| monitor.subject.clone());
        if let (Some(subject), false) = (subject, matches!(fields[0].as_str(), "CF" | "LS")) {
            use super::monitor::Subject;
            fields[2] = match subject {
                Subject::Device(device) => format!("M{device}"),
                Subject::Via(device) => format!("MVIA{device}"),
                Subject::Agent(agent) => format!("MAGENT{agent}"),
                Subject::System(node) => format!("MSYS{node}"),
                Subject::Call(_) | Subject::Termination => "MCALL".to_owned(),
            };
        }
        fields.join(",")
    }

    fn dial(&mut self, station: &str, digits: &str) -> String {
        let done = self.act(Action::Dial { device: station.into(), digits: digits.into(), account: None });
        done.call.expect("a call").to_string()
    }

    fn answer(&mut self, station: &str) {
        self.act(Action::Answer { device: station.into(), call: None });
    }

    fn hang_up(&mut self, station: &str) {
        self.act(Action::HangUp { device: station.into(), call: None });
    }

    fn call_in(&mut self, dnis: &str) -> String {
        let call = Action::TrunkCall {
            trunk: Some("97061".into()),
            number: Some("6025551212".into()),
            name: Some("ACME".into()),
            dnis: dnis.into(),
        };
        self.act(call).call.expect("a call").to_string()
    }
}
