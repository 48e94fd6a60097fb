//! Forwarding.

use super::*;

/// A call that is handed over to the one who is in it is forwarded by that one, who stays.
#[test]
fn who_talks_and_forwards_stays() {
    let mut switchboard = switchboard();
    let items = [item(("C1", "202"), Some(("C1", "202")))];
    let flow = [
        originated("C1", "201", "202"),
        established("C1", "202", "201", "newCall"),
        transferred(("C1", "201"), None, "202", &items).replace("<cause>transfer", "<cause>singleStepTransfer"),
        diverted("C1", "202", "203", "callForward"),
        delivered("C1", "203", "202", "202", "callForward"),
        cleared("C1", "202", "202"),
        cleared("C1", "203", "202"),
    ];
    let told = told(&mut switchboard, &flow);
    let expected = [
        "transferred Blind by 201@C1 asking - to -",
        "cleared 201@C1 Transferred singleStepTransfer",
        "offered 203@C1 Forward",
        "delivered 203@C1",
        "reached 203@C1",
        "cleared 202@C1 HungUp",
        "cleared 203@C1 Cancelled",
    ];
    assert_eq!(told[told.len() - expected.len()..], expected, "{told:#?}");
}
