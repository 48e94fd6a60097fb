//! Elements without a meaning here, kept as they came.

use std::fmt;

use memchr::memmem;
use smol_str::{SmolStr, SmolStrBuilder};

use super::cursor::{Cursor, Start, XmlLimits};
use super::value::Value;
use super::writer::Writer;
use crate::csta::error::XmlError;

const XMLNS: &str = "xmlns:";

/// One element as it stands: private data, vendors' elements, and what is not told apart here.
///
/// Prefixes that it uses and that were declared around it are declared in it, so that it may stand elsewhere.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RawXml(SmolStr);

impl RawXml {
    /// Of one well-formed element, without a document type declaration.
    pub fn new(xml: &str) -> Result<Self, XmlError> {
        let mut cursor = Cursor::new(xml, XmlLimits::default());
        let start = cursor.root()?;
        let raw = cursor.raw(&start)?;
        cursor.finish()?;
        Ok(raw)
    }

    /// The element, from its start tag to its end tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its name without a prefix.
    pub fn name(&self) -> &str {
        let name = self.0.trim_start_matches('<');
        let name = name.split(|character: char| character.is_whitespace() || matches!(character, '>' | '/')).next().unwrap_or_default();
        name.rsplit(':').next().unwrap_or_default()
    }

    /// The text of the first element of that local name, this one included, trimmed and with its references resolved.
    pub fn text_of(&self, name: &str) -> Option<SmolStr> {
        let mut cursor = Cursor::new(&self.0, XmlLimits::default());
        let mut start = cursor.root().ok()?;
        let mut open = 1_usize;
        loop {
            if start.name() == name {
                return cursor.text().ok().map(SmolStr::new);
            }
            start = loop {
                match cursor.child().ok()? {
                    Some(start) => break start,
                    None => open -= 1,
                }
                if open == 0 {
                    return None;
                }
            };
            open += 1;
        }
    }
}

impl fmt::Debug for RawXml {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// What stands in the source, with the declarations of these scopes that it uses and does not make itself.
pub(super) fn captured(xml: &str, scopes: &[(usize, SmolStr, SmolStr)]) -> RawXml {
    let mut missing: Vec<&(usize, SmolStr, SmolStr)> = Vec::new();
    for scope in scopes.iter().rev() {
        let prefix = scope.1.as_str();
        if !prefix.is_empty() && !missing.iter().any(|other| other.1 == prefix) && uses(xml, prefix) && !declares(xml, prefix) {
            missing.push(scope);
        }
    }
    if missing.is_empty() {
        return RawXml(SmolStr::new(xml));
    }
    let name = xml.find(|character: char| character.is_whitespace() || matches!(character, '>' | '/')).unwrap_or(xml.len());
    let mut whole = SmolStrBuilder::new();
    whole.push_str(&xml[..name]);
    for (_, prefix, namespace) in missing {
        whole.push_str(&format!(" xmlns:{prefix}=\"{}\"", quick_xml::escape::escape(namespace.as_str())));
    }
    whole.push_str(&xml[name..]);
    RawXml(whole.finish())
}

fn uses(xml: &str, prefix: &str) -> bool {
    memmem::find_iter(xml.as_bytes(), prefix).any(|at| xml.as_bytes().get(at + prefix.len()) == Some(&b':'))
}

fn declares(xml: &str, prefix: &str) -> bool {
    let named = |at: usize| xml.get(at + XMLNS.len()..).and_then(|behind| behind.strip_prefix(prefix));
    memmem::find_iter(xml.as_bytes(), XMLNS).filter_map(named).any(|behind| behind.trim_start().starts_with('='))
}

impl Value for RawXml {
    fn read(start: &Start<'_>, xml: &mut Cursor<'_>) -> Result<Option<Self>, XmlError> {
        xml.raw(start).map(Some)
    }

    fn write(&self, _name: &str, out: &mut Writer<'_>) {
        out.raw(&self.0);
    }
}
