//! From the bytes of a body to characters.

use std::borrow::Cow;

use memchr::memmem;
use smol_str::SmolStr;

use crate::csta::error::XmlError;

/// The declaration stands within so many bytes, or there is none.
const DECLARATION_BYTES_MAX: usize = 256;

/// The characters of a body: its byte order mark taken off, its declared encoding honoured, UTF-8 where none is declared.
/// NULs and white space behind the document are taken off.
pub(in crate::csta) fn decode(body: &[u8]) -> Result<Cow<'_, str>, XmlError> {
    if body.starts_with(&[0xfe, 0xff]) || body.starts_with(&[0xff, 0xfe]) || body.starts_with(&[0, b'<']) || body.starts_with(b"<\0") {
        return Err(XmlError::Encoding("UTF-16".into()));
    }
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let end = body.iter().rposition(|byte| !matches!(byte, 0 | b' ' | b'\t' | b'\r' | b'\n')).map_or(0, |last| last + 1);
    let body = &body[..end];
    let name = declared(body);
    let is = |names: &[&str]| name.is_none_or(|name| names.iter().any(|one| one.eq_ignore_ascii_case(name)));
    if is(&["utf-8", "utf8"]) {
        return utf8(body, "UTF-8");
    }
    if is(&["us-ascii", "ascii"]) {
        return utf8(body, "US-ASCII");
    }
    if is(&["iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "latin-1"]) {
        if body.is_ascii() {
            return utf8(body, "US-ASCII");
        }
        return Ok(Cow::Owned(body.iter().map(|&byte| char::from(byte)).collect()));
    }
    let name: String = name.unwrap_or_default().chars().take(40).collect();
    Err(XmlError::Encoding(SmolStr::from(name)))
}

fn utf8<'a>(body: &'a [u8], encoding: &'static str) -> Result<Cow<'a, str>, XmlError> {
    std::str::from_utf8(body).map(Cow::Borrowed).map_err(|error| XmlError::NotEncoded { at: error.valid_up_to(), encoding })
}

/// The encoding that an XML declaration names.
fn declared(body: &[u8]) -> Option<&str> {
    let declaration = body.strip_prefix(b"<?xml")?;
    let declaration = &declaration[..declaration.len().min(DECLARATION_BYTES_MAX)];
    let declaration = &declaration[..memmem::find(declaration, b"?>")?];
    let behind = &declaration[memmem::find(declaration, b"encoding")? + "encoding".len()..];
    let value = behind.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let (quote, value) = value.split_first().filter(|(quote, _)| matches!(quote, b'"' | b'\''))?;
    std::str::from_utf8(&value[..memchr::memchr(*quote, value)?]).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations() {
        assert_eq!(declared(b"<?xml version='1.0' encoding = 'ISO-8859-1' standalone='yes'?><a/>"), Some("ISO-8859-1"));
        assert_eq!(declared(b"<?xml version=\"1.0\"?><a encoding=\"x\"/>"), None);
        assert_eq!(declared(b"<a encoding=\"x\"/>"), None);
    }

    #[test]
    fn encodings() {
        assert_eq!(decode("\u{feff}<a>\u{fc}</a>\r\n\0".as_bytes()).unwrap(), "<a>\u{fc}</a>");
        assert_eq!(
            decode(b"<?xml version='1.0' encoding='iso-8859-1'?><a>\xfc</a>").unwrap(),
            "<?xml version='1.0' encoding='iso-8859-1'?><a>\u{fc}</a>"
        );
        assert_eq!(decode(b"<a>\xfc</a>"), Err(XmlError::NotEncoded { at: 3, encoding: "UTF-8" }));
        assert_eq!(decode(b"<?xml version='1.0' encoding='EBCDIC-CP-BE'?><a/>"), Err(XmlError::Encoding("EBCDIC-CP-BE".into())));
        assert_eq!(decode(b"\xff\xfe<\0a\0"), Err(XmlError::Encoding("UTF-16".into())));
    }
}
