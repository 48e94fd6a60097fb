//! Dynamic Extension Express: what the PBX is asked about it (OAI §8.3).
//!
//! How a PBX tells the destinations of a user is not public, so the query and the places of its answer are configured.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// What a session asks about Dynamic Extension Express.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Dee {
    /// Whether the list of users (list 21) is read, for their names and whether they are enabled. Default: yes.
    pub users: bool,
    /// Fields asked for in that list, bits 0 to 5 (OAI §7.2). Default: 0x1F.
    pub users_mask: u32,
    /// The query for the destinations of one main extension. Default: none.
    pub query: Option<QueryTemplate>,
    /// Where its answer has what.
    pub fields: FieldMap,
    /// Pause after which everything is asked again. Default: 1 h.
    pub interval: Duration,
    /// The dialable extension of the Personal Router Device, where it was given one: it is monitored, and what it says is noted as it
    /// is. Default: none.
    pub prd_extension: Option<String>,
}

impl Default for Dee {
    fn default() -> Self {
        Self {
            users: true,
            users_mask: 0x1F,
            query: None,
            fields: FieldMap::default(),
            interval: Duration::from_hours(1),
            prd_extension: None,
        }
    }
}

/// Where the answer to the destination query has what. Fields count from 0, which is the sequence number: an answer
/// `SEQ,CF,CMD,INVOKE,OUTCOME,…` begins its own fields at 5.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FieldMap {
    /// The first field of the first destination, 5 or more. Default: 6, after a count.
    pub start: usize,
    /// Fields of one destination, 1 or more. Default: 3.
    pub stride: usize,
    /// Which of these is its type, from 0. Default: 0.
    pub kind: Option<usize>,
    /// Which of these is its extension. Default: 1.
    pub extension: Option<usize>,
    /// Which of these is its outside number; taken where the extension is blank. Default: 2.
    pub number: Option<usize>,
    /// Types that are no members, such as voice mail. Default: none.
    pub skipped_kinds: Vec<String>,
}

impl Default for FieldMap {
    fn default() -> Self {
        Self { start: 6, stride: 3, kind: Some(0), extension: Some(1), number: Some(2), skipped_kinds: Vec::new() }
    }
}

/// A command with places for the invoke id and the main extension: `_QUD,{invoke},{main}`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct QueryTemplate(String);

/// What is wrong with a query template.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TemplateError {
    /// The command's name is missing.
    #[error("it must begin with a command such as \"_QUD\": an underscore and 1 to 7 capital letters or digits")]
    Command,
    /// The invoke id has no place.
    #[error("\"{{invoke}}\" must follow the command, as in \"_QUD,{{invoke}},{{main}}\"")]
    Invoke,
    /// The main extension has no place.
    #[error("\"{{main}}\" must be there once, as in \"_QUD,{{invoke}},{{main}}\"")]
    Main,
    /// A line end or another control character.
    #[error("it must be one line of printable ASCII, at most 200 characters")]
    Characters,
}

impl QueryTemplate {
    /// The command's name, as answers repeat it.
    pub fn command(&self) -> &str {
        self.0.split(',').next().unwrap_or_default()
    }

    /// The command without its invoke id and line end, as its name and the arguments that follow the invoke id.
    pub fn fill(&self, main: &str) -> (String, Vec<String>) {
        let mut parts = self.0.split(',');
        let command = parts.next().unwrap_or_default().to_owned();
        (command, parts.skip(1).map(|part| part.replace("{main}", main)).collect())
    }
}

impl FromStr for QueryTemplate {
    type Err = TemplateError;

    fn from_str(text: &str) -> Result<Self, TemplateError> {
        if text.len() > 200 || !text.bytes().all(|b| (0x20..0x7F).contains(&b)) {
            return Err(TemplateError::Characters);
        }
        let mut parts = text.split(',');
        let name = parts.next().and_then(|command| command.strip_prefix('_')).unwrap_or_default();
        if !(1..=7).contains(&name.len()) || !name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()) {
            return Err(TemplateError::Command);
        }
        if parts.next() != Some("{invoke}") || text.matches("{invoke}").count() != 1 {
            return Err(TemplateError::Invoke);
        }
        if text.matches("{main}").count() != 1 {
            return Err(TemplateError::Main);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for QueryTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_checked_and_filled() {
        let cases = [
            ("_QUD,{invoke},{main}", Ok(("_QUD", vec!["1001"]))),
            ("_QUD,{invoke},0,|{main}|,7", Ok(("_QUD", vec!["0", "|1001|", "7"]))),
            ("QUD,{invoke},{main}", Err(TemplateError::Command)),
            ("_,{invoke},{main}", Err(TemplateError::Command)),
            ("_QUD,{main},{invoke}", Err(TemplateError::Invoke)),
            ("_QUD,{invoke},{invoke},{main}", Err(TemplateError::Invoke)),
            ("_QUD,{invoke}", Err(TemplateError::Main)),
            ("_QUD,{invoke},{main}{main}", Err(TemplateError::Main)),
            ("_QUD,{invoke},{main}\r_CC,5", Err(TemplateError::Characters)),
        ];
        for (text, expected) in cases {
            let filled = text.parse::<QueryTemplate>().map(|template| template.fill("1001"));
            let expected = expected.map(|(command, arguments)| (command.to_owned(), arguments.into_iter().map(str::to_owned).collect()));
            assert_eq!(filled, expected, "{text:?}");
        }
    }
}
