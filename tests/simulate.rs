//! `strowger simulate` as people and scripts meet it, through the real binary.

#![allow(clippy::expect_used, reason = "a test may fail anywhere")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::Duration;

use strowger::directory::PeopleFile;
use strowger::record::CallRecord;

fn strowger(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_strowger"));
    command.current_dir(directory).args(arguments).env("COLUMNS", "110").env_remove("STROWGER_CONFIG");
    command
}

fn run(directory: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = strowger(directory, arguments).output().expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code().expect("it ends by itself"), text(output.stdout), text(output.stderr))
}

/// Ends with the test, whatever becomes of it.
struct Simulated {
    child: Child,
    stderr: BufReader<ChildStderr>,
    address: String,
}

impl Simulated {
    fn start(directory: &Path, arguments: &[&str]) -> Self {
        let all = [&["simulate", "oai", "--listen", "127.0.0.1:0", "--settle-ms", "50", "--linger-ms", "100"], arguments].concat();
        let mut child = strowger(directory, &all).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().expect("it starts");
        let mut stderr = BufReader::new(child.stderr.take().expect("piped"));
        let mut line = String::new();
        stderr.read_line(&mut line).expect("readable");
        let address = line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("it said {line:?}")).to_owned();
        Self { child, stderr, address }
    }

    /// Logs in, monitors all stations, and reads until the connection is closed: what the frames hold.
    fn watch(&self) -> String {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
        for payload in [&b"\x87\0Test\0"[..], b"_MS,2,,3,A:FFFF,C:FFFF,F:FFFF\r"] {
            let length = u32::try_from(payload.len()).expect("short");
            stream.write_all(&[&length.to_le_bytes(), payload].concat()).expect("written");
        }
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).expect("it closes");
        let (mut rest, mut text) = (bytes.as_slice(), String::new());
        while let Some((length, after)) = rest.split_first_chunk() {
            let (payload, after) = after.split_at(u32::from_le_bytes(*length) as usize);
            text.push_str(&String::from_utf8_lossy(payload));
            rest = after;
        }
        text
    }

    /// Its exit code, and what it said.
    fn end(mut self) -> (Option<i32>, String) {
        let mut said = String::new();
        self.stderr.read_to_string(&mut said).expect("readable");
        (self.child.wait().expect("it ends").code(), said)
    }
}

impl Drop for Simulated {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[test]
fn help_teaches() {
    let nowhere = tempfile::tempdir().expect("a directory");
    let (code, help, stderr) = run(nowhere.path(), &["simulate", "oai", "--help"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    insta::assert_snapshot!("help_oai", help);
}

#[test]
fn a_scenario_is_played_and_its_truth_written() {
    let directory = tempfile::tempdir().expect("a directory");
    let steps = "at 0s 1011 dials 1012\nafter 50ms 1012 answers\nafter 50ms 1011 hangs up\n";
    std::fs::write(directory.path().join("call.toml"), format!("title = \"A call\"\nsteps = '''\n{steps}'''\n")).expect("written");
    let simulated = Simulated::start(directory.path(), &["--scenario", "call.toml", "--truth", "truth.jsonl", "--site", "here"]);
    let seen = simulated.watch();
    assert!(seen.contains(",DE,") && seen.contains(",XC,"), "{seen}");
    let (code, said) = simulated.end();
    assert_eq!((code, said.trim()), (Some(0), "1 calls told"));
    let truth = std::fs::read_to_string(directory.path().join("truth.jsonl")).expect("written");
    let record: CallRecord = serde_json::from_str(truth.trim()).expect("one record");
    assert_eq!((record.site.as_str(), record.segments.len()), ("here", 2));
}

#[test]
fn random_load_ends_when_every_call_is_over() {
    let directory = tempfile::tempdir().expect("a directory");
    let arguments = ["--load", "50", "--calls", "40", "--seed", "5", "--truth", "truth.jsonl", "--split", "3", "--line-end", "cr"];
    let simulated = Simulated::start(directory.path(), &arguments);
    let seen = simulated.watch();
    assert!(seen.contains(",ES,") && !seen.contains('\n'), "lines end with CR alone");
    let (code, said) = simulated.end();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.starts_with("40 calls made, "), "{said}");
    let truth = std::fs::read_to_string(directory.path().join("truth.jsonl")).expect("written");
    assert!(truth.lines().count() >= 40, "{truth}");
}

#[test]
fn a_refused_step_is_told_and_ends_with_1() {
    let directory = tempfile::tempdir().expect("a directory");
    let text = "title = \"Nobody rings\"\nsteps = '''\nat 0s 1012 answers\nafter 10ms 1011 goes off hook\nafter 10ms 1011 hangs up\n'''\n";
    std::fs::write(directory.path().join("refused.toml"), text).expect("written");
    let simulated = Simulated::start(directory.path(), &["--scenario", "refused.toml"]);
    simulated.watch();
    let (code, said) = simulated.end();
    assert_eq!(code, Some(1));
    assert!(said.contains("line 3: 1012 answers: refused:"), "{said}");
}

#[test]
fn files_with_mistakes_end_with_65_and_every_line() {
    let directory = tempfile::tempdir().expect("a directory");
    let text = "title = \"Wrong\"\nsteps = '''\nat 0s 1012 anwsers\nat 0s 1099 answers\n'''\n";
    std::fs::write(directory.path().join("wrong.toml"), text).expect("written");
    let (code, stdout, stderr) = run(directory.path(), &["simulate", "oai", "--scenario", "wrong.toml"]);
    assert_eq!((code, stdout.as_str()), (65, ""));
    assert!(stderr.contains("wrong.toml:3: error:") && stderr.contains("wrong.toml:4: error:"), "{stderr}");
    std::fs::write(directory.path().join("profile.toml"), "portz = 1\n").expect("written");
    let (code, _, stderr) = run(directory.path(), &["simulate", "oai", "--profile", "profile.toml"]);
    assert_eq!(code, 65);
    assert!(stderr.contains("portz"), "{stderr}");
    for arguments in
        [&["--load", "0"][..], &["--calls", "5"], &["--load", "1", "--scenario", "wrong.toml"], &["--country", "XX", "--load", "1"]]
    {
        let (code, _, stderr) = run(directory.path(), &[&["simulate", "oai", "--listen", "127.0.0.1:0"], arguments].concat());
        assert_eq!(code, 2, "{arguments:?}: {stderr}");
    }
}

#[test]
fn the_people_of_the_default_site_can_be_imported() {
    let nowhere = tempfile::tempdir().expect("a directory");
    for arguments in [&["simulate", "people"][..], &["simulate", "people", "--nodes", "2"]] {
        let (code, text, _) = run(nowhere.path(), arguments);
        let people = PeopleFile::parse(&text).expect("sound");
        assert_eq!((code, people.users.len(), people.warnings.len()), (0, 50, 0));
    }
}
