use rusqlite::params;
use strowger::directory::{Assignable, Directory, user_id};
use strowger::store::{Ended, Moved};
use strowger::telephony::Time;
use uuid::Uuid;

use super::engine::{is_sound, on_both};
use super::{at, directory, open, people, raw};

const FIRST: &str = r#"
[[users]]
name = "Noor Haddad"
email = "noor@example.com"
primary = { extension = "1001" }
secondary = [{ extension = "1002" }, { agent = "2007" }]
groups = ["Sales", "Export"]
primary_group = "Sales"

[[users]]
name = "Ada Lind"
primary = { agent = "2001" }

[[dee]]
main = "1001"
members = ["1011"]
"#;

fn noor() -> Uuid {
    user_id("Noor Haddad", Some("noor@example.com"))
}

fn holder(directory: &Directory, extension: &str, moment: Time) -> Option<String> {
    let held = directory.extension_holder(&extension.into(), moment)?;
    directory.user(held.user).map(|user| user.name.clone())
}

#[test]
fn the_first_import_holds_from_its_moment_on() {
    on_both(|engine| {
        let store = engine.fresh();
        let report = store.import_people(&people(FIRST), at(10)).expect("imported");
        assert_eq!(
            (report.at, report.added.as_slice(), report.unchanged),
            (at(10), &["Noor Haddad".to_owned(), "Ada Lind".to_owned()][..], 0)
        );
        assert!(report.changed.is_empty() && report.moved.is_empty() && report.ended.is_empty() && report.gone.is_empty());
        let loaded = store.load_directory_of("").expect("loaded");
        assert_eq!(loaded.version(), 1);
        assert_eq!(holder(&loaded, "1001", at(9)), None);
        assert_eq!(holder(&loaded, "1001", at(10)).as_deref(), Some("Noor Haddad"));
        assert_eq!(loaded.agent_holder(&"2007".into(), at(10)).map(|held| (held.user, held.primary)), Some((noor(), false)));
        assert_eq!(loaded.primary_group(noor(), at(10)).map(|group| group.name.as_str()), Some("Sales"));
        assert_eq!(loaded.dee_memberships(&"1011".into(), at(10)).count(), 1);
        assert_eq!(loaded.dee_memberships(&"1011".into(), at(9)).count(), 0);
    });
}

#[test]
fn the_same_file_again_changes_nothing() {
    on_both(|engine| {
        let store = engine.fresh();
        store.import_people(&people(FIRST), at(10)).expect("imported");
        let report = store.import_people(&people(FIRST), at(20)).expect("imported");
        assert!(report.is_unchanged(), "{report:?}");
        assert_eq!(report.unchanged, 2);
        assert_eq!(report.to_string(), "nothing changed: 2 users as before");
        assert_eq!(store.directory_version().expect("version"), 1);
    });
}

#[test]
fn what_each_change_of_the_file_does() {
    on_both(|engine| {
        // (what, from → to in the file, expected report)
        let cases: &[(&str, &str, &str, &str)] = &[
            ("a new name for an email", "name = \"Noor Haddad\"", "name = \"Noor Hadid\"", "changed  Noor Hadid: renamed, was Noor Haddad"),
            (
                "an email is another case",
                "noor@example.com",
                "Noor@example.com",
                "changed  Noor Haddad: email Noor@example.com, was noor@example.com",
            ),
            (
                "an email is added",
                "name = \"Ada Lind\"",
                "name = \"Ada Lind\"\nemail = \"ada@example.com\"",
                "changed  Ada Lind: email ada@example.com, was none",
            ),
            ("an email is removed", "email = \"noor@example.com\"", "", "changed  Noor Haddad: email none, was noor@example.com"),
            (
                "a secondary ends",
                "{ extension = \"1002\" }, ",
                "",
                "changed  Noor Haddad: extension 1002 ends\nended    extension 1002 of Noor Haddad: it belongs to nobody now",
            ),
            (
                "primary and secondary change places",
                "primary = { extension = \"1001\" }\nsecondary = [{ extension = \"1002\" }",
                "primary = { extension = \"1002\" }\nsecondary = [{ extension = \"1001\" }",
                "changed  Noor Haddad: extension 1001 is secondary now, extension 1002 is primary now",
            ),
            (
                "another primary group",
                "primary_group = \"Sales\"",
                "primary_group = \"Export\"",
                "changed  Noor Haddad: no longer primary group Sales, primary group Export",
            ),
            ("no primary group", "primary_group = \"Sales\"\n", "", "changed  Noor Haddad: no longer primary group Sales"),
            ("a group less", "[\"Sales\", \"Export\"]", "[\"Sales\"]", "changed  Noor Haddad: no longer in group Export"),
            ("a group more", "\"Export\"]", "\"Export\", \"Night\"]", "changed  Noor Haddad: in group Night"),
            ("another DEE member", "[\"1011\"]", "[\"1012\"]", "DEE      1012 rings with 1001\nDEE      1011 no longer rings with 1001"),
            (
                "an agent changes hands",
                "{ agent = \"2007\" }],{ agent = \"2001\" }",
                "],{ agent = \"2007\" }",
                "changed  Noor Haddad: agent 2007 goes to Ada Lind\n\
             changed  Ada Lind: agent 2001 ends, agent 2007 comes from Noor Haddad as primary\n\
             moved    agent 2007 from Noor Haddad to Ada Lind: earlier calls stay with Noor Haddad\n\
             ended    agent 2001 of Ada Lind: it belongs to nobody now",
            ),
        ];
        for (what, from, to, expected) in cases {
            let store = engine.fresh();
            store.import_people(&people(FIRST), at(10)).expect("imported");
            let mut text = FIRST.to_owned();
            let pairs: Vec<_> =
                if what.contains("changes hands") { from.split("],").zip(to.split("],")).collect() } else { vec![(*from, *to)] };
            for (from, to) in pairs {
                assert!(text.contains(from), "{what}: the sample has no {from}");
                text = text.replacen(from, to, 1);
            }
            let text = text.replace("{ extension = \"1002\" }, ]", "{ extension = \"1002\" }]");
            let report = store.import_people(&people(&text), at(20)).expect("imported").to_string();
            let report: Vec<_> = report.lines().filter(|line| !line.starts_with("holds from")).collect();
            assert_eq!(report.join("\n"), *expected, "{what}");
            assert!(store.import_people(&people(&text), at(30)).expect("imported").is_unchanged(), "{what}: twice is once");
            assert!(is_sound(&store));
        }
    });
}

#[test]
fn a_device_that_changes_hands_ends_and_begins_at_one_instant() {
    on_both(|engine| {
        let store = engine.fresh();
        store
            .import_people(&people("[[users]]\nname = \"A\"\nprimary = { extension = \"1001\" }\n[[users]]\nname = \"B\""), at(10))
            .expect("imported");
        let moved = people("[[users]]\nname = \"A\"\n[[users]]\nname = \"B\"\nprimary = { extension = \"1001\" }");
        let report = store.import_people(&moved, at(20)).expect("imported");
        assert_eq!(report.moved, [Moved { assignable: Assignable::Extension("1001".into()), from: "A".into(), to: "B".into() }]);
        let loaded = store.load_directory_of("").expect("loaded");
        assert_eq!(holder(&loaded, "1001", at(15)).as_deref(), Some("A"), "history does not move");
        assert_eq!(holder(&loaded, "1001", Time::from_micros(at(20).as_micros() - 1)).as_deref(), Some("A"));
        assert_eq!(holder(&loaded, "1001", at(20)).as_deref(), Some("B"));
        let history = store.associations(user_id("A", None)).expect("read");
        assert_eq!(history.iter().map(|held| (held.from, held.until)).collect::<Vec<_>>(), [(at(10), Some(at(20)))]);
    });
}

#[test]
fn two_users_swap_their_primaries() {
    on_both(|engine| {
        let store = engine.fresh();
        let file = |a: &str, b: &str| {
            people(&format!(
                "[[users]]\nname = \"A\"\nprimary = {{ extension = \"{a}\" }}\n[[users]]\nname = \"B\"\nprimary = {{ extension = \"{b}\" }}"
            ))
        };
        store.import_people(&file("1", "2"), at(10)).expect("imported");
        let report = store.import_people(&file("2", "1"), at(20)).expect("imported");
        assert_eq!(report.moved.len(), 2);
        let loaded = store.load_directory_of("").expect("loaded");
        assert_eq!((holder(&loaded, "1", at(20)).as_deref(), holder(&loaded, "2", at(20)).as_deref()), (Some("B"), Some("A")));
    });
}

#[test]
fn who_leaves_the_file_keeps_the_history_and_may_return() {
    on_both(|engine| {
        let store = engine.fresh();
        store.import_people(&people(FIRST), at(10)).expect("imported");
        let report =
            store.import_people(&people("[[users]]\nname = \"Ada Lind\"\nprimary = { agent = \"2001\" }"), at(20)).expect("imported");
        assert_eq!(report.gone, ["Noor Haddad"]);
        assert_eq!(report.ended[0], Ended { assignable: Assignable::Extension("1001".into()), user: "Noor Haddad".into() });
        assert_eq!(report.dee_ended, [("1001".to_owned(), "1011".to_owned())]);
        let loaded = store.load_directory_of("").expect("loaded");
        assert_eq!((holder(&loaded, "1001", at(15)).as_deref(), holder(&loaded, "1001", at(25)).as_deref()), (Some("Noor Haddad"), None));
        assert_eq!(loaded.primary_group(noor(), at(25)), None);
        assert_eq!(store.users(false).expect("listed").len(), 1);
        let everybody = store.users(true).expect("listed");
        assert_eq!(everybody[1].gone_at, Some(at(20)));
        let report = store.import_people(&people(FIRST), at(30)).expect("imported");
        assert!(report.changed[0].what.contains(&"returns".to_owned()), "{report:?}");
        assert_eq!(store.users(true).expect("listed").len(), 2, "the same user, not a new one");
    });
}

#[test]
fn a_clock_set_back_does_not_bend_history() {
    on_both(|engine| {
        let store = engine.fresh();
        store.import_people(&people("[[users]]\nname = \"A\"\nprimary = { extension = \"1\" }"), at(10)).expect("imported");
        let report = store.import_people(&people("[[users]]\nname = \"B\"\nprimary = { extension = \"1\" }"), at(5)).expect("imported");
        assert_eq!(report.at.as_micros(), at(10).as_micros() + 1, "just after the last change");
        let loaded = store.load_directory_of("").expect("loaded");
        assert_eq!((holder(&loaded, "1", at(10)).as_deref(), holder(&loaded, "1", at(11)).as_deref()), (Some("A"), Some("B")));
    });
}

#[test]
fn the_list_shows_everybody_as_of_now() {
    on_both(|engine| {
        let store = engine.fresh();
        store.import_people(&people(FIRST), at(10)).expect("imported");
        let users = store.users(false).expect("listed");
        let names: Vec<_> = users.iter().map(|entry| entry.user.name.as_str()).collect();
        assert_eq!(names, ["Ada Lind", "Noor Haddad"]);
        assert_eq!(users[1].primary, Some((Assignable::Extension("1001".into()), at(10))));
        let secondary: Vec<_> = users[1].secondary.iter().map(|(what, _)| what.to_string()).collect();
        assert_eq!(secondary, ["extension 1002", "agent 2007"]);
        assert_eq!(
            (users[1].groups.as_slice(), users[1].primary_group.as_deref()),
            (&["Export".to_owned(), "Sales".to_owned()][..], Some("Sales"))
        );
    });
}

#[test]
fn another_process_sees_the_new_version() {
    let state = directory();
    let (daemon, command) = (open(state.path()), open(state.path()));
    let before = daemon.directory_version().expect("version");
    command.import_people(&people(FIRST), at(10)).expect("imported");
    assert_eq!(daemon.directory_version().expect("version"), before + 1);
}

#[test]
fn the_database_itself_refuses_a_second_holder_and_names_the_first() {
    let state = directory();
    let store = open(state.path());
    store.import_people(&people(FIRST), at(10)).expect("imported");
    let connection = raw(state.path());
    let ada = user_id("Ada Lind", None).to_string();
    let insert = |number: &str, from: Time, until: Option<Time>| {
        let sql =
            "INSERT INTO associations (user_id, kind, number, is_primary, valid_from, valid_until) VALUES (?1, 'extension', ?2, 0, ?3, ?4)";
        connection.execute(sql, params![ada, number, from.as_micros(), until.map(Time::as_micros)])
    };
    let refused = |result: rusqlite::Result<usize>| result.expect_err("refused").to_string();
    let text = refused(insert("1001", at(20), None));
    assert!(text.contains("extension 1001 belongs to Noor Haddad since 2026-09-21T"), "{text}");
    assert!(refused(insert("1001", at(5), Some(at(11)))).contains("belongs to Noor Haddad"), "an overlap with what is open");
    assert!(refused(insert("1001", at(20), Some(at(30)))).contains("belongs to Noor Haddad"), "an overlap within what is open");
    insert("1001", at(5), Some(at(10))).expect("what ended before may be added");
    assert!(refused(insert("1001", at(7), Some(at(9)))).contains("belongs to Ada Lind"), "an overlap with what has ended");
    let update = "UPDATE associations SET valid_until = ?1 WHERE user_id = ?2 AND number = '1001'";
    assert!(refused(connection.execute(update, params![at(11).as_micros(), ada])).contains("belongs to Noor Haddad"));
    assert!(refused(insert("7", at(9), Some(at(9)))).contains("CHECK"), "nothing holds for no time");
    let second_primary = "INSERT INTO associations (user_id, kind, number, is_primary, valid_from) VALUES (?1, 'extension', '8', 1, 0)";
    assert!(refused(connection.execute(second_primary, [ada])).contains("UNIQUE"), "one primary for each user");
}

#[test]
fn a_device_for_two_users_is_refused_before_anything() {
    let text = "[[users]]\nname = \"A\"\nprimary = { extension = \"1\" }\n[[users]]\nname = \"B\"\nprimary = { extension = \"1\" }";
    let error = strowger::directory::PeopleFile::parse(text).expect_err("refused").to_string();
    assert!(error.contains("line 6: extension 1 is given to B here and to A on line 3"), "{error}");
}

mod over_time {
    use std::collections::BTreeMap;
    use std::rc::Rc;

    use proptest::prelude::*;

    use super::super::engine::{Engine, is_sound};
    use super::super::{at, people};
    use super::holder;

    std::thread_local! {
        /// For all cases: a server for each would take minutes.
        static ENGINES: Rc<[Engine; 2]> = Rc::new(Engine::both());
    }

    const EXTENSIONS: [&str; 4] = ["1001", "1002", "1003", "1004"];
    const USERS: [&str; 3] = ["A", "B", "C"];

    /// Who has which extension; those that nobody has are missing.
    type Holding = BTreeMap<&'static str, &'static str>;

    fn holding() -> impl Strategy<Value = Holding> {
        let pick = proptest::option::weighted(0.7, proptest::sample::select(USERS.to_vec()));
        [pick.clone(), pick.clone(), pick.clone(), pick]
            .prop_map(|users| EXTENSIONS.into_iter().zip(users).filter_map(|(extension, user)| Some((extension, user?))).collect())
    }

    fn file(holding: &Holding) -> String {
        let user = |name: &str| {
            let mine: Vec<String> = holding
                .iter()
                .filter(|(_, user)| **user == name)
                .map(|(extension, _)| format!("{{ extension = \"{extension}\" }}"))
                .collect();
            let primary = mine.first().map_or_else(String::new, |first| format!("primary = {first}\n"));
            let secondary = mine.get(1..).unwrap_or_default().join(", ");
            format!("[[users]]\nname = \"{name}\"\n{primary}secondary = [{secondary}]\n")
        };
        USERS.map(user).join("\n")
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn every_moment_answers_as_the_file_of_that_moment_said(holdings in proptest::collection::vec(holding(), 1..6)) {
            for engine in ENGINES.with(Rc::clone).iter() {
            let store = engine.fresh();
            for (second, holding) in (0..).step_by(10).zip(&holdings) {
                store.import_people(&people(&file(holding)), at(second)).expect("imported");
            }
            let loaded = store.load_directory_of("").expect("loaded");
            for second in -1..(i64::try_from(holdings.len()).expect("few") * 10) {
                let now = usize::try_from(second.div_euclid(10)).ok().map(|index| &holdings[index]);
                for extension in EXTENSIONS {
                    let expected = now.and_then(|holding| holding.get(extension)).map(ToString::to_string);
                    prop_assert_eq!(holder(&loaded, extension, at(second)), expected, "{} at {}", extension, second);
                }
            }
            prop_assert!(is_sound(&store));
            }
        }
    }
}
