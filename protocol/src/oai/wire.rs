//! How values stand in fields: the one place that reads and writes them.

use smol_str::SmolStr;

use super::id::{Extension, MonitorId};
pub(super) use super::read::{Field, Reader, unwrapped};
use super::text::{CallId, Secret, Text};
pub(super) use super::write::Writer;

/// A value that stands in one field.
pub(super) trait Wire: Sized {
    /// What a field says. `None`: it is blank, or nothing of this kind.
    fn read(field: &str) -> Option<Self>;

    fn write(&self, out: &mut Writer<'_>);

    /// The same, counting in `unreadable` what an optional field holds that cannot be read.
    fn take(field: &str, _unreadable: &mut u32) -> Option<Self> {
        Self::read(field)
    }
}

impl<T: Wire> Wire for Option<T> {
    fn read(field: &str) -> Option<Self> {
        Some(T::read(field))
    }

    fn write(&self, out: &mut Writer<'_>) {
        match self {
            Some(value) => value.write(out),
            None => out.bare(""),
        }
    }

    fn take(field: &str, unreadable: &mut u32) -> Option<Self> {
        let value = T::read(field);
        if value.is_none() && !unwrapped(field).is_empty() {
            *unreadable += 1;
        }
        Some(value)
    }
}

impl Wire for Field {
    fn read(field: &str) -> Option<Self> {
        (!field.is_empty()).then(|| Self::of(field))
    }

    fn write(&self, out: &mut Writer<'_>) {
        match self {
            Self::Bare(text) => out.bare(text),
            Self::Text(text) => out.piped(text),
        }
    }
}

/// What a field without pipes holds; pipes around it are taken off. `None`: nothing, or nothing but pipes and commas, which no such
/// field can hold.
fn bare(field: &str) -> Option<&str> {
    let text = unwrapped(field);
    text.contains(|character| !matches!(character, '|' | ',')).then_some(text)
}

macro_rules! wire_string {
    ($($type:ty => $write:ident;)*) => {$(
        impl Wire for $type {
            fn read(field: &str) -> Option<Self> {
                bare(field).map(Into::into)
            }

            fn write(&self, out: &mut Writer<'_>) {
                out.$write(self.as_str());
            }
        }
    )*};
}

wire_string! {
    SmolStr => bare;
    CallId => bare;
}

/// `||` is an empty text, a blank field none.
impl Wire for Text {
    fn read(field: &str) -> Option<Self> {
        (!field.is_empty()).then(|| unwrapped(field).into())
    }

    fn write(&self, out: &mut Writer<'_>) {
        out.piped(self);
    }
}

impl Wire for Secret {
    fn read(field: &str) -> Option<Self> {
        (!field.is_empty()).then(|| unwrapped(field).into())
    }

    fn write(&self, out: &mut Writer<'_>) {
        let shown = if out.masked { "***" } else { self.as_str() };
        out.piped(shown);
    }
}

impl Wire for Extension {
    fn read(field: &str) -> Option<Self> {
        bare(field).map(str::trim).filter(|text| !text.is_empty()).map(Into::into)
    }

    fn write(&self, out: &mut Writer<'_>) {
        match self.node {
            Some(_) => out.bare(&self.to_smolstr()),
            None => out.bare(&self.number),
        }
    }
}

impl Wire for MonitorId {
    fn read(field: &str) -> Option<Self> {
        let text = field.trim();
        (!text.is_empty() && !text.contains('|')).then(|| text.into())
    }

    fn write(&self, out: &mut Writer<'_>) {
        if out.is_command() {
            out.bare(self.as_received());
        } else {
            let width = usize::from(out.style().monitor_digits);
            out.bare(&smol_str::format_smolstr!("{:0>width$}", self.as_str()));
        }
    }
}

/// `1` and `0`, with any padding.
impl Wire for bool {
    fn read(field: &str) -> Option<Self> {
        match <u8 as Wire>::read(field)? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    fn write(&self, out: &mut Writer<'_>) {
        out.bare(if *self { "1" } else { "0" });
    }
}

macro_rules! wire_number {
    ($($type:ty)*) => {$(
        impl Wire for $type {
            fn read(field: &str) -> Option<Self> {
                let digits = field.trim();
                digits.as_bytes().first().filter(|byte| byte.is_ascii_digit())?;
                digits.parse().ok()
            }

            fn write(&self, out: &mut Writer<'_>) {
                out.number((*self).into(), 1);
            }
        }
    )*};
}

wire_number! { u8 u16 u32 }

/// Hexadecimal digits, with any padding.
pub(super) fn hex(field: &str) -> Option<u32> {
    let digits = field.trim();
    digits.as_bytes().first().filter(|byte| byte.is_ascii_hexdigit())?;
    u32::from_str_radix(digits, 16).ok()
}

/// A struct whose fields stand in a line in the order declared.
macro_rules! record {
    ($($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, Debug)]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $type,)*
        }

        impl crate::oai::wire::Record for $name {
            fn read(fields: &mut crate::oai::wire::Reader<'_>) -> Option<Self> {
                Some(Self { $($field: fields.take()?,)* })
            }

            fn write(&self, out: &mut crate::oai::wire::Writer<'_>) {
                $(out.put(&self.$field);)*
            }
        }

        #[cfg(test)]
        impl crate::oai::sample::Sample for $name {
            fn sample(entropy: &mut crate::oai::sample::Entropy<'_>) -> Self {
                Self { $($field: crate::oai::sample::Sample::sample(entropy),)* }
            }
        }
    )*};
}
pub(super) use record;

/// Values that stand in several fields.
pub(super) trait Record: Sized {
    /// `None`: a field that must be there is blank or unreadable.
    fn read(fields: &mut Reader<'_>) -> Option<Self>;
    fn write(&self, out: &mut Writer<'_>);
}

impl<T: Wire> Record for T {
    fn read(fields: &mut Reader<'_>) -> Option<Self> {
        fields.take()
    }

    fn write(&self, out: &mut Writer<'_>) {
        out.put(self);
    }
}
