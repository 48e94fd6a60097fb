//! How administrators name sets of numbers and endpoints.

use std::fmt;
use std::str::FromStr;

/// A set of numbers or names.
///
/// - `_1XXX`: an Asterisk dialplan pattern (leading underscore; `X` 0-9, `Z` 1-9, `N` 2-9, `[3-57]` any of these,
///   `.` one or more of anything, `!` none or more of anything, last only);
/// - `provider-*`, `trunk?`: a glob;
/// - anything else: exactly that.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pattern {
    text: String,
    form: Form,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Form {
    Exact,
    Glob,
    Dialplan(Vec<Element>),
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Element {
    OneOf(Vec<(char, char)>),
    OneOrMore,
    NoneOrMore,
}

/// Why a text is no pattern.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PatternError {
    /// Nothing to match.
    #[error("an empty pattern matches nothing; write a number such as 1001, a dialplan pattern such as _1XXX or a glob such as trunk-*")]
    Empty,
    /// `[` without `]`.
    #[error("in the dialplan pattern {0} a '[' is not closed by ']'")]
    OpenSet(String),
    /// `.` or `!` before the end.
    #[error("in the dialplan pattern {0} '.' and '!' may only come last")]
    NotLast(String),
}

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let form = match text.strip_prefix('_') {
            _ if text.is_empty() || text == "_" => return Err(PatternError::Empty),
            Some(dialplan) => Form::Dialplan(elements(text, dialplan)?),
            None if text.contains(['*', '?']) => Form::Glob,
            None => Form::Exact,
        };
        Ok(Self { text: text.to_owned(), form })
    }
}

fn elements(whole: &str, dialplan: &str) -> Result<Vec<Element>, PatternError> {
    let mut elements = Vec::new();
    let mut rest = dialplan.chars();
    while let Some(c) = rest.next() {
        if elements.last().is_some_and(|e| matches!(e, Element::OneOrMore | Element::NoneOrMore)) {
            return Err(PatternError::NotLast(whole.to_owned()));
        }
        elements.push(match c {
            'X' | 'x' => Element::OneOf(vec![('0', '9')]),
            'Z' | 'z' => Element::OneOf(vec![('1', '9')]),
            'N' | 'n' => Element::OneOf(vec![('2', '9')]),
            '.' => Element::OneOrMore,
            '!' => Element::NoneOrMore,
            '[' => {
                let set: Vec<char> = rest.by_ref().take_while(|c| *c != ']').collect();
                if !whole.contains(']') || set.is_empty() {
                    return Err(PatternError::OpenSet(whole.to_owned()));
                }
                Element::OneOf(ranges(&set))
            }
            other => Element::OneOf(vec![(other, other)]),
        });
    }
    Ok(elements)
}

fn ranges(set: &[char]) -> Vec<(char, char)> {
    let mut ranges = Vec::new();
    let mut rest = set;
    while let Some((&first, after)) = rest.split_first() {
        if let ['-', last, after @ ..] = after {
            ranges.push((first, *last));
            rest = after;
        } else {
            ranges.push((first, first));
            rest = after;
        }
    }
    ranges
}

impl Pattern {
    /// Whether `text` belongs to the set.
    pub fn matches(&self, text: &str) -> bool {
        match &self.form {
            Form::Exact => self.text == text,
            Form::Glob => glob(self.text.as_bytes(), text.as_bytes()),
            Form::Dialplan(elements) => dialplan(elements, text),
        }
    }
}

fn dialplan(elements: &[Element], text: &str) -> bool {
    let mut rest = text.chars();
    for element in elements {
        match element {
            Element::NoneOrMore => return true,
            Element::OneOrMore => return rest.next().is_some(),
            Element::OneOf(ranges) => {
                let Some(c) = rest.next() else { return false };
                if !ranges.iter().any(|&(first, last)| (first..=last).contains(&c)) {
                    return false;
                }
            }
        }
    }
    rest.next().is_none()
}

fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(&c) if c == b'?' || c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    p = at + 1;
                    t = from + 1;
                    star = Some((at, from + 1));
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&c| c == b'*')
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers() {
        for (pattern, text, expected) in [
            ("1001", "1001", true),
            ("1001", "10011", false),
            ("_1XXX", "1001", true),
            ("_1XXX", "2001", false),
            ("_1XXX", "10011", false),
            ("_[12]0ZN", "2012", true),
            ("_[12]0ZN", "2002", false),
            ("_[1-35]00", "300", true),
            ("_[1-35]00", "400", false),
            ("_0.", "0", false),
            ("_0.", "0221", true),
            ("_0!", "0", true),
            ("trunk-*", "trunk-berlin", true),
            ("trunk-*", "trunk", false),
            ("t?unk*", "trunk", true),
            ("*-desk", "1001-desk", true),
        ] {
            assert_eq!(pattern.parse::<Pattern>().expect(pattern).matches(text), expected, "{pattern} and {text}");
        }
    }

    #[test]
    fn refuses_what_cannot_match_as_meant() {
        assert_eq!("".parse::<Pattern>(), Err(PatternError::Empty));
        assert_eq!("_1[23".parse::<Pattern>(), Err(PatternError::OpenSet("_1[23".into())));
        assert_eq!("_1.X".parse::<Pattern>(), Err(PatternError::NotLast("_1.X".into())));
    }
}
