//! The shapes that the reference leaves open, each in its variations.

use std::time::Duration;

use super::super::{DeeRing, Forms, Handoff, Losers, NotReadyPlace, Profile, QueueExit};
use super::Site;
use crate::simulator::exchange::{Action, Deed};

fn site(forms: Forms) -> (Site, usize) {
    let mut site = Site::new(Profile { forms, ..Profile::gateway() });
    let client = site.watching();
    (site, client)
}

/// The codes and monitors of what is told: `ES,M101`.
fn heads(told: &[String]) -> Vec<String> {
    told.iter().map(|line| line.split(',').collect::<Vec<_>>()).map(|fields| format!("{},{}", fields[0], fields[2])).collect()
}

#[test]
fn how_the_losers_of_a_ring_learn_of_it() {
    for (losers, expected) in [
        (Losers::Cleared, "ES,M100 ES,M101 XC,M102 XC,M100 XC,M101"),
        (Losers::ClearedFirst, "XC,M102 XC,M100 XC,M101 ES,M100 ES,M101"),
        (Losers::Diverted(10), "DI,M102 DI,M100 DI,M101 ES,M100 ES,M101"),
    ] {
        let (mut site, client) = site(Forms { losers, ..Forms::default() });
        let call = site.dial("100", "274");
        site.told(client);
        site.answer("101");
        let told = site.told(client);
        assert_eq!(heads(&told).join(" "), expected, "{told:?}");
        if losers == Losers::Diverted(10) {
            assert_eq!(told[0], format!("DI,,M102,{call},102,101,,N,10"));
        }
    }
}

#[test]
fn what_a_group_sees_of_a_call_that_leaves_it() {
    for (queue_exit, expected) in [
        (QueueExit::Nothing, None),
        (QueueExit::Cleared, Some("XC,,M273,$,273,105,N,36")),
        (QueueExit::Diverted(28), Some("DI,,M273,$,273,105,,N,28")),
        (QueueExit::Established, Some("ES,,M273,$,105,,I,97061,6025551212,8002225555,E,273,,N,35")),
    ] {
        let (mut site, client) = site(Forms { queue_exit, ..Forms::default() });
        site.act(Action::LogOn { device: "105".into(), agent: Some("2003".into()), group: None });
        let call = site.call_in("8002225555");
        site.told(client);
        site.answer("105");
        let told = site.told(client);
        let group: Vec<&String> = told.iter().filter(|line| line.contains(",M273,")).collect();
        let expected: Vec<String> = expected.iter().map(|line| line.replace('$', &call)).collect();
        assert_eq!(group, expected.iter().collect::<Vec<_>>(), "{told:?}");
    }
}

#[test]
fn where_not_ready_stands() {
    for (not_ready, ringing, answered) in [
        (NotReadyPlace::BeforeDelivered, "OR,M97061 NRY,M105 DE,M105 DE,M97061", "ES,M97061 ES,M105"),
        (NotReadyPlace::AfterDelivered, "OR,M97061 DE,M105 DE,M97061 NRY,M105", "ES,M97061 ES,M105"),
        (NotReadyPlace::BeforeEstablished, "OR,M97061 DE,M105 DE,M97061", "NRY,M105 ES,M97061 ES,M105"),
        (NotReadyPlace::AfterEstablished, "OR,M97061 DE,M105 DE,M97061", "ES,M97061 ES,M105 NRY,M105"),
    ] {
        let (mut site, client) = site(Forms { not_ready, ..Forms::default() });
        site.act(Action::LogOn { device: "105".into(), agent: Some("2003".into()), group: None });
        site.told(client);
        site.call_in("8002225555");
        assert_eq!(heads(&site.told(client)).join(" "), ringing);
        site.answer("105");
        assert_eq!(heads(&site.told(client)).join(" "), answered);
        site.act(Action::Outside { trunk: "97061".into(), deed: Deed::HangsUp });
        site.wait(Duration::from_secs(10));
        let told = heads(&site.told(client)).join(" ");
        assert!(told.ends_with("WNR,M105 RY,M105"), "{told}");
        site.call_in("8002225555");
        site.told(client);
        site.act(Action::Outside { trunk: "97061".into(), deed: Deed::HangsUp });
        let told = heads(&site.told(client)).join(" ");
        let is_early = matches!(not_ready, NotReadyPlace::BeforeDelivered | NotReadyPlace::AfterDelivered);
        assert_eq!(told.contains("RY,M105"), is_early, "given up while it rang: {told}");
    }
}

#[test]
fn a_screened_transfer_may_be_told_without_es() {
    let (mut site, client) = site(Forms { transfer_tells_established: false, ..Forms::default() });
    site.dial("100", "101");
    site.answer("101");
    site.say(client, "_CS,9,100,1,102");
    site.answer("102");
    site.told(client);
    site.act(Action::Transfer { device: "100".into(), held: None, consultation: None });
    assert_eq!(heads(&site.told(client)).join(" "), "TR,M100 XC,M100 TR,M101 TR,M102 XC,M102");
}

#[test]
fn queues_in_twenty_parts() {
    let (mut site, client) = site(Forms { long_queued: true, ..Forms::default() });
    let call = site.call_in("8002225555");
    let told = site.told(client);
    assert_eq!(told[1], format!("QU,,M273,{call},273,,I,97061,|ACME|,6025551212,|SALES|,8002225555,E,273,,1,,Q,23"));
}

#[test]
fn a_dee_ring_and_a_handoff() {
    for handoff in [Handoff::Diverted, Handoff::Established] {
        let (mut site, client) = site(Forms { handoff, ..Forms::default() });
        let call = site.dial("100", "104");
        let told = heads(&site.told(client)).join(" ");
        assert_eq!(told, "SI,M100 OR,M100 DE,M104 DE,M100 DE,M105 DE,M100 NT,M100 NT,M97061");
        site.act(Action::Outside { trunk: "97061".into(), deed: Deed::Rings });
        site.act(Action::Outside { trunk: "97061".into(), deed: Deed::Answers });
        let told = site.told(client);
        assert_eq!(told[2], format!("ER,,M97061,{call},97061,5550177,E,100,,,I,104,,A,35"));
        site.answer("104");
        site.told(client);
        site.say(client, &format!("_EF,9,104,{call},388"));
        site.answer("105");
        let told = site.told(client);
        let expected = match handoff {
            Handoff::Diverted => format!("DI,,M104,{call},104,105,,N,28"),
            Handoff::Established => format!("XC,,M104,{call},104,104,N,36"),
        };
        assert!(told.contains(&expected), "{told:?}");
        assert!(told.contains(&format!("ES,,M105,{call},105,,I,100,,,I,104,,C,35")), "{told:?}");
    }
}

#[test]
fn a_dee_ring_may_show_the_router() {
    for (dee_ring, main, member) in [
        (DeeRing::Plain, "104,,,A,22,", "104,,,A,22,"),
        (DeeRing::InGroup, "104,,,A,22,PP065", "104,,,A,22,PP065"),
        (DeeRing::Redirected, "104,,,A,22,", "104,PP065,,A,22,"),
    ] {
        let (mut site, client) = site(Forms { dee_ring, ..Forms::default() });
        site.dial("100", "104");
        let told = site.told(client);
        let copy = |device: &str| told.iter().find(|line| line.starts_with(&format!("DE,,M{device},"))).cloned().unwrap_or_default();
        assert!(copy("104").ends_with(main) && copy("105").ends_with(member), "{told:?}");
    }
}

#[test]
fn the_router_is_watched_by_an_extension_that_can_be_dialled() {
    for (personal_router, outcome) in [("PP065", "9"), ("2999", "0")] {
        let forms = Forms { dee_ring: DeeRing::InGroup, personal_router: personal_router.into(), ..Forms::default() };
        let (mut site, client) = site(forms);
        let answer = site.ask(client, &format!("_MS,1,{personal_router},1"));
        assert_eq!(answer.split(',').nth(3), Some(outcome), "{answer}");
        let listed = site.ask(client, "_QX,2,,3,F,1");
        assert!(listed.contains(&format!("{personal_router},|PRD|")), "{listed}");
    }
}

#[test]
fn older_versions_lack_the_later_fields() {
    let mut profile = Profile { protocol: strowger_protocol::oai::Version { major: 6, minor: 0 }, ..Profile::default() };
    profile.software = "old".into();
    let mut site = Site::new(profile);
    let client = site.watching();
    let call = site.dial("100", "101");
    let told = site.told(client);
    assert_eq!(told[0], format!("SI,,M100,{call},100,I,22"));
    assert_eq!(told[2], format!("DE,,M101,{call},101,,I,100,,,,,I,101,,,A,22"));
    assert_eq!(site.ask(client, "_QH,9,275"), "CF,_QH,9,0,1,106,,0");
}
