//! The command line as people and scripts meet it, through the real binary.

#![allow(clippy::expect_used, reason = "a test may fail anywhere")]

#[path = "cli/privacy.rs"]
mod privacy;
#[path = "cli/sinks.rs"]
mod sinks;

use std::path::Path;
use std::process::{Command, Output, Stdio};

use strowger::pbx::session::{DeeQuerySource, DeeReport};
use strowger::telephony::{DeviceId, Time};
use tempfile::TempDir;

/// The program in an empty directory, with no variables of ours set.
fn strowger(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_strowger"));
    command.current_dir(directory).args(arguments).env("TZ", "UTC").env("COLUMNS", "110").env_remove("STROWGER_CONFIG");
    for name in ["STATE_DIRECTORY", "CREDENTIALS_DIRECTORY", "NOTIFY_SOCKET", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    command
}

fn run(directory: &Path, arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = strowger(directory, arguments).output().expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (status.code().expect("it ends by itself"), text(stdout), text(stderr))
}

/// A directory with a configuration and, if wanted, its store.
fn site() -> TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    let config = "[site]\nname = \"hq\"\n[state]\ndirectory = \"state\"\n[people]\nfile = \"people.toml\"\n\
                  [[pbx]]\nname = \"asterisk\"\naddress = \"127.0.0.1:1\"\nusername = \"u\"\nsecret = \"s\"\n";
    let people = "[[users]]\nname = \"Noor Haddad\"\nprimary = { extension = \"1001\" }\nsecondary = [{ agent = \"2001\" }]\n\
                  groups = [\"Sales\"]\nprimary_group = \"Sales\"\n";
    std::fs::write(directory.path().join("strowger.toml"), config).expect("written");
    std::fs::write(directory.path().join("people.toml"), people).expect("written");
    directory
}

/// The helps of all commands, so that a change of a word is seen.
#[test]
fn help_teaches() {
    let nowhere = tempfile::tempdir().expect("a directory");
    let (code, summary, stderr) = run(nowhere.path(), &["--help"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    let commands = summary.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names: Vec<String> = commands.filter_map(|line| line.split_whitespace().next().map(str::to_owned)).collect();
    insta::assert_snapshot!("help", summary);
    for name in names.iter().filter(|name| *name != "help") {
        let (code, help, _) = run(nowhere.path(), &[name, "--help"]);
        assert_eq!(code, 0);
        insta::assert_snapshot!(format!("help_{name}"), help);
    }
}

#[test]
fn wrong_arguments_end_with_2_and_say_what_was_meant() {
    let nowhere = tempfile::tempdir().expect("a directory");
    let (code, stdout, stderr) = run(nowhere.path(), &["chek"]);
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert!(stderr.contains("'check'"), "{stderr}");
    let (code, _, stderr) = run(site().path(), &["calls", "--since", "soon"]);
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("yesterday"), "{stderr}");
}

#[test]
fn a_missing_or_wrong_configuration_ends_with_78() {
    let nowhere = tempfile::tempdir().expect("a directory");
    let (code, _, stderr) = run(nowhere.path(), &["check", "--config", "gone.toml"]);
    assert_eq!(code, 78);
    assert!(stderr.contains("gone.toml: error: cannot be read"), "{stderr}");
    std::fs::write(nowhere.path().join("strowger.toml"), "[site]\nnmae = \"hq\"\n").expect("written");
    let (code, _, stderr) = run(nowhere.path(), &["check"]);
    assert_eq!(code, 78);
    assert!(stderr.contains("strowger.toml:2:1: error: unknown key `nmae` in `site`; did you mean `name`?"), "{stderr}");
}

#[test]
fn check_finds_the_mistakes_of_the_people_file_as_well() {
    let site = site();
    let (code, _, stderr) = run(site.path(), &["check"]);
    assert_eq!(code, 0, "{stderr}");
    assert!(stderr.contains("people.toml (1 users)"), "{stderr}");
    let twice = "[[users]]\nname = \"A\"\nprimary = { extension = \"1\" }\n[[users]]\nname = \"B\"\nprimary = { extension = \"1\" }\n";
    std::fs::write(site.path().join("people.toml"), twice).expect("written");
    let (code, _, stderr) = run(site.path(), &["check"]);
    assert_eq!(code, 78);
    assert!(stderr.contains("people.toml:6: error:"), "{stderr}");
}

#[test]
fn questions_to_a_store_that_is_not_there_end_with_73() {
    let site = site();
    for arguments in [&["calls"][..], &["explain", "5f"], &["users", "list"]] {
        let (code, stdout, stderr) = run(site.path(), arguments);
        assert_eq!((code, stdout.as_str()), (73, ""), "{arguments:?}: {stderr}");
        assert!(stderr.contains("no database at"), "{stderr}");
    }
}

#[test]
fn people_are_imported_listed_and_shown() {
    let site = site();
    let (code, stdout, stderr) = run(site.path(), &["users", "import", "people.toml"]);
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.starts_with("added    Noor Haddad\n"), "{stdout}");
    assert!(run(site.path(), &["users", "import", "people.toml"]).1.starts_with("nothing changed"));
    let (_, stdout, _) = run(site.path(), &["users", "list"]);
    assert_eq!(stdout, "Noor Haddad  extension 1001 (primary), agent 2001; Sales (primary)\n");
    let (code, _, stderr) = run(site.path(), &["users", "show", "noor hadad"]);
    assert_eq!(code, 1);
    assert!(stderr.contains("did you mean \"Noor Haddad\"?"), "{stderr}");
    std::fs::write(site.path().join("broken.toml"), "[[users]]\nnaem = \"A\"\n").expect("written");
    let (code, _, stderr) = run(site.path(), &["users", "import", "broken.toml"]);
    assert_eq!(code, 65);
    assert!(stderr.contains("broken.toml:2: error:"), "{stderr}");
}

/// A store with the one call of tests/cli/record.json.
fn site_with_a_call() -> TempDir {
    let site = site();
    let store = strowger::store::Store::open(&site.path().join("state")).expect("a store");
    let people = strowger::directory::PeopleFile::read(&site.path().join("people.toml")).expect("people");
    store.import_people(&people, strowger::telephony::Time::from_millis(0)).expect("imported");
    let sales = strowger::directory::group_id("Sales").to_string();
    let record = include_str!("cli/record.json").replace("00000000-0000-4000-8000-0000000000a1", &sales);
    store.put(&[serde_json::from_str(&record).expect("a record")]).expect("stored");
    site
}

#[test]
fn calls_in_every_format() {
    let site = site_with_a_call();
    insta::assert_snapshot!("calls_table", run(site.path(), &["calls"]).1);
    insta::assert_snapshot!("calls_csv", run(site.path(), &["calls", "--format", "csv"]).1);
    let (_, jsonl, _) = run(site.path(), &["calls", "--format", "jsonl"]);
    let record: strowger::record::CallRecord = serde_json::from_str(jsonl.trim_end()).expect("one record in one line");
    assert_eq!(record.segments.len(), 3);
    for (arguments, count) in [
        (&["--device", "1001"][..], 1),
        (&["--agent", "2001"], 1),
        (&["--group", "Sales"], 1),
        (&["--number", "01715550009"], 1),
        (&["--number", "01715550008"], 0),
        (&["--outcome", "busy"], 0),
        (&["--since", "2026-11-22T13:00:00Z"], 1),
        (&["--until", "2026-11-22T13:00:00Z"], 0),
        (&["--direction", "inbound", "--pbx", "asterisk", "--outcome", "answered"], 1),
    ] {
        let (code, stdout, stderr) = run(site.path(), &[&["calls", "--format", "jsonl"], arguments].concat());
        assert_eq!((code, stdout.lines().count()), (0, count), "{arguments:?}: {stderr}");
    }
}

#[test]
fn a_call_is_explained_by_the_beginning_of_its_id() {
    let site = site_with_a_call();
    let (code, stdout, _) = run(site.path(), &["explain", "5f1c09a2b3"]);
    assert_eq!(code, 0);
    assert!(stdout.starts_with("Call 5f1c09a2-b3d4-5e6f-8a7b-0c1d2e3f4a5b\n"), "{stdout}");
    assert!(stdout.contains("by the rule \"agent\""), "{stdout}");
    let (code, stdout, stderr) = run(site.path(), &["explain", "ffff"]);
    assert_eq!((code, stdout.as_str()), (1, ""), "{stderr}");
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let site = site_with_a_call();
    let mut child =
        strowger(site.path(), &["calls", "--format", "csv"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("ends");
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn completions_and_man_pages_are_made() {
    let nowhere = tempfile::tempdir().expect("a directory");
    for shell in ["bash", "zsh", "fish"] {
        let (code, stdout, _) = run(nowhere.path(), &["completions", shell]);
        assert!(code == 0 && stdout.contains("strowger") && stdout.contains("explain"), "{shell}");
    }
    assert_eq!(run(nowhere.path(), &["man", "."]).0, 0);
    for page in ["strowger.1", "strowger-calls.1", "strowger-users-import.1"] {
        let text = std::fs::read_to_string(nowhere.path().join(page)).expect(page);
        assert!(text.contains(".SH"), "{page}");
    }
}

#[test]
fn the_metrics_reference_is_current() {
    let (_, current, _) = run(Path::new("."), &["metrics-reference"]);
    assert!(include_str!("../docs/metrics.md") == current, "run: cargo run -- metrics-reference > docs/metrics.md");
}

#[test]
fn devices_that_ring_along_are_shown_with_who_says_so() {
    let site = site();
    let path = |name: &str| site.path().join(name);
    let add = |name: &str, text: &str| {
        let written = std::fs::read_to_string(path(name)).expect("read");
        std::fs::write(path(name), written + text).expect("written");
    };
    add("strowger.toml", "[[pbx.dee]]\nmain = \"1001\"\nmembers = [\"1012\"]\n");
    add("people.toml", "[[dee]]\nmain = \"1001\"\nmembers = [\"1011\"]\n");
    assert_eq!(run(site.path(), &["users", "import", "people.toml"]).0, 0);
    let store = strowger::store::Store::open(&path("state")).expect("a store");
    let reported = |members: &[&str], source, at| {
        let members = members.iter().copied().map(DeviceId::from).collect();
        let report = DeeReport { main: "1001".into(), members, source };
        store.members_reported("asterisk", &[report], Time::from_millis(at)).expect("stored");
    };
    let year_2200 = 7_258_118_400_000;
    reported(&["1013", "1014"], DeeQuerySource::List, year_2200);
    reported(&["1014", "1015"], DeeQuerySource::Query, year_2200 + 1000);
    let (code, stdout, stderr) = run(site.path(), &["users", "show", "noor haddad"]);
    assert_eq!(code, 0, "{stderr}");
    let dee: Vec<&str> = stdout.lines().filter_map(|line| line.strip_prefix("  DEE        ")).collect();
    let since_import = dee[0].split_once("from ").and_then(|(_, rest)| rest.split_once(',')).expect("since when").0;
    let expected = [
        format!("1011              from {since_import}, by the people file"),
        format!("1012              from {since_import}, by the configuration of asterisk"),
        "1013              from 2200-01-01 00:00:00 until 2200-01-01 00:00:01, by the list of asterisk".to_owned(),
        "1014              from 2200-01-01 00:00:00, by the list of asterisk".to_owned(),
        "1015              from 2200-01-01 00:00:01, by the answer of asterisk".to_owned(),
    ];
    assert_eq!(dee, expected, "{stdout}");
}
