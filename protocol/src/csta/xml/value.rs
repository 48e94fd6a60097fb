//! How values stand in elements. The macros state each type once: what is read by name in any order is written in the order declared.

use smol_str::{SmolStr, format_smolstr};

use super::cursor::{Cursor, Start};
use super::writer::Writer;
use crate::csta::error::XmlError;

/// A value that stands in one element.
pub(in crate::csta) trait Value: Sized {
    /// What the element holds whose start tag was just read; its end tag is read too. `None`: nothing of this kind.
    fn read(start: &Start<'_>, xml: &mut Cursor<'_>) -> Result<Option<Self>, XmlError>;

    fn write(&self, name: &str, out: &mut Writer<'_>);
}

/// A field of a record: the elements of one name.
pub(in crate::csta) trait Child {
    fn take(&mut self, start: &Start<'_>, xml: &mut Cursor<'_>) -> Result<(), XmlError>;
    fn put(&self, name: &str, out: &mut Writer<'_>);
}

impl<T: Value> Child for T {
    fn take(&mut self, start: &Start<'_>, xml: &mut Cursor<'_>) -> Result<(), XmlError> {
        if let Some(value) = T::read(start, xml)? {
            *self = value;
        }
        Ok(())
    }

    fn put(&self, name: &str, out: &mut Writer<'_>) {
        self.write(name, out);
    }
}

impl<T: Value> Child for Option<T> {
    fn take(&mut self, start: &Start<'_>, xml: &mut Cursor<'_>) -> Result<(), XmlError> {
        if let Some(value) = T::read(start, xml)? {
            *self = Some(value);
        }
        Ok(())
    }

    fn put(&self, name: &str, out: &mut Writer<'_>) {
        if let Some(value) = self {
            value.write(name, out);
        }
    }
}

impl<T: Value> Child for Vec<T> {
    fn take(&mut self, start: &Start<'_>, xml: &mut Cursor<'_>) -> Result<(), XmlError> {
        self.extend(T::read(start, xml)?);
        Ok(())
    }

    fn put(&self, name: &str, out: &mut Writer<'_>) {
        for value in self {
            value.write(name, out);
        }
    }
}

/// Elements that stand one after the other within several records.
pub(in crate::csta) trait Group {
    /// True if the element is one of the group.
    fn take(&mut self, start: &Start<'_>, xml: &mut Cursor<'_>) -> Result<bool, XmlError>;
    fn put(&self, out: &mut Writer<'_>);
}

/// Elements that follow each other wherever the group stands. `field: Type = "name" | "other spelling" since EDITION`, or
/// `field: Type as Group` for a group within it.
macro_rules! group {
    ($($(#[$meta:meta])* $name:ident {
        $($(#[$field_meta:meta])* $field:ident: $type:ty
            $(= $tag:literal $(| $alias:literal)* $(since $edition:literal)?)? $(as $group:ident)?,)*
    })*) => {$(
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, Debug, Default)]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $type,)*
        }

        impl crate::csta::xml::Group for $name {
            #[allow(clippy::match_single_binding, unused_variables, reason = "some have groups only, some no group")]
            fn take(
                &mut self,
                start: &crate::csta::xml::Start<'_>,
                xml: &mut crate::csta::xml::Cursor<'_>,
            ) -> Result<bool, crate::csta::XmlError> {
                match start.name() {
                    $($($tag $(| $alias)* => crate::csta::xml::Child::take(&mut self.$field, start, xml)?,)?)*
                    _ => {
                        $($(if crate::csta::xml::$group::take(&mut self.$field, start, xml)? {
                            return Ok(true);
                        })?)*
                        return Ok(false);
                    }
                }
                #[allow(unreachable_code, reason = "those without an element of their own have returned")]
                Ok(true)
            }

            fn put(&self, out: &mut crate::csta::xml::Writer<'_>) {
                $(
                    $(if out.has(&[$($edition)?]) {
                        crate::csta::xml::Child::put(&self.$field, out.spelt($tag, &[$($alias),*]), out);
                    })?
                    $(crate::csta::xml::$group::put(&self.$field, out);)?
                )*
            }
        }

        #[cfg(test)]
        impl crate::csta::sample::Sample for $name {
            fn sample(entropy: &mut crate::csta::sample::Entropy) -> Self {
                Self { $($field: crate::csta::sample::Sample::named(concat!("" $(, $tag)?), entropy),)* }
            }
        }
    )*};
}
pub(in crate::csta) use group;

/// The content of an element: fields as those of a group, and in `other` the elements that are none of them.
macro_rules! record {
    ($($(#[$meta:meta])* $name:ident {
        $($(#[$field_meta:meta])* $field:ident: $type:ty
            $(= $tag:literal $(| $alias:literal)* $(since $edition:literal)?)? $(as $group:ident)?,)*
    })*) => {$(
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, Debug, Default)]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $type,)*
            /// Elements that are not known here, as they came.
            pub other: Vec<crate::csta::RawXml>,
        }

        impl crate::csta::xml::Value for $name {
            fn read(
                _start: &crate::csta::xml::Start<'_>,
                xml: &mut crate::csta::xml::Cursor<'_>,
            ) -> Result<Option<Self>, crate::csta::XmlError> {
                let mut value = Self::default();
                while let Some(start) = xml.child()? {
                    match start.name() {
                        $($($tag $(| $alias)* => crate::csta::xml::Child::take(&mut value.$field, &start, xml)?,)?)*
                        _ => {
                            $($(if crate::csta::xml::$group::take(&mut value.$field, &start, xml)? {
                                continue;
                            })?)*
                            value.other.push(xml.raw(&start)?);
                        }
                    }
                }
                Ok(Some(value))
            }

            fn write(&self, name: &str, out: &mut crate::csta::xml::Writer<'_>) {
                out.open(name);
                crate::csta::xml::Content::content(self, out);
                out.close(name);
            }
        }

        impl crate::csta::xml::Content for $name {
            fn content(&self, out: &mut crate::csta::xml::Writer<'_>) {
                $(
                    $(if out.has(&[$($edition)?]) {
                        crate::csta::xml::Child::put(&self.$field, out.spelt($tag, &[$($alias),*]), out);
                    })?
                    $(crate::csta::xml::$group::put(&self.$field, out);)?
                )*
                crate::csta::xml::Child::put(&self.other, "", out);
            }
        }

        #[cfg(test)]
        impl crate::csta::sample::Sample for $name {
            fn sample(entropy: &mut crate::csta::sample::Entropy) -> Self {
                Self { $($field: crate::csta::sample::Sample::named(concat!("" $(, $tag)?), entropy),)* other: entropy.unknown() }
            }
        }
    )*};
}
pub(in crate::csta) use record;

/// What stands within the element of a record.
pub(in crate::csta) trait Content {
    fn content(&self, out: &mut Writer<'_>);
}

/// One of several elements within an element; what is none of them is kept as `Other`.
macro_rules! choice {
    ($($(#[$meta:meta])* $name:ident {
        $($(#[$variant_meta:meta])* $variant:ident $(($inner:ident: $type:ty))? = $tag:literal $(| $alias:literal)*,)*
    })*) => {$(
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, Debug)]
        pub enum $name {
            $($(#[$variant_meta])* $variant $(($type))?,)*
            /// Something that is not known here, as it came.
            Other(crate::csta::RawXml),
        }

        impl crate::csta::xml::Value for $name {
            fn read(
                _start: &crate::csta::xml::Start<'_>,
                xml: &mut crate::csta::xml::Cursor<'_>,
            ) -> Result<Option<Self>, crate::csta::XmlError> {
                let mut found = None;
                while let Some(start) = xml.child()? {
                    let one = match start.name() {
                        $($tag $(| $alias)* => choice!(@read $variant start xml $($type)?),)*
                        _ => Some(Self::Other(xml.raw(&start)?)),
                    };
                    found = found.or(one);
                }
                Ok(found)
            }

            fn write(&self, name: &str, out: &mut crate::csta::xml::Writer<'_>) {
                out.open(name);
                match self {
                    $(Self::$variant $(($inner))? => choice!(@write out, out.spelt($tag, &[$($alias),*]) $(, $inner)?),)*
                    Self::Other(raw) => crate::csta::xml::Value::write(raw, "", out),
                }
                out.close(name);
            }
        }

        #[cfg(test)]
        impl crate::csta::sample::Sample for $name {
            fn sample(entropy: &mut crate::csta::sample::Entropy) -> Self {
                let all: &[fn(&mut crate::csta::sample::Entropy) -> Self] = &[
                    $(choice!(@sample $variant $tag $($type)?),)*
                ];
                entropy.of(all)(entropy)
            }
        }
    )*};
    (@read $variant:ident $start:ident $xml:ident) => {{
        $xml.skip()?;
        Some(Self::$variant)
    }};
    (@read $variant:ident $start:ident $xml:ident $type:ty) => {
        <$type as crate::csta::xml::Value>::read(&$start, $xml)?.map(Self::$variant)
    };
    (@write $out:ident, $tag:expr) => {{
        let tag = $tag;
        $out.leaf(tag, "");
    }};
    (@write $out:ident, $tag:expr, $inner:ident) => {{
        let tag = $tag;
        crate::csta::xml::Value::write($inner, tag, $out);
    }};
    (@sample $variant:ident $tag:literal) => { |_| Self::$variant };
    (@sample $variant:ident $tag:literal $type:ty) => { |entropy| Self::$variant(<$type as crate::csta::sample::Sample>::named($tag, entropy)) };
}
pub(in crate::csta) use choice;

/// Words of a list that may grow: each word a variant, others kept as they came.
macro_rules! words {
    ($($(#[$meta:meta])* $name:ident { $($variant:ident = $text:literal $(| $alias:literal)*,)* })*) => {$(
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum $name {
            $(#[doc = concat!("`", $text, "`.")] $variant,)*
            /// A word that is not known here.
            Other(smol_str::SmolStr),
        }

        impl $name {
            /// All that are known.
            pub const KNOWN: &[Self] = &[$(Self::$variant),*];

            /// The word as it is written.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Other(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text $(| $alias)* => Self::$variant,)*
                    _ => Self::Other(smol_str::SmolStr::new(text)),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str(self.as_str())
            }
        }

        impl crate::csta::xml::Value for $name {
            fn read(
                _start: &crate::csta::xml::Start<'_>,
                xml: &mut crate::csta::xml::Cursor<'_>,
            ) -> Result<Option<Self>, crate::csta::XmlError> {
                let text = xml.text()?;
                Ok((!text.is_empty()).then(|| Self::from(text)))
            }

            fn write(&self, name: &str, out: &mut crate::csta::xml::Writer<'_>) {
                out.leaf(name, self.as_str());
            }
        }

        #[cfg(test)]
        impl crate::csta::sample::Sample for $name {
            fn sample(entropy: &mut crate::csta::sample::Entropy) -> Self {
                let at = entropy.below(Self::KNOWN.len() + 1);
                Self::KNOWN.get(at).cloned().unwrap_or_else(|| Self::Other("someThingNew".into()))
            }
        }
    )*};
}
pub(in crate::csta) use words;

/// Elements that are each true or false, by name: those that are there, in the schema's order.
macro_rules! flags {
    ($($(#[$meta:meta])* $name:ident [$($text:literal $(| $alias:literal)*),* $(,)?])*) => {$(
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, Debug, Default)]
        pub struct $name(Vec<(smol_str::SmolStr, bool)>);

        impl $name {
            /// The names that are known, in the schema's order.
            pub const KNOWN: &[&str] = &[$($text),*];

            /// What stands there. `None`: nothing.
            pub fn get(&self, name: &str) -> Option<bool> {
                self.0.iter().find(|(known, _)| known == name).map(|&(_, value)| value)
            }

            /// True if it is there and true.
            pub fn is_set(&self, name: &str) -> bool {
                self.get(name) == Some(true)
            }

            /// Puts it where the schema has it; names that are not known stand last.
            pub fn set(&mut self, name: &str, value: bool) {
                let name = match name {
                    $($text $(| $alias)* => smol_str::SmolStr::new_static($text),)*
                    _ => smol_str::SmolStr::new(name),
                };
                if let Some(known) = self.0.iter_mut().find(|(known, _)| *known == name) {
                    known.1 = value;
                    return;
                }
                let place = |name: &str| Self::KNOWN.iter().position(|known| *known == name).unwrap_or(Self::KNOWN.len());
                let at = self.0.iter().rposition(|(before, _)| place(before) <= place(&name)).map_or(0, |before| before + 1);
                self.0.insert(at, (name, value));
            }

            /// The same with this one.
            #[must_use]
            pub fn with(mut self, name: &str, value: bool) -> Self {
                self.set(name, value);
                self
            }

            /// All that are there.
            pub fn iter(&self) -> impl Iterator<Item = (&str, bool)> {
                self.0.iter().map(|(name, value)| (name.as_str(), *value))
            }
        }

        impl crate::csta::xml::Value for $name {
            fn read(
                _start: &crate::csta::xml::Start<'_>,
                xml: &mut crate::csta::xml::Cursor<'_>,
            ) -> Result<Option<Self>, crate::csta::XmlError> {
                let mut flags = Self::default();
                while let Some(start) = xml.child()? {
                    if let Some(value) = <bool as crate::csta::xml::Value>::read(&start, xml)?
                        && flags.0.len() < crate::csta::xml::FLAGS_MAX
                    {
                        flags.set(start.name(), value);
                    }
                }
                Ok(Some(flags))
            }

            fn write(&self, name: &str, out: &mut crate::csta::xml::Writer<'_>) {
                out.open(name);
                for (flag, value) in &self.0 {
                    let all: &[(&str, &[&str])] = &[$(($text, &[$($alias),*])),*];
                    let others = all.iter().find(|(known, _)| known == flag).map_or(&[][..], |(_, others)| others);
                    let flag = out.spelt(flag, others);
                    out.leaf(flag, if *value { "true" } else { "false" });
                }
                out.close(name);
            }
        }

        #[cfg(test)]
        impl crate::csta::sample::Sample for $name {
            fn sample(entropy: &mut crate::csta::sample::Entropy) -> Self {
                let mut flags = Self::default();
                for _ in 0..entropy.below(5) {
                    flags.set(entropy.of(Self::KNOWN), entropy.below(2) == 1);
                }
                flags
            }
        }
    )*};
}
pub(in crate::csta) use flags;

/// More flags than any list of the schema has are not kept: each one costs a walk over those before.
pub(in crate::csta) const FLAGS_MAX: usize = 64;

impl Value for bool {
    fn read(_start: &Start<'_>, xml: &mut Cursor<'_>) -> Result<Option<Self>, XmlError> {
        let value = match xml.text()? {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        };
        xml.unreadable += u32::from(value.is_none());
        Ok(value)
    }

    fn write(&self, name: &str, out: &mut Writer<'_>) {
        out.leaf(name, if *self { "true" } else { "false" });
    }
}

impl Value for u32 {
    fn read(_start: &Start<'_>, xml: &mut Cursor<'_>) -> Result<Option<Self>, XmlError> {
        let value = xml.text()?.parse().ok();
        xml.unreadable += u32::from(value.is_none());
        Ok(value)
    }

    fn write(&self, name: &str, out: &mut Writer<'_>) {
        out.leaf(name, &format_smolstr!("{self}"));
    }
}

impl Value for SmolStr {
    fn read(_start: &Start<'_>, xml: &mut Cursor<'_>) -> Result<Option<Self>, XmlError> {
        Ok(Some(SmolStr::new(xml.text()?)))
    }

    fn write(&self, name: &str, out: &mut Writer<'_>) {
        out.leaf(name, self);
    }
}
