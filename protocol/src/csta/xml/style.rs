//! How messages are written: what products differ in.

use smol_str::SmolStr;

/// The namespace of ECMA-354, application sessions.
pub const SESSION_NAMESPACE: &str = "http://www.ecma-international.org/standards/ecma-354/appl_session";

/// Which edition of ECMA-323 a message is written in: a namespace, which is a protocol version too.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub enum Edition {
    /// Second edition, with the host name of that time.
    Ed2,
    /// Third edition.
    Ed3,
    /// Fourth edition.
    #[default]
    Ed4,
    /// Fifth edition.
    Ed5,
    /// Sixth edition.
    Ed6,
    /// No namespace.
    None,
    /// Another namespace, as some products spell it.
    Other(SmolStr),
}

impl Edition {
    /// Of a namespace; `None` stands for none.
    pub fn of(namespace: Option<&str>) -> Self {
        match namespace {
            None | Some("") => Self::None,
            Some(namespace) => [Self::Ed2, Self::Ed3, Self::Ed4, Self::Ed5, Self::Ed6]
                .into_iter()
                .find(|edition| edition.namespace() == namespace)
                .unwrap_or_else(|| Self::Other(SmolStr::new(namespace))),
        }
    }

    /// The namespace; empty for none.
    pub fn namespace(&self) -> &str {
        match self {
            Self::Ed2 => "http://www.ecma.ch/standards/ecma-323/csta/ed2",
            Self::Ed3 => "http://www.ecma-international.org/standards/ecma-323/csta/ed3",
            Self::Ed4 => "http://www.ecma-international.org/standards/ecma-323/csta/ed4",
            Self::Ed5 => "http://www.ecma-international.org/standards/ecma-323/csta/ed5",
            Self::Ed6 => "http://www.ecma-international.org/standards/ecma-323/csta/ed6",
            Self::None => "",
            Self::Other(namespace) => namespace,
        }
    }

    /// Which elements it has: those of so many editions. The newest where the namespace does not tell.
    pub fn number(&self) -> u8 {
        let behind = self.namespace().split("/csta/ed").nth(1).and_then(|behind| behind.bytes().next());
        behind.filter(u8::is_ascii_digit).map_or(6, |digit| digit - b'0')
    }
}

/// What characters are written as.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Encoding {
    /// UTF-8.
    #[default]
    Utf8,
    /// ISO-8859-1; what it lacks is written as a reference.
    Latin1,
}

/// Which of two spellings is written, where the schema has a misspelt name; both are read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Spelling {
    /// As the schema has it: `TransferedEvent`, `callcontrol`.
    #[default]
    Schema,
    /// As it should be: `TransferredEvent`, `callControl`.
    Corrected,
}

/// How messages are written. The default is what the reference asks of a sender: edition 4, no prefix, UTF-8 with a declaration.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a habit of its own, and products mix them freely")]
pub struct Style {
    /// The namespace, and which elements there are.
    pub edition: Edition,
    /// Messages of ECMA-354 are in their own namespace; else in none.
    pub session_namespace: bool,
    /// Before each name, with a colon; empty: no prefix, and the namespace is the default one.
    pub prefix: SmolStr,
    /// Begin with an XML declaration.
    pub declaration: bool,
    /// What characters are written as.
    pub encoding: Encoding,
    /// Break lines between elements and indent them.
    pub indent: bool,
    /// Which of two spellings.
    pub spelling: Spelling,
    /// Write `deviceID` before `callID`, as some clients do.
    pub device_before_call: bool,
    /// Show `***` for passwords and codes: for logs and captures.
    pub masked: bool,
    /// The longest frame, its header included.
    pub frame_bytes: usize,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            edition: Edition::default(),
            session_namespace: true,
            prefix: SmolStr::default(),
            declaration: true,
            encoding: Encoding::default(),
            indent: false,
            spelling: Spelling::default(),
            device_before_call: false,
            masked: false,
            frame_bytes: crate::csta::frame::SENT_BYTES_MAX,
        }
    }
}

impl Style {
    /// The default in that edition.
    pub fn of(edition: Edition) -> Self {
        Self { edition, ..Self::default() }
    }

    /// The same, with secrets masked.
    #[must_use]
    pub fn masking(&self) -> Self {
        Self { masked: true, ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn editions_and_their_namespaces() {
        for edition in [Edition::Ed2, Edition::Ed3, Edition::Ed4, Edition::Ed5, Edition::Ed6] {
            assert_eq!(Edition::of(Some(edition.namespace())), edition);
        }
        assert_eq!(Edition::Ed2.number(), 2);
        let misspelt = Edition::of(Some("http://www.ecmainternational.org/standards/ecma-323/csta/ed5"));
        assert_eq!((misspelt.number(), matches!(misspelt, Edition::Other(_))), (5, true));
        assert_eq!((Edition::of(None), Edition::None.number()), (Edition::None, 6));
    }
}
