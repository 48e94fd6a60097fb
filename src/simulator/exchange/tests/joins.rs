//! Transfers, recall, conferences.

use super::bench::{Bench, dev, site};
use crate::simulator::exchange::{Action, Deed, HoldKind, Purpose, Refusal};

fn consult(bench: &mut Bench, second: u64, device: &str, digits: &str) {
    let purpose = Purpose::Transfer;
    bench.at(second, Action::Consult { device: dev(device), call: None, digits: digits.into(), purpose, account: None });
}

fn transfer(bench: &mut Bench, second: u64, device: &str) {
    bench.at(second, Action::Transfer { device: dev(device), held: None, consultation: None });
}

fn blind(device: &str, digits: &str) -> Action {
    Action::TransferOneStep { device: dev(device), call: None, digits: digits.into() }
}

#[test]
fn blind_to_a_station() {
    let mut bench = Bench::new();
    bench.inbound(0, "1001");
    bench.answer(2, "1001");
    bench.at(5, blind("1001", "1002"));
    bench.answer(8, "1002");
    bench.outside(12, "94001", Deed::HangsUp);
    assert_eq!(bench.kinds(), ["OR", "DE", "ES", "TR", "DE", "ES", "XC", "XC", "CC"]);
    assert_eq!(
        bench.truth(),
        [
            "inbound answered 5550199(Zoe)>1001 by 94001 0..12 a2",
            "  5550199 caller 0..12 a2 answered/hangup/normalClearing",
            "  1001 called 0..5 a2 ring2 answered/transfer/singleStepTransfer blind>3 Ann:primary_extension",
            "  1002 transfer_target 5..12 a8 ring3 answered/remote_hangup/normalClearing Bob:primary_extension",
        ]
    );
}

#[test]
fn blind_and_called_back() {
    let mut bench = Bench::new();
    bench.dial(0, "1001", "1003");
    bench.answer(1, "1003");
    bench.at(2, blind("1003", "1002"));
    bench.until(47);
    bench.answer(50, "1003");
    bench.hang_up(51, "1003");
    assert_eq!(
        bench.truth(),
        [
            "internal answered 1001>1003 0..51 a1",
            "  1001 caller 0..51 a1 answered/remote_hangup/normalClearing Ann:primary_extension",
            "  1003 called 0..2 a1 ring1 answered/transfer/singleStepTransfer blind>3",
            "  1002 transfer_target 2..47 ring45 no_answer/timeout/recall Bob:primary_extension",
            "  1003 called 47..51 a50 ring3 answered/hangup/normalClearing",
        ]
    );
}

#[test]
fn blind_to_a_group_to_outside_and_to_nowhere() {
    let mut bench = Bench::new();
    bench.dial(0, "1001", "1002");
    bench.answer(1, "1002");
    assert_eq!(bench.try_at(2, blind("1002", "7777")), Err(Refusal::InvalidDestination));
    assert_eq!(bench.try_at(2, blind("1002", "1001")), Err(Refusal::InvalidDestination));
    bench.at(3, blind("1002", "3005"));
    bench.answer(4, "1007");
    bench.at(6, blind("1007", "95550123"));
    bench.outside(7, "94001", Deed::Rings);
    bench.outside(9, "94001", Deed::Answers);
    bench.hang_up(10, "1001");
    assert_eq!(
        bench.truth(),
        [
            "internal answered 1001>1002 by 94001 0..10 a1",
            "  1001 caller 0..10 a1 answered/hangup/normalClearing Ann:primary_extension",
            "  1002 called 0..3 a1 ring1 answered/transfer/singleStepTransfer blind>3 Bob:primary_extension",
            "  3005 queue 3..4 queue1 answered/put_through/normalClearing",
            "  1007 queue 3..6 a4 ring1 answered/transfer/singleStepTransfer blind>5",
            "  5550123 transfer_target 6..10 a9 ring2 answered/remote_hangup/normalClearing",
        ]
    );
}

#[test]
fn attended_after_an_answer() {
    let mut bench = Bench::new();
    bench.inbound(0, "1001");
    bench.answer(2, "1001");
    consult(&mut bench, 4, "1001", "1002");
    bench.answer(6, "1002");
    transfer(&mut bench, 9, "1001");
    bench.hang_up(15, "1002");
    assert_eq!(bench.kinds(), ["OR", "DE", "ES", "HE", "OR", "DE", "ES", "TR", "CC", "ES", "XC", "XC", "CC"]);
    assert_eq!(
        bench.truth(),
        [
            "inbound answered 5550199(Zoe)>1001 by 94001 0..15 a2",
            "  5550199 caller 0..15 a2 answered/remote_hangup/normalClearing",
            "  1001 called 0..9 a2 ring2 hold5 answered/transfer/transfer attended>4 Ann:primary_extension",
            "  1001 consultation 4..9 a6 answered/transfer/transfer Ann:primary_extension",
            "  1002 transfer_target 4..15 a6 ring2 answered/hangup/normalClearing Bob:primary_extension",
        ]
    );
}

#[test]
fn attended_while_it_rings() {
    let mut bench = Bench::new();
    bench.dial(0, "1003", "1001");
    bench.answer(2, "1001");
    consult(&mut bench, 4, "1001", "1002");
    transfer(&mut bench, 5, "1001");
    bench.answer(9, "1002");
    bench.hang_up(15, "1002");
    assert_eq!(
        bench.truth(),
        [
            "internal answered 1003>1001 0..15 a2",
            "  1003 caller 0..15 a2 answered/remote_hangup/normalClearing",
            "  1001 called 0..5 a2 ring2 hold1 answered/transfer/transfer attended>4 Ann:primary_extension",
            "  1001 consultation 4..5 diverted/transfer/transfer Ann:primary_extension",
            "  1002 transfer_target 4..15 a9 ring5 answered/hangup/normalClearing Bob:primary_extension",
        ]
    );
}

#[test]
fn attended_to_a_group_where_it_still_waits() {
    let mut bench = Bench::new();
    bench.dial(0, "1003", "1001");
    bench.answer(2, "1001");
    consult(&mut bench, 4, "1001", "3003");
    transfer(&mut bench, 5, "1001");
    bench.log_on(7, "1004", Some("2002"));
    bench.answer(8, "1004");
    bench.hang_up(9, "1004");
    assert_eq!(
        bench.truth(),
        [
            "internal answered 1003>1001 0..9 a2",
            "  1003 caller 0..9 a2 answered/remote_hangup/normalClearing",
            "  1001 called 0..5 a2 ring2 hold1 answered/transfer/transfer attended>4 Ann:primary_extension",
            "  1001 consultation 4..5 diverted/transfer/transfer Ann:primary_extension",
            "  3003 queue 4..8 queue4 answered/put_through/normalClearing",
            "  1004 queue 7..9 a8 ring1 answered/hangup/normalClearing agent 2002 Cem:agent",
        ]
    );
}

#[test]
fn a_consultation_that_comes_to_nothing_is_a_call_of_its_own() {
    let mut bench = Bench::new();
    bench.dial(0, "1003", "1001");
    bench.answer(2, "1001");
    consult(&mut bench, 4, "1001", "1002");
    let ids: Vec<_> = bench.exchange.legs_of(&dev("1001")).map(|(_, leg)| leg.call().clone()).collect();
    bench.at(6, Action::Reconnect { device: dev("1001"), clear: ids[1].clone(), held: ids[0].clone() });
    bench.hang_up(9, "1003");
    assert_eq!(
        bench.truth(),
        [
            "internal abandoned 1001>1002 4..6",
            "  1001 caller 4..6 abandoned/hangup/normalClearing Ann:primary_extension",
            "  1002 called 4..6 ring2 abandoned/remote_hangup/normalClearing Bob:primary_extension",
            "internal answered 1003>1001 0..9 a2",
            "  1003 caller 0..9 a2 answered/hangup/normalClearing",
            "  1001 called 0..9 a2 ring2 hold2 answered/remote_hangup/normalClearing Ann:primary_extension",
        ]
    );
}

#[test]
fn a_conference_of_four_that_is_left_one_by_one() {
    let mut bench = Bench::new();
    bench.dial(0, "1001", "1003");
    bench.answer(1, "1003");
    for (second, guest) in [(2, "1004"), (6, "95550123")] {
        let purpose = Purpose::Conference;
        bench.at(second, Action::Consult { device: dev("1001"), call: None, digits: guest.into(), purpose, account: None });
        if guest == "1004" {
            bench.answer(second + 1, guest);
        } else {
            bench.outside(second + 1, "94001", Deed::Answers);
        }
        bench.at(second + 2, Action::Hold { device: dev("1001"), call: None, kind: HoldKind::Conference });
        let parties = bench.at(second + 3, Action::Conference { device: dev("1001"), calls: Vec::new() }).parties;
        assert_eq!(parties[0].0.device, dev("1001"));
    }
    bench.hang_up(12, "1001");
    bench.hang_up(14, "1004");
    bench.outside(17, "94001", Deed::HangsUp);
    assert_eq!(
        bench.truth(),
        [
            "internal answered 1001>1003 by 94001 0..17 a1",
            "  1001 caller 0..12 a1 hold6 answered/hangup/normalClearing Ann:primary_extension",
            "  1003 called 0..17 a1 ring1 answered/remote_hangup/normalClearing",
            "  1001 consultation 2..5 a3 hold1 answered/conference/conference Ann:primary_extension",
            "  1004 conference 2..14 a3 ring1 answered/hangup/normalClearing",
            "  1001 consultation 6..9 a7 hold1 answered/conference/conference Ann:primary_extension",
            "  5550123 conference 6..17 a7 answered/hangup/normalClearing",
        ]
    );
}

#[test]
fn a_conference_has_its_limit() {
    let mut config = site();
    config.options.conference_max = 3;
    let mut bench = Bench::of(config);
    bench.dial(0, "1001", "1003");
    bench.answer(1, "1003");
    for (second, guest) in [(2, "1004"), (6, "1005")] {
        consult(&mut bench, second, "1001", guest);
        bench.answer(second + 1, guest);
        let done = bench.try_at(second + 3, Action::Conference { device: dev("1001"), calls: Vec::new() });
        assert_eq!(done.is_ok(), guest == "1004");
        assert!(guest == "1004" || done == Err(Refusal::ConferenceFull));
    }
}

#[test]
fn a_call_answered_while_another_is_held_can_be_handed_over_too() {
    let mut bench = Bench::new();
    bench.dial(0, "1001", "1003");
    bench.answer(1, "1003");
    bench.at(2, Action::Hold { device: dev("1001"), call: None, kind: HoldKind::Individual });
    bench.dial(3, "1004", "1001");
    bench.answer(4, "1001");
    transfer(&mut bench, 6, "1001");
    bench.hang_up(9, "1003");
    assert_eq!(
        bench.truth(),
        [
            "internal answered 1001>1003 0..9 a1",
            "  1001 caller 0..6 a1 hold4 answered/transfer/transfer attended>3 Ann:primary_extension",
            "  1003 called 0..9 a1 ring1 answered/hangup/normalClearing",
            "  1004 transfer_target 3..9 a4 answered/remote_hangup/normalClearing",
            "  1001 called 3..6 a4 ring1 answered/transfer/transfer Ann:primary_extension",
        ]
    );
}
