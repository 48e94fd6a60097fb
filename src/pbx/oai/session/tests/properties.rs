//! Any cut of what arrives gives the same; garbage neither breaks nor bloats.

use bytes::Bytes;
use proptest::prelude::*;
use strowger_protocol::oai::frame;

use super::dialogue::Dialogue;
use super::pbx;
use crate::pbx::oai::session::Session;
use crate::pbx::oai::settings::Settings;
use crate::pbx::session::{Output, Session as _};

/// What a PBX says to a passive listener, each line in its frame.
const LINES: &[&str] = &[
    "000,RS,0,02:04,070515,V10.20,V6,3,1,0,3,1",
    "001,RD,0,",
    "002,CF,_MS,2,0,2,000001,1000,000002,1001,A:00FC,C:FFFE,F:1FFF",
    "003,CF,_QX,5,0,1,109,1,2,1000,|Ann|,0,0,1001,|Bob|,0,0",
    "004,CF,_QH,9,0,1,2101,1000,1,0,2",
    "005,OR,,000001,507,1000,,I,1001,,C,22",
    "006,DE,,000002,507,1001,,I,1000,,,,,I,1001,,,A,22,",
    "006,DE,,000002,507,1001,,I,1000,,,,,I,1001,,,A,22,",
    "008,ES,,000001,507,1001,,I,1000,,,I,1001,,C,35",
    "009,CF,_RR,7,0,",
    "010,ES,7,000001,507,1001,,I,1000,,,I,1001,,C,35",
    "011,RD,7,",
    "012,LS,,2,0,3",
    "013,XC,,000001,507,1000,1000,N,36",
    "014,nonsense|,,",
];

fn stream() -> Vec<u8> {
    LINES.iter().flat_map(|line| frame([format!("{line}\r\n").as_bytes()])).collect()
}

fn heard<'a>(mut session: Session, pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<Output> {
    let now = Dialogue::new(Session::passive(Settings::default()), pbx::small).now();
    session.connected(now);
    let mut outputs = Vec::new();
    for piece in pieces {
        session.received(Bytes::copy_from_slice(piece), now);
        outputs.extend(std::iter::from_fn(|| session.poll_output()));
    }
    session.closed(now);
    outputs.extend(std::iter::from_fn(|| session.poll_output()));
    outputs
}

fn in_pieces(bytes: &[u8], mut cuts: Vec<usize>) -> Vec<&[u8]> {
    cuts.extend([0, bytes.len()]);
    cuts.sort_unstable();
    cuts.windows(2).map(|cut| &bytes[cut[0]..cut[1]]).collect()
}

/// A line that may be anything, with numbers that fit or do not.
fn line() -> impl Strategy<Value = String> {
    let code = prop::sample::select(vec![
        "RS", "RD", "ES", "DE", "OR", "XC", "LS", "CS", "ME", "EC", "DC", "LN", "LF", "PE", "CF,_QX", "CF,_MS", "CF,_RR", "CF,_QH",
        "CF,_NO", "CF,_XE",
    ]);
    let field = prop::sample::select(vec![
        "", "0", "1", "2", "3", "7", "18", "1000", "2:1000", "2:", "000001", "|x|", "A:FF", "I", "C", "22", "36",
    ]);
    (0_u16..30, code, prop::collection::vec(field, 0..16))
        .prop_map(|(number, code, fields)| format!("{number:03},{code},{}", fields.join(",")))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_cut_gives_the_same(cuts in prop::collection::vec(0..stream().len(), 0..40), is_passive in any::<bool>()) {
        let session = || if is_passive { Session::passive(Settings::default()) } else { Session::new(Settings::default()) };
        let bytes = stream();
        prop_assert_eq!(heard(session(), in_pieces(&bytes, cuts)), heard(session(), [&bytes[..]]));
    }

    #[test]
    fn any_lines_at_any_time_neither_break_nor_bloat_it(
        steps in prop::collection::vec((line(), 0_u64..400, any::<bool>()), 1..200),
        is_passive in any::<bool>(),
    ) {
        let session = if is_passive { Session::passive(Settings::default()) } else { Session::new(Settings::default()) };
        let mut dialogue = Dialogue::new(session, pbx::gateway);
        dialogue.open(!is_passive);
        for (line, seconds, is_long) in steps {
            dialogue.hear(&line);
            if is_long {
                dialogue.wait(std::time::Duration::from_secs(seconds));
            }
            dialogue.reopen_if_given_up();
        }
        let session = &dialogue.session;
        prop_assert!(session.said.len() <= 256 && session.prelude.len() <= 256);
        prop_assert!(session.decoder.buffered() < 64);
        let now = dialogue.now();
        dialogue.session.closed(now);
        dialogue.drain();
        prop_assert!(dialogue.session.poll_output().is_none());
    }

    #[test]
    fn any_bytes_are_taken_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..400), cut in 0_usize..400) {
        let cut = cut.min(bytes.len());
        heard(Session::new(Settings::default()), [&bytes[..cut], &bytes[cut..]]);
        heard(Session::passive(Settings::default()), [&bytes[..cut], &bytes[cut..]]);
    }
}
