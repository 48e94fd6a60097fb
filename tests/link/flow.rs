//! What goes over one connection, and how it ends.

use std::time::Duration;

use strowger::pbx::capture::{Entry, Reader, Target, Writer};
use strowger::pbx::link::{Delivery, ProbeFailure, probe};
use strowger::pbx::session::{Notice, Status};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::time::{sleep, timeout};

use crate::support::{Chatty, PATIENCE, Running, Told, clock, ms, pbx, settings, start};

#[tokio::test]
async fn a_connection_from_greeting_to_loss_and_what_the_capture_says_of_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("hq.jsonl");
    let address = pbx(async |mut stream, number| {
        if number > 0 {
            return sleep(PATIENCE).await;
        }
        stream.write_all(b"welcome\r\n").await.unwrap();
        let mut login = vec![0; 13];
        stream.read_exact(&mut login).await.unwrap();
        assert_eq!(login, b"login secret\n");
        stream.write_all(b"ready\r\n").await.unwrap();
        sleep(ms(1000)).await;
    })
    .await;
    let capture = Writer::create(Target::One(path.clone())).unwrap();
    let mut link = start(settings(address), Chatty::default(), Some(capture));

    link.find("the connection", |delivery| (delivery == Delivery::Connected { address }).then_some(())).await;
    link.status(Status::LoggingIn).await;
    link.status(Status::InStep).await;
    link.status(Status::Down).await;
    let (reason, retry_in) = link.disconnected().await;
    assert_eq!(reason, "the PBX closed the connection");
    assert!(retry_in <= ms(13), "{retry_in:?}");
    link.find("the next connection", |delivery| matches!(delivery, Delivery::Connected { .. }).then_some(())).await;

    let told = link.told();
    let (Told::Connected(connected), Told::Closed(closed)) = (&told[0], &told[1]) else { panic!("{told:?}") };
    let lasted = closed.monotonic.saturating_sub(connected.monotonic);
    let alive = Duration::from_micros(closed.wall.as_micros().abs_diff(connected.wall.as_micros()));
    assert!(lasted >= ms(1000), "the loss is noticed when it comes: {lasted:?}");
    assert!(alive + ms(400) < lasted, "the last sign of life was long before: {alive:?}");

    link.stop().await;
    let entries: Vec<_> = Reader::open(&path).unwrap().map(|entry| entry.unwrap().1).collect();
    let text = |entries: &[Entry]| {
        let bytes = entries.iter().filter_map(|entry| if let Entry::In(bytes) = entry { Some(bytes.clone()) } else { None });
        String::from_utf8(bytes.flatten().collect()).unwrap()
    };
    assert_eq!(entries[0], Entry::Open(address.to_string()));
    assert!(entries.contains(&Entry::Out("login ****\n".into())), "the secret is blanked: {entries:?}");
    assert!(!format!("{entries:?}").contains("secret"));
    assert_eq!(text(&entries), "welcome\r\nready\r\n");
    assert!(entries.contains(&Entry::Close("by peer".into())));
    assert_eq!(entries[entries.len() - 2..], [Entry::Out("bye\n".into()), Entry::Close("by client".into())]);
}

async fn logged_in(link: &mut Running) {
    link.status(Status::LoggingIn).await;
}

#[tokio::test]
async fn stopping_says_goodbye_and_waits_for_the_answer_but_not_for_ever() {
    // A PBX that answers: over as soon as it has closed.
    let address = pbx(async |stream, _| {
        let mut lines = BufReader::new(stream).lines();
        while let Some(line) = lines.next_line().await.unwrap() {
            if line == "bye" {
                lines.get_mut().write_all(b"thanks for all\n").await.unwrap();
                return;
            }
        }
        panic!("no good-bye");
    })
    .await;
    let mut patient = settings(address);
    patient.stop_timeout = PATIENCE;
    let mut link = start(patient, Chatty::default(), None);
    logged_in(&mut link).await;
    link.shutdown.cancel();
    timeout(PATIENCE / 2, &mut link.task).await.expect("well before the limit").unwrap().unwrap();
    link.find("the answer", |delivery| (delivery == Delivery::Notice(Notice::Info("15".into()))).then_some(())).await;
    assert!(matches!(link.told()[..], [Told::Connected(_), Told::Stop, Told::Closed(_)]), "{:?}", link.told());

    // One that does not.
    let address = pbx(async |_stream, _| sleep(PATIENCE).await).await;
    let mut link = start(settings(address), Chatty::default(), None);
    logged_in(&mut link).await;
    link.shutdown.cancel();
    timeout(PATIENCE / 2, &mut link.task).await.expect("after stop_timeout").unwrap().unwrap();

    // A session without a good-bye.
    let address = pbx(async |mut stream, _| {
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.unwrap();
        assert_eq!(rest, b"login secret\n");
    })
    .await;
    let mut patient = settings(address);
    patient.stop_timeout = PATIENCE;
    let mut link = start(patient, Chatty { has_no_goodbye: true, ..Chatty::default() }, None);
    logged_in(&mut link).await;
    sleep(ms(50)).await;
    link.shutdown.cancel();
    timeout(PATIENCE / 2, &mut link.task).await.expect("at once").unwrap().unwrap();
}

#[tokio::test]
async fn a_silent_connection_is_given_up() {
    let address = pbx(async |_stream, _| sleep(PATIENCE).await).await;
    let mut quick = settings(address);
    quick.idle_timeout = ms(200);
    let mut link = start(quick, Chatty::default(), None);
    assert_eq!(link.disconnected().await.0, "nothing came from the PBX for 200ms");
    link.stop().await;

    let mut link = start(settings(address), Chatty { dead_after: Some(ms(150)), ..Chatty::default() }, None);
    assert_eq!(link.disconnected().await.0, "no sign of life");
    link.stop().await;
}

#[tokio::test]
async fn timers_fire_with_and_without_a_connection() {
    let address = pbx(async |stream, number| {
        if number > 0 {
            sleep(PATIENCE).await;
        }
        drop(stream);
    })
    .await;
    let mut slow = settings(address);
    slow.quick = strowger::pbx::backoff::Steps::new(ms(500), ms(500), 0.0).unwrap();
    let mut link = start(slow, Chatty { tick: Some(ms(50)), ..Chatty::default() }, None);
    link.disconnected().await;
    link.status(Status::LoggingIn).await;
    sleep(ms(300)).await;
    let told = link.told();
    let again = told.iter().rposition(|told| matches!(told, Told::Connected(_))).unwrap();
    let ticks = |told: &[Told]| told.iter().filter(|told| matches!(told, Told::Timeout(_))).count();
    assert!(ticks(&told[..again]) >= 4, "while waiting: {told:?}");
    assert!(ticks(&told[again..]) >= 2, "while connected: {told:?}");
    assert!(ticks(&told) < 30, "not in a frenzy: {told:?}");
    link.stop().await;
}

#[tokio::test]
async fn a_pbx_that_takes_nothing_is_given_up() {
    let address = pbx(async |_stream, _| sleep(PATIENCE).await).await;
    let mut small = settings(address);
    small.write_bytes_max = 1000;
    let mut link = start(small, Chatty { greets_with: Some(vec![b'x'; 1001].into()), ..Chatty::default() }, None);
    assert_eq!(link.disconnected().await.0, "more than 1000 bytes wait for the PBX to take them");
    link.stop().await;

    let mut stalled = settings(address);
    stalled.write_bytes_max = 64 * 1024 * 1024;
    stalled.write_timeout = ms(300);
    let mut link = start(stalled, Chatty { greets_with: Some(vec![b'x'; 32 * 1024 * 1024].into()), ..Chatty::default() }, None);
    assert_eq!(link.disconnected().await.0, "the PBX took nothing of what was sent for 300ms");
    link.stop().await;
}

#[tokio::test]
async fn a_probe_tells_how_far_it_came() {
    let clock = clock();
    let address = pbx(async |mut stream, _| {
        stream.write_all(b"ready\n").await.unwrap();
        sleep(PATIENCE).await;
    })
    .await;
    let report = probe(&settings(address), &mut Chatty::default(), &clock, PATIENCE).await;
    assert!(report.failure.is_none(), "{report:?}");
    assert_eq!((report.status, report.address), (Status::InStep, Some(address)));
    assert_eq!(report.remarks, [Notice::Info("6".into())]);

    let address = pbx(async |_stream, _| sleep(PATIENCE).await).await;
    let report = probe(&settings(address), &mut Chatty::default(), &clock, ms(200)).await;
    assert_eq!(report.failure.unwrap().to_string(), "the session was not in step within 200ms");
    assert_eq!(report.status, Status::LoggingIn);

    let address = pbx(async |mut stream, _| {
        stream.write_all(b"refuse\n").await.unwrap();
        sleep(PATIENCE).await;
    })
    .await;
    let report = probe(&settings(address), &mut Chatty::default(), &clock, PATIENCE).await;
    let Some(ProbeFailure::Lost(loss)) = report.failure else { panic!("{report:?}") };
    assert!(loss.is_configuration());
    assert_eq!(loss.to_string(), "the PBX refuses user \"connector\"");
}
