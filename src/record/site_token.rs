//! The name of a site where it must be one token: in a message's subject.

use std::fmt::Write as _;

/// The name with every byte but ASCII letters, digits, `-` and `_` as `%` and two hexadecimal digits: `hq.north` is `hq%2Enorth`.
/// No two names have the same token, and none is empty or holds what means something in a subject (`.`, `*`, `>`, blanks).
pub fn site_token(site: &str) -> String {
    let mut token = String::with_capacity(site.len());
    for byte in site.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') {
            token.push(char::from(byte));
        } else {
            // Writing into a text cannot fail.
            write!(token, "%{byte:02X}").ok();
        }
    }
    if token.is_empty() { "%".to_owned() } else { token }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_token_each() {
        let token = |site| site_token(site);
        assert_eq!(token("hq-1_a"), "hq-1_a");
        assert_eq!(token("hq.north"), "hq%2Enorth");
        assert_eq!(token("Köln"), "K%C3%B6ln");
        assert_eq!(token(""), "%");
        assert_eq!(token("a > *"), "a%20%3E%20%2A");
    }
}
