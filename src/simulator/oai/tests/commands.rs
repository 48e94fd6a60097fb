//! Commands and their answers (OAI reference §7).

use super::super::{Licence, Profile};
use super::Site;
use crate::simulator::exchange::Action;

fn site() -> (Site, usize) {
    let mut site = Site::new(Profile::gateway());
    let client = site.client();
    (site, client)
}

#[test]
fn lists() {
    let (mut site, client) = site();
    site.server.profile.wire.count_digits = 1;
    for (command, answer) in [
        ("_QX,1,100,1,3,1", "CF,_QX,1,0,1,3,1,1,100,|User 100|,|User 100|"),
        (
            "_QX,2,,3,F,1",
            "CF,_QX,2,0,3,F,1,3,273,|Group 273|,|Group 273|,2,2,274,|Group 274|,|Group 274|,0,2,275,|Group 275|,|Group 275|,1,1",
        ),
        ("_QX,3,,2,3,1", "CF,_QX,3,0,2,3,1,2,97061,|TRUNK|,|TRUNK|,97062,|TRUNK|,|TRUNK|"),
        ("_QX,4,,4,7,1", "CF,_QX,4,0,4,7,1,1,92001,|Outgoing|,|Outgoing|,2"),
        ("_QX,5,,5,7,1", "CF,_QX,5,0,5,7,1,0"),
        ("_QX,6,,12,7,1", "CF,_QX,6,0,12,7,1,1,500,|Voice mail|,|Voice mail|,1"),
        ("_QX,7,,18,1FF,1", "CF,_QX,7,0,18,1FF,1,1,1,|Node 1|,1,V10.20,V6.0.11.113,3,1,1,0,8"),
        ("_QX,8,,19,fff,1", "CF,_QX,8,0,19,3FF,1,1,1,|Node 1|,|192.0.2.1|,4000,||,0,1,30,V10.20,V6.0.11.113,3"),
        ("_QX,9,104,21,1F,1", "CF,_QX,9,0,21,1F,1,1,104,|User|,|104|,||,||,1"),
        ("_QX,10,105,21,1F,1", "CF,_QX,10,0,21,1F,1,0"),
        ("_QX,11,,15,1,1", "CF,_QX,11,31"),
        ("_QX,12,,99,1,1", "CF,_QX,12,31"),
        ("_QX,13,999,1,1,1", "CF,_QX,13,9"),
        ("_QX,14,105,1,500,1", "CF,_QX,14,0,1,500,1,1,105,36,48"),
    ] {
        assert_eq!(site.ask(client, command), answer);
    }
    let features = site.ask(client, "_QX,20,,8,3F,1");
    assert!(features.starts_with("CF,_QX,20,0,8,3F,1,") && features.contains("355,56,|Forward all calls|"), "{features}");
    assert!(site.ask(client, "_QX,21,,10,1,1").starts_with("CF,_QX,21,0,10,1,1,20,1,|DO-NOT-DISTURB|,2,"));
}

#[test]
fn lists_in_pieces() {
    let (mut site, client) = site();
    site.say(client, "_QX,1,,1,1,2,3");
    let told = site.told(client);
    assert_eq!(
        told,
        [
            "CF,_QX,1,0,1,1,0,0003,100,|User 100|,101,|User 101|,102,|User 102|",
            "CF,_QX,1,0,1,1,0,0003,103,|User 103|,104,|User 104|,105,|User 105|",
            "CF,_QX,1,0,1,1,1,0001,106,|User 106|",
        ]
    );
    site.say(client, "_QX,2,,5,1,2,3");
    assert_eq!(site.told(client), ["CF,_QX,2,0,5,1,1,0000"]);
    assert_eq!(site.ask(client, "_QX,3,,1,1,2"), "CF,_QX,3,31");
    assert!(site.ask(client, "_QL,4,,3,1,1").starts_with("CF,_QL,4,3,0,1,3,273,"));
}

#[test]
fn queries() {
    let (mut site, client) = site();
    site.act(Action::LogOn { device: "105".into(), agent: Some("2003".into()), group: None });
    site.act(Action::LogOn { device: "106".into(), agent: None, group: None });
    let call = site.dial("100", "101");
    for (command, answer) in [
        ("_QH,1,273", "CF,_QH,1,0,2,2003,105,1,2004,,0,0,2".to_owned()),
        ("_QH,2,274", "CF,_QH,2,0,2,101,101,5,102,102,4,0,0".to_owned()),
        ("_QH,3,275", "CF,_QH,3,0,1,106,106,1,0,1".to_owned()),
        ("_QH,4,PP065", "CF,_QH,4,0,0,0,3".to_owned()),
        ("_QH,5,100", "CF,_QH,5,11".to_owned()),
        ("_QH,6,999", "CF,_QH,6,9".to_owned()),
        ("_QA,7,105", "CF,_QA,7,0,1,2003,273,1".to_owned()),
        ("_QA,8,106", "CF,_QA,8,0,1,106,275,1".to_owned()),
        ("_QA,9,100", "CF,_QA,9,0,0".to_owned()),
        ("_SP,10,101", format!("CF,_SP,10,0,1,{call},A")),
        ("_SP,11,100", format!("CF,_SP,11,0,1,{call},C")),
        ("_SP,12,106", "CF,_SP,12,0,0".to_owned()),
        ("_QI,13,97061", "CF,_QI,13,0,97061,9,0,|TRUNK|,|TRUNK|,6".to_owned()),
        ("_QI,14,273", "CF,_QI,14,0,273,2,0,|Group 273|,|Group 273|,0".to_owned()),
        ("_QI,15,100", "CF,_QI,15,0,100,0,0,|User 100|,|User 100|,0,0,,0000,0000,500,1,0,42,0,0".to_owned()),
        ("_QF,16,100", "CF,_QF,16,0,N,".to_owned()),
        ("_QM,17,100", "CF,_QM,17,0,0".to_owned()),
        ("_QN,18", "CF,_QN,18,0,1,1,|Node 1|".to_owned()),
        ("_QT,19", "CF,_QT,19,0,0".to_owned()),
        ("_QC,20", "CF,_QC,20,0,1".to_owned()),
        ("_DQD,21,100", "CF,_DQD,21,0,0,0,0,0,0,0".to_owned()),
        ("_QUD,22,104", "CF,_QUD,22,45".to_owned()),
    ] {
        assert_eq!(site.ask(client, command), answer);
    }
    site.server.profile.forms.user_destinations = true;
    assert_eq!(site.ask(client, "_QUD,23,104"), "CF,_QUD,23,0,3,1000,104,,1002,105,,2000,,5550177");
    site.server.profile.forms.hunt_group_tail = false;
    assert_eq!(site.ask(client, "_QH,24,275"), "CF,_QH,24,0,1,106,106,1");
}

#[test]
fn calls_are_made_and_led_by_command() {
    let (mut site, client) = site();
    let made = site.ask(client, "_MC,1,100,101");
    let call = made.split(',').nth(4).expect("a call").to_owned();
    assert_eq!(made, format!("CF,_MC,1,0,{call},100"));
    assert_eq!(site.ask(client, &format!("_AC,2,101,{call}")), "CF,_AC,2,0");
    assert_eq!(site.ask(client, &format!("_HC,3,100,{call}")), "CF,_HC,3,0");
    assert_eq!(site.ask(client, &format!("_RV,4,100,{call}")), "CF,_RV,4,0");
    let asked = site.ask(client, &format!("_CS,5,100,{call},102"));
    let second = asked.split(',').nth(5).expect("a call").to_owned();
    assert_eq!(asked, format!("CF,_CS,5,0,100,{second}"));
    assert_eq!(site.ask(client, &format!("_RC,6,100,{second},{call}")), "CF,_RC,6,0");
    let asked = site.ask(client, &format!("_CS,7,100,{call},102"));
    let second = asked.split(',').nth(5).expect("a call").to_owned();
    assert_eq!(site.ask(client, &format!("_TR,8,100,{call},{second}")), format!("CF,_TR,8,0,{call},102,101,,,,"));
    assert_eq!(site.ask(client, &format!("_AC,9,102,{call}")), "CF,_AC,9,0");
    let third = site.ask(client, &format!("_CS,10,102,{call},103")).split(',').nth(5).expect("a call").to_owned();
    site.answer("103");
    let joined = site.ask(client, &format!("_CN,11,102,{call},{third}"));
    assert!(joined.starts_with("CF,_CN,11,0,102,") && joined.contains(",3,102,"), "{joined}");
    assert_eq!(site.ask(client, &format!("_CC,12,101,{call}")), "CF,_CC,12,0");
    assert_eq!(site.ask(client, &format!("_CC,13,101,{call}")), "CF,_CC,13,8");
    assert_eq!(site.exchange.calls().count(), 0);
}

#[test]
fn ringing_calls_are_led_by_command() {
    let (mut site, client) = site();
    let call = site.dial("100", "101");
    assert_eq!(site.ask(client, &format!("_DF,1,101,{call},102")), "CF,_DF,1,0");
    assert_eq!(site.ask(client, &format!("_PC,2,103,{call},102")), "CF,_PC,2,0");
    assert_eq!(site.ask(client, &format!("_CX,3,103,{call}")), "CF,_CX,3,0");
    let call = site.dial("100", "101");
    assert_eq!(site.ask(client, &format!("_MO,4,101,{call},102")), "CF,_MO,4,0");
    assert_eq!(site.ask(client, &format!("_DD,5,102,{call},3,|UNTIL 4PM|")), "CF,_DD,5,0");
    assert_eq!(site.ask(client, &format!("_DD,6,102,{call},21")), "CF,_DD,6,31");
    assert_eq!(site.ask(client, &format!("_CX,7,100,{call}")), "CF,_CX,7,0");
    assert_eq!(site.ask(client, &format!("_CX,8,100,{call}")), "CF,_CX,8,8");
    assert_eq!(site.ask(client, "_AC,9,100,77"), "CF,_AC,9,8");
    assert_eq!(site.ask(client, "_MC,10,100,7777"), "CF,_MC,10,7");
    assert_eq!(site.ask(client, "_MC,11,999,100"), "CF,_MC,11,9");
    assert_eq!(site.ask(client, "_MC,12,97061,100"), "CF,_MC,12,3");
    assert_eq!(site.ask(client, "_MC,13,104,100,,,,,,,,2000"), "CF,_MC,13,3");
    let made = site.ask(client, "_MC,14,104,100,,,,,,,,1002");
    assert!(made.ends_with(",105"), "{made}");
}

#[test]
fn features_agents_and_lamps_are_set_by_command() {
    let mut site = Site::new(Profile::gateway());
    let client = site.client();
    site.say(client, "_MS,1,100,1,A:FFFF,C:FFFF,F:FFFF");
    site.lines(client);
    site.say(client, "_SD,2,100,1,6,|UNTIL 1PM|");
    assert_eq!(site.told(client), ["CF,_SD,2,0", "DND,,M100,100,|OUT TO LUNCH|,|UNTIL 1PM|", "FE,,M100,100,68,1"]);
    site.say(client, "_SD,3,100,0");
    assert_eq!(site.told(client), ["CF,_SD,3,0", "DND,,M100,100,,", "FE,,M100,100,68,0"]);
    site.say(client, "_SF,4,100,NA,102");
    assert_eq!(site.told(client), ["CF,_SF,4,0", "FW,,M100,100,102,,NA", "FE,,M100,100,57,1"]);
    assert_eq!(site.ask(client, "_QF,5,100"), "CF,_QF,5,0,NA,102");
    site.say(client, "_SM,6,100,1,101,2");
    assert_eq!(site.told(client), ["CF,_SM,6,0", "MW,,M100,100,101,,2,1"]);
    assert_eq!(site.ask(client, "_QM,7,100"), "CF,_QM,7,0,1,101,|User 101|,02:04,071505,,2");
    site.say(client, "_SM,8,100,0,101");
    assert_eq!(site.told(client), ["CF,_SM,8,0", "MW,,M100,100,101,,,0"]);
    site.say(client, "_SA,9,100,2003,1,273");
    assert_eq!(site.told(client)[..2], ["CF,_SA,9,0", "LN,,M100,100,2003,|User 100|,273"]);
    site.say(client, "_SA,10,100,2003,3");
    assert_eq!(site.told(client), ["CF,_SA,10,0", "NRY,,M100,100,2003"]);
    assert_eq!(site.ask(client, "_SA,11,100,9999,1,273"), "CF,_SA,11,33");
    assert_eq!(site.ask(client, "_SA,12,100,9999,1"), "CF,_SA,12,0", "without a group it says yes at once");
    site.lines(client);
    site.say(client, "_EF,13,100,,37103");
    assert_eq!(site.told(client)[..1], ["CF,_EF,13,0"]);
    assert!(site.exchange.station(&"100".into()).is_some_and(|station| station.dnd.is_none()), "371 switches it off");
    assert_eq!(site.ask(client, "_EF,14,100,,397"), "CF,_EF,14,10");
    assert_eq!(site.ask(client, "_EF,15,104,,362"), "CF,_EF,15,0");
    assert!(site.exchange.dee().all(|(_, dee)| !dee.is_on));
}

#[test]
fn what_clients_keep_at_the_pbx() {
    let (mut site, client) = site();
    let other = site.client();
    site.say(client, "_MS,1,100,1");
    site.lines(client);
    for (command, answer) in [
        ("_VP,2,100,1,|100|", "CF,_VP,2,0,1"),
        ("_PSP,3,100,|999|,|42|", "CF,_PSP,3,39"),
        ("_PSP,4,100,|100|,|42|", "CF,_PSP,4,0,100"),
        ("_VP,5,100,1,|42|", "CF,_VP,5,0,1"),
        ("_VP,6,,0,|x|", "CF,_VP,6,0,0,1,1,0"),
        ("_PSS,7,100,3,0,5550123,Home", "CF,_PSS,7,0"),
        ("_ORC,8,100,0", "CF,_ORC,8,10"),
        ("_ORC,9,100,20", "CF,_ORC,9,0,100"),
        ("_ORC,10,101,20", "CF,_ORC,10,50"),
        ("_TD,11,100,1,|Hello|", "CF,_TD,11,0,100"),
        ("_DTD,12,100,1", "CF,_DTD,12,49"),
        ("_SV,13,100,1,0", "CF,_SV,13,0"),
        ("_GDR,14,1", "CF,_GDR,14,0"),
    ] {
        assert_eq!(site.ask(client, command), answer);
    }
    assert_eq!(site.ask(other, "_ORC,1,100,20"), "CF,_ORC,1,48,100,|Sim|");
    assert_eq!(site.ask(other, "_GSD,2,0,5,a,b|c"), "CF,_GSD,2,0");
    assert_eq!(site.told(client), ["GDA,,,1,|Sim|,192.0.2.2,5,a,b|c"]);
    let call = site.dial("101", "100");
    let told = site.told(client);
    assert_eq!(told, [format!("OF,,M100,{call},100,,I,101,,,,,I,100,,,A,22,"), format!("DE,,M100,{call},100,,I,101,,,,,I,100,,,A,22,")]);
    assert_eq!(site.ask(client, &format!("_GAD,15,{call},|order|,4,1,2|")), format!("CF,_GAD,15,0,{call},|order|,,"));
    assert_eq!(site.ask(client, &format!("_GRD,16,{call},|order|")), format!("CF,_GRD,16,0,{call},|order|,071505,02:04,4,1,2|"));
    assert_eq!(site.ask(client, &format!("_GQD,17,{call}")), "CF,_GQD,17,0,1,|order|,071505,02:04");
    site.hang_up("101");
    assert_eq!(site.ask(client, &format!("_GRD,18,{call},|order|")), "CF,_GRD,18,31");
    assert_eq!(site.ask(client, "_OEC,19,100"), "CF,_OEC,19,0,100");
}

#[test]
fn a_callback_is_asked_for_and_taken_back() {
    let (mut site, client) = site();
    site.say(client, "_MS,1,100,1,,,F:FFFF");
    site.dial("101", "102");
    let call = site.dial("100", "101");
    site.lines(client);
    site.say(client, &format!("_RCB,2,100,{call}"));
    assert!(site.told(client).contains(&"CB,,M100,1,100,101,|User 101|,|User 101|,,".to_owned()));
    site.say(client, "_CCB,3,100,101");
    assert_eq!(site.told(client), ["CF,_CCB,3,0", "CB,,M100,0,100,101,|User 101|,|User 101|,,"]);
    assert_eq!(site.ask(client, "_CCB,4,100,101"), "CF,_CCB,4,14");
}

#[test]
fn what_is_not_known_or_not_licensed_is_refused() {
    let (mut site, client) = site();
    assert_eq!(site.ask(client, "_QD,1,100"), "CF,_QD,1,45");
    assert_eq!(site.ask(client, "_XYZ,2"), "CF,_XYZ,2,45");
    assert_eq!(site.ask(client, "_NO,0"), "CF,_NO,,41");
    assert_eq!(site.ask(client, "_QH,3"), "CF,_QH,3,31");
    site.server.profile.licence = Licence::Events;
    assert_eq!(site.ask(client, "_MC,4,100,101"), "CF,_MC,4,1");
    assert_eq!(site.ask(client, "_SP,5,100"), "CF,_SP,5,0,0");
    site.server.profile.licence = Licence::None;
    site.server.profile.forms.unlicensed = 45;
    assert_eq!(site.ask(client, "_SP,6,100"), "CF,_SP,6,45");
    assert_eq!(site.ask(client, "_NO,7"), "CF,_NO,7,0");
}

#[test]
fn events_may_come_before_the_answer_to_what_caused_them() {
    let (mut site, client) = site();
    site.watch(client);
    site.say(client, "_AP,1,0,0");
    site.lines(client);
    site.say(client, "_MC,2,100,101");
    let told = site.told(client);
    assert!(told[0].starts_with("SI,") && told.last().is_some_and(|line| line.starts_with("CF,_MC,2,0,")), "{told:?}");
    site.say(client, "_RP,3");
    let lines = site.lines(client);
    assert!(lines[0].ends_with(",CF,_RP,3,0") && lines[1].starts_with("000,RS,0,") && lines[2] == "001,RD,0,", "{lines:?}");
}
