//! How numbers are compared: by their digits, and long ones by their last digits.

/// From this many digits on, a number is found by its end: what stands before is a country, area or access code.
const SUFFIX_DIGITS_MIN: usize = 6;

/// What a number is filed under, back to front; `None` where there is nothing to find it by.
pub(super) fn reversed(number: &str) -> Option<String> {
    let key = normal(number);
    (!key.is_empty()).then(|| key.chars().rev().collect())
}

/// What to look for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Wanted {
    /// That key and no other.
    Exactly(String),
    /// Every key that begins so: the first one included, the second excluded.
    Between(String, String),
}

/// What to look for when somebody asks for that number: short numbers (extensions) must be the same; of long ones the last digits,
/// without leading zeros, since `0171 5550009` and `+49 171 5550009` are one number.
pub(super) fn wanted(number: &str) -> Wanted {
    let key = normal(number);
    let significant = key.trim_start_matches('0');
    if key.chars().all(|character| character.is_ascii_digit()) && significant.len() >= SUFFIX_DIGITS_MIN {
        let start: String = significant.chars().rev().collect();
        // ':' follows '9'.
        return Wanted::Between(start.clone(), format!("{start}:"));
    }
    Wanted::Exactly(key.chars().rev().collect())
}

/// What all that is looked for has at its end, back to front: so much of a key stands in the index.
pub(super) fn end_of(wanted: &Wanted) -> String {
    let (Wanted::Exactly(key) | Wanted::Between(key, _)) = wanted;
    key.chars().take(SUFFIX_DIGITS_MIN).collect()
}

/// Digits only, where the rest is how people group them; anything else (a SIP name, `anonymous`) in lower case.
fn normal(number: &str) -> String {
    let grouping = |character: char| character.is_whitespace() || "+-./()".contains(character);
    let bare: String = number.chars().filter(|character| !grouping(*character)).collect();
    if bare.chars().all(|character| character.is_ascii_digit() || "*#".contains(character)) { bare } else { number.trim().to_lowercase() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(asked: &str, stored: &str) -> bool {
        let key = reversed(stored).expect("a number");
        match wanted(asked) {
            Wanted::Exactly(wanted) => key == wanted,
            Wanted::Between(from, to) => from <= key && key < to,
        }
    }

    #[test]
    fn numbers_are_found_however_they_are_written() {
        let cases = [
            ("1001", "1001", true),
            ("1001", "491001", false),
            ("01715550009", "+491715550009", true),
            ("0171 555-0009", "01715550009", true),
            ("+49 (171) 5550009", "+491715550009", true),
            ("5550009", "01715550009", true),
            ("5550009", "01715550008", false),
            ("*97", "*97", true),
            ("Anonymous", "anonymous", true),
            ("alice@example.com", "Alice@Example.com", true),
            ("000123", "000123", true),
        ];
        for (asked, stored, found) in cases {
            assert_eq!(finds(asked, stored), found, "{asked} in {stored}");
        }
    }
}
