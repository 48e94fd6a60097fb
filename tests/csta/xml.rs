//! What the PBX of these tests needs of XML: by searching for text, so that nothing of it is the codec's.

/// The name of the root element, without a prefix.
pub(crate) fn root(body: &str) -> &str {
    let after = body.find("?>").map_or(body, |end| &body[end + 2..]);
    let begin = after.find('<').map_or(after, |at| &after[at + 1..]);
    let name = begin.split([' ', '>', '/', '\n']).next().unwrap_or_default();
    name.rsplit(':').next().unwrap_or_default()
}

/// The text of the first element of that name, whatever its attributes.
pub(crate) fn text<'a>(body: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = body;
    loop {
        let at = rest.find(&format!("<{name}"))?;
        rest = &rest[at + 1 + name.len()..];
        if rest.starts_with([' ', '>']) {
            let (tag, behind) = rest.split_once('>')?;
            return if tag.ends_with('/') { Some("") } else { behind.split('<').next() };
        }
    }
}

/// `<name><inner…></name>`.
pub(crate) fn wrapped(name: &str, inner: &str) -> String {
    format!("<{name}>{inner}</{name}>")
}

/// A device in an event.
pub(crate) fn device(name: &str, number: &str) -> String {
    format!("<{name}><deviceIdentifier>{number}</deviceIdentifier></{name}>")
}

/// A connection: a call and a device.
pub(crate) fn connection(name: &str, call: &str, number: &str) -> String {
    format!("<{name}><callID>{call}</callID><deviceID>{number}</deviceID></{name}>")
}
