//! Devices that ring along, as a Mitel system tells them that can be asked: the question follows a user's first save, and what is
//! answered is kept with who said so. How a real system answers is not public; this one answers as the configuration says.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

/// Steps of 50 ms before something counts as missing.
const PATIENCE: usize = 400;

/// A Mitel system without calls. 1001 rings at 1011 and a mobile, 1002 at 1012.
fn pbx() -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // It ends when the program closes.
            std::thread::spawn(move || serve(stream).ok());
        }
    });
    Ok(port)
}

fn serve(mut stream: TcpStream) -> Result<()> {
    let mut sequence = 0;
    let mut say = |stream: &mut TcpStream, text: &str| -> std::io::Result<()> {
        let line = format!("{sequence:03},{text}\r\n");
        sequence += 1;
        stream.write_all(&u32::try_from(line.len()).unwrap_or_default().to_le_bytes())?;
        stream.write_all(line.as_bytes())
    };
    let login = frame(&mut stream)?;
    ensure!(login.first() == Some(&0x87), "no login: {login:?}");
    say(&mut stream, "RS,0,02:04,070515,V10.20,V6.0.11.113,3,1,0,3,1")?;
    say(&mut stream, "RD,0,")?;
    loop {
        let command = String::from_utf8(frame(&mut stream)?)?;
        let parts: Vec<&str> = command.trim_end().split(',').collect();
        let (name, id, argument) = (parts[0], parts.get(1).copied().unwrap_or_default(), parts.get(2).copied().unwrap_or_default());
        let answer = match (name, argument, parts.get(3)) {
            ("_NO" | "_NA", ..) => "0".to_owned(),
            ("_MS", _, Some(&"11")) => "0,1,000001,1:,S:00FE".to_owned(),
            ("_MS", ..) => "0,0,A:00FC,C:FFFE,F:1FFF".to_owned(),
            ("_QX", _, Some(list)) => format!("0,{list},0,1,0"),
            ("_QUD", "1001", _) => "0,2,1,1011,,7,,01715550009".to_owned(),
            ("_QUD", "1002", _) => "0,1,1,1012,".to_owned(),
            _ => "45".to_owned(),
        };
        say(&mut stream, &format!("CF,{name},{id},{answer}"))?;
    }
}

fn frame(stream: &mut TcpStream) -> Result<Vec<u8>> {
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let mut payload = vec![0; usize::try_from(u32::from_le_bytes(length))?];
    stream.read_exact(&mut payload)?;
    Ok(payload)
}

struct Daemon(Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        // It is ours, and may have ended already.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn strowger(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_strowger"));
    command.current_dir(directory).args(arguments).stdin(Stdio::null()).stderr(Stdio::null()).env("TZ", "UTC");
    command.env_remove("STROWGER_CONFIG");
    command
}

/// The devices that ring along with a user's extension, each with who says so.
fn members(directory: &Path, user: &str) -> Result<Vec<(String, String)>> {
    let shown = String::from_utf8(strowger(directory, &["users", "show", user]).output()?.stdout)?;
    let dee = shown.lines().filter_map(|line| line.trim_start().strip_prefix("DEE "));
    dee.map(|line| {
        let (device, rest) = line.trim_start().split_once(' ').context("a device")?;
        Ok((device.to_owned(), rest.rsplit(", ").next().unwrap_or_default().to_owned()))
    })
    .collect()
}

fn wait_for_members(directory: &Path, user: &str, expected: &[(&str, &str)]) -> Result<()> {
    let expected: Vec<(String, String)> = expected.iter().map(|(device, by)| ((*device).to_owned(), (*by).to_owned())).collect();
    for _ in 0..PATIENCE {
        if members(directory, user)? == expected {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    bail!("{user}: {:?} instead of {expected:?}", members(directory, user)?)
}

fn people(with_ada: bool) -> String {
    let noor = "[[users]]\nname = \"Noor Haddad\"\nprimary = { extension = \"1001\" }\n";
    let ada = "[[users]]\nname = \"Ada Lind\"\nprimary = { extension = \"1002\" }\n";
    let dee = "[[dee]]\nmain = \"1001\"\nmembers = [\"1011\"]\n";
    format!("{noor}{}{dee}", if with_ada { ada } else { "" })
}

#[test]
fn the_question_follows_a_users_first_save_and_the_answer_is_kept() -> Result<()> {
    let site = tempfile::tempdir()?;
    let directory = site.path();
    let config = format!(
        "[site]\nname = \"hq\"\n[state]\ndirectory = \"state\"\n[people]\nfile = \"people.toml\"\n[http]\nlisten = \"off\"\n\
         [[pbx]]\nname = \"mitel\"\ndriver = \"oai\"\naddress = \"127.0.0.1:{}\"\n[pbx.oai.dee]\ndestination_query = \"_QUD,{{invoke}},{{main}}\"\n",
        pbx()?
    );
    fs::write(directory.join("strowger.toml"), config)?;
    fs::write(directory.join("people.toml"), people(false))?;
    let daemon = Daemon(strowger(directory, &["run"]).spawn()?);
    let noor = [("01715550009", "by the answer of mitel"), ("1011", "by the people file"), ("1011", "by the answer of mitel")];
    wait_for_members(directory, "noor haddad", &noor)?;

    // Another process saves a user; the daemon asks for her.
    fs::write(directory.join("people.toml"), people(true))?;
    ensure!(strowger(directory, &["users", "import", "people.toml"]).stdout(Stdio::null()).status()?.success());
    wait_for_members(directory, "ada lind", &[("1012", "by the answer of mitel")])?;

    // What the PBX said outlives the daemon.
    drop(daemon);
    wait_for_members(directory, "noor haddad", &noor)
}
