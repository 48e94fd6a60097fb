use std::fs;

use strowger::store::{Lock, Store, StoreError, database_path, prepare};

use super::{directory, open, raw};

/// The newest version: there is one numbered file for each.
fn newest() -> i64 {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/store/migrations/sqlite");
    i64::try_from(fs::read_dir(folder).expect("the migrations").count()).expect("few")
}

#[test]
fn an_empty_directory_gets_the_newest_schema() {
    let state = directory();
    let nested = state.path().join("a/b");
    let store = open(&nested);
    store.quick_check().expect("sound");
    assert_eq!(store.check().expect("checked"), Vec::<String>::new());
    let connection = raw(&nested);
    let number = |pragma: &str| -> i64 { connection.pragma_query_value(None, pragma, |row| row.get(0)).expect("pragma") };
    assert_eq!((number("user_version"), number("application_id")), (newest(), 0x5354_5257));
    let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).expect("pragma");
    assert_eq!(mode, "wal");
    drop(store);
    open(&nested);
}

#[test]
fn several_processes_may_create_it_at_once() {
    let state = directory();
    let path = state.path();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| open(path));
        }
    });
}

#[test]
fn a_newer_schema_is_refused_and_left_alone() {
    let state = directory();
    drop(open(state.path()));
    let newer = newest() + 1;
    raw(state.path()).pragma_update(None, "user_version", newer).expect("set");
    let error = Store::open(state.path()).expect_err("refused");
    assert!(matches!(error, StoreError::NewerSchema { .. }), "{error}");
    let text = error.to_string();
    assert!(text.contains(&format!("has schema version {newer}, this strowger knows versions up to {}", newest())), "{text}");
    let version: i64 = raw(state.path()).pragma_query_value(None, "user_version", |row| row.get(0)).expect("read");
    assert_eq!(version, newer);
}

#[test]
fn another_history_of_the_schema_is_refused() {
    let state = directory();
    drop(open(state.path()));
    raw(state.path()).execute("UPDATE migrations SET checksum = 'x'", []).expect("set");
    assert!(matches!(Store::open(state.path()), Err(StoreError::OtherHistory { version: 1, .. })));
}

#[test]
fn files_of_other_programs_are_refused_and_left_alone() {
    let state = directory();
    fs::write(database_path(state.path()), "no database at all, but long enough to look at: ".repeat(30)).expect("written");
    let error = Store::open(state.path()).expect_err("refused");
    assert!(matches!(error, StoreError::Foreign { .. }), "{error}");

    let state = directory();
    raw(state.path()).execute_batch("CREATE TABLE shopping (item)").expect("made");
    let error = Store::open(state.path()).expect_err("refused");
    assert!(error.to_string().contains("is not a strowger database (its tables are not ours)"), "{error}");
}

#[test]
fn a_damaged_file_is_refused() {
    let state = directory();
    let store = open(state.path());
    store.import_people(&super::people("[[users]]\nname = \"A\"\nprimary = { extension = \"1\" }"), super::at(1)).expect("imported");
    drop(store);
    let path = database_path(state.path());
    let mut bytes = fs::read(&path).expect("read");
    for byte in &mut bytes[4096 * 2..] {
        *byte ^= 0x5a;
    }
    fs::write(&path, bytes).expect("written");
    let result = Store::open(state.path()).and_then(|store| store.quick_check());
    let error = result.expect_err("refused");
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
    assert!(error.to_string().contains("is damaged") && error.to_string().contains(".recover"), "{error}");
}

#[test]
fn questions_do_not_create_a_database() {
    let state = directory();
    let error = Store::open_existing(state.path()).expect_err("refused");
    assert!(matches!(error, StoreError::Missing { .. }), "{error}");
    assert_eq!(fs::read_dir(state.path()).expect("listed").count(), 0);
}

#[test]
fn a_state_directory_that_is_a_file_is_refused() {
    let state = directory();
    let path = state.path().join("state");
    fs::write(&path, "").expect("written");
    let text = Store::open(&path).expect_err("refused").to_string();
    assert!(text.contains("it is not a directory") && text.contains("with mode 0") && text.contains("this process runs as uid"), "{text}");
}

#[test]
fn an_unwritable_state_directory_says_whose_it_is() {
    let path = std::path::Path::new("/proc/self/task");
    let text = prepare(path).expect_err("refused").to_string();
    assert!(text.contains("/proc/self/task") && text.contains("belongs to uid"), "{text}");
}

#[test]
fn a_second_daemon_is_refused_by_the_number_of_the_first() {
    let state = directory();
    let first = Lock::take(state.path()).expect("free");
    let text = Lock::take(state.path()).expect_err("taken").to_string();
    assert!(text.contains(&format!("another strowger daemon works there (process {})", std::process::id())), "{text}");
    drop(first);
    Lock::take(state.path()).expect("free again");
}
