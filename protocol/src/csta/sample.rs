//! Values of every type, made of a seed: what the round-trip tests write and read again.

use smol_str::SmolStr;

use super::data::Destinations;
use super::device::{ConnectionId, Device, DeviceId, NumberType};
use super::request::SessionLogin;
use super::text::{Hex, Secret};
use super::xml::RawXml;

/// Bytes that follow from a seed (SplitMix64).
pub(super) struct Entropy(u64);

impl Entropy {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn byte(&mut self) -> u8 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)).to_le_bytes()[0]
    }

    pub(super) fn below(&mut self, bound: usize) -> usize {
        usize::from(self.byte()) % bound
    }

    pub(super) fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    /// Text as it is read: without white space at either end, and not empty.
    fn text(&mut self) -> SmolStr {
        let length = self.below(30);
        let text: String = (0..length).map(|_| self.character()).collect();
        let trimmed = text.trim();
        SmolStr::new(if trimmed.is_empty() { "201" } else { trimmed })
    }

    fn character(&mut self) -> char {
        match self.byte() {
            0..=8 | 11 | 12 | 14..=31 => '\u{20ac}',
            byte => char::from(byte),
        }
    }

    pub(super) fn unknown(&mut self) -> Vec<RawXml> {
        (0..self.below(8).saturating_sub(6)).map(|_| RawXml::sample(self)).collect()
    }
}

pub(super) trait Sample: Sized {
    fn sample(entropy: &mut Entropy) -> Self;

    /// For an element of that name; empty: of any.
    fn named(_name: &str, entropy: &mut Entropy) -> Self {
        Self::sample(entropy)
    }
}

impl<T: Sample> Sample for Option<T> {
    fn sample(entropy: &mut Entropy) -> Self {
        Self::named("", entropy)
    }

    fn named(name: &str, entropy: &mut Entropy) -> Self {
        (entropy.byte() % 2 == 1).then(|| T::named(name, entropy))
    }
}

impl<T: Sample> Sample for Vec<T> {
    fn sample(entropy: &mut Entropy) -> Self {
        Self::named("", entropy)
    }

    fn named(name: &str, entropy: &mut Entropy) -> Self {
        (0..entropy.below(4)).map(|_| T::named(name, entropy)).collect()
    }
}

impl Sample for bool {
    fn sample(entropy: &mut Entropy) -> Self {
        entropy.byte() % 2 == 1
    }
}

impl Sample for u32 {
    fn sample(entropy: &mut Entropy) -> Self {
        Self::from_le_bytes(std::array::from_fn(|_| entropy.byte()))
    }
}

impl Sample for SmolStr {
    fn sample(entropy: &mut Entropy) -> Self {
        entropy.text()
    }
}

impl Sample for Secret {
    fn sample(entropy: &mut Entropy) -> Self {
        entropy.text().as_str().into()
    }
}

impl Sample for Hex {
    fn sample(entropy: &mut Entropy) -> Self {
        let octets: Vec<u8> = (0..entropy.below(20)).map(|_| entropy.byte()).collect();
        Self::of(&octets)
    }
}

impl Sample for RawXml {
    fn sample(entropy: &mut Entropy) -> Self {
        let all = ["<unknownHere/>", "<v:part xmlns:v=\"urn:example\">a &lt; b</v:part>", "<newElement a=\"1\"><b>2</b></newElement>"];
        Self::new(entropy.of(&all)).unwrap()
    }

    fn named(name: &str, entropy: &mut Entropy) -> Self {
        let within = Self::sample(entropy);
        if name.is_empty() { within } else { Self::new(&format!("<{name} a='1'>{}</{name}>", within.as_str())).unwrap() }
    }
}

impl Sample for DeviceId {
    fn sample(entropy: &mut Entropy) -> Self {
        let attributes = if entropy.below(4) == 3 { vec![("mediaClass".into(), entropy.text())] } else { Vec::new() };
        Self { text: entropy.text(), number_type: Option::<NumberType>::sample(entropy), attributes }
    }
}

impl Sample for Device {
    fn sample(entropy: &mut Entropy) -> Self {
        match entropy.below(6) {
            0 => Self::NotKnown,
            1 => Self::Id(DeviceId::sample(entropy)),
            2 => Self::NumberDialed(DeviceId::sample(entropy)),
            3 => Self::NotRequired,
            4 => Self::NotSpecified,
            _ => Self::Restricted,
        }
    }
}

impl Sample for ConnectionId {
    fn sample(entropy: &mut Entropy) -> Self {
        Self { call: if entropy.below(8) == 7 { SmolStr::default() } else { entropy.text() }, device: Option::sample(entropy) }
    }
}

impl Sample for Destinations {
    fn sample(entropy: &mut Entropy) -> Self {
        Self { devices: Vec::sample(entropy) }
    }
}

impl Sample for SessionLogin {
    fn sample(entropy: &mut Entropy) -> Self {
        Self {
            namespace: "http://www.avaya.com/csta".into(),
            user: entropy.text(),
            password: Secret::sample(entropy),
            cleanup_delay_s: Option::sample(entropy),
            other: entropy.unknown(),
        }
    }
}
