//! What is written is read as it was meant, for values of every request, answer, error and event, in every style.

use proptest::prelude::*;

use super::sample::{Entropy, Sample};
use super::{Edition, Encoding, ErrorCode, Event, InvokeId, Item, Limits, Message, Request, Response, Spelling, Style, XmlLimits};

fn style() -> impl Strategy<Value = Style> {
    let edition = prop::sample::select(vec![Edition::Ed6, Edition::None, Edition::Other("urn:example".into())]);
    let encoding = prop::sample::select(vec![Encoding::Utf8, Encoding::Latin1]);
    let spelling = prop::sample::select(vec![Spelling::Schema, Spelling::Corrected]);
    (edition, encoding, spelling, any::<[bool; 5]>()).prop_map(|(edition, encoding, spelling, [one, two, three, four, five])| Style {
        session_namespace: one,
        // A prefix that nothing declares would be none.
        prefix: if two && edition != Edition::None && one { "csta".into() } else { "".into() },
        edition,
        declaration: three || encoding == Encoding::Latin1,
        encoding,
        indent: four,
        spelling,
        device_before_call: five,
        masked: false,
        frame_bytes: usize::MAX,
    })
}

fn written_and_read(message: &Message, style: &Style) {
    let body = message.encode(style).unwrap();
    let text = || String::from_utf8_lossy(&body).into_owned();
    let read = Message::parse(&body, &XmlLimits::default()).unwrap_or_else(|error| panic!("{error}: {}", text()));
    assert!(read.message == *message, "{}\nread {:?}\nmeant {message:?}", text(), read.message);
    assert_eq!(read.unreadable, 0, "{}", text());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_message(seed in any::<u64>(), style in style()) {
        let mut entropy = Entropy::new(seed);
        let requests = Request::samples(&mut entropy).into_iter().map(Message::Request);
        let mut entropy = Entropy::new(seed);
        let responses = Response::samples(&mut entropy).into_iter().map(Message::Response);
        let mut entropy = Entropy::new(seed);
        let events = Event::samples(&mut entropy).into_iter().map(Message::Event);
        let error = Message::Error(ErrorCode::sample(&mut Entropy::new(seed)));
        for message in requests.chain(responses).chain(events).chain([error]) {
            written_and_read(&message, &style);
        }
    }

    #[test]
    fn frames_in_any_pieces(seed in any::<u64>(), cuts in prop::collection::vec(1..400_usize, 1..40)) {
        let mut entropy = Entropy::new(seed);
        let style = Style { frame_bytes: usize::MAX, ..Style::of(Edition::Ed6) };
        let events = Event::samples(&mut entropy);
        let frames: Vec<_> = events.iter().map(|event| Message::Event(event.clone()).frame(InvokeId::EVENT, &style).unwrap()).collect();
        let stream = frames.concat();
        let mut decoder = super::Decoder::new(Limits::default());
        let (mut rest, mut heard, mut cuts) = (&stream[..], Vec::new(), cuts.iter().cycle());
        while !rest.is_empty() {
            let (chunk, behind) = rest.split_at((*cuts.next().unwrap()).min(rest.len()));
            decoder.push(bytes::Bytes::copy_from_slice(chunk));
            rest = behind;
            while let Some(item) = decoder.next_item().unwrap() {
                let Item::Frame(frame) = item else { panic!("{item:?}") };
                heard.push(frame.parse(&XmlLimits::default()).unwrap().message);
            }
        }
        prop_assert_eq!(heard, events.into_iter().map(Message::Event).collect::<Vec<_>>());
        prop_assert_eq!(decoder.buffered(), 0);
    }
}
