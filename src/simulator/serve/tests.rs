//! The simulation at a real port: a short call, a link that is cut, a client that does not read.

use std::path::Path;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::*;
use crate::daemon::clock::SystemClock;
use crate::simulator::exchange::Exchange;
use crate::simulator::oai::{Profile, Server};
use crate::simulator::scenario::Scenario;
use crate::simulator::{Player, Start, Traffic, truth};

const PATIENCE: Duration = Duration::from_secs(20);

fn simulation(steps: &str, profile: Profile) -> Simulation<Server> {
    let text = format!("title = \"A test\"\nsteps = '''\n{steps}'''\n");
    let scenario = Scenario::parse(&text, Path::new("")).expect("sound");
    let settings = truth::Settings { people: scenario.people, ..truth::Settings::default() };
    let exchange = Exchange::new(scenario.site, settings).expect("of one piece");
    let traffic = Traffic::Scenario(Player::new(scenario.steps));
    Simulation::new(exchange, Server::new(profile), traffic, Start::Watched(Duration::from_millis(50)))
}

/// A frame of System OAI.
fn frame(payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("short");
    [&length.to_le_bytes(), payload].concat()
}

/// Logs in and starts monitors on all stations.
async fn client(address: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    stream.write_all(&frame(b"\x87\0Test\0")).await.expect("written");
    stream.write_all(&frame(b"_MS,2,,3,A:FFFF,C:FFFF,F:FFFF\r")).await.expect("written");
    stream
}

async fn everything(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut bytes)).await.expect("in time").ok();
    String::from_utf8_lossy(&bytes).into_owned()
}

struct Seen {
    records: usize,
    closed: Vec<String>,
}

async fn served(mut simulation: Simulation<Server>, listener: TcpListener) -> Seen {
    let (clock, stop) = (SystemClock::start(), CancellationToken::new());
    let mut seen = Seen { records: 0, closed: Vec::new() };
    let serving = serve(
        listener,
        &mut simulation,
        || clock.now(),
        Duration::from_millis(100),
        &stop,
        |sight| {
            match sight {
                Sight::Ended(_) => seen.records += 1,
                Sight::Went(_, Some(why)) => seen.closed.push(why),
                Sight::Notice(Notice::Refused { sentence, why, .. }) => panic!("{sentence}: {why}"),
                Sight::Came(..) | Sight::Went(_, None) | Sight::Notice(_) => {}
            }
            Ok(())
        },
    );
    timeout(PATIENCE, serving).await.expect("it ends by itself").expect("nothing fails");
    seen
}

#[tokio::test]
async fn a_call_is_told_to_every_client_and_then_it_ends() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let steps = "at 0s 1011 dials 1012\nafter 30ms 1012 answers\nafter 30ms 1011 hangs up\n";
    let clients = async {
        let (one, other) = (client(address).await, client(address).await);
        tokio::join!(everything(one), everything(other))
    };
    let (seen, (one, other)) = tokio::join!(served(simulation(steps, Profile::default()), listener), clients);
    assert_eq!((seen.records, seen.closed), (1, Vec::new()));
    for text in [one, other] {
        assert!(text.contains("000,RS,0,") && text.contains(",CF,_MS,2,0,"), "{text}");
        for event in [",OR,", ",DE,", ",ES,", ",XC,"] {
            assert!(text.contains(event), "{event} in {text}");
        }
    }
}

#[tokio::test]
async fn a_cut_link_lets_nobody_in_for_a_while() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let steps = "at 0s link is cut for 300ms\nafter 700ms 1011 dials 1012\nafter 30ms 1011 hangs up\n";
    let clients = async {
        let cut = everything(client(address).await).await;
        let refused = TcpStream::connect(address).await;
        tokio::time::sleep(Duration::from_millis(400)).await;
        (cut, refused, everything(client(address).await).await)
    };
    let (seen, (cut, refused, again)) = tokio::join!(served(simulation(steps, Profile::default()), listener), clients);
    assert_eq!((seen.records, seen.closed), (1, vec!["cut on purpose".to_owned()]));
    assert!(cut.contains("_MS") && refused.is_err(), "{cut} {refused:?}");
    assert!(again.contains(",DE,"), "{again}");
}

#[tokio::test]
async fn a_client_that_does_not_read_is_cut_off_and_others_are_served() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let steps = "at 4s 1011 dials 1012\nafter 30ms 1011 hangs up\n";
    let profile = Profile { output_limit: 64 * 1024, ..Profile::default() };
    let clients = async {
        // It asks much and reads nothing: long answers fill the buffers between, then the one within.
        let mut deaf = TcpStream::connect(address).await.expect("it listens");
        deaf.write_all(&frame(b"\x87\0Deaf\0")).await.expect("written");
        let question = frame(b"_QX,7,,1,7FF,1,1\r").repeat(100);
        while timeout(Duration::from_millis(1500), deaf.write_all(&question)).await.is_ok_and(|written| written.is_ok()) {}
        everything(client(address).await).await
    };
    let (seen, text) = tokio::join!(served(simulation(steps, profile), listener), clients);
    assert_eq!(seen.records, 1);
    assert!(seen.closed.iter().any(|why| why.contains("does not read")), "{:?}", seen.closed);
    assert!(text.contains(",DE,"), "{text}");
}
