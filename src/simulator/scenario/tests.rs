//! Scenario files as people write them, sound and not.

use super::*;
use crate::simulator::exchange::{Action, HuntOrder};
use crate::telephony::DeviceId;

fn mistakes(text: &str) -> Vec<String> {
    let error = Scenario::parse(text, Path::new("")).expect_err("it has mistakes");
    error.mistakes().iter().map(ToString::to_string).collect()
}

#[test]
fn steps_have_lines_and_times() {
    let text = "title = \"Two steps\"\nsteps = '''\n# first\n\nat 1s     1001 dials 1002   # a comment\nafter 2s  1002 answers\n'''\n";
    let scenario = Scenario::parse(text, Path::new("")).expect("sound");
    let steps: Vec<_> = scenario.steps.iter().map(|step| (step.line, step.at.as_secs(), step.sentence.as_str())).collect();
    assert_eq!(steps, [(5, 1, "1001 dials 1002"), (6, 3, "1002 answers")]);
    assert_eq!(scenario.steps[1].doing, Doing::Act(Action::Answer { device: DeviceId::new("1002"), call: None }));
}

#[test]
fn tables_change_the_default_site_and_add_to_it() {
    let text = r#"
        title = "A site of its own"
        steps = ""
        [timers]
        forward_no_answer = "10s"
        transfer_recall = "never"
        [options]
        call_ids = 3
        [oai]
        ports = 2
        [[node]]
        number = 2
        [[station]]
        number = "1101"
        node = 2
        name = "Branch"
        system_forward = { when = "no_answer", to = "2500" }
        [[group]]
        number = "3001"
        order = "all_ring"
        members = ["1006", "1101"]
        overflow = "never"
        [[dee]]
        main = "1101"
        members = ["1001", "01715550177"]
    "#;
    let scenario = Scenario::parse(text, Path::new("")).expect("sound");
    let site = scenario.site;
    assert_eq!((site.timers.forward_no_answer.as_secs(), site.timers.transfer_recall), (10, None));
    assert_eq!((site.options.call_ids, scenario.faces["oai"]["ports"].as_integer()), (3, Some(2)));
    let group = &site.hunt_groups[0];
    assert_eq!((group.order, group.overflow.as_ref(), group.members.len()), (HuntOrder::AllRing, None, 2));
    assert_eq!((group.name.as_str(), group.members[1].as_str()), ("Reception", "2:1101"));
    assert_eq!(site.dee.last().map(|dee| dee.main.as_str()), Some("2:1101"));
    assert_eq!(site.dee[0].main.as_str(), "1:1001", "the default site has the node before its numbers as well");
    assert!(site.routes.iter().any(|route| route.dnis == "1101" && route.node == 2));
}

#[test]
fn every_mistake_is_told_at_once_with_its_line() {
    let text = "titel = \"A\"\npeople = \"gone.toml\"\nsite = \"emtpy\"\nsteps = '''\nat 5s 1001 dials 1002\nat 2s 1002 answers\n\
                soon 1002 answers\nafter 1x 1002 answers\nafter 1s 1002 answer\nafter\n'''\n[timers]\nforward_no_answer = 20\n\
                [[station]]\nname = \"A\"\n[[group]]\nnumber = \"3001\"\norder = \"linaer\"\nring = 1\n[node]\nnumber = 2\n";
    let expected = [
        "line 1: a scenario has no key \"titel\": did you mean \"title\"?",
        "line 1: the scenario has no \"title\": add title = …",
        "line 2: people file gone.toml: cannot be read",
        "line 3: site cannot be \"emtpy\": did you mean \"empty\"?",
        "line 6: the step at 2s comes before the one above it: put the steps in the order of time",
        "line 7: a step cannot begin with \"soon\": begin it with \"at TIME\"",
        "line 8: \"1x\" is no length of time: write it as 20s, 500ms or 1m30s",
        "line 9: \"1002 answer\" is no sentence that is known: did you mean \"STATION answers\"?",
        "line 10: \"after\" is no step: begin it with",
        "line 13: forward_no_answer is an integer",
        "line 14: a station has no \"number\": add number = …",
        "line 18: order cannot be \"linaer\": did you mean \"linear\"?",
        "line 19: a group has no key \"ring\": use one of",
        "line 20: \"node\" is a table, not a list: begin each entry with [[node]]",
    ];
    let found = mistakes(text);
    for (found, expected) in found.iter().zip(&expected) {
        assert!(found.starts_with(expected), "{found}\nshould begin with\n{expected}");
    }
    assert_eq!(found.len(), expected.len(), "{found:#?}");
}

#[test]
fn what_is_no_toml_is_told_too() {
    let found = mistakes("title = \"A\"\nsteps = ''''''\n[oai\n");
    assert!(found.iter().any(|mistake| mistake.starts_with("line 3: this is not TOML")), "{found:?}");
}

/// The text that people read, `docs/simulator.md`.
const DOCUMENTED: &str = include_str!("../../../docs/simulator.md");

#[test]
fn every_sentence_and_table_is_documented() {
    for Sentence { pattern, .. } in SENTENCES {
        assert!(DOCUMENTED.contains(&format!("| `{pattern}` |")), "docs/simulator.md lacks {pattern:?}");
    }
    for table in site::TABLES {
        let is_there = DOCUMENTED.contains(&format!("| `[[{table}]]` |")) || DOCUMENTED.contains(&format!("| `[{table}]` |"));
        assert!(is_there, "docs/simulator.md lacks {table}");
    }
}

#[test]
fn the_documented_example_and_the_documented_knobs_are_sound() {
    let blocks: Vec<&str> = DOCUMENTED.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let [example, knobs, of_csta] = blocks.as_slice() else { panic!("{} TOML blocks", blocks.len()) };
    let example = example.replace("people = \"people.toml\"", "");
    assert_eq!(Scenario::parse(&example, Path::new("")).expect("sound").steps.len(), 4);
    let mut table: toml::Table = knobs.parse().expect("TOML");
    let profile: crate::simulator::oai::Profile = toml::Value::Table(table.clone()).try_into().expect("every knob is known");
    assert!(profile.is_gateway());
    // But for those that show another value than their default, every default is as documented.
    table.remove("role");
    for (section, key) in [("wire", "split"), ("wire", "monitor_digits"), ("forms", "dee_feature")] {
        table.get_mut(section).and_then(toml::Value::as_table_mut).expect("a table").remove(key);
    }
    let profile: crate::simulator::oai::Profile = toml::Value::Table(table).try_into().expect("sound");
    assert_eq!(profile, crate::simulator::oai::Profile::default());
    let of_csta: crate::simulator::csta::Knobs = toml::from_str(of_csta).expect("every knob is known");
    assert_eq!(of_csta.profile(), crate::simulator::csta::Profile::default());
}
