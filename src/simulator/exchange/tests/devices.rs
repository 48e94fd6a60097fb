//! Programming, hot desks, nodes, night mode, numbers of calls.

use super::bench::{Bench, dev, site};
use crate::simulator::exchange::{
    Action, Address, Deed, Exchange, Mistake, NodeConfig, Refusal, StationConfig, SystemFact, TrunkGroupConfig, What,
};

#[test]
fn what_is_programmed_wrongly_is_refused() {
    let mut config = site();
    config.stations.push(StationConfig::new(Address::new(1, "3001"), "Twice"));
    assert_eq!(Exchange::new(config, super::bench::settings()).err(), Some(Mistake::Twice(dev("3001"))));
    let mut config = site();
    config.trunk_groups.push(TrunkGroupConfig {
        address: Address::new(1, "94200"),
        name: "None".into(),
        access: "8".into(),
        trunks: vec![dev("99")],
    });
    assert!(matches!(Exchange::new(config, super::bench::settings()), Err(Mistake::Dangling { .. })));
    let mut config = site();
    config.stations.push(StationConfig::new(Address::new(2, "1001"), "Nowhere"));
    assert!(matches!(Exchange::new(config, super::bench::settings()), Err(Mistake::NoNode(_))));
}

#[test]
fn with_several_nodes_devices_bear_theirs() {
    let mut config = site();
    config.nodes.push(NodeConfig { number: 2, name: "Two".into() });
    config.stations.push(StationConfig::new(Address::new(2, "1002"), "Other"));
    config.stations.push(StationConfig::new(Address::new(2, "1021"), "Far"));
    config.dee.clear();
    config.trunk_groups.clear();
    config.hunt_groups.clear();
    let mut bench = Bench::of(config);
    bench.dial(0, "1:1001", "1002");
    bench.answer(1, "1:1002");
    bench.hang_up(2, "1:1001");
    bench.dial(3, "2:1021", "1002");
    bench.at(4, Action::NodeLink { node: 2, up: false });
    bench.answer(5, "2:1002");
    bench.hang_up(6, "2:1002");
    bench.dial(7, "1:1001", "1021");
    bench.hang_up(8, "1:1001");
    let heads: Vec<String> = bench.truth().into_iter().filter(|line| !line.starts_with("  1:1001 caller")).collect();
    assert_eq!(
        heads,
        [
            "internal answered 1001>1002 0..2 a1",
            "  1:1002 called 0..2 a1 ring1 answered/remote_hangup/normalClearing",
            "internal answered 1021>1002 3..6 a5",
            "  2:1021 caller 3..6 a5 answered/remote_hangup/normalClearing",
            "  2:1002 called 3..6 a5 ring2 answered/hangup/normalClearing",
            "internal abandoned 1001>1021 7..8",
            "  2:1021 called 7..8 ring1 abandoned/remote_hangup/normalClearing",
        ]
    );
    assert!(!bench.exchange.is_linked(2));
}

#[test]
fn night_mode_and_a_call_to_voice_mail() {
    let mut bench = Bench::new();
    bench.at(0, Action::SetNight { node: 1, on: true });
    bench.inbound(1, "5550100");
    bench.outside(5, "94001", Deed::HangsUp);
    assert_eq!(
        bench.truth(),
        [
            "inbound no_answer 5550199(Zoe)>5550100 by 94001 1..5",
            "  5550199 caller 1..5 a1 no_answer/hangup/normalClearing",
            "  2500 called 1..5 a1 answered/remote_hangup/normalClearing",
        ]
    );
}

#[test]
fn numbers_are_used_again_but_never_twice_at_once() {
    let mut config = site();
    config.options.call_ids = 2;
    config.options.call_id_prefix = "@".into();
    let mut bench = Bench::of(config);
    let ids: Vec<String> = (0..4)
        .map(|turn| {
            let id = bench.dial(turn * 2, "1001", "1002").call.expect("a call").to_string();
            bench.hang_up(turn * 2 + 1, "1001");
            id
        })
        .collect();
    assert_eq!(ids, ["@1", "@2", "@1", "@2"]);
    bench.dial(10, "1001", "1002");
    bench.dial(10, "1003", "1004");
    let refused = bench.try_at(10, Action::OffHook { device: dev("1005") });
    assert_eq!(refused, Err(Refusal::ResourcesExhausted));
}

#[test]
fn stations_come_go_and_are_renumbered_while_they_are_idle() {
    let mut bench = Bench::new();
    bench.at(0, Action::CreateStation(Box::new(StationConfig::new(Address::new(1, "1020"), "New"))));
    bench.at(1, Action::RenumberStation { device: dev("1003"), number: "1030".into() });
    assert_eq!(bench.exchange.hunt_group(&dev("3001")).map(|group| group.config.members[0].as_str()), Some("1030"));
    bench.dial(2, "1020", "1030");
    assert_eq!(bench.try_at(3, Action::RemoveStation { device: dev("1020") }), Err(Refusal::WrongState));
    bench.hang_up(4, "1020");
    bench.at(5, Action::RemoveStation { device: dev("1020") });
    bench.at(6, Action::Rename { device: dev("1002"), name: "Robert".into() });
    assert_eq!(bench.try_at(7, Action::OffHook { device: dev("1020") }), Err(Refusal::InvalidDevice));
    let changes = bench.facts.iter().filter(|fact| matches!(&fact.what, What::System(SystemFact::ExtensionChanged { .. })));
    assert_eq!(changes.count(), 3);
}

#[test]
fn a_hot_desk_extension_comes_and_goes() {
    let mut config = site();
    config.stations[7].is_online = false;
    let mut bench = Bench::of(config);
    bench.at(0, Action::HotDesk { device: dev("1008"), at: Some(dev("1002")) });
    assert_eq!(bench.try_at(1, Action::OffHook { device: dev("1002") }), Err(Refusal::OutOfService));
    bench.dial(2, "1008", "1001");
    bench.hang_up(3, "1008");
    bench.at(4, Action::HotDesk { device: dev("1008"), at: None });
    bench.dial(5, "1002", "1001");
    bench.hang_up(6, "1002");
    assert_eq!(bench.try_at(7, Action::OffHook { device: dev("1008") }), Err(Refusal::OutOfService));
}

#[test]
fn a_telephone_that_is_unplugged_hangs_up() {
    let mut bench = Bench::new();
    bench.dial(0, "1001", "1002");
    bench.answer(1, "1002");
    bench.at(4, Action::SetOnline { device: dev("1002"), online: false });
    assert_eq!(bench.truth()[2], "  1002 called 0..4 a1 ring1 answered/hangup/normalClearing Bob:primary_extension");
}
