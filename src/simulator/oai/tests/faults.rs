//! What can be made to go wrong, and what a client does wrong by itself.

use std::time::Duration;

use bytes::Bytes;

use super::super::{Ending, Fault, Profile, Whom};
use super::{ConnectionId, Site};

fn site() -> (Site, usize) {
    let mut site = Site::new(Profile::gateway());
    let client = site.watching();
    (site, client)
}

fn one(client: usize) -> Whom {
    Whom::One(ConnectionId(client as u64))
}

#[test]
fn a_dropped_line_leaves_a_gap_and_a_doubled_one_none() {
    let (mut site, client) = site();
    let other = site.watching();
    site.server.fault(one(client), &Fault::DropLines(1), site.at);
    site.dial("100", "101");
    let lines = site.lines(client);
    assert_eq!(lines.iter().map(|line| &line[..6]).collect::<Vec<_>>(), ["008,OR", "009,DE", "010,DE"]);
    assert_eq!(site.lines(other).len(), 4);
    site.server.fault(Whom::Everyone, &Fault::DoubleLines(1), site.at);
    site.answer("101");
    for client in [client, other] {
        let lines = site.lines(client);
        assert_eq!(lines.len(), 3);
        assert_eq!(lines[0][3..], lines[1][3..]);
    }
}

#[test]
fn cut_garbage_and_made_up_lines() {
    let (mut site, client) = site();
    site.server.fault(one(client), &Fault::Line("ZZ,,1,2".into()), site.at);
    site.spread();
    assert_eq!(site.lines(client), ["007,ZZ,,1,2"]);
    site.clients[client].writes.clear();
    site.server.fault(one(client), &Fault::Garbage(Bytes::from_static(b"\xff\xff\xff\xff")), site.at);
    site.spread();
    assert_eq!(site.clients[client].writes.concat(), b"\xff\xff\xff\xff");
    site.server.fault(one(client), &Fault::Cut, site.at);
    site.spread();
    assert_eq!(site.clients[client].ended, Some(Ending::Cut));
}

#[test]
fn commands_are_refused_delayed_or_not_heard() {
    let (mut site, client) = site();
    site.server.fault(one(client), &Fault::Refuse { command: Some("_MS".into()), outcome: 28 }, site.at);
    assert_eq!(site.ask(client, "_MS,9,100,1"), "CF,_MS,9,28");
    assert_eq!(site.ask(client, "_SP,10,100"), "CF,_SP,10,0,0");
    site.server.fault(one(client), &Fault::Refuse { command: None, outcome: 1 }, site.at);
    assert_eq!(site.ask(client, "_SP,11,100"), "CF,_SP,11,1");
    assert_eq!(site.ask(client, "_NO,12"), "CF,_NO,12,0");
    site.server.fault(one(client), &Fault::Deaf, site.at);
    site.say(client, "_NO,13");
    assert!(site.lines(client).is_empty());
    site.server.fault(one(client), &Fault::Obey, site.at);
    site.server.fault(one(client), &Fault::Delay(Duration::from_secs(3)), site.at);
    site.say(client, "_SP,14,100");
    assert!(site.lines(client).is_empty());
    assert_eq!(site.server.poll_timeout(), Some(site.at.plus(Duration::from_secs(3))));
    site.wait(Duration::from_secs(3));
    assert_eq!(site.told(client), ["CF,_SP,14,0,0"]);
}

#[test]
fn an_idle_reset_on_demand() {
    let (mut site, client) = site();
    site.server.fault(Whom::Everyone, &Fault::IdleReset, site.at);
    site.spread();
    let lines = site.lines(client);
    assert!(lines[0].starts_with("000,RS,0,") && lines[1] == "001,RD,0,", "{lines:?}");
    site.dial("100", "101");
    assert!(site.lines(client).is_empty());
}

#[test]
fn a_client_that_does_not_read_is_cut_off_and_others_go_on() {
    let mut site = Site::new(Profile { output_limit: 2_000, ..Profile::gateway() });
    let (slow, other) = (site.watching(), site.watching());
    site.server.stalled(ConnectionId(slow as u64), true);
    for _ in 0..20 {
        site.dial("100", "101");
        site.hang_up("100");
    }
    assert_eq!(site.clients[slow].ended, Some(Ending::TooSlow));
    assert!(site.clients[other].ended.is_none() && site.lines(other).len() > 100);
}

#[test]
fn a_client_that_does_not_read_for_a_while_misses_nothing() {
    let (mut site, client) = site();
    site.server.stalled(ConnectionId(client as u64), true);
    site.dial("100", "101");
    assert!(site.lines(client).is_empty());
    site.server.stalled(ConnectionId(client as u64), false);
    site.spread();
    assert_eq!(site.lines(client).len(), 4);
}

#[test]
fn what_cannot_be_read_ends_only_what_cannot_go_on() {
    let (mut site, client) = site();
    site.say(client, ",,,|,|||");
    site.bytes(client, b"\0\0\0\0");
    assert_eq!(site.ask(client, "_NO,9"), "CF,_NO,9,0");
    site.bytes(client, b"\xff\xff\xff\x7f");
    assert!(matches!(site.clients[client].ended, Some(Ending::Unreadable(_))));
}

#[test]
fn commands_without_end_are_cut_off() {
    let (mut site, client) = site();
    site.server.fault(one(client), &Fault::Delay(Duration::from_mins(1)), site.at);
    for invoke in 1..=1_001 {
        site.say(client, &format!("_NO,{invoke}"));
    }
    assert_eq!(site.clients[client].ended, Some(Ending::TooManyCommands));
}
