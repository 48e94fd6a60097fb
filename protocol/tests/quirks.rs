//! Every quirk is tolerated, and counted when it strikes.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use bytes::Bytes;
use strowger_protocol::ami::{Decoder, Item, Limits};
use strowger_protocol::quirk::Quirk;

#[test]
fn each_quirk_is_counted_when_it_strikes() {
    for quirk in Quirk::ALL {
        let stream: &[u8] = match quirk {
            Quirk::AmiEmptyMessage => b"Asterisk Call Manager/11.0.0\r\nEvent: A\r\n\r\n\r\nEvent: B\r\n\r\n",
            Quirk::AmiBareLf => b"Asterisk Call Manager/11.0.0\r\nResponse: Error\r\nMessage: No Contacts found\n\r\n\r\n",
            Quirk::AmiNoSpaceAfterColon => b"Asterisk Call Manager/11.0.0\r\nEvent:A\r\n\r\n",
            Quirk::AmiLfOnly => b"Asterisk Call Manager/11.0.0\nEvent: A\n\n",
            Quirk::AmiShortVersion => b"Asterisk Call Manager/1.1\r\nEvent: A\r\n\r\n",
            Quirk::AmiRawCommandOutput => b"Asterisk Call Manager/2.10.4\r\nResponse: Follows\r\nline\n--END COMMAND--\r\n\r\n",
        };
        let mut decoder = Decoder::new(Limits::default());
        decoder.push(Bytes::from_static(stream));
        while let Some(item) = decoder.next_item().unwrap() {
            assert!(!matches!(item, Item::Skipped(_)), "{}: {item:?}", quirk.name());
        }
        assert_eq!(decoder.counters().quirks().collect::<Vec<_>>(), [(quirk, 1)], "{}", quirk.name());
        assert!(decoder.counters().messages >= 1, "{}", quirk.name());
    }
}

#[test]
fn what_is_by_the_book_is_no_quirk() {
    let mut decoder = Decoder::new(Limits::default());
    decoder.push(Bytes::from_static(b"Asterisk Call Manager/11.0.0\r\nEvent: A\r\nEmpty: \r\nBare:\r\nRaw: \xff\r\n\r\n"));
    while decoder.next_item().unwrap().is_some() {}
    assert_eq!(decoder.counters().quirks().count(), 0);
}
