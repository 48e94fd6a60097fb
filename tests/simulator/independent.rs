//! A client written from the public reference alone, and its counterpart, which shows that the client asks for nothing more.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use strowger::simulator::exchange::{Action, Config, Exchange};
use strowger::simulator::oai::{ConnectionId, LineEnd, Output, Profile, Server, Wire as Writes};
use strowger::simulator::scenario::Scenario;
use strowger::simulator::{default_people, default_site, truth};
use strowger::telephony::{DeviceId, Time};

use crate::startup::{Started, start};
use crate::support::oai::client::{Client, Wire};
use crate::support::oai::frame::Writing;
use crate::support::oai::pbx::Pbx;
use crate::support::oai::plan::{Device, Group, Plan};

/// The way to an independent PBX in memory.
struct ToPbx {
    pbx: Pbx,
    writing: Writing,
}

impl Wire for ToPbx {
    fn send(&mut self, bytes: &[u8]) {
        self.pbx.received(bytes);
    }

    fn receive(&mut self) -> Vec<u8> {
        self.writing.write(&self.pbx.take()).concat()
    }
}

#[test]
fn the_independent_client_and_the_independent_pbx_understand_each_other() {
    let device = |extension: &str, name: &str| Device { extension: extension.to_owned(), name: name.to_owned() };
    let plan = Plan {
        stations: vec![device("1001", "Noor"), device("1002", "Doe, John")],
        trunks: vec![device("94001", "ISDN")],
        groups: vec![Group {
            device: device("3001", "Sales"),
            kind: 2,
            members: vec![("2001".to_owned(), "1001".to_owned(), 1), ("2002".to_owned(), String::new(), 0)],
        }],
        agents: vec!["2001".to_owned(), "2002".to_owned()],
        ..Plan::default()
    };
    for writing in [Writing::default(), Writing { several: true, end: b"\r", ..Writing::default() }] {
        let wire = ToPbx { pbx: Pbx::new(plan.clone()), writing };
        let mut client = Client::log_in(wire, "1234");
        let started = start(&mut client, false);
        assert_eq!(started.stations.len(), 2);
        assert_eq!(started.agents, ["2001", "2002"]);
        assert_eq!(started.groups, ["3001"]);
        assert_eq!(started.logged_on.len(), 2);
    }
}

/// The way to the simulator in memory.
struct ToSimulator {
    server: Server,
    exchange: Exchange,
    now: Time,
    /// The server has closed.
    is_closed: bool,
}

const ID: ConnectionId = ConnectionId(7);

impl ToSimulator {
    fn new(site: Config, profile: Profile) -> Self {
        let exchange = Exchange::new(site, truth::Settings::default()).expect("a site");
        let now = Time::parse("2026-11-22T05:00:00Z").expect("valid");
        let mut server = Server::new(profile);
        server.connected(ID, now);
        Self { server, exchange, now, is_closed: false }
    }

    fn tell(&mut self) {
        let mut facts = Vec::new();
        while let Some(fact) = self.exchange.poll_fact() {
            facts.push(fact);
        }
        self.server.facts(&facts, &self.exchange);
    }

    fn pass(&mut self, time: Duration) {
        let until = self.now.plus(time);
        while let Some(due) =
            [self.server.poll_timeout(), self.exchange.poll_timeout()].into_iter().flatten().min().filter(|due| *due <= until)
        {
            self.now = self.now.max(due);
            self.exchange.timeout(self.now);
            self.server.timeout(&mut self.exchange, self.now);
            self.tell();
        }
        self.now = until;
    }

    fn act(&mut self, action: Action) {
        self.exchange.act(self.now, action).expect("done");
        self.tell();
    }
}

impl Wire for ToSimulator {
    fn send(&mut self, bytes: &[u8]) {
        self.server.received(ID, Bytes::copy_from_slice(bytes), &mut self.exchange, self.now);
        self.tell();
    }

    fn receive(&mut self) -> Vec<u8> {
        let mut came = Vec::new();
        while let Some(output) = self.server.poll_output() {
            match output {
                Output::Send { bytes, .. } => came.extend_from_slice(&bytes),
                Output::Close { .. } => self.is_closed = true,
            }
        }
        came
    }
}

fn site() -> Config {
    default_site(&default_people().expect("people"))
}

fn direct(profile: Profile) -> (Client<ToSimulator>, Started) {
    let password = profile.password.clone();
    let mut client = Client::log_in(ToSimulator::new(site(), profile), &password);
    let started = start(&mut client, false);
    (client, started)
}

/// Every step of the working order is answered in the documented layout, in whichever way the lines are written.
#[test]
fn the_simulator_serves_an_independent_client() {
    let plain = Profile::default;
    let forms = [
        plain(),
        Profile { password: "1234".into(), ..plain() },
        Profile { wire: Writes { line_end: LineEnd::Cr, ..Writes::default() }, ..plain() },
    ];
    for profile in forms {
        let (_, started) = direct(profile);
        let numbers: Vec<String> = (1001..=1060).map(|number| number.to_string()).collect();
        let stations: Vec<&String> = started.stations.iter().map(|(_, extension)| extension).collect();
        assert!(numbers.iter().all(|number| stations.contains(&number)), "{stations:?}");
        assert_eq!(started.agents, (2001..=2020).map(|number| number.to_string()).collect::<Vec<_>>());
        assert_eq!(started.groups, (3001..=3006).map(|number| number.to_string()).collect::<Vec<_>>());
    }
}

#[test]
fn signs_of_life_every_half_minute_keep_the_monitors_and_silence_loses_them() {
    let (mut client, _) = direct(Profile::default());
    for _ in 0..20 {
        client.wire.pass(Duration::from_secs(30));
        client.ask("_NO", "");
    }
    assert_eq!(client.events, Vec::<Vec<String>>::new());
    client.wire.pass(Duration::from_secs(4 * 60 + 29));
    client.listen();
    assert_eq!(client.events, Vec::<Vec<String>>::new(), "4.5 minutes are not over");
    client.wire.pass(Duration::from_secs(2));
    let rs = client.started();
    assert_eq!(rs[1], "0", "monitors and settings are gone");
    client.wire.act(Action::Dial { device: DeviceId::new("1001"), digits: "1002".into(), account: None });
    client.listen();
    assert_eq!(client.events, Vec::<Vec<String>>::new(), "nothing is monitored any more");
    assert!(!client.wire.is_closed, "the connection stays, and no new login is needed");
    client.monitor(",3,A:FFFF,C:FFFF,F:FFFF");
}

/// A call made, answered, held, retrieved and ended by commands: each event in its documented number of fields.
#[test]
fn commands_make_a_call_and_its_events_have_the_documented_fields() {
    let (mut client, started) = direct(Profile::default());
    let reference = |extension: &str| {
        started.stations.iter().find(|(_, known)| known == extension).map(|(reference, _)| reference.clone()).expect("monitored")
    };
    let made = client.ask("_MC", "1007,1008");
    assert!(made.contains(&"1007".to_owned()), "call and extension, in either order: {made:?}");
    let call = made.iter().find(|field| *field != "1007").expect("a call").clone();
    client.listen();
    let [or] = client.took("OR").try_into().expect("one OR, at the calling station");
    assert_eq!(or, ["OR", "", &reference("1007"), &call, "1007", "", "I", "1008", "", "C", "22"]);
    let delivered = client.took("DE");
    assert_eq!(delivered.len(), 2, "one for each station: {delivered:?}");
    for de in &delivered {
        let state = if de[2] == reference("1008") { "A" } else { "C" };
        assert_eq!(de.len(), 19, "fields up to the group: {de:?}");
        assert_eq!(de[3..9], [&call, "1008", "", "I", "1007", ""].map(str::to_owned), "{de:?}");
        assert_eq!(de[12..], ["I", "1008", "", "", state, "22", ""].map(str::to_owned), "{de:?}");
    }
    client.wire.pass(Duration::from_secs(3));
    client.ask("_AC", &format!("1008,{call}"));
    client.listen();
    let established = client.took("ES");
    assert_eq!(established.len(), 2, "{established:?}");
    for es in &established {
        assert_eq!(es[3..], [&call, "1008", "", "I", "1007", "", "", "I", "1008", "", "C", "35"].map(str::to_owned), "{es:?}");
    }
    client.ask("_HC", &format!("1008,{call}"));
    client.listen();
    let held = client.took("HE");
    assert_eq!(held.len(), 2, "{held:?}");
    for he in &held {
        let state = if he[2] == reference("1008") { "H" } else { "C" };
        assert_eq!(he[3..], [&call, "1008", state, "42"].map(str::to_owned), "{he:?}");
    }
    client.ask("_RV", &format!("1008,{call}"));
    client.listen();
    let retrieved = client.took("RE");
    assert_eq!(retrieved.len(), 2, "{retrieved:?}");
    for re in &retrieved {
        assert_eq!(re[3..], [&call, "1008", "C", "35", "1007", "", "", "I"].map(str::to_owned), "{re:?}");
    }
    client.ask("_CX", &format!("1007,{call}"));
    client.listen();
    let cleared = client.took("XC");
    assert!(cleared.len() >= 2, "{cleared:?}");
    assert!(cleared.iter().all(|xc| xc.len() == 8 && xc[3] == call && xc[5] == "1007" && xc[7] == "36"), "{cleared:?}");
    assert!(cleared.iter().any(|xc| xc[4] == "1007" && xc[6] == "N"), "{cleared:?}");
    assert!(cleared.iter().any(|xc| xc[4] == "1008" && xc[6] == "N"), "{cleared:?}");
}

#[test]
fn what_cannot_be_done_has_the_documented_outcome() {
    let (mut client, _) = direct(Profile::default());
    for (code, arguments, outcome) in [
        ("_XYZ", "", "45"),
        ("_QH", "9876", "9"),
        ("_QH", "1001", "11"),
        ("_MS", "9876,1,A:0", "9"),
        ("_MS", "1001,77", "31"),
        ("_MP", "999999", "12"),
        ("_HC", "1001,77", "8"),
        ("_MC", "9876,1001", "9"),
        ("_QX", ",77,1,1", "31"),
        ("_RR", "9876", "9"),
    ] {
        let (got, _) = client.ask_any(code, arguments);
        assert_eq!(got, outcome, "{code},{arguments}");
    }
    client.wire.send(&crate::support::oai::frame::command("_NO"));
    let line = client.next().expect("an answer");
    assert_eq!(line[..4], ["CF", "_NO", "", "41"].map(str::to_owned), "a command without invoke id: {line:?}");
}

#[test]
fn one_client_too_many_hears_so() {
    let mut wire = ToSimulator::new(site(), Profile { ports: 1, ..Profile::default() });
    wire.server.connected(ConnectionId(8), wire.now);
    wire.server.received(ConnectionId(8), crate::support::oai::frame::login("", "First").into(), &mut wire.exchange, wire.now);
    while wire.server.poll_output().is_some() {}
    let mut client = Client::log_in(wire, "");
    assert_eq!(client.next().expect("PE"), ["PE", "", "1"]);
    assert_eq!(client.next(), None);
    assert!(client.wire.is_closed);
}

#[test]
fn a_wrong_password_ends_the_connection() {
    let mut client = Client::log_in(ToSimulator::new(site(), Profile { password: "right".into(), ..Profile::default() }), "wrong");
    assert_eq!(client.next(), None);
    assert!(client.wire.is_closed);
}

#[test]
fn a_gateway_of_two_nodes_is_told_apart_from_a_node() {
    let text = "title = \"two nodes\"\nsteps = \"\"\n[[node]]\nnumber = 2\n[[station]]\nnumber = \"1101\"\nnode = 2\nname = \"Branch\"\n";
    let site = Scenario::parse(text, Path::new("")).expect("a scenario").site;
    let mut client = Client::log_in(ToSimulator::new(site, Profile::gateway()), "");
    let started = start(&mut client, true);
    assert!(started.stations.iter().all(|(reference, _)| reference.len() == 6), "{:?}", started.stations);
    let signs = client.ask("_NO", "");
    assert_eq!(signs, ["2", "1", "1", "2", "1"], "both nodes answer");
}

/// The global resync: confirmed, told under its invoke id, ended by RD, numbers go on; too soon the next time.
#[test]
fn a_resync_tells_the_calls_that_are_up() {
    let (mut client, _) = direct(Profile::default());
    client.wire.act(Action::Dial { device: DeviceId::new("1007"), digits: "1008".into(), account: None });
    client.wire.act(Action::Answer { device: DeviceId::new("1008"), call: None });
    client.wire.act(Action::SetDnd {
        device: DeviceId::new("1009"),
        dnd: Some(strowger::simulator::exchange::Dnd { message: 1, text: "BACK SOON".into() }),
    });
    client.listen();
    client.events.clear();
    client.wire.send(&crate::support::oai::frame::command("_RR,245"));
    let cf = client.next().expect("an answer");
    assert_eq!(cf[..4], ["CF", "_RR", "245", "0"].map(str::to_owned), "{cf:?}");
    client.listen();
    assert_eq!(client.events.pop().expect("RD"), ["RD", "245", ""]);
    assert!(client.events.iter().all(|event| event[1] == "245"), "{:#?}", client.events);
    assert_eq!(client.events.iter().filter(|event| event[0] == "ES").count(), 2, "one for each station that talks");
    let dnd = client.took("DND");
    assert_eq!(dnd.len(), 1, "{dnd:?}");
    assert_eq!(dnd[0][3], "1009");
    assert!(dnd[0][5].contains("BACK SOON"), "{dnd:?}");
}
