//! A disk that is really full: a small file system of its own, mounted for the test (which therefore needs root).

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use strowger::spool::{Report, Spool, State};
use strowger::store::{CallFilter, Store};

use super::{clock, entry, numbers, open, record, settings, wait_for};

/// A small file system; unmounted when the test ends.
pub(super) struct Disk {
    pub(super) path: PathBuf,
}

impl Disk {
    pub(super) fn mounted(name: &str, size: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        fs::create_dir_all(&path).expect("made");
        run("mount", &["-t", "tmpfs", "-o", &format!("size={size}"), "strowger-test", &path.display().to_string()]);
        Self { path }
    }

    pub(super) fn fill(&self, bytes: usize) -> PathBuf {
        let ballast = self.path.join("ballast");
        let mut file = File::create(&ballast).expect("made");
        // A full disk ends this early, as wanted.
        let mut left = bytes;
        while left > 0 && file.write_all(&[7; 4096]).is_ok() {
            left = left.saturating_sub(4096);
        }
        ballast
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        run("umount", &["--lazy", &self.path.display().to_string()]);
        fs::remove_dir(&self.path).ok();
    }
}

pub(super) fn run(program: &str, arguments: &[&str]) {
    let done = Command::new(program).args(arguments).output().expect("starts");
    let told = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{program} {arguments:?} failed: {told} (this test mounts a small file system and needs root)");
}

#[test]
fn while_the_disk_is_full_everything_waits_and_nothing_is_lost() {
    let disk = Disk::mounted("full", "3m");
    let (spool, reports) = open(&disk.path, settings());
    let ballast = disk.fill(1 << 20);
    let (taken, enough) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let sender = {
        let (handle, taken, enough) = (spool.handle(), Arc::clone(&taken), Arc::clone(&enough));
        std::thread::spawn(move || {
            let mut number = 0;
            while !enough.load(Ordering::Relaxed) {
                let records = if number % 3 == 0 { vec![record(number)] } else { Vec::new() };
                handle.blocking_send(entry("a", number, records)).expect("taken");
                number += 1;
                taken.store(number, Ordering::Relaxed);
            }
            number
        })
    };
    wait_for(&spool, |state| matches!(state, State::Stalled { .. }));
    let State::Stalled { error, to_do, .. } = spool.state() else { panic!("it stalls no more") };
    assert!(error.contains("strowger.db") && error.contains("full"), "{error}");
    assert_eq!(to_do, "make room on the disk of the state directory");

    // The queue fills, then the sender waits.
    std::thread::sleep(Duration::from_millis(300));
    let (waiting, before) = (spool.handle().queued(), taken.load(Ordering::Relaxed));
    assert_eq!(waiting, settings().queue_max, "the queue is full and no longer than it may be");
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(taken.load(Ordering::Relaxed), before, "the sender waits");
    let acknowledged: usize = reports.try_iter().map(|report| entries(&report)).sum();
    assert!((acknowledged as u64) < before, "nothing is acknowledged that could not be written");
    // What was acknowledged can be read, full disk or not.
    let stored = Store::open_existing(&disk.path).expect("opens").calls(&CallFilter { limit: usize::MAX, ..CallFilter::default() });
    assert_eq!(stored.expect("read").len(), acknowledged.div_ceil(3));

    // No more than what waits has to find room: a sender that went on could fill the disk again.
    enough.store(true, Ordering::Relaxed);
    fs::remove_file(ballast).expect("removed");
    wait_for(&spool, |state| *state == State::Ok);
    let sent = sender.join().expect("ends");
    spool.close(Duration::from_secs(10)).expect("durable");
    let later: Vec<Report> = reports.try_iter().collect();
    assert!(later.contains(&Report::State(State::Ok)));
    assert_eq!((acknowledged + later.iter().map(entries).sum::<usize>()) as u64, sent, "all of it");
    let (spool, _reports) = open(&disk.path, settings());
    assert_eq!(numbers(&spool.recover("a").expect("read").events), (0..sent).collect::<Vec<_>>());
    spool.close(Duration::from_secs(10)).expect("closes");
    let store = Store::open_existing(&disk.path).expect("opens");
    let stored = store.calls(&CallFilter { limit: usize::MAX, ..CallFilter::default() }).expect("read");
    assert_eq!(stored.len() as u64, sent.div_ceil(3));
    assert_eq!(store.check().expect("checked"), Vec::<String>::new());
}

#[test]
fn a_disk_without_any_room_refuses_the_start() {
    let disk = Disk::mounted("none", "64k");
    disk.fill(usize::MAX);
    let error = Spool::open(&disk.path, settings(), clock(), |_| {}).expect_err("refused").to_string();
    println!("{error}");
    assert!(error.contains("make room"), "{error}");
}

#[test]
fn a_read_only_state_directory_says_what_to_do() {
    let disk = Disk::mounted("read-only", "1m");
    let path = disk.path.display().to_string();
    run("mount", &["-o", "remount,ro", &path]);
    let error = Store::open(&disk.path).expect_err("refused").to_string();
    assert!(error.contains(&path) && error.contains("mount it writable") && error.contains("this process runs as uid"), "{error}");
}

fn entries(report: &Report) -> usize {
    match report {
        Report::Committed(committed) => committed.entries,
        Report::State(_) => 0,
    }
}
