//! Several nodes behind a gateway, and one of them lost (OAI reference §2.4, §5.5).

use super::super::{Ending, Profile, Role};
use super::{Site, config};
use crate::simulator::exchange::{Action, Address, NodeConfig, StationConfig};

fn site(profile: Profile) -> Site {
    let mut config = config();
    config.nodes.push(NodeConfig { number: 2, name: "Node 2".into() });
    for number in ["100", "201"] {
        config.stations.push(StationConfig::new(Address::new(2, number), format!("Far {number}")));
    }
    let own = |text: &str| format!("1:{text}");
    for trunk in &mut config.trunk_groups[0].trunks {
        *trunk = own(trunk.as_str()).as_str().into();
    }
    for group in config.hunt_groups.iter_mut().skip(1) {
        group.members = group.members.iter().map(|member| own(member).into()).collect();
    }
    config.dee.clear();
    Site::with(profile, config)
}

#[test]
fn devices_of_two_nodes_are_told_apart_in_the_expanded_form() {
    let mut site = site(Profile::gateway());
    let (plain, expanded) = (site.client(), site.client());
    site.say(expanded, "_XE,1,1");
    site.lines(expanded);
    let told = site.ask(plain, "_MS,2,,3");
    assert!(told.contains("000001,100,") && told.contains("000008,100,000009,201,"), "{told}");
    let told = site.ask(expanded, "_MS,2,,3");
    assert!(told.contains("000001,1:100,") && told.contains("000008,2:100,000009,2:201,"), "{told}");
    assert_eq!(site.ask(plain, "_MS,3,,11"), "CF,_MS,3,0,0002,000010,1:,000011,2:,S:00FC");
    let call = site.dial("1:100", "201");
    assert_eq!(site.told(plain)[2], format!("DE,,M2:201,{call},201,,I,100,,,,,I,201,,,A,22,"));
    let told = site.told(expanded);
    assert_eq!(told[2], format!("DE,,M2:201,{call},2:201,,I,1:100,,,,,I,201,,,A,22,"));
    assert_eq!(site.ask(plain, "_QX,4,2:,1,1,1"), "CF,_QX,4,0,1,1,1,0002,100,|Far 100|,201,|Far 201|");
    assert!(site.ask(plain, "_QX,5,1:,15,3,2,20").contains(",2:201,9,|Far 201|"));
}

#[test]
fn a_lost_node_cuts_off_who_is_not_node_aware() {
    let mut site = site(Profile::gateway());
    let (aware, plain) = (site.client(), site.client());
    site.say(aware, "_NA,1,1");
    site.say(aware, "_MS,2,,3");
    site.lines(aware);
    site.act(Action::NodeLink { node: 2, up: false });
    assert_eq!(site.clients[plain].ended, Some(Ending::NodeLost(2)));
    assert_eq!(site.told(aware), ["LS,,2,0,3"]);
    assert_eq!(site.ask(aware, "_NO,3"), "CF,_NO,3,0,2,1,1,2,0");
    assert_eq!(site.ask(aware, "_NA,4,0"), "CF,_NA,4,15");
    assert_eq!(site.ask(aware, "_RR,5,2:"), "CF,_RR,5,25");
    assert_eq!(site.ask(aware, "_SP,6,2:201"), "CF,_SP,6,25");
    let call = site.dial("1:100", "201");
    let told = site.told(aware);
    assert!(!told.is_empty() && told.iter().all(|line| line.contains(",M1:100,")), "{told:?}");
    site.act(Action::NodeLink { node: 2, up: true });
    assert_eq!(site.told(aware), ["LS,,2,1,4"]);
    site.act(Action::Answer { device: "2:201".into(), call: None });
    assert_eq!(site.told(aware), [format!("ES,,M1:100,{call},201,,I,100,,,I,201,,C,35")], "its monitors are gone");
    let told = site.ask(aware, "_MS,7,2:,6");
    assert!(told.contains(",000010,100,000011,201,") || told.contains("0002,"), "{told}");
}

#[test]
fn monitors_of_a_lost_node_may_come_back_with_it() {
    let mut profile = Profile::gateway();
    profile.forms.node_loss_ends_monitors = false;
    let mut site = site(profile);
    let client = site.client();
    site.say(client, "_NA,1,1");
    site.say(client, "_MS,2,,3");
    site.act(Action::NodeLink { node: 2, up: false });
    site.dial("2:201", "100");
    site.lines(client);
    site.act(Action::NodeLink { node: 2, up: true });
    site.say(client, "_RR,3,2:");
    let told = site.told(client);
    assert_eq!(told[..2], ["LS,,2,1,4", "CF,_RR,3,0,2:"]);
    assert!(told.iter().any(|line| line.starts_with("DE,3,M2:201,")), "{told:?}");
    assert_eq!(told.last().map(String::as_str), Some("RD,3,2:"));
}

#[test]
fn a_node_itself_shows_its_own_devices_only() {
    let mut site = site(Profile { role: Role::Direct { node: 2 }, ..Profile::default() });
    let client = site.client();
    assert_eq!(site.ask(client, "_MS,1,,3"), "CF,_MS,1,0,0002,001,100,002,201,A:00FC,C:FFFC,F:00FC");
    assert_eq!(site.ask(client, "_QX,2,,1,1,1"), "CF,_QX,2,0,1,1,1,0002,100,|Far 100|,201,|Far 201|");
    assert_eq!(site.ask(client, "_SP,3,101"), "CF,_SP,3,9");
    assert_eq!(site.ask(client, "_MS,4,,11"), "CF,_MS,4,0,0001,003,2:,S:00FC");
}
