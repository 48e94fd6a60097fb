//! The code tables of the protocol: numbers with their names. A number that no table has is kept as it came.

mod cause;
mod code;
mod device;
mod feature;
mod filter;
mod outcome;
mod state;
#[cfg(test)]
mod tests;

pub use cause::Cause;
pub use code::{
    AgentMode, AgentStateRequest, AlarmSystem, Country, DatabaseArea, DestinationKind, HuntGroupType, LinkReason, ListType, MonitorType,
    OfferingEndReason, PremiumFeatures, Resync,
};
pub use device::{DeviceType, PhysicalType};
pub use feature::{FeatureMask, FeatureNumber, feature_code};
pub use filter::Filters;
pub(super) use filter::filter;
pub use outcome::Outcome;
pub use state::{ForwardType, LocalState, PartyType};

/// A number with names for those that are known.
macro_rules! numbers {
    ($($(#[$meta:meta])* $name:ident($int:ty) { $($constant:ident = $number:literal, $text:literal;)* })*) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
        pub struct $name(pub $int);

        impl $name {
            $(#[doc = concat!($text, ".")] pub const $constant: Self = Self($number);)*

            /// All that are known, ascending.
            pub const KNOWN: &'static [Self] = &[$(Self::$constant),*];

            /// What it means. `None`: not known.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($number => Some($text),)*
                    _ => None,
                }
            }
        }

        #[cfg(test)]
        impl crate::oai::sample::Sample for $name {
            fn sample(entropy: &mut crate::oai::sample::Entropy<'_>) -> Self {
                Self(crate::oai::sample::Sample::sample(entropy))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self.name() {
                    Some(name) => write!(out, "{} ({name})", self.0),
                    None => write!(out, "{}", self.0),
                }
            }
        }
    )*};
}
use numbers;

/// Numbers that stand in a field as decimal digits.
macro_rules! decimal {
    ($($name:ident)*) => {$(
        impl crate::oai::wire::Wire for $name {
            fn read(field: &str) -> Option<Self> {
                crate::oai::wire::Wire::read(field).map(Self)
            }

            fn write(&self, out: &mut crate::oai::wire::Writer<'_>) {
                out.put(&self.0);
            }
        }
    )*};
}
use decimal;
