//! The whole program with `[store] url` while the server is not there at the start, comes, goes and comes back: calls go on, commands
//! say what is wrong, and all is caught up with.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use rusqlite::{Connection, OpenFlags};
use strowger::store::database_path;

use super::support::clock::wait_for;
use super::support::daemon::{Daemon, Settings};
use super::support::lane::Lane;
use super::support::postgres::PostgresServer;
use super::support::program::{STROWGER, command, run};
use super::support::simulated::{PBX, Simulated};

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

const DATABASE: &str = "calls";

/// `strowger` with these arguments: its exit code and what it said.
fn strowger(daemon: &Daemon, arguments: &[&str]) -> Result<(Option<i32>, String)> {
    let output = run(command(STROWGER, arguments).arg("--config").arg(daemon.config()))?;
    Ok((output.status.code(), String::from_utf8(output.stdout)? + &String::from_utf8(output.stderr)?))
}

/// What asks the server says that it is away, and whatever the site has itself is shown.
fn commands_say_so(daemon: &Daemon) -> Result<()> {
    for asked in [&["calls", "--since", "1d"][..], &["users", "list"]] {
        let (code, said) = strowger(daemon, asked)?;
        ensure!(code == Some(73) && said.contains("127.0.0.1"), "{asked:?}: {code:?}: {said}");
    }
    wait_for("the sink is shown as failing", PATIENCE, || {
        let (code, said) = strowger(daemon, &["sinks", "list"])?;
        ensure!(code == Some(0), "{said}");
        Ok(said.lines().any(|line| line.starts_with("store ") && line.contains("failing")).then_some(()))
    })
}

/// The calls of the site's own database.
fn at_site(state: &std::path::Path) -> Result<BTreeMap<String, String>> {
    let store = Connection::open_with_flags(database_path(state), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut asked = store.prepare("SELECT id, record FROM calls")?;
    Ok(asked.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?)
}

/// The calls of the server; none before the daemon has made the tables.
fn at_server(server: &PostgresServer) -> Result<BTreeMap<String, String>> {
    if server.sql(DATABASE, "SELECT to_regclass('calls') IS NULL")? == "t" {
        return Ok(BTreeMap::new());
    }
    let text = server.sql(DATABASE, "SELECT id || ' ' || record FROM calls")?;
    text.lines().map(|line| line.split_once(' ').map(|(id, record)| (id.to_owned(), record.to_owned())).context("a call")).collect()
}

/// Waits until the site has so many calls more than it has.
fn more_calls(state: &std::path::Path, more: usize) -> Result<()> {
    let before = at_site(state)?.len();
    wait_for("calls go on", PATIENCE, || Ok((at_site(state)?.len() >= before + more).then_some(())))
}

/// The pause after a failure can be long: it is tried at once.
fn caught_up(daemon: &Daemon, state: &std::path::Path, server: &PostgresServer) -> Result<()> {
    let has_all = || -> Result<Option<()>> {
        let site = at_site(state)?;
        let server = at_server(server)?;
        Ok(site.keys().all(|id| server.contains_key(id)).then_some(()))
    };
    strowger(daemon, &["sinks", "enable", "store"])?;
    wait_for("the server has all calls", PATIENCE, has_all).with_context(|| format!("the log ends: {}", daemon.log_end()))
}

#[test]
fn calls_go_on_while_the_server_is_away_and_it_is_caught_up_with() -> Result<()> {
    let lane = Lane::take()?;
    let mut server = PostgresServer::start()?;
    let url = server.database(DATABASE)?;
    server.stop()?;
    let folder = super::directory();
    let mut simulated = Simulated::start(folder.path(), &["--load", "4", "--pace", "0.1"])?;
    let mut settings = Settings::mitel("store-away", lane.http(), &simulated.people(), &[(PBX, simulated.port)])?;
    settings.set("store.url", url);
    settings.set("store.connect_timeout_s", 2);
    let state = settings.state();
    let mut daemon = settings.daemon()?;

    // Away at the start.
    daemon.up()?;
    daemon.says(&["people cannot be asked of their server"], PATIENCE)?;
    more_calls(&state, 8)?;
    commands_say_so(&daemon)?;

    // It comes: calls and people are brought to it.
    server.go_on()?;
    caught_up(&daemon, &state, &server)?;
    wait_for("people are at the server", PATIENCE, || {
        let (code, said) = strowger(&daemon, &["users", "list"])?;
        Ok((code == Some(0) && said.contains("Vera Novak")).then_some(()))
    })?;
    let (code, said) = strowger(&daemon, &["calls", "--since", "1d", "--format", "jsonl"])?;
    ensure!(code == Some(0) && said.lines().count() >= 8, "{code:?}: {said}");

    // It goes, as in a power cut.
    server.kill()?;
    more_calls(&state, 8)?;
    commands_say_so(&daemon)?;
    ensure!(daemon.get("/health/live")?.status == 200);

    // And comes back.
    server.go_on()?;
    caught_up(&daemon, &state, &server)?;
    simulated.interrupt()?;
    simulated.ended()?;
    ensure!(daemon.stop()?.success());
    // What the last start stores of calls that the end cut off is delivered, too.
    daemon.start()?;
    wait_for("both have the same calls with the same words", PATIENCE, || Ok((at_site(&state)? == at_server(&server)?).then_some(())))
}
