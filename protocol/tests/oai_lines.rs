//! The documented lines of the OAI reference: each is read whole, means what the reference says, and is written as it stands.

#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(clippy::unnecessary_wraps, reason = "fields are optional")]

use strowger_protocol::oai::{
    AgentMode, Cause, Confirmation, ConfirmationBody, DatabaseArea, Delivered, Entities, Event, EventBody, Extension, FeatureMask,
    FeatureNumber, FeatureReport, Field, Filters, HuntGroupType, LineEnd, LinkReason, ListType, LocalState, Message, MonitorId,
    MonitorType, Outcome, PartyType, PremiumFeatures, Resync, Style, Text, Version,
};

const REFERENCE: &str = include_str!("../testdata/oai/reference.txt");

fn message(line: &str) -> Message {
    let message = Message::parse(line).unwrap_or_else(|error| panic!("{line}: {error}"));
    assert!(!message.odd().any(), "{line}: {:?}", message.odd());
    message
}

fn event(line: &str) -> Event {
    match message(line) {
        Message::Event(event) => event,
        Message::Confirmation(confirmation) => panic!("{confirmation:?}"),
    }
}

fn confirmation(line: &str) -> Confirmation {
    match message(line) {
        Message::Confirmation(confirmation) => confirmation,
        Message::Event(event) => panic!("{event:?}"),
    }
}

macro_rules! body {
    ($line:expr, $variant:ident) => {{
        let event = event($line);
        match event.body {
            EventBody::$variant(body) => body,
            other => panic!("{}: {other:?}", $line),
        }
    }};
}

macro_rules! answer {
    ($line:expr, $variant:ident) => {{
        let confirmation = confirmation($line);
        assert_eq!(confirmation.extra, [], "{}", $line);
        match confirmation.body {
            ConfirmationBody::$variant(body) => body,
            other => panic!("{}: {other:?}", $line),
        }
    }};
}

fn ext(number: &str) -> Option<Extension> {
    Some(Extension::from(number))
}

fn text(text: &str) -> Option<Text> {
    Some(Text::from(text))
}

#[test]
fn each_documented_line_is_read_whole_and_written_as_it_stands() {
    let mut lines = 0;
    for line in REFERENCE.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let mask_digits = if line.contains("_QX,7") { 3 } else { 1 };
        let sloppy_cause = if line.ends_with(",3") { 1 } else { 2 };
        let style = Style { line_end: LineEnd::None, mask_digits, cause_digits: sloppy_cause, monitor_digits: 1, ..Style::default() };
        let (written, extra) = match message(line) {
            Message::Event(event) => {
                assert!(!matches!(event.body, EventBody::Unknown(_) | EventBody::Malformed(_)), "{line}: {event:?}");
                (event.encode(&style), event.extra)
            }
            Message::Confirmation(confirmation) => {
                assert!(!matches!(confirmation.body, ConfirmationBody::Unknown(_) | ConfirmationBody::Malformed(_)), "{line}");
                (confirmation.encode(&style), confirmation.extra)
            }
        };
        assert_eq!(extra, [], "{line}");
        // Blank fields at the end may be there or not, and padding is the PBX's choice.
        let plain = |line: &str| line.trim_end_matches(',').split(',').map(|field| unpadded(field).to_owned()).collect::<Vec<_>>();
        assert_eq!(plain(std::str::from_utf8(&written).unwrap()), plain(line));
        lines += 1;
    }
    assert!(lines > 110, "{lines} lines");
}

/// Without the padding of cross references and counts; call ids such as `0014` keep theirs on both sides.
fn unpadded(field: &str) -> &str {
    let digits = field.trim_start_matches('0');
    if field.bytes().all(|byte| byte.is_ascii_digit()) && !digits.is_empty() { digits } else { field }
}

#[test]
fn a_session_begins() {
    let event = event("000,RS,0,02:04,070515,V10.20,V6.0.11.113,3,0,1,3,1");
    assert_eq!((event.sequence.0, event.resync_kind(), &event.monitor), (0, Resync::PowerUp, &None));
    let EventBody::ResyncResponse(response) = event.body else { panic!() };
    assert_eq!((response.time.as_deref(), response.date.as_deref()), (Some("02:04"), Some("070515")));
    assert_eq!(response.version(), Some(Version { major: 10, minor: 20 }));
    assert_eq!((response.premium, response.software.as_deref()), (Some(PremiumFeatures::BOTH), Some("V6.0.11.113")));
    assert!(response.is_gateway() && response.networking == Some(true) && response.tcp_ip == Some(true));
    assert_eq!(response.country.and_then(strowger_protocol::oai::Country::name), Some("United Kingdom"));
    assert_eq!(body!("001,RD,0,", ResyncEnded).device, None);
    assert_eq!(body!("004,RD,245,100", ResyncEnded).device, ext("100"));
    assert_eq!(body!("120,RD,7,2:", ResyncEnded).device, Some(Extension::node(2)));
    assert_eq!(body!("000,PE,,4", PortsExceeded).max_ports, Some(4));
    assert_eq!(body!("120,LS,,2,0,3", LinkStatus).reason, Some(LinkReason::TCP_FAILED));
    let up = body!("155,LS,,2,1,4", LinkStatus);
    assert_eq!((up.node, up.up, up.reason), (Some(2), Some(true), Some(LinkReason::TCP_RECONNECTED)));
    let connection = body!("005,CS,,7,2,1,2", ConnectionStatus);
    assert_eq!((connection.connection, connection.previous_node, connection.is_up()), (Some(7), Some(1), false));
    let ended = event_of_monitor("009,ME,,000015,36");
    assert_eq!(ended.monitor, Some(MonitorId::from(15)));
}

fn event_of_monitor(line: &str) -> Event {
    let event = event(line);
    assert!(matches!(&event.body, EventBody::MonitorEnded(ended) if ended.cause == Some(Cause::NORMAL_CLEAR)));
    event
}

#[test]
fn an_internal_call() {
    let initiated = body!("001,SI,,M100,507,100,I,22,", ServiceInitiated);
    assert_eq!((&*initiated.call, initiated.initiator, initiated.state), ("507", ext("100"), Some(LocalState::Initiated)));
    assert_eq!(body!("001,SI,,M100,507,100,I,4,101", ServiceInitiated).callback_target, ext("101"));
    let originated = body!("002,OR,,M100,507,100,,I,101,,C,22", Originated);
    assert_eq!((originated.calling, originated.dialled.as_deref(), originated.account), (ext("100"), Some("101"), None));
    assert_eq!((originated.calling_type, originated.cause), (Some(PartyType::Internal), Some(Cause::NEW_CALL)));
    let delivered = body!("003,DE,,M101,507,101,,I,100,,,,,I,101,,,A,22,", Delivered);
    assert_eq!((delivered.alerting, delivered.calling, delivered.originally_called), (ext("101"), ext("100"), ext("101")));
    assert_eq!((delivered.state, delivered.group), (Some(LocalState::Alerting), None));
    let established = body!("005,ES,,M100,507,101,,I,100,,,I,101,,C,35", Established);
    assert_eq!((established.answering, established.calling, established.cause), (ext("101"), ext("100"), Some(Cause::ANSWERED)));
    let own = body!("007,XC,,M100,507,100,100,N,36", ConnectionCleared);
    assert_eq!((own.cleared, own.terminating, own.state), (ext("100"), ext("100"), Some(LocalState::Null)));
    assert_eq!(body!("008,XC,,M101,507,100,100,,36", ConnectionCleared).state, None);
    let cleared = body!("010,CC,,MCALL,507,36,,", CallCleared);
    assert_eq!((cleared.cause, cleared.transferred), (Some(Cause::NORMAL_CLEAR), None));
    let became = body!("010,CC,,MCALL,508,36,507,102", CallCleared);
    assert_eq!((became.transferred.as_deref(), became.destination), (Some("507"), ext("102")));
}

#[test]
fn an_incoming_call_that_waits() {
    let originated = body!("001,OR,,M97061,18532,97061,6025551212,E,8002225555,,C,22", Originated);
    assert_eq!((originated.calling, originated.calling_type), (ext("97061"), Some(PartyType::External)));
    assert_eq!((originated.outside_number.as_deref(), originated.dialled.as_deref()), (Some("6025551212"), Some("8002225555")));
    let short = body!("002,QU,,M273,18532,273,97061,|ACME|,6025551212,|SALES|,8002225555,E,273,,1,,Q,23", Queued);
    let long = body!("002,QU,,M273,18532,273,,I,97061,,6025551212,,8002225555,E,273,,1,,Q,23", Queued);
    for (queued, name, between) in [(&short, text("ACME"), 0), (&long, None, 2)] {
        assert_eq!((&*queued.call, &queued.queue, &queued.calling), ("18532", &ext("273"), &ext("97061")));
        assert_eq!((&queued.outside_name, queued.outside_number.as_deref()), (&name, Some("6025551212")));
        assert_eq!((queued.position, queued.state, queued.cause), (Some(1), Some(LocalState::Queued), Some(Cause::NO_AVAILABLE_AGENTS)));
        assert_eq!(
            (&queued.originally_called, queued.calling_type, queued.between.len()),
            (&ext("273"), Some(PartyType::External), between)
        );
    }
    let with_group = "004,DE,,M105,18532,105,,I,97061,|ACME|,6025551212,|SALES|,8002225555,E,273,,,A,22,273";
    let delivered = body!(with_group, Delivered);
    assert_eq!((delivered.group.as_ref(), delivered.trunk_name), (ext("273").as_ref(), text("SALES")));
    let before_7_00 = body!(with_group.strip_suffix(",273").unwrap(), Delivered);
    assert_eq!(before_7_00, Delivered { group: None, trunk_name: text("SALES"), ..body!(with_group, Delivered) });
    let elapsed = body!("009,ET,,M105,18532,105,37", ElapsedTime);
    assert_eq!((elapsed.device, elapsed.seconds), (ext("105"), Some(37)));
    for (line, agent) in [("008,NRY,,M105,105,2003", "2003"), ("013,WNR,,M105,105,2003", "2003"), ("014,RY,,M105,105,105", "105")] {
        match event(line).body {
            EventBody::AgentNotReady(state) | EventBody::AgentWorkNotReady(state) | EventBody::AgentReady(state) => {
                assert_eq!((state.device, state.agent.as_deref()), (Extension::new("105"), Some(agent)));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn hold_transfer_conference_diversion() {
    let held = body!("007,HE,,M105,0014,105,H,42", Held);
    assert_eq!((&*held.call, held.state, held.cause), ("0014", Some(LocalState::Hold), Some(Cause::INDIVIDUAL_HOLD)));
    let retrieved = body!("008,RE,,M101,0014,105,C,35,101,,,I", Retrieved);
    assert_eq!((retrieved.retrieving, retrieved.retrieved, retrieved.retrieved_type), (ext("105"), ext("101"), Some(PartyType::Internal)));
    let transferred = body!("011,TR,,M100,18532,100,101,18533,102,,,,,N,32", Transferred);
    assert_eq!((transferred.transferring, transferred.transferred, transferred.destination), (ext("100"), ext("101"), ext("102")));
    assert_eq!((transferred.announcement.as_deref(), transferred.cause), (Some("18533"), Some(Cause::TRANSFER)));
    assert_eq!(body!("013,TR,,M101,18532,100,101,,102,,,,,C,32", Transferred).announcement, None);
    let conference = body!("015,CO,,M100,100,222,223,100,3,100,224,101,222,102,223,C,41", Conferenced);
    assert_eq!((conference.subject, conference.controller), (ext("100"), ext("100")));
    assert_eq!((conference.primary.as_deref(), conference.secondary.as_deref()), (Some("222"), Some("223")));
    let parties: Vec<_> = conference.parties.iter().map(|party| (party.device.clone(), party.call.as_deref())).collect();
    assert_eq!(parties, [(ext("100"), Some("224")), (ext("101"), Some("222")), (ext("102"), Some("223"))]);
    assert_eq!((conference.state, conference.cause), (Some(LocalState::Connected), Some(Cause::CONFERENCE)));
    assert_eq!(body!("016,CO,,M101,101,222,,100,3,100,224,101,222,102,223,C,41", Conferenced).secondary, None);
    let diverted = body!("004,DI,,M101,97032,101,102,,N,08", Diverted);
    assert_eq!((diverted.from, diverted.to, diverted.cause), (ext("101"), ext("102"), Some(Cause::FORWARD_NO_ANSWER)));
}

#[test]
fn outgoing_and_failed_calls() {
    let reached = body!("003,NT,,M97061,123,97061,9619000,A,22", NetworkReached);
    assert_eq!((reached.trunk, reached.dialled.as_deref()), (ext("97061"), Some("9619000")));
    let delivered = body!("004,DE,,M97061,123,97061,9619000,E,100,,,,,I,9619000,,,A,22,", Delivered);
    assert_eq!((delivered.alerting_outside_number.as_deref(), delivered.alerting_type), (Some("9619000"), Some(PartyType::External)));
    let busy = body!("003,FA,,M1000,701,2001,2001,C,3", Failed);
    assert_eq!((busy.cause, busy.called.as_deref()), (Some(Cause::BUSY), Some("2001")));
    let nowhere = body!("001,FA,,M1000,,1000,1234,N,29", Failed);
    assert_eq!((nowhere.call, nowhere.called.as_deref(), nowhere.cause), (None, Some("1234"), Some(Cause::REORDER_TONE)));
    let routing = body!("006,ER,,M97061,123,97061,9619000,E,100,,,I,9619000,,C,35", EstablishedRouting);
    assert_eq!(routing.answering_outside_number.as_deref(), Some("9619000"));
    let offered = body!("003,OF,,M101,507,101,,I,100,,,,,I,101,,,A,22,273", Offered);
    assert_eq!(offered.group, ext("273"));
}

#[test]
fn agents_and_features() {
    let off = event("006,LF,,000015,1014,5485,|Test|,2004");
    assert_eq!(off.monitor, Some(MonitorId::from("15")));
    let EventBody::AgentLoggedOff(logon) = off.body else { panic!() };
    assert_eq!((logon.device, logon.agent.as_deref()), (Extension::new("1014"), Some("5485")));
    assert_eq!((logon.description, logon.group), (text("Test"), ext("2004")));
    assert_eq!(body!("001,LN,,M105,105,2003,|Jones, Bob|,237", AgentLoggedOn).description, text("Jones, Bob"));

    let event_dnd = event("003,DND,245,M100,100,|OUT TO LUNCH|,|UNTIL 1PM|");
    assert_eq!(event_dnd.resync_kind(), Resync::Answer(245));
    let dnd = body!("003,DND,245,M100,100,|OUT TO LUNCH|,|UNTIL 1PM|", DoNotDisturb);
    assert_eq!((dnd.message, dnd.text), (text("OUT TO LUNCH"), text("UNTIL 1PM")));
    assert_eq!(body!("003,DND,,M100,100,,", DoNotDisturb).message, None);
    assert_eq!(body!("003,DND,,M100,100", DoNotDisturb).message, None);

    let switched = body!("003,FE,,M100,100,68,1", FeatureStatus);
    assert_eq!(switched.status, FeatureReport::Switched { feature: Some(FeatureNumber::DO_NOT_DISTURB), on: Some(true) });
    let all = body!("003,FE,245,M100,100,0000204", FeatureStatus);
    let FeatureReport::All(mask) = all.status else { panic!() };
    assert_eq!(mask, FeatureMask::default().with(FeatureNumber::DO_NOT_DISTURB, true).with(FeatureNumber::FORWARD_ALL, true));
    assert_eq!((mask.get(FeatureNumber::MUTE), mask.get(FeatureNumber(999)), mask.features().count()), (Some(false), None, 2));

    let forward = body!("003,FW,,M100,100,97061,5550123,NA", Forwarded);
    assert_eq!(forward.kind.unwrap().code(), "NA");
    let waiting = body!("003,MW,,M100,100,101,2500,2,1", MessageWaiting);
    assert_eq!((waiting.count, waiting.on), (Some(2), Some(true)));
    let online = body!("003,OL,,M100,100,1,0,41", Online);
    assert_eq!((online.online, online.physical_type.unwrap().name()), (Some(true), Some("8520")));
    let entered = body!("003,DEE,,M100,100,1,102,1", DisplayEnteredExtension);
    assert_eq!((entered.entered, entered.valid), (ext("102"), Some(true)));
    let info = body!("003,CI,,M100,507,100,4711", CallInfo);
    assert_eq!((info.account.as_deref(), info.outside_number), (Some("4711"), None));
}

#[test]
fn system_events() {
    let change = body!("001,DC,,M,1,0,1000,0,0,|BARNEY|", DatabaseChange);
    assert_eq!((change.node, change.area, change.subject.as_deref()), (Some(1), DatabaseArea::STATION, Some("1000")));
    assert_eq!((change.field, change.values), (Some(0), vec![Field::Text("BARNEY".into())]));
    let bin = body!("001,DC,,M,1,12,5,1,5550123,|ADA|", DatabaseChange);
    assert_eq!((bin.subject.as_deref(), bin.device_type, bin.field, bin.values.len()), (Some("5"), None, Some(1), 2));
    let unpublished = body!("001,DC,,M,1,31,1001,x,,|y|", DatabaseChange);
    assert_eq!((unpublished.area.name(), unpublished.subject, unpublished.values.len()), (None, None, 4));
    let renamed = body!("001,EC,,M,1,1001,1002,0", ExtensionChange);
    assert_eq!((renamed.old, renamed.new), (ext("1001"), ext("1002")));
    let alarm = body!("001,AG,,M,2,0,,004,|NODE LINK DROPPED|,17", Alarm);
    assert_eq!((alarm.number, alarm.text), (Some(4), text("NODE LINK DROPPED")));
    let record = body!("001,SMR,,M,1,|CO 1001 94001 5550123, 00:01:12|", SmdrRecord);
    assert_eq!(record.text, text("CO 1001 94001 5550123, 00:01:12"));
    assert_eq!(body!("001,SMR,,M,1,CO 1001 94001 5550123, 00:01:12", SmdrRecord), record);
    assert_eq!(body!("001,NM,,M,1,1", NightMode).on, Some(true));
    let data = body!("001,GDA,,,3,|Board|,192.0.2.7,11,a,|b\rc,\n\u{20ac} ", ApplicationData);
    assert_eq!((data.application, &data.data[..]), (Some(3), &b"a,|b\rc,\n\x80 "[..]));
}

#[test]
fn monitors() {
    let started = answer!("003,CF,_MS,2,0,0242,000001,1000,000002,1001,000003,311,000004,311,A:00FC,C:FFFE,F:1FFF", Monitors);
    let pairs: Vec<_> = started.monitors.iter().map(|started| (started.monitor.clone(), started.device.clone())).collect();
    assert_eq!(pairs[1], (MonitorId::from(2), ext("1001")));
    assert_eq!((started.count, pairs.len(), &pairs[2].1, &pairs[3].1), (242, 4, &ext("311"), &ext("311")));
    assert_eq!(started.filters, Some(Filters { agent: Some(0xfc), call: Some(0xfffe), feature: Some(0x1fff), system: None }));
    let system = answer!("004,CF,_MS,3,0,0002,000243,1:,000244,2:,S:00FE", Monitors);
    assert_eq!(system.monitors[1].device, Some(Extension::node(2)));
    assert_eq!(system.filters.and_then(|filters| filters.system), Some(0xfe));
    let old = answer!("004,CF,_MS,3,0,1,15,1001", Monitors);
    assert_eq!((old.monitors.len(), old.filters), (1, None));
    assert_eq!(answer!("004,CF,_MS,3,0,0000,A:00FC,C:FFFE,F:1FFF", Monitors).monitors, []);
    let full = confirmation("004,CF,_MS,3,28,1,15,1001,A:00FC,C:FFFE,F:1FFF");
    assert_eq!(full.outcome, Some(Outcome::MONITOR_LIMIT));
    assert!(matches!(full.body, ConfirmationBody::Monitors(started) if started.monitors.len() == 1));
    let part = answer!("004,CF,_MA,3,0,0,13,2,15,2:273,16,2:274,A:00FC,C:FFFE,F:1FFF", Monitors);
    let header = part.part.unwrap();
    assert_eq!((header.last, header.kind, part.monitors.len()), (false, MonitorType::ALL_ACD_GROUPS, 2));
    assert_eq!(part.monitors[0].device, Some(Extension::on_node(2, "273")));
    let termination = answer!("004,CF,_MA,3,0,1,8,2,15,16", Monitors);
    assert_eq!(termination.monitors.iter().map(|started| started.monitor.as_str()).collect::<Vec<_>>(), ["15", "16"]);
}

#[test]
fn lists() {
    let page = answer!("001,CF,_QX,7,0,1,003,1,10,100,|John D.|,|Doe, John|,101,|Mary R.|,|Roe, Mary|", List);
    assert_eq!((page.list, page.mask, page.last, page.count), (ListType::STATIONS, 3, true, 10));
    let Entities::Stations(stations) = page.entities else { panic!() };
    assert_eq!(stations.len(), 2);
    assert_eq!((&stations[0].extension, &stations[0].description), (&Extension::new("100"), &text("Doe, John")));
    assert_eq!(stations[1].device_type, None);

    let network = answer!("002,CF,_QX,1,0,19,3FF,1,0001,1,|Chandler Node 1|,|192.168.0.000|,4000,||,0,1,30,V08.00,V08.000,3", List);
    let Entities::Network(nodes) = network.entities else { panic!() };
    assert_eq!((nodes[0].port, &nodes[0].redundant_address, nodes[0].sockets_max), (Some(4000), &text(""), Some(30)));
    assert_eq!((nodes[0].sockets_enabled, nodes[0].licence), (Some(true), Some(PremiumFeatures::BOTH)));

    let users = answer!("002,CF,_QX,1,0,21,11,1,2,1001,|Noor|,1,1002,|Ada|,0", List);
    let Entities::Users(users) = users.entities else { panic!() };
    assert_eq!((&users[1].main, users[1].personal_routing, &users[1].last_name), (&Extension::new("1002"), Some(false), &None));

    let newer = answer!("002,CF,_QX,1,0,17,3,1,1,2001,|Ada|,x", List);
    let Entities::Described(agents) = newer.entities else { panic!() };
    assert_eq!(agents[0].more, [(2, Field::Bare("x".into()))]);
    let empty = answer!("002,CF,_QX,1,0,3,F,1,0000", List);
    assert_eq!(empty.entities.count(), Some(0));
    let unknown = answer!("002,CF,_QX,1,0,77,F,1,1,a,b", List);
    assert_eq!(unknown.entities.count(), None);
    let refused = confirmation("002,CF,_QX,1,31");
    assert_eq!((refused.outcome, refused.body), (Some(Outcome::VALUE_OUT_OF_RANGE), ConfirmationBody::Empty));
    let old = confirmation("002,CF,_QL,1,3,0,1,2,273,274");
    assert_eq!(old.outcome, Some(Outcome::SUCCESS));
    assert!(matches!(old.body, ConfirmationBody::OldList(page) if page.list == Some(ListType::HUNT_GROUPS) && page.fields.len() == 2));
}

#[test]
fn hunt_groups_of_both_versions() {
    let v9 = answer!("001,CF,_QH,9,0,1,2001,105,1,2002,,0", HuntGroup);
    assert_eq!((v9.count, v9.members.len(), v9.tail), (Some(1), 2, None));
    assert_eq!((&v9.members[1].device, v9.members[1].mode), (&None, Some(AgentMode::NOT_LOGGED_IN)));
    let v10 = answer!("001,CF,_QH,9,0,1,2001,105,1,0,2", HuntGroup);
    assert_eq!((v10.members.len(), v10.tail.unwrap().kind), (1, Some(HuntGroupType::ACD_WITH_AGENT_IDS)));
    let router = answer!("001,CF,_QH,9,0,0,0,3", HuntGroup);
    assert_eq!((router.count, router.members.len()), (Some(0), 0));
    assert_eq!(router.tail.unwrap().kind, Some(HuntGroupType::PERSONAL_ROUTER_DEVICE));
    assert_eq!(answer!("001,CF,_QA,9,0,1,2001,273,3", Agent)[0].mode, Some(AgentMode::WORK_NOT_READY));
}

#[test]
fn a_station_and_what_is_none() {
    use strowger_protocol::oai::{DeviceDetail, DeviceType};
    let station = answer!("001,CF,_QI,9,0,1001,0,0,|Desk|,|Ada|,0,0,1000,1F,1F,2500,1,1,5,5550123,|Bob|,52,1,0", DeviceInfo);
    assert_eq!((station.device_type, station.username), (Some(DeviceType::KEYSET), text("Ada")));
    let DeviceDetail::Station(detail) = station.detail else { panic!() };
    assert_eq!((detail.attendant, detail.voice_mail, detail.mailbox_node), (ext("1000"), ext("2500"), Some(1)));
    assert_eq!((detail.bins[0].contents.as_deref(), detail.physical_type.map(|kind| kind.0)), (Some("5550123"), Some(52)));
    assert_eq!((detail.account_type, detail.account_validated), (Some(1), Some(false)));
    let old = answer!("001,CF,_QI,9,0,1001,0,0,|Desk|,|Ada|,0,0,1000,1F,1F,2500", DeviceInfo);
    assert!(matches!(old.detail, DeviceDetail::Station(detail) if detail.bins.is_empty() && detail.physical_type.is_none()));
    let trunk = answer!("001,CF,_QI,9,0,94001,33,0,|SIP 1|,|Line 1|,6", DeviceInfo);
    assert_eq!((trunk.device_type.is_some_and(DeviceType::is_trunk), trunk.detail), (true, DeviceDetail::Other(Some(6))));
}

#[test]
fn calls_by_command() {
    let both = [("001,CF,_MC,9,0,507,1001", "507"), ("001,CF,_MC,9,0,1001,507", "507"), ("001,CF,_CS,9,0,508,1001", "508")];
    for (line, call) in both {
        let answer = confirmation(line);
        let (device, made) = answer.device_and_call(&Extension::new("1001")).unwrap();
        assert_eq!((device, &*made), (Extension::new("1001"), call), "{line}");
    }
    let elsewhere = confirmation("001,CF,_MC,9,0,507,94001").device_and_call(&Extension::new("1001")).unwrap();
    assert_eq!((elsewhere.0, &*elsewhere.1), (Extension::new("94001"), "507"));
    let expanded = confirmation("001,CF,_AOC,9,0,507,2:1001").device_and_call(&Extension::new("1001")).unwrap();
    assert_eq!(expanded.0, Extension::on_node(2, "1001"));

    let long = answer!("001,CF,_TO,5,0,18532,102,101,,,,", Transfer);
    assert_eq!((&*long.call, long.destination, long.transferred), ("18532", ext("102"), ext("101")));
    let short = answer!("001,CF,_TO,5,0,18532,102,|ACME|,6025551212,,", Transfer);
    assert_eq!((short.transferred, short.outside_name), (None, text("ACME")));
    let conference = answer!("001,CF,_CN,5,0,100,224,3,100,224,101,222,102,223", Conference);
    assert_eq!((conference.call.as_deref(), conference.members.len()), (Some("224"), 3));
    let calls = answer!("001,CF,_SP,7,0,2,@001,A,@002,H", Snapshot);
    assert_eq!((calls[0].call.as_deref(), calls[1].state), (Some("@001"), Some(LocalState::Hold)));
}

#[test]
fn the_other_answers() {
    assert_eq!(answer!("002,CF,_NA,1,0,1", Setting), Some(true));
    assert_eq!(confirmation("002,CF,_NO,7,0").body, ConfirmationBody::Empty);
    let nodes = answer!("002,CF,_NO,7,0,2,1,1,2,0", Nodes);
    assert_eq!((nodes[1].node, nodes[1].answered), (2, Some(false)));
    assert_eq!(answer!("001,CF,_RR,245,0,100", Device), ext("100"));
    assert_eq!(answer!("001,CF,_QE,7,0,A:00FC,,F:0001", Filters).call, None);
    assert_eq!(answer!("001,CF,_QF,7,0,I,1002", Forwarding).destination.as_deref(), Some("1002"));
    assert_eq!(answer!("001,CF,_QN,7,0,1,1,|Main|", NodeNames)[0].description, text("Main"));
    assert_eq!(answer!("001,CF,_QT,7,0,1", NightMode), Some(true));
    assert_eq!(answer!("001,CF,_VP,7,0,1,2,1,1,2,1", Password).nodes.len(), 2);
    let held = confirmation("001,CF,_ORC,7,48,1001,|Board|");
    assert!(matches!(held.body, ConfirmationBody::Offering(offering) if offering.holder == text("Board")));
    let data = answer!("001,CF,_GRD,7,0,507,|note|,070515,02:04,3,a,|", Retrieved);
    assert_eq!(data.data.as_deref(), Some(&b"a,|"[..]));
    let unknown = confirmation("001,CF,_QUD,7,0,1001,1,|x, y|");
    assert!(matches!(unknown.body, ConfirmationBody::Unknown(fields) if fields.len() == 3));
    assert_eq!(confirmation("001,CF,_XX,7,45").outcome, Some(Outcome::INVALID_COMMAND));
}
