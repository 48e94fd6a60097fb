//! The letter codes.

use smol_str::SmolStr;

use super::super::wire::{Wire, Writer};

macro_rules! letters {
    ($($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $letter:literal,)* })*) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum $name {
            $($(#[$variant_meta])* $variant,)*
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Its letter on the wire.
            pub const fn letter(self) -> &'static str {
                match self {
                    $(Self::$variant => $letter,)*
                }
            }
        }

        #[cfg(test)]
        impl crate::oai::sample::Sample for $name {
            fn sample(entropy: &mut crate::oai::sample::Entropy<'_>) -> Self {
                entropy.of(Self::ALL)
            }
        }

        impl Wire for $name {
            fn read(field: &str) -> Option<Self> {
                let field = field.trim();
                Self::ALL.iter().copied().find(|known| field.eq_ignore_ascii_case(known.letter()))
            }

            fn write(&self, out: &mut Writer<'_>) {
                out.bare(self.letter());
            }
        }
    )*};
}

letters! {
    /// Local_Cnx_State: the state of the monitored device's own part in the call (OAI reference §6.1). Blank on some copies of XC.
    LocalState {
        /// It has none, or none any more.
        Null = "N",
        /// It has dial tone.
        Initiated = "I",
        /// It rings.
        Alerting = "A",
        /// It takes part; also the caller while the far end rings.
        Connected = "C",
        /// It holds the others.
        Hold = "H",
        /// It hears a tone: the call failed.
        Failed = "F",
        /// It waits.
        Queued = "Q",
    }

    /// Whether a party is inside or outside (`..._Device_Type` of call events).
    PartyType {
        /// A device of the PBX.
        Internal = "I",
        /// A party beyond a trunk.
        External = "E",
    }
}

/// How a station forwards its calls (OAI reference §6.9).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum ForwardType {
    /// It does not.
    None,
    /// All calls at once.
    Immediate,
    /// When busy.
    Busy,
    /// When nobody answers.
    NoAnswer,
    /// Another code; that for no answer or busy is not published.
    Other(SmolStr),
}

impl ForwardType {
    /// Its code on the wire.
    pub fn code(&self) -> &str {
        match self {
            Self::None => "N",
            Self::Immediate => "I",
            Self::Busy => "B",
            Self::NoAnswer => "NA",
            Self::Other(code) => code,
        }
    }
}

impl Wire for ForwardType {
    fn read(field: &str) -> Option<Self> {
        Some(match field.trim() {
            "" => return None,
            "N" => Self::None,
            "I" => Self::Immediate,
            "B" => Self::Busy,
            "NA" => Self::NoAnswer,
            other => Self::Other(SmolStr::new(other)),
        })
    }

    fn write(&self, out: &mut Writer<'_>) {
        out.bare(self.code());
    }
}
