//! The reader: one element after the other, within limits.

use quick_xml::XmlVersion;
use quick_xml::events::attributes::AttrError;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::reader::Reader;
use smol_str::SmolStr;

use super::raw::{self, RawXml};
use crate::csta::error::XmlError;

/// What a body may hold at most. Its length is limited by its frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct XmlLimits {
    /// Elements within elements.
    pub depth: usize,
    /// Elements.
    pub elements: usize,
    /// Attributes of an element.
    pub attributes: usize,
    /// Bytes of the attributes of an element together.
    pub attribute_bytes: usize,
    /// Namespaces declared at a time.
    pub namespaces: usize,
}

/// 32 deep, 8192 elements, 32 attributes of 4096 bytes together, 32 namespaces: several times what the longest known messages have.
impl Default for XmlLimits {
    fn default() -> Self {
        Self { depth: 32, elements: 8192, attributes: 32, attribute_bytes: 4096, namespaces: 32 }
    }
}

/// A start tag that was read.
pub(in crate::csta) struct Start<'a> {
    tag: BytesStart<'a>,
    /// Where it begins in the source.
    at: usize,
}

impl Start<'_> {
    /// Its name without a prefix.
    pub(in crate::csta) fn name(&self) -> &str {
        self.tag.local_name().into_inner()
    }

    pub(in crate::csta) fn prefix(&self) -> &str {
        self.tag.name().prefix().map_or("", |prefix| prefix.into_inner())
    }

    /// Its attributes without a prefix, in order.
    pub(in crate::csta) fn attributes(&self) -> Result<Vec<(SmolStr, SmolStr)>, XmlError> {
        if self.tag.attributes_raw().trim_ascii().is_empty() {
            return Ok(Vec::new());
        }
        let mut all = Vec::new();
        for attribute in self.tag.attributes().with_checks(false) {
            let attribute = attribute.map_err(|error| bad_attribute(self.at, &error))?;
            let name = attribute.key.0;
            if name == "xmlns" || name.contains(':') {
                continue;
            }
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| error_of(error, self.at))?;
            all.push((SmolStr::new(name), SmolStr::new(value.trim())));
        }
        Ok(all)
    }
}

/// What stands in an element.
pub(in crate::csta) enum Node<'a> {
    Child(Start<'a>),
    /// Its text went into the scratch.
    Text,
    End,
}

/// The reader of one body.
pub(in crate::csta) struct Cursor<'a> {
    reader: Reader<&'a [u8]>,
    source: &'a str,
    limits: XmlLimits,
    depth: usize,
    elements: usize,
    /// Text of the element being read, its references resolved.
    scratch: String,
    /// The prefixes that are declared, the namespaces, and how deep.
    scopes: Vec<(usize, SmolStr, SmolStr)>,
    /// Elements whose text is nothing of their kind.
    pub(in crate::csta) unreadable: u32,
}

impl<'a> Cursor<'a> {
    pub(in crate::csta) fn new(source: &'a str, limits: XmlLimits) -> Self {
        let mut reader = Reader::from_str(source);
        reader.config_mut().expand_empty_elements = true;
        Self { reader, source, limits, depth: 0, elements: 0, scratch: String::new(), scopes: Vec::new(), unreadable: 0 }
    }

    /// The root element.
    pub(in crate::csta) fn root(&mut self) -> Result<Start<'a>, XmlError> {
        loop {
            let at = self.position();
            match self.event()? {
                Event::Start(tag) => return self.started(tag, at),
                Event::Text(text) if text.trim_ascii().is_empty() => {}
                Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
                Event::Eof => return Err(XmlError::Empty),
                _ => return Err(XmlError::Malformed { at, what: "text outside of an element".into() }),
            }
        }
    }

    /// Nothing may stand behind the root element but comments and white space.
    pub(in crate::csta) fn finish(&mut self) -> Result<(), XmlError> {
        loop {
            let at = self.position();
            match self.event()? {
                Event::Eof => return Ok(()),
                Event::Text(text) if text.trim_ascii().is_empty() => {}
                Event::Comment(_) | Event::PI(_) => {}
                _ => return Err(XmlError::Trailing { at }),
            }
        }
    }

    /// The next child of the element that is being read; `None`: its end tag was read.
    pub(in crate::csta) fn child(&mut self) -> Result<Option<Start<'a>>, XmlError> {
        loop {
            match self.node()? {
                Node::Child(start) => return Ok(Some(start)),
                Node::Text => self.scratch.clear(),
                Node::End => return Ok(None),
            }
        }
    }

    /// The next part of the element that is being read.
    pub(in crate::csta) fn node(&mut self) -> Result<Node<'a>, XmlError> {
        loop {
            let at = self.position();
            match self.event()? {
                Event::Start(tag) => return self.started(tag, at).map(Node::Child),
                Event::End(_) => {
                    while self.scopes.last().is_some_and(|scope| scope.0 == self.depth) {
                        self.scopes.pop();
                    }
                    self.depth -= 1;
                    return Ok(Node::End);
                }
                Event::Text(text) => self.scratch.push_str(&text.xml10_content()),
                Event::CData(text) => self.scratch.push_str(&text.xml10_content()),
                Event::GeneralRef(reference) => self.scratch.push(resolved(&reference)?),
                Event::Eof => return Err(XmlError::Unfinished(self.unfinished())),
                // A declaration amid the document is none; comments and instructions say nothing here.
                _ => continue,
            }
            return Ok(Node::Text);
        }
    }

    /// The text of the element whose start tag was just read, trimmed; its end tag is read. Elements within it are left out.
    pub(in crate::csta) fn text(&mut self) -> Result<&str, XmlError> {
        self.scratch.clear();
        loop {
            match self.node()? {
                Node::Child(_) => self.skip()?,
                Node::Text => {}
                Node::End => return Ok(self.scratch.trim()),
            }
        }
    }

    /// What [`node`](Self::node) put together so far, trimmed.
    pub(in crate::csta) fn gathered(&self) -> &str {
        self.scratch.trim()
    }

    pub(in crate::csta) fn forget_text(&mut self) {
        self.scratch.clear();
    }

    /// Leaves out the element whose start tag was just read. What was gathered of the text around it stays.
    pub(in crate::csta) fn skip(&mut self) -> Result<(), XmlError> {
        let (outer, gathered) = (self.depth, self.scratch.len());
        while self.depth >= outer {
            self.node()?;
            self.scratch.truncate(gathered);
        }
        Ok(())
    }

    /// The element whose start tag was just read, as it stands, with the prefixes that it uses.
    pub(in crate::csta) fn raw(&mut self, start: &Start<'_>) -> Result<RawXml, XmlError> {
        let scopes = self.scopes.len();
        self.skip()?;
        let end = self.position();
        let xml = self.source.get(start.at..end).unwrap_or_default();
        Ok(raw::captured(xml, self.scopes.get(..scopes.min(self.scopes.len())).unwrap_or_default()))
    }

    /// The namespace of a prefix, of the default one where it is empty.
    pub(in crate::csta) fn namespace(&self, prefix: &str) -> Option<&SmolStr> {
        self.scopes.iter().rev().find(|scope| scope.1 == prefix).map(|scope| &scope.2).filter(|namespace| !namespace.is_empty())
    }

    fn started(&mut self, tag: BytesStart<'a>, at: usize) -> Result<Start<'a>, XmlError> {
        self.depth += 1;
        self.elements += 1;
        if self.depth > self.limits.depth {
            return Err(XmlError::TooDeep { limit: self.limits.depth });
        }
        if self.elements > self.limits.elements {
            return Err(XmlError::TooManyElements { limit: self.limits.elements });
        }
        let attributes = tag.attributes_raw();
        if attributes.len() > self.limits.attribute_bytes {
            return Err(XmlError::AttributesTooLong { limit: self.limits.attribute_bytes });
        }
        if !attributes.trim_ascii().is_empty() {
            for (count, attribute) in tag.attributes().with_checks(false).enumerate() {
                if count >= self.limits.attributes {
                    return Err(XmlError::TooManyAttributes { limit: self.limits.attributes });
                }
                let attribute = attribute.map_err(|error| bad_attribute(at, &error))?;
                let name = attribute.key.0;
                let prefix = if name == "xmlns" { Some("") } else { name.strip_prefix("xmlns:") };
                if let Some(prefix) = prefix {
                    if self.scopes.len() >= self.limits.namespaces {
                        return Err(XmlError::TooManyNamespaces { limit: self.limits.namespaces });
                    }
                    let namespace = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| error_of(error, at))?;
                    self.scopes.push((self.depth, SmolStr::new(prefix), SmolStr::new(namespace.trim())));
                }
            }
        }
        Ok(Start { tag, at })
    }

    fn event(&mut self) -> Result<Event<'a>, XmlError> {
        match self.reader.read_event() {
            Ok(Event::DocType(_)) => Err(XmlError::Doctype),
            Ok(event) => Ok(event),
            Err(error) => {
                let at = usize::try_from(self.reader.error_position()).unwrap_or(usize::MAX);
                let rest = self.source.get(at..).unwrap_or_default();
                if rest.get(..9).is_some_and(|begin| begin.eq_ignore_ascii_case("<!doctype")) {
                    return Err(XmlError::Doctype);
                }
                Err(error_of(error, at))
            }
        }
    }

    fn position(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX)
    }

    /// The last start tag, for an error.
    fn unfinished(&self) -> SmolStr {
        let name = self.source.rfind('<').and_then(|at| self.source.get(at + 1..)).unwrap_or_default();
        name.chars().take_while(|character| !character.is_whitespace() && *character != '>').take(60).collect()
    }
}

fn resolved(reference: &BytesRef<'_>) -> Result<char, XmlError> {
    let shown = || reference.chars().take(40).collect::<SmolStr>();
    if reference.is_char_ref() {
        return match reference.resolve_char_ref() {
            Ok(Some(character)) if allowed(character) => Ok(character),
            _ => Err(XmlError::Character(shown())),
        };
    }
    Ok(match &**reference {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "apos" => '\'',
        "quot" => '"',
        _ => return Err(XmlError::Entity(shown())),
    })
}

/// True for a character that XML 1.0 knows.
pub(super) fn allowed(character: char) -> bool {
    !matches!(character, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

fn bad_attribute(at: usize, error: &AttrError) -> XmlError {
    XmlError::Malformed { at, what: shortened(&error.to_string()) }
}

fn error_of(error: quick_xml::Error, at: usize) -> XmlError {
    use quick_xml::escape::EscapeError;
    match error {
        quick_xml::Error::Escape(EscapeError::UnrecognizedEntity(_, name)) => XmlError::Entity(shortened(&name)),
        quick_xml::Error::Escape(EscapeError::InvalidCharRef(_)) => XmlError::Character("#".into()),
        other => XmlError::Malformed { at, what: shortened(&other.to_string()) },
    }
}

fn shortened(text: &str) -> SmolStr {
    text.chars().take(120).collect()
}
