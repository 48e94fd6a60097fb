//! Every tolerated deviation from a protocol as written: its name, who sends it, and what we do about it.
//!
//! The strict path of a codec stays readable because what it forgives is listed here, and each time that a quirk
//! strikes it is counted (`Counters::quirks` of the codec).

/// A tolerated deviation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Quirk {
    /// AMI: more than one empty line between two messages.
    AmiEmptyMessage,
    /// AMI: a bare LF within a message.
    AmiBareLf,
    /// AMI: no space after the colon.
    AmiNoSpaceAfterColon,
    /// AMI: lines end in LF alone.
    AmiLfOnly,
    /// AMI: the version in the greeting has no patch number.
    AmiShortVersion,
    /// AMI: the output of a command as raw lines up to a marker.
    AmiRawCommandOutput,
}

impl Quirk {
    /// All of them, in the order of [`Quirk::index`].
    pub const ALL: [Self; 6] = [
        Self::AmiEmptyMessage,
        Self::AmiBareLf,
        Self::AmiNoSpaceAfterColon,
        Self::AmiLfOnly,
        Self::AmiShortVersion,
        Self::AmiRawCommandOutput,
    ];

    /// Its place in [`Quirk::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Its name, for logs and counters.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AmiEmptyMessage => "ami_empty_message",
            Self::AmiBareLf => "ami_bare_lf",
            Self::AmiNoSpaceAfterColon => "ami_no_space_after_colon",
            Self::AmiLfOnly => "ami_lf_only",
            Self::AmiShortVersion => "ami_short_version",
            Self::AmiRawCommandOutput => "ami_raw_command_output",
        }
    }

    /// Who sends it.
    pub const fn sent_by(self) -> &'static str {
        match self {
            Self::AmiEmptyMessage => "Asterisk with its test framework compiled in (as Debian builds it), after some TestEvents",
            Self::AmiBareLf => {
                "Asterisk 16 to 22, in the answer to PJSIPShowContacts without contacts; modules that copy text into a field"
            }
            Self::AmiNoSpaceAfterColon => "scripts that write actions, third-party modules",
            Self::AmiLfOnly => "scripts and people at a terminal, as clients; AMI proxies that rewrite line ends, as servers",
            Self::AmiShortVersion => "Asterisk up to 11 and AMI proxies",
            Self::AmiRawCommandOutput => "Asterisk up to 13",
        }
    }

    /// What we do about it.
    pub const fn handling(self) -> &'static str {
        match self {
            Self::AmiEmptyMessage => "the surplus empty lines are skipped",
            Self::AmiBareLf => "it belongs to the value and ends neither line nor message; at the end of a value it is cut off",
            Self::AmiNoSpaceAfterColon => "the value begins right after the colon",
            Self::AmiLfOnly => "taken when the greeting itself ends so, and always from clients; then each LF ends a line",
            Self::AmiShortVersion => "the missing numbers count as 0",
            Self::AmiRawCommandOutput => "kept whole as opaque output lines up to the marker",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Quirk;

    #[test]
    fn each_quirk_stands_at_its_index() {
        for (place, quirk) in Quirk::ALL.into_iter().enumerate() {
            assert_eq!(quirk.index(), place, "{}", quirk.name());
        }
    }
}
