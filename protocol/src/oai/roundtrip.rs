//! What is written is read as it was meant, for values of every event, confirmation and command.

use bytes::Bytes;
use proptest::prelude::*;

use super::sample::{ANSWERS, Entropy, Sample};
use super::{
    Command, CommandBody, Confirmation, ConfirmationBody, Decoder, Event, EventBody, Field, Item, Limits, Line, LineEnd, Message, Style,
    frame,
};

fn entropy() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![3 => any::<u8>(), 2 => b' '..b'{'];
    prop::collection::vec(byte, 0..600)
}

fn style() -> impl Strategy<Value = Style> {
    let line_end = prop::sample::select(vec![LineEnd::None, LineEnd::Cr, LineEnd::Lf, LineEnd::CrLf]);
    (line_end, 0..10_u8, 0..6_u8, 0..10_u8, 0..4_u8).prop_map(|(line_end, monitor_digits, count_digits, mask_digits, cause_digits)| Style {
        line_end,
        monitor_digits,
        count_digits,
        mask_digits,
        cause_digits,
        long_queued: false,
    })
}

/// The only line of a frame of these bytes.
fn line(mut decoder: Decoder, frame: Bytes) -> Line {
    decoder.push(frame);
    match (decoder.next_item(), decoder.next_item()) {
        (Ok(Some(Item::Line(line))), Ok(None)) => line,
        other => panic!("{other:?}"),
    }
}

fn message(written: &Bytes) -> Message {
    line(Decoder::new(Limits::default()), frame([&written[..]])).parse().unwrap()
}

fn command(command: &Command) -> Command {
    let line = line(Decoder::for_client(Limits::default()), command.encode().unwrap());
    Command::parse(&line.text()).unwrap()
}

/// True if fields behind those that are known can be told from them.
fn ends_where_it_is_known(body: &EventBody) -> bool {
    !matches!(
        body,
        EventBody::Queued(_)
            | EventBody::DatabaseChange(_)
            | EventBody::SmdrRecord(_)
            | EventBody::FeatureStatus(_)
            | EventBody::Unknown(_)
    )
}

proptest! {
    #[test]
    fn events(bytes in entropy(), style in style()) {
        for place in 0..=EventBody::CODES.len() {
            let mut entropy = Entropy::new(&bytes);
            let mut event = Event::sample(place, &mut entropy);
            prop_assert_eq!(message(&event.encode(&style)), Message::Event(event.clone()));
            if ends_where_it_is_known(&event.body) {
                event.extra = vec![Field::sample(&mut entropy), Field::Text("new".into())];
                prop_assert_eq!(message(&event.encode(&style)), Message::Event(event));
            }
        }
    }

    #[test]
    fn confirmations(bytes in entropy(), style in style()) {
        for code in ANSWERS {
            let mut entropy = Entropy::new(&bytes);
            let outcome = Sample::sample(&mut entropy);
            let (sequence, invoke) = (super::Sequence(Sample::sample(&mut entropy)), Sample::sample(&mut entropy));
            let body = ConfirmationBody::sample(code, &mut entropy);
            let confirmation = Confirmation::new(sequence, (*code).into(), invoke, outcome).with(body);
            prop_assert_eq!(message(&confirmation.encode(&style)), Message::Confirmation(confirmation));
        }
    }

    #[test]
    fn commands(bytes in entropy(), invoke in 1..=u16::MAX) {
        for place in 0..=CommandBody::CODES.len() {
            let body = CommandBody::sample(place, &mut Entropy::new(&bytes));
            let invoke = if body.code().starts_with('_') { invoke } else { 0 };
            let sent = Command::new(invoke, body);
            prop_assert_eq!(command(&sent), sent);
        }
    }
}
