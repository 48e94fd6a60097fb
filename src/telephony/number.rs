//! Numbers in E.164, by the rules of the site's country.

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber, PhoneNumberFormat, Region};

/// Digits from which on a number can be a public one; shorter ones are extensions and service codes.
const SHORTEST: usize = 7;

/// A country, for numbers without a country code.
#[derive(Clone, Copy, Debug)]
pub struct Country(Region);

impl Country {
    /// By its two letters (ISO 3166-1 alpha-2); `None`: there is no numbering plan of that name.
    pub fn new(letters: &str) -> Option<Self> {
        // Any two letters make a region; only those that there are have a country code.
        let region = letters.to_ascii_uppercase().parse::<Region>().ok()?;
        PHONE_NUMBER_UTIL.get_country_code_for_region(region).map(|_| Self(region))
    }

    /// The number in E.164, where it is a valid public number as dialled in this country.
    pub fn e164(&self, number: &str) -> Option<String> {
        let digits = number.bytes().filter(u8::is_ascii_digit).count();
        if digits < SHORTEST || !number.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | ' ' | '-' | '/' | '(' | ')' | '.')) {
            return None;
        }
        let parsed = PhoneNumber::parse(number, Some(self.0)).ok()?;
        parsed.is_valid().then(|| parsed.format_as(PhoneNumberFormat::E164).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_numbers_only() {
        let states = Country::new("us").expect("known");
        assert_eq!(states.e164("(202) 555-0143").as_deref(), Some("+12025550143"));
        assert_eq!(states.e164("+1 202 555 0143").as_deref(), Some("+12025550143"));
        assert_eq!(states.e164("1001"), None);
        assert_eq!(states.e164("anonymous"), None);
        assert!(Country::new("QQ").is_none());
    }
}
