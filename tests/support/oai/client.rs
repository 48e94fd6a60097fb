//! An independent client: says what the reference's working order says (§2.1), and holds each answer against its layout.

use std::collections::VecDeque;

use super::frame::{Reader, command, login};

/// The way to the server, in memory or through a socket.
pub(crate) trait Wire {
    fn send(&mut self, bytes: &[u8]);
    /// What came; nothing where nothing will come by itself.
    fn receive(&mut self) -> Vec<u8>;
}

/// A client and what it heard.
pub(crate) struct Client<W> {
    pub(crate) wire: W,
    reader: Reader,
    heard: VecDeque<Vec<String>>,
    /// Events that came and were not asked for yet, as their fields from the code on.
    pub(crate) events: Vec<Vec<String>>,
    /// Everything, as it came.
    pub(crate) transcript: Vec<String>,
    next_invoke: u16,
    expected: Option<u16>,
}

impl<W: Wire> Client<W> {
    /// Logs in: the login frame, nothing else.
    pub(crate) fn log_in(mut wire: W, password: &str) -> Self {
        wire.send(&login(password, "Independent"));
        Self {
            wire,
            reader: Reader::default(),
            heard: VecDeque::new(),
            events: Vec::new(),
            transcript: Vec::new(),
            next_invoke: 2,
            expected: None,
        }
    }

    /// The next line's fields from the code on; `None` where no more comes.
    pub(crate) fn next(&mut self) -> Option<Vec<String>> {
        while self.heard.is_empty() {
            let bytes = self.wire.receive();
            if bytes.is_empty() {
                return None;
            }
            for payload in self.reader.take(&bytes) {
                let text: String = payload.iter().map(|byte| char::from(*byte)).collect();
                for line in text.split(['\r', '\n']).map(|line| line.trim_end_matches(['\0', ' '])).filter(|line| !line.is_empty()) {
                    self.transcript.push(line.to_owned());
                    let mut fields = fields(line);
                    self.number(&fields[0], fields.get(1).map(String::as_str));
                    fields.remove(0);
                    self.heard.push_back(fields);
                }
            }
        }
        self.heard.pop_front()
    }

    /// Sequence numbers of three digits that miss none, `000` on RS.
    fn number(&mut self, text: &str, code: Option<&str>) {
        assert_eq!(text.len(), 3, "a sequence number has three digits: {text}");
        let number: u16 = text.parse().expect("digits");
        if code == Some("RS") {
            assert_eq!(number, 0, "RS begins the numbers");
        } else if let Some(expected) = self.expected {
            assert!(
                number == expected || (expected == 1000 && number <= 1),
                "{number} where {expected} is due: {:?}",
                self.transcript.last()
            );
        }
        self.expected = Some(number + 1);
    }

    /// A command's answer: the fields behind outcome 0. Events that come before it are kept.
    pub(crate) fn ask(&mut self, code: &str, arguments: &str) -> Vec<String> {
        let (outcome, fields) = self.ask_any(code, arguments);
        assert_eq!(outcome, "0", "{code},{arguments} is refused: {:?}", self.transcript.last());
        fields
    }

    /// The same, whatever the outcome.
    pub(crate) fn ask_any(&mut self, code: &str, arguments: &str) -> (String, Vec<String>) {
        let invoke = self.next_invoke.to_string();
        self.next_invoke += 1;
        let line = if arguments.is_empty() { format!("{code},{invoke}") } else { format!("{code},{invoke},{arguments}") };
        self.wire.send(&command(&line));
        loop {
            let Some(fields) = self.next() else { panic!("{line} is not answered; heard: {:#?}", self.transcript) };
            if fields[0] == "CF" && fields[1] == code && fields[2] == invoke {
                return (fields[3].clone(), fields[4..].to_vec());
            }
            assert_ne!(fields[0], "CF", "{line} is answered by {fields:?}");
            self.events.push(fields);
        }
    }

    /// Takes what comes without being asked for.
    pub(crate) fn listen(&mut self) {
        while let Some(fields) = self.next() {
            self.events.push(fields);
        }
    }

    /// Events of this code so far, which are forgotten.
    pub(crate) fn took(&mut self, code: &str) -> Vec<Vec<String>> {
        self.events.extract_if(.., |fields| fields[0] == code).collect()
    }

    /// What a start must bring first: RS with what it says of the system, then RD.
    pub(crate) fn started(&mut self) -> Vec<String> {
        let rs = self.next().expect("RS");
        assert_eq!(rs[..2], ["RS", "0"], "{rs:?}");
        assert_eq!(rs.len(), 11, "RS has fields up to the TCP/IP flag: {rs:?}");
        assert!(rs[2].len() == 5 && rs[2].as_bytes()[2] == b':', "time as HH:MM: {rs:?}");
        assert!(rs[3].len() == 6 && rs[3].bytes().all(|digit| digit.is_ascii_digit()), "date as MMDDYY: {rs:?}");
        assert!(rs[4].starts_with('V') && rs[5].starts_with('V'), "versions: {rs:?}");
        let rd = self.next().expect("RD");
        assert_eq!(rd, ["RD", "0", ""]);
        rs
    }

    /// The answer to a monitor start of types 0 to 10: cross references and extensions, then three masks.
    pub(crate) fn monitor(&mut self, arguments: &str) -> Vec<(String, String)> {
        let mut fields = self.ask("_MS", arguments);
        let masks = fields.split_off(fields.len() - 3);
        for (mask, class) in masks.iter().zip(["A:", "C:", "F:"]) {
            let hex = mask.strip_prefix(class).unwrap_or_else(|| panic!("masks of agent, call and feature: {masks:?}"));
            u32::from_str_radix(hex, 16).expect("hexadecimal");
        }
        pairs(&fields)
    }

    /// The same of type 11: cross references and nodes, then the mask of the system class.
    pub(crate) fn monitor_system(&mut self) -> Vec<(String, String)> {
        let mut fields = self.ask("_MS", ",11,S:FFFF");
        let mask = fields.pop().expect("a mask");
        u32::from_str_radix(mask.strip_prefix("S:").expect("the system's mask"), 16).expect("hexadecimal");
        let nodes = pairs(&fields);
        assert!(nodes.iter().all(|(_, node)| node.ends_with(':')), "{nodes:?}");
        nodes
    }

    /// A list, whole: the entries with a field for each bit of the mask that is granted.
    pub(crate) fn list(&mut self, list: u32, mask: u32, mode: &str) -> (u32, Vec<Vec<String>>) {
        let mut fields = self.ask("_QX", &format!(",{list},{mask:X},{mode}"));
        let mut entries = Vec::new();
        loop {
            assert_eq!(fields[0].parse::<u32>().expect("a list"), list);
            let granted = u32::from_str_radix(&fields[1], 16).expect("a mask");
            assert_eq!(granted & !mask, 0, "more than was asked for: {fields:?}");
            let (is_last, count) = (fields[2] == "1", fields[3].parse::<usize>().expect("a count"));
            let width = 1 + granted.count_ones() as usize;
            assert_eq!(fields.len() - 4, count * width, "{count} entries of {width} fields: {fields:?}");
            entries.extend(fields[4..].chunks(width).map(<[String]>::to_vec));
            if is_last {
                return (granted, entries);
            }
            let chunk = self.next().expect("more of the list");
            assert_eq!(chunk[..2], ["CF", "_QX"], "{chunk:?}");
            assert_eq!(chunk[3], "0");
            fields = chunk[4..].to_vec();
        }
    }

    /// A hunt group's agents: triples, then on V10 two fields more. Returns the triples and the group's type.
    pub(crate) fn group(&mut self, extension: &str) -> (Vec<[String; 3]>, Option<String>) {
        let fields = self.ask("_QH", extension);
        fields[0].parse::<usize>().expect("a count");
        let rest = &fields[1..];
        let (triples, tail) = rest.split_at(rest.len() / 3 * 3);
        assert!(matches!(tail.len(), 0 | 2), "triples and the V10 tail: {fields:?}");
        let triples = triples.as_chunks::<3>().0.to_vec();
        (triples, tail.get(1).cloned())
    }
}

fn pairs(fields: &[String]) -> Vec<(String, String)> {
    let count: usize = fields[0].parse().expect("a count");
    let (pairs, rest) = fields[1..].as_chunks::<2>();
    assert!(rest.is_empty() && pairs.len() == count, "{count} pairs: {fields:?}");
    pairs.iter().map(|[reference, extension]| (reference.clone(), extension.clone())).collect()
}

/// The fields of a line; commas between bars are part of the text.
pub(crate) fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut is_text = false;
    for letter in line.chars() {
        match letter {
            '|' => is_text = !is_text,
            ',' if !is_text => {
                fields.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = fields.last_mut() {
            last.push(letter);
        }
    }
    fields
}
