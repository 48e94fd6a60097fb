//! What no monitor tells, and names that are given anew.

use super::*;

#[test]
fn a_call_that_is_sent_on_to_where_no_monitor_is_ends_there() {
    for to in ["5550142", "290"] {
        let mut switchboard = switchboard();
        let flow = [delivered("C1", "201", "5550199", "201", "newCall"), diverted("C1", "201", to, "callForwardNoAnswer")];
        let told = told(&mut switchboard, &flow);
        let end = ["cleared 201@C1 NoAnswer callForwardNoAnswer", "cleared 5550199@C1 Released unknown"];
        assert_eq!(told[told.len() - 2..], end);
        assert!(!switchboard.has_calls(), "{told:?}");
    }
    // It may come back by a group that has no monitor: that is a call of its own, at once.
    let mut switchboard = switchboard();
    let flow = [
        delivered("C1", "201", "5550199", "201", "newCall"),
        diverted("C1", "201", "290", "callForwardNoAnswer"),
        delivered("C1", "202", "5550199", "201", "callForwardNoAnswer"),
    ];
    let told = told(&mut switchboard, &flow);
    assert!(told.last().is_some_and(|line| line == "delivered 202@C1"), "{told:?}");
}

#[test]
fn a_call_that_is_handed_over_to_where_no_monitor_is_ends_there() {
    let mut switchboard = switchboard();
    let flow = [
        delivered("C1", "201", "5550199", "201", "newCall"),
        established("C1", "201", "5550199", "newCall"),
        transferred(("C1", "201"), None, "5550142", &[]),
    ];
    let told = told(&mut switchboard, &flow);
    assert_eq!(told.last().map(String::as_str), Some("cleared 5550199@C1 Released unknown"));
    assert!(!switchboard.has_calls(), "{told:?}");
    // A monitor at the other end goes on telling.
    let flow = [
        delivered("C2", "201", "5550199", "201", "newCall"),
        established("C2", "201", "5550199", "newCall"),
        transferred(("C2", "201"), None, "202", &[]),
        delivered("C2", "202", "5550199", "201", "transfer"),
    ];
    let told = super::told(&mut switchboard, &flow);
    assert!(told.last().is_some_and(|line| line.starts_with("reached 202@C2")), "{told:?}");
}

#[test]
fn a_conference_whose_second_call_alone_is_known_is_followed() {
    let mut switchboard = switchboard();
    let parts = [
        connection("primaryOldCall", "C1", "290"),
        connection("secondaryOldCall", "C2", "290"),
        device("conferencingDevice", "290"),
        device("addedParty", "202"),
        format!(
            "<conferenceConnections>{}{}{}</conferenceConnections>",
            item(("C3", "290"), Some(("C2", "290"))),
            item(("C3", "202"), Some(("C2", "202"))),
            item(("C3", "5550142"), Some(("C1", "5550142")))
        ),
    ];
    let flow = [
        delivered("C2", "202", "290", "202", "newCall"),
        established("C2", "202", "290", "newCall"),
        event("ConferencedEvent", &parts, "conference"),
        cleared("C3", "202", "202"),
    ];
    let told = told(&mut switchboard, &flow);
    assert!(told.iter().any(|line| line.starts_with("cleared 202@C2")), "{told:?}");
    assert!(!switchboard.has_calls(), "{told:?}");
}

#[test]
fn a_number_of_a_call_that_was_joined_may_be_given_to_another() {
    let mut switchboard = switchboard();
    let mut flow = vec![
        delivered("C1", "201", "5550199", "201", "newCall"),
        established("C1", "201", "5550199", "newCall"),
        held("C1", "201"),
        originated("C2", "201", "202"),
        delivered("C2", "202", "201", "202", "newCall"),
        established("C2", "202", "201", "newCall"),
    ];
    let items = [item(("C1", "202"), Some(("C2", "202")))];
    flow.push(transferred(("C1", "201"), Some("C2"), "202", &items));
    told(&mut switchboard, &flow);
    let told = told(&mut switchboard, &[originated("C2", "205", "204"), delivered("C2", "204", "205", "204", "newCall")]);
    assert_eq!(told, ["originated 205@C2#3", "dialled 204", "offered 204@C2#3 Called", "delivered 204@C2#3"]);
    assert_eq!(switchboard.calls.len(), 2);
}
