//! Hunt groups and agents.

use std::time::Duration;

use super::bench::{Bench, dev, site};
use crate::simulator::exchange::{Action, AgentFactKind, AgentMode, Deed, Overflow, What};
use AgentFactKind::{NotReady, Ready, WorkingAfterCall};

use crate::telephony::AgentId;

#[test]
fn a_member_does_not_answer_and_the_next_one_does() {
    let mut bench = Bench::new();
    bench.dial(0, "1001", "3001");
    bench.until(11);
    bench.answer(12, "1004");
    bench.hang_up(20, "1001");
    assert_eq!(bench.kinds(), ["SI", "OR", "DE", "DI", "DE", "ES", "XC", "XC", "XC", "CC"]);
    assert_eq!(
        bench.truth(),
        [
            "internal answered 1001>3001 0..20 a12",
            "  1001 caller 0..20 a12 answered/hangup/normalClearing Ann:primary_extension",
            "  1003 queue 0..10 ring10 no_answer/timeout/callNotAnswered",
            "  3001 queue 0..12 queue12 answered/put_through/normalClearing",
            "  1004 queue 10..20 a12 ring2 answered/remote_hangup/normalClearing",
        ]
    );
}

#[test]
fn nobody_answers_and_all_are_tried_again_later() {
    let mut bench = Bench::new();
    bench.dial(0, "1001", "3001");
    bench.until(24);
    assert_eq!(bench.kinds(), ["SI", "OR", "DE", "DI", "DE", "DI", "QU"]);
    bench.until(25);
    bench.hang_up(27, "1001");
    assert_eq!(
        bench.truth(),
        [
            "internal abandoned 1001>3001 0..27",
            "  1001 caller 0..27 abandoned/hangup/normalClearing Ann:primary_extension",
            "  1003 queue 0..10 ring10 no_answer/timeout/callNotAnswered",
            "  3001 queue 0..27 queue27 abandoned/hangup/normalClearing",
            "  1004 queue 10..20 ring10 no_answer/timeout/callNotAnswered",
            "  1003 queue 25..27 ring2 abandoned/remote_hangup/normalClearing",
        ]
    );
}

#[test]
fn all_ring_and_one_answers() {
    let mut bench = Bench::new();
    bench.dial(0, "1001", "3002");
    bench.answer(4, "1005");
    bench.hang_up(9, "1005");
    assert_eq!(
        bench.truth(),
        [
            "internal answered 1001>3002 0..9 a4",
            "  1001 caller 0..9 a4 answered/remote_hangup/normalClearing Ann:primary_extension",
            "  3002 queue 0..4 queue4 answered/put_through/normalClearing",
            "  1003 queue 0..4 ring4 answered_elsewhere/answered_elsewhere/answeredElsewhere",
            "  1004 queue 0..4 ring4 answered_elsewhere/answered_elsewhere/answeredElsewhere",
            "  1005 queue 0..9 a4 ring4 answered/hangup/normalClearing",
        ]
    );
}

#[test]
fn agents_by_their_ids_wherever_they_are() {
    let mut bench = Bench::new();
    bench.inbound(0, "5550133");
    assert_eq!(bench.kinds(), ["OR", "QU"]);
    bench.log_on(3, "1001", Some("2001"));
    bench.answer(5, "1001");
    bench.at(8, Action::LogOff { device: dev("1001"), group: None });
    bench.outside(12, "94001", Deed::HangsUp);
    assert_eq!(
        bench.truth(),
        [
            "inbound answered 5550199(Zoe)>5550133 by 94001 0..12 a5",
            "  5550199 caller 0..12 a5 answered/hangup/normalClearing",
            "  3003 queue 0..5 queue5 answered/put_through/normalClearing",
            "  1001 queue 3..12 a5 ring2 answered/remote_hangup/normalClearing agent 2001 Bob:agent",
        ]
    );
}

#[test]
fn what_a_call_leaves_to_do_keeps_the_next_one_waiting() {
    let mut bench = Bench::new();
    bench.log_on(0, "1004", Some("2002"));
    bench.inbound(1, "5550133");
    bench.answer(2, "1004");
    bench.hang_up(5, "1004");
    assert_eq!(bench.exchange.login(&dev("1004")).map(|login| login.mode), Some(AgentMode::WorkingAfterCall));
    bench.inbound(6, "5550133");
    bench.until(9);
    assert!(bench.exchange.legs_of(&dev("1004")).next().is_none());
    bench.until(10);
    bench.answer(11, "1004");
    bench.hang_up(12, "1004");
    let told: Vec<AgentFactKind> = bench
        .facts
        .iter()
        .filter_map(|fact| match &fact.what {
            What::Agent(fact) => Some(fact.kind.clone()),
            _ => None,
        })
        .collect();
    let groups = AgentFactKind::LoggedOn(vec![dev("3003")]);
    assert_eq!(told, [&[groups, Ready][..], &[NotReady, WorkingAfterCall, Ready], &[NotReady, WorkingAfterCall]].concat());
    assert_eq!(bench.truth().last().expect("a line"), "  1004 queue 10..12 a11 ring1 answered/hangup/normalClearing agent 2002 Cem:agent");
}

#[test]
fn overflow_to_voice_mail() {
    let mut bench = Bench::new();
    bench.inbound(0, "5550133");
    bench.until(30);
    bench.outside(40, "94001", Deed::HangsUp);
    assert_eq!(bench.kinds(), ["OR", "QU", "DI", "DE", "ES", "XC", "XC", "CC"]);
    assert_eq!(
        bench.truth(),
        [
            "inbound no_answer 5550199(Zoe)>5550133 by 94001 0..40",
            "  5550199 caller 0..40 a30 no_answer/hangup/normalClearing",
            "  3003 queue 0..30 queue30 diverted/timeout/overflow",
            "  2500 forward_target 30..40 a30 answered/remote_hangup/normalClearing",
        ]
    );
}

#[test]
fn overflow_to_another_group_while_all_ring() {
    let mut config = site();
    config.hunt_groups[1].overflow = Some(Overflow { after: Duration::from_secs(8), to: "3005".into() });
    let mut bench = Bench::of(config);
    bench.dial(0, "1001", "3002");
    bench.until(8);
    bench.answer(10, "1007");
    bench.hang_up(11, "1007");
    assert_eq!(
        bench.truth(),
        [
            "internal answered 1001>3002 0..11 a10",
            "  1001 caller 0..11 a10 answered/remote_hangup/normalClearing Ann:primary_extension",
            "  3002 queue 0..8 queue8 diverted/timeout/overflow",
            "  1003 queue 0..8 ring8 no_answer/timeout/callNotAnswered",
            "  1004 queue 0..8 ring8 no_answer/timeout/callNotAnswered",
            "  1005 queue 0..8 ring8 no_answer/timeout/callNotAnswered",
            "  3005 queue 8..10 queue2 answered/put_through/normalClearing",
            "  1007 queue 8..11 a10 ring2 answered/hangup/normalClearing",
        ]
    );
}

#[test]
fn full_is_busy_and_waiting_calls_keep_their_order() {
    let mut bench = Bench::new();
    bench.dial(0, "1001", "3005");
    bench.dial(1, "1002", "3005");
    bench.hang_up(3, "1002");
    bench.dial(4, "1003", "3004");
    bench.dial(5, "1004", "3004");
    bench.log_on(6, "1005", None);
    assert_eq!(bench.exchange.calls_at(&dev("3004")).count(), 2);
    bench.answer(7, "1005");
    bench.hang_up(8, "1005");
    bench.until(8);
    bench.answer(9, "1005");
    bench.hang_up(10, "1005");
    bench.hang_up(11, "1001");
    assert_eq!(
        bench.truth(),
        [
            "internal busy 1002>3005 1..3",
            "  1002 caller 1..3 busy/hangup/busy Bob:primary_extension",
            "  3005 queue 1..3 queue2 busy/hangup/busy",
            "internal answered 1003>3004 4..8 a7",
            "  1003 caller 4..8 a7 answered/remote_hangup/normalClearing",
            "  3004 queue 4..7 queue3 answered/put_through/normalClearing",
            "  1005 queue 6..8 a7 ring1 answered/hangup/normalClearing",
            "internal answered 1004>3004 5..10 a9",
            "  1004 caller 5..10 a9 answered/remote_hangup/normalClearing",
            "  3004 queue 5..9 queue4 answered/put_through/normalClearing",
            "  1005 queue 8..10 a9 ring1 answered/hangup/normalClearing",
            "internal abandoned 1001>3005 0..11",
            "  1001 caller 0..11 abandoned/hangup/normalClearing Ann:primary_extension",
            "  1007 queue 0..10 ring10 no_answer/timeout/callNotAnswered",
            "  3005 queue 0..11 queue11 abandoned/hangup/normalClearing",
        ]
    );
}

#[test]
fn the_newest_login_holds() {
    let mut bench = Bench::new();
    bench.log_on(0, "1001", Some("2001"));
    bench.log_on(1, "1002", Some("2001"));
    assert_eq!(bench.exchange.agent_place(&AgentId::new("2001")), Some(&dev("1002")));
    assert!(bench.exchange.login(&dev("1001")).is_none());
    bench.log_on(2, "1002", Some("2002"));
    assert_eq!(bench.exchange.agent_place(&AgentId::new("2001")), None);
}
