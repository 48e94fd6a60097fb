//! The hub's own file: every mistake at once, and told from a daemon's file.

use anyhow::{Result, ensure};

use crate::rig::folder;
use crate::support::program::{STROWGER, command, run, source};

const MISTAKES: &str = "\
[hub]
servers = [\"nats://192.0.2.1:4222\", \"http:// x\"]
username = \"hub\"
consumer = \"hub.one\"
leaf_domains = [\"site-hq\", \"site-hq\", \"a b\"]
workers = 8
batch_messages_max = 10000
strean = \"STROWGER\"

[hub.tls]
ca_file = \"missing.pem\"

[hub.postgres]
url = \"postgres://192.0.2.2/strowger\"
password_file = \"missing.password\"

[pbx]
name = \"hq\"

[http]
listen = \"9465\"
";

#[test]
fn check_finds_all_mistakes_of_a_hubs_file_at_once() -> Result<()> {
    let folder = folder("config")?;
    std::fs::write(folder.join("hub.toml"), MISTAKES)?;
    let output = run(command(STROWGER, ["check", "--config", "hub.toml"]).current_dir(&folder))?;
    ensure!(output.status.code() == Some(78), "{}", output.status);
    insta::assert_snapshot!(String::from_utf8_lossy(&output.stderr));
    Ok(())
}

#[test]
fn the_examples_are_right() -> Result<()> {
    let file = source().join("examples/many-sites/hub.toml");
    let output = run(command(STROWGER, ["check", "--config"]).arg(file))?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.success(), "{said}");
    Ok(())
}
