//! Any messages in any order.

use bytes::Bytes;
use proptest::prelude::*;

use super::*;

/// Messages that a PBX may send, about few calls and devices, in any order.
fn message() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        ("OriginatedEvent", "originatedConnection", "callingDevice"),
        ("DeliveredEvent", "connection", "alertingDevice"),
        ("EstablishedEvent", "establishedConnection", "answeringDevice"),
        ("HeldEvent", "heldConnection", "holdingDevice"),
        ("RetrievedEvent", "retrievedConnection", "retrievingDevice"),
        ("QueuedEvent", "queuedConnection", "queue"),
        ("DivertedEvent", "connection", "divertingDevice"),
        ("FailedEvent", "failedConnection", "failingDevice"),
        ("NetworkReachedEvent", "outboundConnection", "networkInterfaceUsed"),
        ("ConnectionClearedEvent", "droppedConnection", "releasingDevice"),
        ("CallClearedEvent", "clearedCall", "x"),
        ("TransferedEvent", "primaryOldCall", "transferringDevice"),
        ("ConferencedEvent", "primaryOldCall", "conferencingDevice"),
        ("AgentBusyEvent", "x", "agentDevice"),
        ("MonitorStop", "x", "y"),
        ("SystemStatus", "x", "y"),
    ]);
    let device = || prop::sample::select(vec!["201", "202", "203", "300", "T1", "5550142", ""]);
    let call = || prop::sample::select(vec!["C1", "C2", "C3", ""]);
    let more = (call(), call(), device(), device(), any::<bool>(), any::<bool>());
    (name, call(), device(), device(), more).prop_map(|((name, connection, subject), call, at, other, more)| {
        let (second, new, item, to, with_second, with_old) = more;
        let part = |name: &str, call: &str, device: &str| format!("<{name}><callID>{call}</callID><deviceID>{device}</deviceID></{name}>");
        let named = |name: &str, device: &str| format!("<{name}><deviceIdentifier>{device}</deviceIdentifier></{name}>");
        let list = if name.starts_with("Trans") { "transferredConnections" } else { "conferenceConnections" };
        let old = if with_old { part("oldConnection", call, item) } else { String::new() };
        let secondary = if with_second { part("secondaryOldCall", second, at) } else { String::new() };
        format!(
            "<{name}><monitorCrossRefID>m{at}</monitorCrossRefID>{}{}{}{}{}{}{secondary}<agentID>7</agentID>\
             <{list}><connectionListItem>{}{old}</connectionListItem></{list}></{name}>",
            part(connection, call, at),
            named(subject, at),
            named("callingDevice", other),
            named("newDestination", to),
            named("transferredToDevice", to),
            named("addedParty", to),
            part("newConnection", new, item),
        )
    })
}

/// Everything that a session says of it, with time passing and the connection lost in between.
fn heard(messages: &[(String, u8)], chunk: usize) -> Vec<Output> {
    let generic = Settings { application_session: SessionUse::None, ..settings(Dialect::Generic, &["201", "202", "203"]) };
    let mut session = Session::new(generic);
    let mut out = Vec::new();
    let mut clock = Now { wall: Time::from_millis(1_000_000), monotonic: Duration::ZERO };
    session.connected(clock);
    for (body, pause) in messages {
        let step = Duration::from_millis(u64::from(*pause) * 20);
        clock = Now { wall: clock.wall.plus(step), monotonic: clock.monotonic + step };
        session.timeout(clock);
        if *pause == 255 {
            session.closed(clock);
            session.connected(clock);
        }
        let frame = strowger_protocol::csta::frame(InvokeId::EVENT, body.as_bytes(), usize::MAX).unwrap();
        for part in frame.chunks(chunk) {
            session.received(Bytes::copy_from_slice(part), clock);
        }
        out.extend(std::iter::from_fn(|| session.poll_output()));
    }
    session.closed(clock);
    out.extend(std::iter::from_fn(|| session.poll_output()));
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    /// No order of messages makes it panic; the same ones give the same, however they are cut; and no part of a call is told to
    /// begin twice or to end twice.
    #[test]
    fn any_messages_in_any_order(messages in prop::collection::vec((message(), any::<u8>()), 0..60), chunk in 1..200_usize) {
        let whole = heard(&messages, usize::MAX);
        prop_assert_eq!(&whole, &heard(&messages, chunk));
        let mut open = std::collections::BTreeSet::new();
        let events: Vec<Event> =
            whole.into_iter().filter_map(|output| if let Output::Event(stamped) = output { Some(stamped.event) } else { None }).collect();
        for event in events.clone() {
            match event {
                Event::Originated { connection, .. } | Event::Offered { connection, .. } | Event::Queued { connection, .. } => {
                    prop_assert!(open.insert(connection.clone()), "{} begins twice: {:#?}", connection, events);
                }
                Event::Cleared { connection, .. } => prop_assert!(open.remove(&connection), "{} ends twice: {:#?}", connection, events),
                // What is not present is gone.
                Event::ResyncBegan { .. } => open.clear(),
                Event::Present(present) => {
                    open.insert(present.connection);
                }
                Event::Delivered { connection }
                | Event::Established { connection }
                | Event::Held { connection }
                | Event::Retrieved { connection }
                | Event::Failed { connection }
                | Event::Diverted { connection, .. }
                | Event::Transferred { by: connection, .. }
                | Event::Entered { connection, .. } => prop_assert!(open.contains(&connection), "{} is not there: {:#?}", connection, events),
                _ => {}
            }
        }
    }
}
