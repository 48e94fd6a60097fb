//! Numbers out of sight: for sites where the log is read by people who may not know who calls.

use std::borrow::Cow;

/// Runs of this many digits are numbers of somebody outside; shorter ones are extensions, ports, causes.
const DIGITS_MIN: usize = 7;

/// How many digits stay.
const SHOWN: usize = 2;

/// Whether numbers are masked.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Mask(bool);

impl Mask {
    /// Masks if `on`.
    pub fn new(on: bool) -> Self {
        Self(on)
    }

    /// The text with all but the last two digits of each long number replaced by `x`.
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if !self.0 || text.bytes().filter(u8::is_ascii_digit).count() < DIGITS_MIN {
            return Cow::Borrowed(text);
        }
        let mut masked = String::with_capacity(text.len());
        let mut rest = text;
        while !rest.is_empty() {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            if digits == 0 {
                let other = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
                masked.push_str(&rest[..other]);
                rest = &rest[other..];
            } else {
                let hidden = if digits < DIGITS_MIN { 0 } else { digits - SHOWN };
                masked.extend(std::iter::repeat_n('x', hidden));
                masked.push_str(&rest[hidden..digits]);
                rest = &rest[digits..];
            }
        }
        Cow::Owned(masked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hides_long_numbers_only() {
        let mask = Mask::new(true);
        assert_eq!(mask.text("+493055501234"), "+xxxxxxxxxx34");
        assert_eq!(mask.text("CallerIDNum: 01715550009, Exten: 1001"), "CallerIDNum: xxxxxxxxx09, Exten: 1001");
        assert_eq!(mask.text("1001"), "1001");
        assert_eq!(Mask::new(false).text("01715550009"), "01715550009");
    }
}
