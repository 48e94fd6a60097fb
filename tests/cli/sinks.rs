//! The quarantine by hand.

use std::time::Duration;

use strowger::spool::outbox::{Entry, Place, QUARANTINE_MAX, Sink, Start};
use strowger::spool::{self, Spool};
use strowger::telephony::{Now, Time};

use super::{run, site};

const NOW: Time = Time::from_millis(1_790_000_000_000);

#[test]
fn the_quarantine_is_listed_in_order_and_up_to_a_limit() {
    let site = site();
    let clock = std::sync::Arc::new(|| Now { wall: NOW, monotonic: Duration::ZERO });
    let spool = Spool::open(&site.path().join("state"), spool::Settings::default(), clock, |_| {}).expect("the spool opens");
    let outbox = spool.outbox();
    outbox.register(&[Sink { name: "crm".to_owned(), start: Start::Present }], NOW).expect("registered");
    for number in 1..=1100 {
        let body = strowger::spool::outbox::Body::Record(uuid::Uuid::from_u128(number));
        let place = Place::Sequence(u64::try_from(number).expect("small"));
        let entry = Entry { place, message_id: format!("m{number}"), at: NOW, json: format!("{{\"number\":{number}}}"), body };
        assert!(outbox.quarantine("crm", &entry, "400", NOW, QUARANTINE_MAX).expect("put aside"));
    }
    let quarantine = |arguments: &[&str]| run(site.path(), &[&["sinks", "quarantine"], arguments].concat());
    let messages =
        |listed: &str| -> Vec<String> { listed.lines().map(|line| line.split("  ").nth(1).expect("a message id").to_owned()).collect() };
    let first = |count: u32| (1..=count).map(|number| format!("m{number}")).collect::<Vec<_>>();
    for (arguments, count, is_all) in [
        (["list"].as_slice(), 500, false),
        (&["list", "crm", "--limit", "2"], 2, false),
        (&["list", "--limit", "600"], 600, false),
        (&["list", "--limit", "1100"], 1100, true),
        (&["list", "--limit", "5000"], 1100, true),
    ] {
        let (code, listed, told) = quarantine(arguments);
        assert_eq!((code, messages(&listed)), (0, first(count)), "{arguments:?}");
        assert_eq!(told.contains(&format!("only the oldest {count} are shown; `--limit` shows more")), !is_all, "{told}");
    }
    assert_eq!(quarantine(&["list", "--limit", "0"]).0, 2);
    assert_eq!(quarantine(&["show", "crm", "m1099"]).1, "{\"number\":1099}\n");
    assert_eq!(quarantine(&["show", "crm", "m1101"]).0, 1);
    assert!(quarantine(&["retry", "crm"]).2.contains("1100 to be tried again"));
    assert!(quarantine(&["drop", "crm", "m1"]).2.contains("1 given up"));
    assert_eq!(quarantine(&["drop", "crm", "m1"]).0, 1);
    assert!(quarantine(&["drop", "crm", "--all"]).2.contains("1099 given up"));
    assert_eq!(quarantine(&["list"]).1, "");
}
