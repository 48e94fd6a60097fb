//! Monitors, filters, resyncs, and several clients at once (OAI reference §3, §4).

use std::time::Duration;

use super::super::{Announcement, Profile, TooSoon};
use super::Site;
use crate::simulator::exchange::{Action, Dnd, HoldKind};

#[test]
fn each_client_hears_of_what_it_monitors() {
    let mut site = Site::new(Profile::gateway());
    let (one, two) = (site.client(), site.client());
    site.say(one, "_MS,1,100,1");
    site.say(two, "_MS,1,101,1,,C:2000");
    site.lines(one);
    site.lines(two);
    let call = site.dial("100", "101");
    site.answer("101");
    let codes: Vec<String> = site.lines(one).iter().map(|line| line[..6].to_owned()).collect();
    assert_eq!(codes, ["003,SI", "004,OR", "005,DE", "006,ES"]);
    assert_eq!(site.lines(two), [format!("003,DE,,000001,{call},101,,I,100,,,,,I,101,,,A,22,")], "its filter lets DE alone pass");
}

#[test]
fn a_monitor_that_is_there_keeps_its_number_and_gets_new_filters() {
    let mut site = Site::new(Profile::gateway());
    let client = site.client();
    assert_eq!(site.ask(client, "_MS,1,100,1,A:FFFF,C:FFFF,F:FFFF"), "CF,_MS,1,0,0001,000001,100,A:00FC,C:FFFE,F:1FFF");
    assert_eq!(site.ask(client, "_MS,2,100,1,,C:E000"), "CF,_MS,2,0,0001,000001,100,A:00FC,C:E000,F:1FFF");
    assert_eq!(site.ask(client, "_CE,3,1,A:0,,F:0"), "CF,_CE,3,0,A:0000,C:E000,F:0000");
    assert_eq!(site.ask(client, "_QE,4,000001"), "CF,_QE,4,0,A:0000,C:E000,F:0000");
    assert_eq!(site.ask(client, "_MP,5,1"), "CF,_MP,5,0");
    assert_eq!(site.ask(client, "_MP,6,1"), "CF,_MP,6,12");
    assert_eq!(site.ask(client, "_QE,7,1"), "CF,_QE,7,12");
    assert_eq!(site.ask(client, "_MS,8,999,1"), "CF,_MS,8,9");
    assert_eq!(site.ask(client, "_MS,9,100,1,X:FFFF"), "CF,_MS,9,34");
    assert_eq!(site.ask(client, "_MS,10,100,1,S:FFFF"), "CF,_MS,10,34");
    assert_eq!(site.ask(client, "_MS,11,77,7"), "CF,_MS,11,33");
    assert_eq!(site.ask(client, "_MS,12,77,0"), "CF,_MS,12,8");
}

#[test]
fn as_many_monitors_are_started_as_fit() {
    let mut site = Site::new(Profile { monitors: 3, ..Profile::default() });
    let client = site.client();
    assert_eq!(site.ask(client, "_MS,1,,3"), "CF,_MS,1,28,0003,001,100,002,101,003,102,A:00FC,C:FFFC,F:00FC");
    assert_eq!(site.ask(client, "_MP,2"), "CF,_MP,2,0");
    assert_eq!(site.ask(client, "_MS,3,106,1"), "CF,_MS,3,0,0001,001,106,A:00FC,C:FFFC,F:00FC");
}

#[test]
fn groups_are_monitored_together_by_the_advanced_command() {
    let mut site = Site::new(Profile::gateway());
    let client = site.client();
    assert_eq!(site.ask(client, "_MA,1,,13"), "CF,_MA,1,0,1,13,0002,000001,273,000002,275,A:00FC,C:FFFC,F:00FC");
    assert_eq!(site.ask(client, "_MA,2,,12"), "CF,_MA,2,0,1,12,0001,000003,274,A:00FC,C:FFFC,F:00FC");
    assert_eq!(site.ask(client, "_MS,3,,12"), "CF,_MS,3,31");
    assert_eq!(site.ask(client, "_MA,4,,8"), "CF,_MA,4,0,1,8,0001,000004");
    assert_eq!(site.ask(client, "_MS,5,,9"), "CF,_MS,5,0,0001,000005,500,A:00FC,C:FFFC,F:00FC");
    assert_eq!(site.ask(client, "_MS,6,,10"), "CF,_MS,6,0,0000,A:00FC,C:FFFC,F:00FC");
}

#[test]
fn an_agent_is_followed_to_the_telephone_where_it_logs_on() {
    let mut site = Site::new(Profile::gateway());
    let client = site.client();
    site.say(client, "_MS,1,2003,7");
    site.lines(client);
    site.act(Action::LogOn { device: "105".into(), agent: Some("2003".into()), group: None });
    let call = site.dial("105", "100");
    let expected = [
        "LN,,MAGENT2003,105,2003,|User 105|,273".to_owned(),
        "RY,,MAGENT2003,105,2003".to_owned(),
        format!("SI,,MAGENT2003,{call},105,I,22,"),
        format!("OR,,MAGENT2003,{call},105,,I,100,,C,22"),
        format!("DE,,MAGENT2003,{call},100,,I,105,,,,,I,100,,,C,22,"),
    ];
    let told = site.told(client);
    assert_eq!(told[..5], expected, "{told:?}");
}

#[test]
fn a_call_monitor_follows_one_call_to_its_end() {
    let mut site = Site::new(Profile::gateway());
    let client = site.client();
    let call = site.dial("100", "101");
    site.dial("102", "103");
    site.say(client, &format!("_MS,1,{call},0"));
    site.lines(client);
    site.answer("101");
    site.hang_up("101");
    assert_eq!(
        site.told(client),
        [format!("ES,,MCALL,{call},101,,I,100,,,I,101,,C,35"), format!("CC,,MCALL,{call},36,,")].map(|line| {
            // The monitor ended with its call, so that its number says nothing any more.
            line.replace("MCALL", "000001")
        })
    );
    assert_eq!(site.ask(client, "_QE,2,1"), "CF,_QE,2,12");
}

#[test]
fn a_device_that_is_renumbered_ends_its_monitor() {
    let mut site = Site::new(Profile::gateway());
    let client = site.client();
    site.say(client, "_MS,1,100,1");
    site.say(client, "_MS,2,,11,S:FFFF");
    site.lines(client);
    site.act(Action::RenumberStation { device: "100".into(), number: "199".into() });
    assert_eq!(site.told(client), ["EC,,MSYS1,1,100,199,0", "ME,,000001,36"]);
    site.act(Action::Rename { device: "199".into(), name: "BARNEY".into() });
    site.act(Action::SetNight { node: 1, on: true });
    assert_eq!(site.told(client), ["DC,,MSYS1,1,0,199,0,0,|BARNEY|", "NM,,MSYS1,1,1"]);
    let alarm = Announcement::Alarm { node: 1, device: Some("101".into()), number: 120, text: "Station off hook".into() };
    site.server.announce(alarm, &site.exchange);
    site.server.announce(Announcement::CallRecord { node: 1, text: "101 97061 5550100 00:00:10".into() }, &site.exchange);
    site.spread();
    assert_eq!(site.told(client), ["AG,,MSYS1,1,1,101,120,|Station off hook|,1", "SMR,,MSYS1,1,|101 97061 5550100 00:00:10|"]);
}

/// 100 talks with 101 and holds 102; 103 is not to be disturbed; 104 rings.
fn busy(site: &mut Site) -> (String, String) {
    let held = site.dial("100", "102");
    site.answer("102");
    site.act(Action::Hold { device: "100".into(), call: None, kind: HoldKind::Individual });
    let talk = site.dial("100", "101");
    site.answer("101");
    site.act(Action::SetDnd { device: "103".into(), dnd: Some(Dnd { message: 6, text: "UNTIL 1PM".into() }) });
    site.dial("106", "104");
    (held, talk)
}

#[test]
fn a_resync_tells_the_present_state() {
    let mut site = Site::new(Profile::gateway());
    let client = site.client();
    let (held, talk) = busy(&mut site);
    site.say(client, "_MS,1,,3,A:FFFF,C:FFFF,F:FFFF");
    site.lines(client);
    site.say(client, "_RR,245,100");
    let expected = [
        "CF,_RR,245,0,100".to_owned(),
        format!("HE,245,M100,{held},100,H,42"),
        format!("ES,245,M100,{talk},101,,I,100,,,I,101,,C,35"),
        "FE,245,M100,100,0000020".to_owned(),
        "RD,245,100".to_owned(),
    ];
    assert_eq!(site.told(client), expected);
    site.say(client, "_RR,246");
    let told = site.told(client);
    assert_eq!(told[0], "CF,_RR,246,0,");
    assert_eq!(told.last().map(String::as_str), Some("RD,246,"));
    assert!(told.contains(&"DND,246,M103,103,|OUT TO LUNCH|,|UNTIL 1PM|".to_owned()), "{told:?}");
    assert!(told.iter().any(|line| line.starts_with("DE,246,M104,")), "{told:?}");
    assert!(told[1..told.len() - 1].iter().all(|line| line.split(',').nth(1) == Some("246")));
}

#[test]
fn resyncs_of_all_devices_are_rare() {
    for (form, lines) in
        [(TooSoon::Silence, vec![]), (TooSoon::ConfirmedOnly, vec!["CF,_RR,3,0,"]), (TooSoon::Refused(1), vec!["CF,_RR,3,1"])]
    {
        let mut profile = Profile::gateway();
        profile.forms.resync_too_soon = form;
        let mut site = Site::new(profile);
        let client = site.client();
        site.say(client, "_RR,2");
        assert_eq!(site.told(client), ["CF,_RR,2,0,", "RD,2,"], "nothing is monitored");
        site.say(client, "_RR,3");
        assert_eq!(site.told(client), lines);
        site.wait(Duration::from_mins(3));
        site.say(client, "_RR,4");
        assert_eq!(site.told(client), ["CF,_RR,4,0,", "RD,4,"]);
    }
}

#[test]
fn while_a_resync_lasts_events_and_commands_wait() {
    let mut site = Site::new(Profile { resync_ms: 2_000, ..Profile::gateway() });
    let client = site.watching();
    site.say(client, "_RR,7,100");
    assert_eq!(site.told(client), ["CF,_RR,7,0,100"]);
    let call = site.dial("100", "101");
    site.say(client, "_NO,8");
    assert!(site.lines(client).is_empty());
    site.wait(Duration::from_secs(2));
    let told = site.told(client);
    assert_eq!(told[0], "RD,7,100");
    assert_eq!(told[1], format!("SI,,M100,{call},100,I,22,"));
    assert_eq!(told.last().map(String::as_str), Some("CF,_NO,8,0"));
}

#[test]
fn the_old_resync_begins_numbers_anew() {
    let mut site = Site::new(Profile::default());
    let client = site.watching();
    site.say(client, "RR,100");
    let lines = site.lines(client);
    assert!(lines[0].starts_with("000,RS,1,02:04,"), "{lines:?}");
    assert_eq!(lines.last().map(String::as_str), Some("001,RD,1,100"));
    site.say(client, "RT");
    let lines = site.lines(client);
    assert!(lines.len() == 1 && lines[0].starts_with("000,RS,1,"), "{lines:?}");
}

#[test]
fn all_stations_with_their_state_in_one_command() {
    let mut site = Site::new(Profile::gateway());
    let (_, talk) = busy(&mut site);
    let client = site.client();
    site.say(client, "_MS,5,,6,A:FFFF,C:FFFF,F:0");
    let told = site.told(client);
    assert!(told[0].starts_with("CF,_MS,5,0,0007,"));
    assert!(told.contains(&format!("ES,5,M101,{talk},101,,I,100,,,I,101,,C,35")), "{told:?}");
    assert_eq!(told.last().map(String::as_str), Some("RD,5,"));
}
