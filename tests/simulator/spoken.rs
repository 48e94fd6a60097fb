//! The protocols in which exchange and session talk on the stage, and in which form records are held against the truth.

use bytes::Bytes;
use strowger::pbx::{csta, oai, session};
use strowger::record::CallRecord;
use strowger::simulator::{Face, csta as spoken_csta, oai as spoken_oai};
use strowger::telephony::{LeftBy, SegmentOutcome};
use strowger_protocol::csta::{Decoder, Item, Limits};

use crate::support::oai::frame::Reader;

/// A protocol, and what was read of it on the way.
pub(crate) trait Spoken: Default {
    /// The exchange's side.
    type Server: Face;
    /// The program's side.
    type Session: session::Session;
    type Settings: Clone;

    fn session(settings: &Self::Settings) -> Self::Session;

    /// What bytes from the exchange say, in lines, each with the numbers of the calls that it speaks of.
    fn lines(&mut self, bytes: &Bytes) -> Vec<(Vec<String>, String)>;

    /// A call, or a record of it, as far as the protocol can tell.
    fn comparable(call: CallRecord) -> CallRecord;

    /// The same where a gap may have hidden its first number: with all numbers that it had.
    fn numbered(call: CallRecord) -> CallRecord {
        Self::comparable(call)
    }

    /// Whether that tells what happens, and so that nothing was lost before it.
    fn is_event(_line: &str) -> bool {
        false
    }
}

/// Mitel System OAI.
#[derive(Default)]
pub(crate) struct Oai(Reader);

impl Spoken for Oai {
    type Server = spoken_oai::Server;
    type Session = oai::Session;
    type Settings = oai::Settings;

    fn session(settings: &Self::Settings) -> Self::Session {
        oai::Session::new(settings.clone())
    }

    fn lines(&mut self, bytes: &Bytes) -> Vec<(Vec<String>, String)> {
        let mut lines = Vec::new();
        for payload in self.0.take(bytes) {
            let text: String = payload.iter().map(|byte| char::from(*byte)).collect();
            for line in text.split(['\r', '\n']).map(|line| line.trim_end_matches('\0')).filter(|line| !line.is_empty()) {
                let fields: Vec<&str> = line.split(',').collect();
                let places: &[usize] = match fields.get(1).copied() {
                    Some("CO") => &[5, 6, 10],
                    Some("TR") => &[4, 7],
                    Some("SI" | "OR" | "DE" | "ES" | "ER" | "HE" | "RE" | "QU" | "DI" | "XC" | "CC" | "FA" | "NT") => &[4],
                    _ => &[],
                };
                let numbers = places.iter().filter_map(|place| fields.get(*place)).filter(|number| !number.is_empty());
                lines.push((numbers.map(|number| (*number).to_owned()).collect(), line.to_owned()));
            }
        }
        lines
    }

    fn comparable(call: CallRecord) -> CallRecord {
        call
    }
}

/// CSTA phase III in XML.
pub(crate) struct Csta(Decoder);

impl Default for Csta {
    fn default() -> Self {
        Self(Decoder::new(Limits::default()))
    }
}

impl Spoken for Csta {
    type Server = spoken_csta::Server;
    type Session = csta::Session;
    type Settings = csta::Settings;

    fn session(settings: &Self::Settings) -> Self::Session {
        csta::Session::new(settings.clone())
    }

    fn lines(&mut self, bytes: &Bytes) -> Vec<(Vec<String>, String)> {
        self.0.push(bytes.clone());
        let mut lines = Vec::new();
        while let Ok(Some(item)) = self.0.next_item() {
            let Item::Frame(frame) = item else { continue };
            let text: String = frame.body.iter().map(|byte| char::from(*byte)).collect();
            let found = text.split("callID>").skip(1).step_by(2).filter_map(|behind| behind.split('<').next());
            let mut numbers: Vec<String> = found.map(plain_number).collect();
            numbers.sort();
            numbers.dedup();
            lines.push((numbers, text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")));
        }
        lines
    }

    /// Parts of a conference have one number in CSTA, and calls may be joined under either: which numbers there were is not compared.
    /// The standard has no word for the cause that another device answered.
    fn comparable(mut call: CallRecord) -> CallRecord {
        call = Self::numbered(call);
        call.switch_calls.truncate(1);
        call
    }

    fn numbered(mut call: CallRecord) -> CallRecord {
        for number in &mut call.switch_calls {
            *number = plain_number(number);
        }
        for segment in &mut call.segments {
            if segment.outcome == SegmentOutcome::AnsweredElsewhere && segment.left_by == LeftBy::AnsweredElsewhere {
                "answeredElsewhere".clone_into(&mut segment.cause);
            }
        }
        call
    }

    fn is_event(line: &str) -> bool {
        line.contains("<monitorCrossRefID>") && line.contains("Event>")
    }
}

/// A call's number as the exchange has it: long ones are its characters in hexadecimal digits.
pub(crate) fn plain_number(number: &str) -> String {
    if number.len() != 32 {
        return number.to_owned();
    }
    let digits = number.trim_start_matches('0').as_bytes();
    let octet = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let octets: Option<Vec<u8>> = digits.chunks(2).map(octet).collect();
    octets.and_then(|octets| String::from_utf8(octets).ok()).unwrap_or_else(|| number.to_owned())
}
