//! Hostile XML, wrong lengths, SOAP, silence: each is told by name and counted, the connection fares as documented (CSTA §1, §2), and
//! memory stays flat.

use std::fmt::Write as _;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::calls::Call;
use crate::following::{PEOPLE, SOON, listing, monitored, records};
use crate::pbx::{Pbx, frame};
use crate::server::Server;
use crate::support::clock::{now, wait_for};
use crate::support::daemon::{Daemon, Settings};
use crate::support::lane::Lane;
use crate::support::peer::{self, Peer};

/// Idle it takes less than 30 MiB; nothing that a peer sends may cost much more.
const MEMORY_MAX_MIB: u64 = 48;
/// However much garbage comes, the disk of the log is not what it fills.
const LOG_MAX: usize = 256 * 1024;

const EVENT: [u8; 4] = *b"9999";

fn up(name: &str, lane: &Lane, server: &Server) -> Result<Daemon> {
    let mut settings = Settings::csta(name, lane.http(), PEOPLE, server.port())?;
    settings.set("pbx.csta.timers.keep_alive_s", 2);
    settings.set("pbx.csta.timers.answer_s", 2);
    let mut daemon = settings.daemon()?;
    daemon.up()?;
    Ok(daemon)
}

/// So many were skipped.
fn counted(daemon: &Daemon, count: u32) -> Result<()> {
    let skipped = || Ok(daemon.metric("strowger_pbx_malformed_total")?.filter(|skipped| *skipped >= f64::from(count)).map(drop));
    wait_for("they are counted", SOON, skipped).with_context(|| format!("{:?}", daemon.metric("strowger_pbx_malformed_total")))
}

/// On the connection of that number each device has its monitor.
fn again(daemon: &mut Daemon, server: &Server, connection: usize) -> Result<()> {
    wait_for("another connection", SOON, || Ok((server.connections() >= connection).then_some(())))?;
    monitored(server, "201")?;
    monitored(server, "202")?;
    daemon.ready()
}

fn is_small(daemon: &Daemon) -> Result<()> {
    let (log, memory) = (daemon.log()?.len(), daemon.memory_peak_mib()?);
    ensure!(log < LOG_MAX, "{log} bytes of log");
    ensure!(memory <= MEMORY_MAX_MIB, "it took {memory} MiB");
    Ok(())
}

/// Bodies that are refused, each with the words by which it is told.
fn hostile() -> Vec<(Vec<u8>, &'static str)> {
    let mut laughs = "<!DOCTYPE a [<!ENTITY l0 \"ha\">".to_owned();
    for level in 1..10 {
        let _written = write!(laughs, "<!ENTITY l{level} \"{}\">", format!("&l{};", level - 1).repeat(10));
    }
    laughs.push_str("]><HeldEvent><monitorCrossRefID>&l9;</monitorCrossRefID></HeldEvent>");
    let outside = "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/hostname\">]><HeldEvent>&x;</HeldEvent>";
    let attributes: String = (0..100).fold(String::new(), |all, at| format!("{all} a{at}=\"1\""));
    let utf16: Vec<u8> = "<?xml version=\"1.0\" encoding=\"UTF-16\"?><HeldEvent/>".encode_utf16().flat_map(u16::to_be_bytes).collect();
    vec![
        (laughs.into_bytes(), "DTD"),
        (outside.as_bytes().to_vec(), "DTD"),
        (b"<HeldEvent>&l9;</HeldEvent>".to_vec(), "none of the five"),
        (format!("{}{}", "<a>".repeat(8000), "</a>".repeat(8000)).into_bytes(), "nested deeper"),
        (format!("<HeldEvent>{}</HeldEvent>", "<a/>".repeat(15_000)).into_bytes(), "more than 8192 elements"),
        (format!("<HeldEvent a=\"{}\"/>", "x".repeat(60_000)).into_bytes(), "attributes of an element are longer"),
        (format!("<HeldEvent{attributes}/>").into_bytes(), "more than 32 attributes"),
        (b"<?xml version=\"1.0\" encoding=\"KOI8-R\"?><HeldEvent/>".to_vec(), "KOI8-R"),
        (b"<?xml version=\"1.0\" encoding=\"UTF-8\"?><HeldEvent>M\xfcller</HeldEvent>".to_vec(), "is no UTF-8"),
        (utf16, "could not be read"),
        (b"\xff\xfe\xfd garbage".to_vec(), "could not be read"),
    ]
}

#[test]
fn hostile_xml_is_told_and_counted_and_the_connection_goes_on() -> Result<()> {
    let lane = Lane::take()?;
    let server = Server::listen(listing(&["201", "202"]), None)?;
    let mut daemon = up("csta-hostile", &lane, &server)?;
    let since = now();
    let bodies = hostile();
    let mut sent = 0;
    for (body, words) in &bodies {
        server.with(|pbx| pbx.raw(&frame(EVENT, body)));
        sent += 1;
        counted(&daemon, sent)?;
        // The log shows the first ten of a connection.
        if sent <= 10 {
            daemon.says(&["could not be read", words], SOON)?;
        }
    }
    // Many more: counted, and neither kept nor told.
    for _ in 0..40 {
        server.with(|pbx| bodies.iter().for_each(|(body, _)| pbx.raw(&frame(EVENT, body))));
        sent += u32::try_from(bodies.len())?;
    }
    counted(&daemon, sent)?;
    is_small(&daemon)?;
    ensure!(server.connections() == 1, "the connection goes on");
    server.with(|pbx| Call { number: "91", caller: "201", called: "202" }.happens(pbx));
    let records = records(&daemon, since, 1)?;
    ensure!(records[0].gaps.is_empty() && records[0].answered_at.is_some(), "{records:#?}");
    ensure!(daemon.stop()?.success());
    Ok(())
}

/// One frame with SOAP, or of a format that nobody knows, is skipped; three in a row end the connection.
#[test]
fn frames_with_soap_are_skipped_and_many_end_the_connection() -> Result<()> {
    let lane = Lane::take()?;
    let server = Server::listen(listing(&["201", "202"]), None)?;
    let mut daemon = up("csta-soap", &lane, &server)?;
    let since = now();
    let flagged = |indicator: [u8; 2]| {
        let mut bytes = frame(EVENT, b"<soap:Envelope/>");
        bytes[..2].copy_from_slice(&indicator);
        bytes
    };
    server.with(|pbx| {
        pbx.raw(&flagged([1, 0]));
        pbx.raw(&flagged([2, 0]));
        Call { number: "92", caller: "201", called: "202" }.happens(pbx);
    });
    daemon.says(&["SOAP envelope was skipped"], SOON)?;
    daemon.says(&["unknown format 0x0200"], SOON)?;
    counted(&daemon, 2)?;
    records(&daemon, since, 1)?;
    ensure!(server.connections() == 1, "the connection goes on");
    server.with(|pbx| (0..3).for_each(|_| pbx.raw(&flagged([1, 0]))));
    again(&mut daemon, &server, 2)?;
    counted(&daemon, 5)?;
    is_small(&daemon)?;
    ensure!(daemon.stop()?.success());
    Ok(())
}

/// A body that is longer or shorter than its header says: what follows is no header any more, so the connection is made anew.
#[test]
fn wrong_lengths_end_the_connection() -> Result<()> {
    let lane = Lane::take()?;
    let server = Server::listen(listing(&["201", "202"]), None)?;
    let mut daemon = up("csta-lengths", &lane, &server)?;
    let since = now();
    let off = |by: i16| {
        let mut bytes = frame(EVENT, b"<HeldEvent><monitorCrossRefID>70001</monitorCrossRefID></HeldEvent>");
        let length = u16::from_be_bytes([bytes[2], bytes[3]]).checked_add_signed(by).expect("it fits");
        bytes[2..4].copy_from_slice(&length.to_be_bytes());
        bytes
    };
    let cases = [
        (off(-1), "no well-formed XML"),
        (off(-12), "ends within"),
        (off(40), "more behind the root element"),
        (vec![0, 0, 0, 7, b'9', b'9', b'9', b'9'], "the stream is damaged"),
    ];
    for (at, (bytes, words)) in cases.iter().enumerate() {
        server.with(|pbx| {
            pbx.raw(bytes);
            pbx.raw(&frame(EVENT, b"<HeldEvent><monitorCrossRefID>70001</monitorCrossRefID></HeldEvent>"));
        });
        daemon.says(&[words], SOON)?;
        again(&mut daemon, &server, at + 2)?;
    }
    // One byte too many is not seen in the body: what was lost shows by the silence that follows.
    server.with(|pbx| {
        pbx.raw(&off(1));
        pbx.raw(&frame(EVENT, b"<HeldEvent><monitorCrossRefID>70001</monitorCrossRefID></HeldEvent>"));
    });
    again(&mut daemon, &server, cases.len() + 2)?;
    server.with(|pbx| Call { number: "93", caller: "201", called: "202" }.happens(pbx));
    records(&daemon, since, 1)?;
    is_small(&daemon)?;
    ensure!(daemon.stop()?.success());
    Ok(())
}

#[test]
fn a_server_that_answers_nothing() -> Result<()> {
    let lane = Lane::take()?;
    let server = Server::listen(Pbx { is_deaf: true, ..listing(&["201"]) }, None)?;
    let mut settings = Settings::csta("csta-deaf", lane.http(), PEOPLE, server.port())?;
    settings.set("pbx.csta.timers.answer_s", 1);
    settings.set("pbx.csta.extensions", vec!["201"]);
    let mut daemon = settings.daemon()?;
    daemon.start()?;
    daemon.says(&["answers nothing"], SOON)?;
    wait_for("another connection", SOON, || Ok((server.connections() >= 2).then_some(())))?;
    ensure!(daemon.get("/health/ready")?.status == 503 && daemon.get("/health/live")?.status == 200);
    is_small(&daemon)?;
    ensure!(daemon.stop()?.success());
    Ok(())
}

/// Peers that speak something else, or nothing that can be read.
#[test]
fn peers_that_speak_something_else() -> Result<()> {
    type Speaking = fn(&mut std::net::TcpStream) -> u64;
    let cases: [(&str, Speaking, &[&str]); 3] = [
        ("csta-http", peer::http, &["no CSTA"]),
        ("csta-asterisk", peer::endless_line, &["no CSTA"]),
        ("csta-garbage", peer::garbage, &["no CSTA"]),
    ];
    for (name, wrong, words) in cases {
        let lane = Lane::take()?;
        let peer = Peer::listen(lane.other(), wrong)?;
        let mut daemon = Settings::csta(name, lane.http(), PEOPLE, lane.other())?.daemon()?;
        daemon.start()?;
        daemon.says(words, SOON)?;
        daemon.says(&["retry_s"], SOON)?;
        wait_for("it is alive", Duration::from_secs(15), || {
            Ok(daemon.get("/health/live").is_ok_and(|answer| answer.status == 200).then_some(()))
        })?;
        ensure!(daemon.get("/health/ready")?.status == 503 && peer.connections() >= 1);
        is_small(&daemon)?;
        ensure!(daemon.stop()?.success());
    }
    Ok(())
}
