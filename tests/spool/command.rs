//! `strowger spool` as people use it: what it says, and with which code it ends.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use strowger::spool::outbox::Start;

use super::transfer::{SOON, fill, folder, register};
use super::{open, settings};

/// In a directory with a configuration.
fn strowger(site: &Path, arguments: &[&str]) -> (i32, String, String) {
    let config = site.join("strowger.toml");
    fs::write(&config, "[site]\nname = \"hq\"\n[state]\ndirectory = \"state\"\n").expect("written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_strowger"));
    let Output { status, stdout, stderr } = command.current_dir(site).env("TZ", "UTC").args(arguments).output().expect("starts");
    (status.code().expect("ended by itself"), String::from_utf8(stdout).expect("text"), String::from_utf8(stderr).expect("text"))
}

#[test]
fn check_export_and_import() {
    let (site, other) = (folder(), folder());
    let (code, _, told) = strowger(site.path(), &["spool", "check"]);
    assert!(code == 73 && told.contains("no database at"), "{told}");

    let (spool, _reports) = open(&site.path().join("state"), settings());
    register(&spool.outbox(), &[("crm", Start::Present)]);
    fill(&spool, 0..4);
    // Beside a daemon that runs.
    let (code, shown, told) = strowger(site.path(), &["spool", "check"]);
    assert!(code == 0 && told.contains("is sound"), "{told}");
    let source = spool.outbox().source().to_owned();
    let lines: Vec<&str> = shown.lines().collect();
    assert!(lines[0].starts_with("database  state/strowger.db, ") || lines[0].contains("/state/strowger.db, "), "{shown}");
    assert_eq!(lines[1], format!("source    {source}"));
    assert!(lines[2].starts_with("outbox    5 entries, ") && lines[2].ends_with("; newest number 5"), "{shown}");
    assert!(
        lines[3].starts_with("sink      crm: lacks 5 entries, the oldest since 2026-") && lines[3].ends_with("; 0 in quarantine"),
        "{shown}"
    );
    assert_eq!(lines[4], "PBX       a: checkpoint of 0 bytes, 5 events since");

    let (code, printed, told) = strowger(site.path(), &["spool", "export"]);
    assert!(code == 0 && printed.lines().count() == 13, "{printed}");
    assert_eq!(
        told,
        "5 entries that some sink lacks, 0 in quarantine, 0 other calls, 0 asked for once more, 5 events of 1 PBXs, 0 legal holds and receipts of erasures exported\n"
    );
    assert_eq!(strowger(site.path(), &["spool", "export", "spool.jsonl"]).0, 0);
    let (code, _, told) = strowger(site.path(), &["spool", "export", "spool.jsonl"]);
    assert!(code == 1 && told.contains("it must not be there yet"), "{told}");
    assert_eq!(fs::read_to_string(site.path().join("spool.jsonl")).expect("read").lines().count(), 13);

    fs::copy(site.path().join("spool.jsonl"), other.path().join("spool.jsonl")).expect("copied");
    let (code, _, told) = strowger(other.path(), &["spool", "import", "spool.jsonl"]);
    assert!(
        code == 0
            && told.contains("goes on where the other one was")
            && told.contains("4 records, 5 entries for sinks, 1 sinks, 0 calls asked for once more, 1 journals"),
        "{told}"
    );
    let (code, _, told) = strowger(other.path(), &["spool", "import", "spool.jsonl"]);
    assert!(code == 0 && told.contains("nothing was changed"), "{told}");
    let (code, _, told) = strowger(site.path(), &["spool", "import", "spool.jsonl"]);
    assert!(code == 73 && told.contains("another strowger daemon works there"), "{told}");
    spool.close(SOON).expect("closed");
    fs::write(other.path().join("spool.jsonl"), "{}\n").expect("written");
    let (code, _, told) = strowger(other.path(), &["spool", "import", "spool.jsonl"]);
    assert!(code == 65 && told.contains("spool.jsonl:1: not a line of a spool export"), "{told}");
}

#[test]
fn a_second_daemon_is_refused_and_the_first_goes_on() {
    let site = folder();
    let (spool, _reports) = open(&site.path().join("state"), settings());
    fs::write(
        site.path().join("second.toml"),
        "[site]\nname = \"hq\"\n[state]\ndirectory = \"state\"\n[http]\nlisten = \"off\"\n\
         [[pbx]]\nname = \"mitel\"\ndriver = \"oai\"\naddress = \"127.0.0.1:1\"\nsecret = \"1\"\n",
    )
    .expect("written");
    let (code, _, told) = strowger(site.path(), &["run", "--config", "second.toml"]);
    assert!(code == 73 && told.contains("another strowger daemon works there"), "{told}");
    assert!(told.contains(&std::process::id().to_string()), "{told}");
    register(&spool.outbox(), &[("crm", Start::Present)]);
    fill(&spool, 0..4);
    assert_eq!(spool.outbox().depth("crm").expect("read").rows, 5);
    spool.close(SOON).expect("durable");
}

#[test]
fn renumber_says_what_it_did_and_needs_that_no_daemon_works_there() {
    let site = folder();
    let (code, _, told) = strowger(site.path(), &["spool", "renumber"]);
    assert!(code == 73 && told.contains("no database at"), "{told}");
    let (spool, _reports) = open(&site.path().join("state"), settings());
    register(&spool.outbox(), &[("crm", Start::Present)]);
    fill(&spool, 0..4);
    let (code, _, told) = strowger(site.path(), &["spool", "renumber"]);
    assert!(code == 73 && told.contains("another strowger daemon works there"), "{told}");
    let before = spool.outbox().source().to_owned();
    spool.close(SOON).expect("closed");
    let (code, _, told) = strowger(site.path(), &["spool", "renumber"]);
    let (spool, _reports) = open(&site.path().join("state"), settings());
    let after = spool.outbox().source().to_owned();
    assert_ne!(after, before);
    assert!(code == 0 && told.contains(&format!("strowger.db: the next number is 6 of source {after}\n")), "{told}");
    assert!(told.ends_with(&format!("numbers up to 5 stay those of {before}, also the 5 entries that some sink may lack\n")), "{told}");
}
