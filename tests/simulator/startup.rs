//! The working order of the public reference (§2.1), held step by step against the documented layouts.

use crate::support::oai::client::{Client, Wire};

/// What a start brought to light.
pub(crate) struct Started {
    pub(crate) stations: Vec<(String, String)>,
    pub(crate) groups: Vec<String>,
    pub(crate) agents: Vec<String>,
    /// Agent, device, mode, of every group.
    pub(crate) logged_on: Vec<[String; 3]>,
}

/// Login, RS and RD, `_NA`, monitors of all stations and of the system, the lists 17, 1, 3, 8 and 10, each group, a sign of life.
pub(crate) fn start<W: Wire>(client: &mut Client<W>, is_gateway: bool) -> Started {
    let rs = client.started();
    assert_eq!(rs[7] == "0", is_gateway, "node 0 means a gateway: {rs:?}");
    let (outcome, fields) = client.ask_any("_NA", "1");
    if is_gateway {
        assert_eq!((outcome.as_str(), fields.as_slice()), ("0", ["1".to_owned()].as_slice()));
    }
    let stations = client.monitor(",3,A:FFFF,C:FFFF,F:FFFF");
    assert!(
        !stations.is_empty() && stations.iter().all(|(reference, _)| reference.bytes().all(|digit| digit.is_ascii_digit())),
        "{stations:?}"
    );
    let nodes = client.monitor_system();
    assert!(!nodes.is_empty());

    let (_, agents) = client.list(17, 0x1, "1,1");
    let (granted, told) = client.list(1, 0x109, "1,1");
    assert_eq!(granted, 0x109, "username, administrator, device type");
    let mut extensions: Vec<&str> = told.iter().map(|station| station[0].as_str()).collect();
    let mut monitored: Vec<&str> = stations.iter().map(|(_, extension)| extension.as_str()).collect();
    extensions.sort_unstable();
    monitored.sort_unstable();
    assert_eq!(extensions, monitored, "all stations are monitored");
    for station in &told {
        assert!(station[1].starts_with('|') && station[1].ends_with('|'), "a name stands between bars: {station:?}");
        assert!(["0", "1"].contains(&station[2].as_str()), "administrator or not: {station:?}");
        assert!(station[3].parse::<u8>().is_ok(), "a device type: {station:?}");
    }
    let (_, groups) = client.list(3, 0xF, "1,1");
    for group in &groups {
        assert!(["0", "1", "2", "3"].contains(&group[3].as_str()), "a hunt group's type: {group:?}");
    }
    let (_, features) = client.list(8, 0x3F, "1,1");
    for feature in &features {
        assert!(feature[0].bytes().all(|digit| digit.is_ascii_digit()), "a code: {feature:?}");
        assert!(feature[1].bytes().all(|digit| digit.is_ascii_digit()), "a logical number, or none that is known: {feature:?}");
        assert!(feature[3..].iter().all(|flag| ["0", "1"].contains(&flag.as_str())), "flags: {feature:?}");
    }
    let (_, messages) = client.list(10, 0x1, "1,1");
    assert!(messages.iter().all(|message| message[0].parse::<u8>().is_ok_and(|number| (1..=20).contains(&number))), "{messages:?}");

    let mut logged_on = Vec::new();
    for group in &groups {
        let (triples, kind) = client.group(&group[0]);
        assert!(kind.is_none_or(|kind| kind == group[3]), "{group:?}");
        logged_on.extend(triples);
    }
    assert!(logged_on.iter().all(|[_, device, mode]| device.is_empty() == (mode == "0")), "a device where logged on: {logged_on:?}");
    client.ask("_NO", "");
    Started {
        stations,
        groups: groups.into_iter().map(|mut group| group.swap_remove(0)).collect(),
        agents: agents.into_iter().map(|mut agent| agent.swap_remove(0)).collect(),
        logged_on,
    }
}
