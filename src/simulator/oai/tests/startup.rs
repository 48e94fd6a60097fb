//! Login, the startup dialogue, ports and the idle timer (OAI reference §1, §2).

use std::time::Duration;

use super::super::{BadPassword, Ending, LineEnd, Profile, Role};
use super::{START, Site};
use crate::telephony::Time;

#[test]
fn the_documented_startup_byte_by_byte() {
    let mut profile = Profile::gateway();
    profile.country = 3;
    profile.wire.count_digits = 4;
    profile.password = "1234".into();
    let mut site = Site::new(profile);
    let client = site.connect();
    site.bytes(client, b"\x10\0\0\0\x871234\0Connector\0");
    let line = |text: &str| [&u32::try_from(text.len() + 2).expect("short").to_le_bytes()[..], text.as_bytes(), b"\r\n"].concat();
    let read = |site: &mut Site| std::mem::take(&mut site.clients[client].writes).concat();
    let expected = [line("000,RS,0,02:04,071505,V10.20,V6.0.11.113,3,0,1,3,1"), line("001,RD,0,")].concat();
    assert_eq!(read(&mut site), expected);
    site.bytes(client, b"\x08\0\0\0_NA,1,1\r");
    assert_eq!(read(&mut site), line("002,CF,_NA,1,0,1"));
    site.say(client, "_MS,2,,3,A:FFFF,C:FFFF,F:FFFF");
    let pairs = (1..).zip(100..=106).map(|(id, station)| format!("{id:06},{station},")).collect::<Vec<_>>().concat();
    assert_eq!(read(&mut site), line(&format!("003,CF,_MS,2,0,0007,{pairs}A:00FC,C:FFFE,F:1FFF")));
    site.say(client, "_MS,3,,11,S:FFFF");
    assert_eq!(read(&mut site), line("004,CF,_MS,3,0,0001,000008,1:,S:00FE"));
    site.say(client, "_QX,4,,17,1,1,1");
    assert_eq!(read(&mut site), line("005,CF,_QX,4,0,17,1,1,0002,2003,|Agent 2003|,2004,|Agent 2004|"));
    site.bytes(client, b"\x06\0\0\0_NO,7\r");
    assert_eq!(read(&mut site), line("006,CF,_NO,7,0,1,1,1"));
}

#[test]
fn what_ends_a_line_and_how_it_is_cut_changes_nothing() {
    for (line_end, lines_per_frame, split) in [
        (LineEnd::Cr, 1, Some(1)),
        (LineEnd::CrLfNul, 3, Some(7)),
        (LineEnd::None, 1, None),
        (LineEnd::None, 2, Some(3)),
        (LineEnd::CrLf, 9, None),
    ] {
        let mut profile = Profile::default();
        (profile.wire.line_end, profile.wire.lines_per_frame, profile.wire.split) = (line_end, lines_per_frame, split);
        let mut site = Site::new(profile);
        let client = site.connect();
        site.login(client, "");
        let rs = "000,RS,0,02:04,071505,V10.20,V6.0.11.113,3,1,1,1,1";
        assert_eq!(site.lines(client), [rs, "001,RD,0,"], "{line_end:?} {lines_per_frame} {split:?}");
    }
}

#[test]
fn a_node_tells_its_number_and_refuses_what_is_a_gateways() {
    let mut site = Site::new(Profile::default());
    let client = site.client();
    assert_eq!(site.ask(client, "_NA,1,1"), "CF,_NA,1,45");
    site.server.profile.forms.gateway_command_at_node = 0;
    assert_eq!(site.ask(client, "_NA,2,1"), "CF,_NA,2,0,1");
    assert_eq!(site.ask(client, "_MS,3,100,1"), "CF,_MS,3,0,0001,001,100,A:00FC,C:FFFC,F:00FC");
    assert_eq!(site.server.profile().role, Role::Direct { node: 1 });
}

#[test]
fn wrong_passwords_meet_what_the_profile_says() {
    let mut profile = Profile { password: "1234".into(), ..Profile::default() };
    for (form, lines, is_closed) in [
        (BadPassword::Close, vec![], true),
        (BadPassword::Line("AG,,,2,0,,9,|Invalid password|,1".into()), vec!["000,AG,,,2,0,,9,|Invalid password|,1"], true),
        (BadPassword::Reply("no".into()), vec![], true),
        (BadPassword::Silence, vec![], false),
    ] {
        profile.forms.bad_password = form;
        let mut site = Site::new(profile.clone());
        let client = site.connect();
        site.login(client, "4321");
        assert_eq!(site.lines(client), lines);
        assert_eq!(site.clients[client].ended, is_closed.then_some(Ending::BadPassword));
        site.say(client, "_NO,1");
        assert!(site.lines(client).is_empty());
    }
}

#[test]
fn who_does_not_log_in_is_cut_off() {
    let mut site = Site::new(Profile::default());
    let (silent, early, records) = (site.connect(), site.connect(), site.connect());
    site.say(early, "_NO,1");
    assert_eq!(site.clients[early].ended, Some(Ending::NotALogin));
    site.bytes(records, b"\x06\0\0\0\x84\0Sim\0");
    assert_eq!(site.clients[records].ended, Some(Ending::NoSmdr));
    assert_eq!(site.server.poll_timeout(), Some(Time::from_millis(START + 30_000)));
    site.wait(Duration::from_secs(30));
    assert_eq!(site.clients[silent].ended, Some(Ending::NoLogin));
    assert_eq!(site.server.poll_timeout(), None);
}

#[test]
fn who_comes_when_all_ports_are_taken_is_told_so() {
    let mut site = Site::new(Profile { ports: 2, ..Profile::default() });
    let first = site.client();
    site.client();
    let third = site.connect();
    site.login(third, "");
    assert_eq!(site.lines(third), ["000,PE,,2"]);
    assert_eq!(site.clients[third].ended, Some(Ending::PortsExceeded(2)));
    site.server.closed(super::ConnectionId(first as u64));
    site.client();
}

#[test]
fn a_silent_client_loses_its_monitors_and_options_but_not_its_connection() {
    let mut site = Site::new(Profile::gateway());
    let client = site.client();
    site.say(client, "_XE,1,1");
    site.say(client, "_MS,2,,3");
    site.wait(Duration::from_secs(269));
    site.lines(client);
    site.say(client, "_NO");
    assert_eq!(site.lines(client), ["004,CF,_NO,,41"], "the code alone is enough to stay");
    site.wait(Duration::from_secs(269));
    assert!(site.lines(client).is_empty());
    site.wait(Duration::from_secs(1));
    let lines = site.lines(client);
    assert!(lines[0].starts_with("000,RS,0,02:12,"), "{lines:?}");
    assert_eq!(lines[1..], ["001,RD,0,"]);
    site.dial("100", "101");
    assert!(site.lines(client).is_empty());
    assert_eq!(site.ask(client, "_MS,3,100,1"), "CF,_MS,3,0,0001,000008,100,A:00FC,C:FFFC,F:00FC");
}

#[test]
fn numbers_wrap_to_where_the_profile_says() {
    for (wrap_to, after) in [(0, "000"), (1, "001")] {
        let mut profile = Profile::default();
        profile.wire.wrap_to = wrap_to;
        let mut site = Site::new(profile);
        let client = site.client();
        for invoke in 1..=998 {
            site.say(client, &format!("_NO,{invoke}"));
        }
        let lines = site.lines(client);
        assert_eq!(lines.last().map(String::as_str), Some("999,CF,_NO,998,0"));
        site.say(client, "_NO,1");
        assert_eq!(site.lines(client), [format!("{after},CF,_NO,1,0")]);
    }
}
