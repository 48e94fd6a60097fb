//! Every sentence, and what is said of those that are none.

use std::path::PathBuf;

use super::*;
use crate::simulator::default_site;

fn read(sentence: &str) -> Result<Doing, Wrong> {
    let site = default_site(&crate::simulator::default_people().unwrap());
    understand(sentence, &Places { site: &site, folder: Path::new("folder") })
}

#[test]
fn every_pattern_is_understood_as_itself() {
    let site = default_site(&crate::simulator::default_people().unwrap());
    let places = Places { site: &site, folder: Path::new("folder") };
    for known in SENTENCES {
        let fill = |word: &str| match word {
            "TEXT" => "\"Back at two\"".to_owned(),
            "FILE" => "\"people after.toml\"".to_owned(),
            "TIME" => "5s".to_owned(),
            "NODE" => "1".to_owned(),
            "COUNT" => "3".to_owned(),
            "GROUP" => "3002".to_owned(),
            "AGENT" => "2001".to_owned(),
            "TRUNK" => "94001".to_owned(),
            slot if is_slot(slot) => "1001".to_owned(),
            literal => literal.to_owned(),
        };
        let sentence = known.pattern.split(' ').map(fill).collect::<Vec<_>>().join(" ");
        let filled = filled(known.pattern, &words(&sentence).unwrap()).unwrap();
        let by_itself = (known.make)(&Slots { filled, places: &places });
        assert_eq!(read(&sentence), Ok(by_itself), "{sentence}: an earlier pattern takes it");
    }
}

#[test]
fn a_call_from_outside() {
    let call = |number: Option<&str>, name: Option<&str>, trunk: Option<&str>| {
        let (number, name) = (number.map(SmolStr::new), name.map(SmolStr::new));
        Ok(Doing::Act(Action::TrunkCall { trunk: trunk.map(DeviceId::new), number, name, dnis: "3001".into() }))
    };
    assert_eq!(read("outside 01715550123 calls 3001"), call(Some("01715550123"), None, None));
    let whole = "outside  01715550123 \"ACME Ltd\" calls 3001 on 94002";
    assert_eq!(read(whole), call(Some("01715550123"), Some("ACME Ltd"), Some("94002")));
    assert_eq!(read("outside withheld calls 3001"), call(None, None, None));
}

#[test]
fn mistakes_say_what_was_meant() {
    for (sentence, wanted) in [
        ("1001 dial 1002", "did you mean \"STATION dials NUMBER\"?"),
        ("1001 hang up", "\"STATION hangs up\""),
        ("agent 2001 logs in at 1005", "\"agent AGENT logs on at STATION\""),
        ("1O01 dials 1002", "\"1O01\" cannot be a STATION"),
        ("1099 answers", "[[station]]"),
        ("outside 1 \"A calls 3001", "quotation mark"),
        ("xyzzy", "docs/simulator.md"),
        ("link is cut for soon", "20s"),
        ("node 7 goes down", "[[node]]"),
    ] {
        let (what, to_do) = read(sentence).unwrap_err();
        assert!(format!("{what}: {to_do}").contains(wanted), "{sentence}: {what}: {to_do}");
    }
}

#[test]
fn files_are_beside_the_scenario() {
    assert_eq!(read("people from after.toml"), Ok(Doing::People { file: PathBuf::from("folder/after.toml"), people: Box::default() }));
}
