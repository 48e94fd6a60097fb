//! What arbitrary events meet too seldom.

use crate::telephony::{
    AgentId, Cause, Clearing, ConnectionId, ConnectionState, DeviceId, DeviceKind, Direction, Entry, Event, Party, Present, Role, Scope,
    SegmentOutcome, Stamped, SwitchCallId, Time, TransferKind,
};
use crate::tracker::call::HOLDS_MAX;
use crate::tracker::{Change, EndedCall, Limits, Tracker};

fn party(device: &str) -> Party {
    Party { device: DeviceId::new(device), kind: DeviceKind::Extension, number: None, name: None, trunk: None }
}

fn begins(call: &str, connection: &str, device: &str) -> Event {
    let (call, connection, party) = (SwitchCallId::new(call), ConnectionId::new(connection), party(device));
    Event::Originated { call, connection, party, dialled: None }
}

fn offers(call: &str, connection: &str, device: &str) -> Event {
    let (call, connection, party) = (SwitchCallId::new(call), ConnectionId::new(connection), party(device));
    Event::Offered { call, connection, party, how: Entry::Called, by: None }
}

fn answers(connection: &str) -> Event {
    Event::Established { connection: ConnectionId::new(connection) }
}

fn leaves(connection: &str) -> Event {
    Event::Cleared { connection: ConnectionId::new(connection), how: Clearing::Released, cause: Cause::NORMAL_CLEARING }
}

fn joins(call: &str, with: &str) -> Event {
    Event::CallsJoined { call: SwitchCallId::new(call), with: SwitchCallId::new(with), how: Entry::Conference }
}

fn handle(tracker: &mut Tracker, at: i64, event: Event) -> Vec<Change> {
    let mut changes = Vec::new();
    tracker.handle(&Stamped { at: Time::from_millis(at), event }, &mut changes);
    changes
}

fn ended(changes: &[Change]) -> Vec<&EndedCall> {
    let mut ended = Vec::new();
    for change in changes {
        if let Change::CallEnded(call) = change {
            ended.push(call.as_ref());
        }
    }
    ended
}

#[test]
fn a_connection_told_twice_is_one() {
    let mut tracker = Tracker::new(Limits::default());
    handle(&mut tracker, 0, begins("A", "a", "1001"));
    assert_eq!(handle(&mut tracker, 1, begins("A", "a", "1001")), [Change::Stray]);
    let changes = handle(&mut tracker, 2, leaves("a"));
    assert_eq!(ended(&changes)[0].segments.len(), 1);
}

#[test]
fn a_connection_that_bears_a_known_name_in_another_call_ends_the_known_one() {
    let mut tracker = Tracker::new(Limits::default());
    handle(&mut tracker, 0, begins("A", "a", "1001"));
    let changes = handle(&mut tracker, 5000, begins("B", "a", "1002"));
    let lost = ended(&changes);
    assert_eq!(lost.len(), 1);
    assert_eq!((lost[0].switch_calls[0].as_str(), lost[0].segments[0].outcome), ("A", SegmentOutcome::LinkLost));
    assert_eq!(tracker.open_calls(), 1);
}

#[test]
fn moments_that_step_back_do_not_turn_a_stay_around() {
    let mut tracker = Tracker::new(Limits::default());
    handle(&mut tracker, 1000, begins("A", "a", "1001"));
    handle(&mut tracker, 1100, offers("A", "b", "1002"));
    handle(&mut tracker, 2000, Event::Delivered { connection: ConnectionId::new("b") });
    handle(&mut tracker, 1990, answers("b"));
    handle(&mut tracker, 1980, Event::Held { connection: ConnectionId::new("b") });
    handle(&mut tracker, 3000, Event::Retrieved { connection: ConnectionId::new("b") });
    handle(&mut tracker, 2900, leaves("b"));
    let changes = handle(&mut tracker, 900, leaves("a"));
    let call = ended(&changes)[0];
    let stay = &call.segments[1];
    let ms = Time::from_millis;
    assert_eq!((stay.started_at, stay.answered_at, stay.ended_at), (ms(1100), Some(ms(2000)), ms(3000)));
    assert_eq!(stay.holds, [(ms(2000), ms(3000))]);
    assert_eq!((call.started_at, call.segments[0].ended_at, call.ended_at), (ms(1000), ms(1000), ms(3000)));
}

#[test]
fn a_call_to_the_outside_is_outbound_though_its_party_is_handed_on_later() {
    let mut tracker = Tracker::new(Limits::default());
    handle(&mut tracker, 0, begins("A", "a", "1001"));
    let outside = Party { kind: DeviceKind::External, ..party("5550101") };
    let offers = |call: &str, connection: &str, party: &Party, by: &str| {
        let (call, connection, by) = (SwitchCallId::new(call), ConnectionId::new(connection), Some(ConnectionId::new(by)));
        Event::Offered { call, connection, party: party.clone(), how: Entry::Called, by }
    };
    handle(&mut tracker, 0, offers("A", "x", &outside, "a"));
    handle(&mut tracker, 900, answers("x"));
    handle(&mut tracker, 2000, begins("B", "b", "1002"));
    handle(&mut tracker, 2000, offers("B", "b1", &party("1001"), "b"));
    handle(&mut tracker, 2500, answers("b1"));
    let (by, to) = (ConnectionId::new("b1"), Some(ConnectionId::new("x")));
    handle(&mut tracker, 3000, Event::Transferred { kind: TransferKind::Attended, by, consultation: None, to });
    handle(&mut tracker, 3000, joins("A", "B"));
    for part in ["a", "b1", "b"] {
        handle(&mut tracker, 4000, leaves(part));
    }
    let changes = handle(&mut tracker, 4000, leaves("x"));
    assert_eq!(ended(&changes)[0].direction, Direction::Outbound);
}

#[test]
fn a_device_that_declines_rang_until_then_though_the_caller_listens_to_the_tone() {
    let mut tracker = Tracker::new(Limits::default());
    handle(&mut tracker, 0, begins("A", "a", "1001"));
    handle(&mut tracker, 100, offers("A", "b", "1002"));
    handle(&mut tracker, 200, Event::Delivered { connection: ConnectionId::new("b") });
    handle(&mut tracker, 1200, Event::Failed { connection: ConnectionId::new("b") });
    let cleared = |connection, how| Event::Cleared { connection: ConnectionId::new(connection), how, cause: Cause::REJECTED };
    handle(&mut tracker, 9000, cleared("a", Clearing::HungUpOnTone));
    let changes = handle(&mut tracker, 9000, cleared("b", Clearing::Rejected));
    let stay = &ended(&changes)[0].segments[1];
    assert_eq!((stay.ring_ms, stay.ended_at, stay.outcome), (1000, Time::from_millis(9000), SegmentOutcome::Rejected));
}

#[test]
fn at_the_bound_the_oldest_call_is_closed_as_lost_and_told() {
    let mut tracker = Tracker::new(Limits { calls_max: 2, ..Limits::default() });
    handle(&mut tracker, 0, begins("A", "a", "1001"));
    handle(&mut tracker, 1, begins("B", "b", "1002"));
    let changes = handle(&mut tracker, 2, begins("C", "c", "1003"));
    assert_eq!(ended(&changes)[0].switch_calls, [SwitchCallId::new("A")]);
    assert!(ended(&changes)[0].end_uncertain && changes.contains(&Change::Overflow));
    assert_eq!(tracker.open_calls(), 2);
    assert_eq!(handle(&mut tracker, 3, leaves("a")), [Change::Stray]);
}

#[test]
fn calls_that_would_be_too_large_together_stay_apart() {
    let mut tracker = Tracker::new(Limits { segments_max: 3, ..Limits::default() });
    handle(&mut tracker, 0, begins("A", "a", "1001"));
    handle(&mut tracker, 0, offers("A", "b", "1002"));
    handle(&mut tracker, 0, begins("B", "c", "1003"));
    handle(&mut tracker, 0, offers("B", "d", "1004"));
    assert_eq!(handle(&mut tracker, 1, joins("A", "B")), [Change::Stray]);
    assert_eq!(tracker.open_calls(), 2);
    assert_eq!(handle(&mut tracker, 2, joins("A", "X")), []);
    assert_eq!(handle(&mut tracker, 2, joins("A", "Y")), []);
    assert_eq!(handle(&mut tracker, 2, joins("A", "Z")), [Change::Stray], "numbers are bounded too");
}

#[test]
fn holds_of_a_stay_are_bounded() {
    let mut tracker = Tracker::new(Limits::default());
    handle(&mut tracker, 0, begins("A", "a", "1001"));
    handle(&mut tracker, 0, answers("a"));
    for n in 0..i64::try_from(HOLDS_MAX).expect("small") + 100 {
        handle(&mut tracker, n * 20, Event::Held { connection: ConnectionId::new("a") });
        handle(&mut tracker, n * 20 + 10, Event::Retrieved { connection: ConnectionId::new("a") });
    }
    let changes = handle(&mut tracker, 1_000_000, leaves("a"));
    assert_eq!(ended(&changes)[0].segments[0].holds.len(), HOLDS_MAX);
}

#[test]
fn at_the_bound_of_agents_a_login_may_move_but_none_is_added() {
    let mut tracker = Tracker::new(Limits { devices_max: 1, ..Limits::default() });
    let on = |agent: &str, device: &str| Event::AgentLoggedOn { agent: AgentId::new(agent), device: DeviceId::new(device) };
    handle(&mut tracker, 0, on("2001", "1001"));
    assert_eq!(handle(&mut tracker, 1, on("2002", "1002")), []);
    handle(&mut tracker, 2, on("2001", "1003"));
    assert_eq!(tracker.agent_at(&DeviceId::new("1003")), Some(&AgentId::new("2001")));
    assert_eq!(tracker.agents_logged_on(), 1);
}

fn turn(device: &str, call: &str) -> ConnectionId {
    ConnectionId::turn(device, &SwitchCallId::new(call))
}

fn renumbered(from: &str, to: &str) -> Event {
    Event::Renumbered { from: SwitchCallId::new(from), to: SwitchCallId::new(to) }
}

#[test]
fn a_number_that_a_call_goes_by_no_more_may_stand_for_another_call() {
    let mut tracker = Tracker::new(Limits::default());
    handle(&mut tracker, 0, begins("18532", "1001@18532", "1001"));
    handle(&mut tracker, 1, begins("18533", "1002@18533", "1002"));
    handle(&mut tracker, 2, offers("18533", "1003@18533", "1003"));
    handle(&mut tracker, 3, joins("18532", "18533"));
    handle(&mut tracker, 4, renumbered("18533", "18532"));
    assert_eq!(handle(&mut tracker, 5, answers("1003@18532")), []);
    handle(&mut tracker, 6, begins("18533", "1003@18533", "1003"));
    assert_eq!(tracker.open_calls(), 2);
    let restored = serde_json::to_vec(&tracker).expect("written");
    let mut tracker = serde_json::from_slice::<Tracker>(&restored).expect("read").restored(Limits::default());
    let changes = handle(&mut tracker, 7, leaves("1003@18533"));
    let (call, began) = (&ended(&changes)[0].switch_calls, ended(&changes)[0].began_at);
    assert_eq!((call.as_slice(), began), ([SwitchCallId::new("18533")].as_slice(), Time::from_millis(6)));
    for device in ["1001", "1002", "1003"] {
        let changes = handle(&mut tracker, 8, leaves(turn(device, "18532").as_str()));
        assert_eq!(changes.len(), usize::from(device == "1003"), "{changes:?}");
    }
}

fn node(name: &str) -> Scope {
    Scope::Node(name.into())
}

fn present(call: &str, connection: &str, device: &str) -> Event {
    Event::Present(Present {
        call: SwitchCallId::new(call),
        connection: ConnectionId::new(connection),
        party: party(device),
        how: Entry::Called,
        state: ConnectionState::Connected,
        since: Time::from_millis(0),
        dialled: None,
        waiting: None,
    })
}

#[test]
fn a_node_that_was_out_of_sight_concerns_only_its_own_devices() {
    let mut tracker = Tracker::new(Limits::default());
    handle(&mut tracker, 0, begins("A", "a1", "1:1001"));
    handle(&mut tracker, 0, offers("A", "a2", "1:1002"));
    handle(&mut tracker, 0, begins("B", "b1", "2:1001"));
    handle(&mut tracker, 0, offers("B", "b2", "2:1002"));
    handle(&mut tracker, 0, begins("C", "c1", "2:1003"));
    handle(&mut tracker, 10, Event::LinkLost { scope: node("2") });
    handle(&mut tracker, 50, Event::ResyncBegan { scope: node("2") });
    handle(&mut tracker, 51, present("C", "c1", "2:1003"));
    let changes = handle(&mut tracker, 60, Event::Resynchronised { scope: node("2") });
    let gone = ended(&changes);
    assert_eq!(
        (gone.len(), gone[0].switch_calls[0].as_str(), gone[0].ended_at, gone[0].end_uncertain),
        (1, "B", Time::from_millis(10), true)
    );
    assert_eq!(tracker.open_calls(), 2);
    let changes = handle(&mut tracker, 70, leaves("c1"));
    assert_eq!(ended(&changes)[0].gaps, [(Time::from_millis(10), Time::from_millis(60))]);
    handle(&mut tracker, 80, leaves("a1"));
    assert!(ended(&handle(&mut tracker, 80, leaves("a2")))[0].gaps.is_empty());
}

#[test]
fn nothing_is_concluded_about_a_node_that_stays_out_of_sight_while_all_is_told() {
    let mut tracker = Tracker::new(Limits::default());
    handle(&mut tracker, 0, begins("A", "a1", "1:1001"));
    handle(&mut tracker, 0, begins("B", "b1", "2:1001"));
    handle(&mut tracker, 10, Event::LinkLost { scope: Scope::All });
    handle(&mut tracker, 20, Event::ResyncBegan { scope: Scope::All });
    handle(&mut tracker, 21, Event::LinkLost { scope: node("2") });
    let changes = handle(&mut tracker, 30, Event::Resynchronised { scope: Scope::All });
    assert_eq!(ended(&changes).iter().map(|call| call.switch_calls[0].as_str()).collect::<Vec<_>>(), ["A"]);
    handle(&mut tracker, 40, Event::ResyncBegan { scope: node("2") });
    let changes = handle(&mut tracker, 50, Event::Resynchronised { scope: node("2") });
    assert_eq!(ended(&changes).iter().map(|call| call.ended_at).collect::<Vec<_>>(), [Time::from_millis(10)]);
}

#[test]
fn who_was_talked_to_before_a_hand_over_is_no_target_of_it() {
    let mut tracker = Tracker::new(Limits::default());
    let offers = |connection: &str, device: &str| {
        let (call, connection, by) = (SwitchCallId::new("A"), ConnectionId::new(connection), Some(ConnectionId::new("a")));
        Event::Offered { call, connection, party: party(device), how: Entry::Called, by }
    };
    handle(&mut tracker, 0, begins("A", "a", "1001"));
    handle(&mut tracker, 0, offers("b", "1002"));
    handle(&mut tracker, 300, answers("b"));
    handle(&mut tracker, 700, offers("c", "1003"));
    let (by, to) = (ConnectionId::new("a"), Some(ConnectionId::new("c")));
    handle(&mut tracker, 800, Event::Transferred { kind: TransferKind::Blind, by, consultation: None, to });
    handle(&mut tracker, 800, leaves("a"));
    handle(&mut tracker, 800, answers("c"));
    handle(&mut tracker, 1200, leaves("b"));
    let changes = handle(&mut tracker, 1200, leaves("c"));
    let roles: Vec<Role> = ended(&changes)[0].segments.iter().map(|segment| segment.role).collect();
    assert_eq!(roles, [Role::Caller, Role::Called, Role::TransferTarget]);
}

#[test]
fn a_second_caller_who_is_gone_came_in_as_the_calls_were_joined() {
    for (how, role) in [(Entry::Transfer, Role::TransferTarget), (Entry::Conference, Role::Conference)] {
        let mut tracker = Tracker::new(Limits::default());
        handle(&mut tracker, 0, begins("A", "a", "1001"));
        handle(&mut tracker, 0, offers("A", "a1", "1002"));
        handle(&mut tracker, 500, begins("B", "b", "1003"));
        handle(&mut tracker, 500, offers("B", "b1", "1002"));
        handle(&mut tracker, 600, leaves("b"));
        let joins = Event::CallsJoined { call: SwitchCallId::new("A"), with: SwitchCallId::new("B"), how };
        handle(&mut tracker, 900, joins);
        handle(&mut tracker, 1000, leaves("a1"));
        handle(&mut tracker, 1000, leaves("b1"));
        let changes = handle(&mut tracker, 1000, leaves("a"));
        let call = ended(&changes)[0];
        let gone = call.segments.iter().find(|segment| segment.party.device == DeviceId::new("1003"));
        assert_eq!(gone.map(|segment| segment.role), Some(role));
    }
}
