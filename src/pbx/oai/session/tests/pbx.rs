//! What made-up PBXs answer.

/// Stations 1000 and 1001, group 2000 with agent 2101 at 1000; replays nothing but its RD.
pub(super) fn small(command: &str) -> Vec<String> {
    let fields: Vec<&str> = command.split(',').collect();
    let one = |answer: &str| vec![answer.to_owned()];
    match (fields[0], fields.get(2).copied().unwrap_or_default(), fields.get(3).copied().unwrap_or_default()) {
        ("RR", ..) => Vec::new(),
        ("_NO", ..) => one("0"),
        ("_MS", "", "6") => vec!["0,2,000001,1000,000002,1001,A:00FC,C:FFFE,F:1FFF".to_owned(), "!RD,INVOKE,".to_owned()],
        ("_MS", "", "3") => one("0,2,000001,1000,000002,1001,A:00FC,C:FFFE,F:1FFF"),
        ("_MS", "", "4") => one("0,1,000010,97001,A:00FC,C:FFFE,F:1FFF"),
        ("_MS", "", "11") => one("0,1,000243,1:,S:00FE"),
        ("_MS", device, "1") => vec![format!("0,1,000011,{device},A:00FC,C:FFFE,F:1FFF")],
        ("_RR", device, _) => vec![format!("0,{device}"), format!("!RD,INVOKE,{device}")],
        ("_QH", ..) => one("0,1,2101,1000,1,0,2"),
        ("_SP", ..) => one("0,0"),
        ("_QI", device, _) => vec![format!("0,{device},0,0,,,")],
        ("_QX", _, "1") => one("0,1,109,1,2,1000,|Ann|,0,0,1001,|Bob|,0,0"),
        ("_QX", _, "3") => one("0,3,F,1,1,2000,|SALES|,|Sales|,2,2"),
        ("_QX", _, list) => vec![format!("0,{list},1,1,0")],
        _ => one("45"),
    }
}

/// A CT Gateway before nodes 1 and 2: station 1000 at each, group 2:2000.
pub(super) fn gateway(command: &str) -> Vec<String> {
    let fields: Vec<&str> = command.split(',').collect();
    let one = |answer: &str| vec![answer.to_owned()];
    match (fields[0], fields.get(2).copied().unwrap_or_default(), fields.get(3).copied().unwrap_or_default()) {
        ("_NA" | "_XE", on, _) => one(&format!("0,{on}")),
        ("_NO", ..) => one("0,2,1,1,2,1"),
        ("_MS", "", "6") => vec!["0,2,000001,1:1000,000002,2:1000,A:00FC,C:FFFE,F:1FFF".to_owned(), "!RD,INVOKE,".to_owned()],
        ("_MS", "2:", "3") => one("0,1,000002,2:1000,A:00FC,C:FFFE,F:1FFF"),
        ("_MS", _, "4") => one("0,0,A:00FC,C:FFFE,F:1FFF"),
        ("_MS", "", "11") => one("0,2,000243,1:,000244,2:,S:00FE"),
        ("_MS", "2:", "11") => one("0,1,000244,2:,S:00FE"),
        ("_QX", "", "1") => one("0,1,109,1,2,1:1000,|Ann|,0,0,2:1000,|Bob|,0,0"),
        ("_QX", "2:", "1") => one("0,1,109,1,1,2:1000,|Bob|,0,0"),
        ("_QX", _, "3") => one("0,3,F,1,1,2:2000,|SALES|,|Sales|,2,2"),
        ("_QX", _, "18") => one("0,18,1,1,2,1,|One|,2,|Two|"),
        _ => small(command),
    }
}

/// Answers only what the documented startup needs, and to everything else nothing.
pub(super) fn minimal(command: &str) -> Vec<String> {
    let fields: Vec<&str> = command.split(',').collect();
    match (fields[0], fields.get(2).copied().unwrap_or_default(), fields.get(3).copied().unwrap_or_default()) {
        ("_NA", ..) => vec!["0,1".to_owned()],
        ("_MS", "", "3" | "11") | ("_QX", _, "1" | "3" | "8" | "10" | "17") | ("_QH" | "_NO", ..) => small(command),
        _ => Vec::new(),
    }
}

/// The same, but to everything else outcome 45.
pub(super) fn minimal_and_frank(command: &str) -> Vec<String> {
    let answer = minimal(command);
    if answer.is_empty() { vec!["45".to_owned()] } else { answer }
}
