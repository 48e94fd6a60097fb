use super::*;
use crate::telephony::{AgentId, DeviceId, Time};

const SAMPLE: &str = r#"
[[users]]
name = "Noor Haddad"
email = "Noor@Example.com"
primary = { extension = "1001" }
secondary = [{ extension = "1002" }, { agent = "2007" }]
groups = ["Sales", "Export"]
primary_group = "Sales"

[[users]]
name = "Ada Lind"

[[dee]]
main = "1001"
members = ["1011", "01715550009"]
"#;

fn now() -> Time {
    Time::from_millis(1_000)
}

fn mistakes(text: &str) -> Vec<String> {
    let error = PeopleFile::parse(text).expect_err("mistaken");
    error.mistakes().iter().map(ToString::to_string).collect()
}

#[test]
fn a_people_file_says_who_holds_what() {
    let file = PeopleFile::parse(SAMPLE).expect("good");
    assert_eq!(file.warnings, []);
    let directory = Directory::from_people(&file);
    let noor = user_id("whoever", Some("noor@example.com"));
    let holder = directory.extension_holder(&DeviceId::new("1001"), now()).expect("held");
    assert_eq!((holder.user, holder.primary, holder.from), (noor, true, Time::MIN));
    let holder = directory.agent_holder(&AgentId::new("2007"), now()).expect("held");
    assert_eq!((holder.user, holder.primary), (noor, false));
    assert_eq!(directory.user(noor).map(|user| user.name.as_str()), Some("Noor Haddad"));
    assert_eq!(directory.primary_group(noor, now()).map(|group| group.name.as_str()), Some("Sales"));
    assert_eq!(directory.groups(noor, now()).map(|group| group.name.as_str()).collect::<Vec<_>>(), ["Export", "Sales"]);
    let mains: Vec<_> = directory.dee_memberships(&DeviceId::new("01715550009"), now()).map(|dee| dee.main.as_str()).collect();
    assert_eq!(mains, ["1001"]);
    assert!(directory.is_extension(&DeviceId::new("1002")) && !directory.is_extension(&DeviceId::new("1011")));
    assert!(directory.knows_agent(&AgentId::new("2007")) && !directory.knows_agent(&AgentId::new("1001")));
    assert!(directory.user(user_id("Ada Lind", None)).is_some(), "a person without devices is a user too");
}

#[test]
fn all_mistakes_are_told_at_once_with_their_lines() {
    let text = r#"[[users]]
name = "Noor Haddad"
emial = "noor@example.com"
primary = { extension = "1001" }
secondary = [{ extension = 1002 }, { extenson = "1003" }]

[[users]]
name = "Ada Lind"
email = "ada@example.com"
primary = { extension = "1001" }
primary_group = "Sales"

[[users]]
email = "ADA@example.com"
secondary = [{ agent = "" }, { agent = "2001" }]

[[users]]
name = "Kit"

[[users]]
name = "Kit"
groups = "Sales"

[[user]]
name = "Lou"
"#;
    insta::assert_snapshot!(mistakes(text).join("\n"), @r#"
    line 3: a user has no key "emial": did you mean "email"?
    line 5: an entry of secondary has no key "extenson": did you mean "extension"?
    line 5: extension is an integer: write it in quotes: "1002"
    line 10: extension 1001 is given to Ada Lind here and to Noor Haddad on line 4: it can belong to one user at a time: remove it from one of the two
    line 11: primary_group "Sales" of Ada Lind is not among the user's groups: add "Sales" to groups, or name one of them
    line 13: a user without a name: add name = "…"
    line 14: email "ADA@example.com" belongs to the user of line 13 here and to Ada Lind on line 9 (upper and lower case do not differ): give each user an own email, or leave it out
    line 15: agent is empty: write the number in quotes, such as agent = "1001", or remove the entry
    line 15: the user of line 13 has secondary extensions or agent IDs but no primary: give exactly one as primary, such as primary = { agent = "2001" }
    line 21: two users are named "Kit" and have no email: here and on line 18: give them an email each, so that they can be told apart
    line 22: groups is a string: write a list of names, such as groups = ["Sales"]
    line 24: a people file has no key "user": did you mean "users"?
    "#);
}

#[test]
fn table_of_mistakes() {
    let cases: &[(&str, &str)] = &[
        ("[users]\nname = \"A\"", "line 1: \"users\" is a table, not a list: begin each entry with [[users]], in double brackets"),
        ("[[users]]\nname = 7", "line 2: name is an integer: write it in quotes: \"7\""),
        ("[[users]]\nname = \"\"", "line 2: name is empty"),
        (
            "[[users]]\nname = \"A\"\nprimary = \"1001\"",
            "line 3: primary is a string: write { extension = \"1001\" } or { agent = \"2001\" }",
        ),
        ("[[users]]\nname = \"A\"\nprimary = {}", "line 3: primary names neither an extension nor an agent"),
        ("[[users]]\nname = \"A\"\nprimary = { extension = \"1\", agent = \"2\" }", "line 3: primary names both"),
        (
            "[[users]]\nname = \"A\"\nprimary = { extension = \"1\" }\nsecondary = [{ extension = \"1\" }]",
            "line 4: extension 1 is given to A twice",
        ),
        ("[[users]]\nname = \"A\"\nemail = \"a\"", "line 3: \"a\" is not an email address"),
        ("[[users]]\nname = \"A\"\ngroups = [\"S\", \"S\"]", "line 3: group \"S\" of A is listed twice"),
        ("[[dee]]\nmain = \"1001\"", "line 1: a DEE group without \"members\": add members = [\"…\"]"),
        ("[[dee]]\nmain = \"1001\"\nmembers = [\"1001\"]", "line 3: 1001 is a DEE member of itself"),
        ("[[dee]]\nmain = \"1001\"\nmembers = [\"1\", \"1\"]", "line 3: 1 is listed twice as a DEE member of 1001"),
        ("[[users]\nname = \"A\"", "line 1: this is not TOML"),
        ("[[users]]\nname = \"A\"\nname = \"B\"", "line 3: this is not TOML"),
        ("[[users]]\nname = \"A\\u0000\"", "line 2: name has a control character"),
    ];
    for (text, expected) in cases {
        let found = mistakes(text);
        assert!(found.iter().any(|line| line.contains(expected)), "{text}\nexpected {expected}\nfound {found:#?}");
    }
}

#[test]
fn slips_are_warned_of() {
    let text = "[[users]]\nname = \"A\"\ngroups = [\"Sales\"]\n[[users]]\nname = \"B\"\ngroups = [\"sales\"]\n\
                [[dee]]\nmain = \"1001\"\nmembers = [\"1\"]\n[[dee]]\nmain = \"1002\"\nmembers = [\"1\"]";
    let file = PeopleFile::parse(text).expect("usable");
    let warnings: Vec<_> = file.warnings.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(warnings.join("\n"), @r#"
    line 6: groups "Sales" (line 3) and "sales" differ only in case: they are two groups: spell them alike if one is meant
    line 8: DEE main 1001 is nobody's primary extension: its members' calls are credited to nobody: make it somebody's primary
    line 11: DEE main 1002 is nobody's primary extension: its members' calls are credited to nobody: make it somebody's primary
    line 12: 1 is a DEE member of 1002 here and of 1001 on line 9: its calls are credited to nobody: remove it from one of the two, or give it to a user
    "#);
    let conflicts = Directory::from_people(&file).conflicts(now());
    assert_eq!(conflicts, [DeeConflict { member: "1".into(), mains: vec!["1001".into(), "1002".into()] }]);
}

#[test]
fn two_sources_for_one_membership_are_no_conflict() {
    let file = PeopleFile::parse("[[dee]]\nmain = \"1001\"\nmembers = [\"1\"]").expect("usable");
    let directory = Directory::from_people(&file).with_dee(file.dee_memberships(DeeSource::Config, Time::MIN));
    assert_eq!(directory.dee_memberships(&"1".into(), now()).count(), 2);
    assert_eq!(directory.conflicts(now()), []);
}

mod as_of {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::super::*;
    use crate::telephony::{DeviceId, Time};

    /// Hand-overs of one extension: at each moment to a user, or to nobody.
    fn hand_overs() -> impl Strategy<Value = Vec<(i64, Option<u8>)>> {
        proptest::collection::btree_map(0..60_i64, proptest::option::of(0..4_u8), 0..8).prop_map(|map| map.into_iter().collect())
    }

    fn user(number: u8) -> Uuid {
        Uuid::from_u128(u128::from(number))
    }

    fn associations(device: &str, hand_overs: &[(i64, Option<u8>)]) -> Vec<Association> {
        let ends = hand_overs.iter().skip(1).map(|(at, _)| Some(Time::from_micros(*at))).chain([None]);
        let spans = hand_overs.iter().zip(ends).filter_map(|((from, holder), until)| Some((*from, (*holder)?, until)));
        let association = |(from, holder, until)| Association {
            user: user(holder),
            assignable: Assignable::Extension(DeviceId::new(device)),
            primary: true,
            from: Time::from_micros(from),
            until,
        };
        spans.map(association).collect()
    }

    fn naive(hand_overs: &[(i64, Option<u8>)], at: i64) -> Option<Uuid> {
        let mut holder = None;
        for (moment, next) in hand_overs {
            if *moment <= at {
                holder = *next;
            }
        }
        holder.map(user)
    }

    proptest! {
        #[test]
        fn holder_at_any_moment_is_the_last_hand_over(a in hand_overs(), b in hand_overs(), seed in any::<u64>()) {
            let mut all = associations("1001", &a);
            all.extend(associations("1002", &b));
            fastrand::Rng::with_seed(seed).shuffle(&mut all);
            let directory = Directory::new(Parts { associations: all, ..Parts::default() });
            for at in -1..62 {
                for (device, hand_overs) in [("1001", &a), ("1002", &b)] {
                    let found = directory.extension_holder(&device.into(), Time::from_micros(at)).map(|found| found.user);
                    prop_assert_eq!(found, naive(hand_overs, at), "{} at {}", device, at);
                }
            }
        }
    }
}
