//! XML as CSTA uses it: a bounded pull reader that matches by local name, a writer, and how values stand in elements.

mod cursor;
mod encoding;
mod raw;
mod style;
mod value;
mod writer;

pub use cursor::XmlLimits;
pub(super) use cursor::{Cursor, Node, Start};
pub(super) use encoding::decode;
pub use raw::RawXml;
pub use style::{Edition, Encoding, SESSION_NAMESPACE, Spelling, Style};
pub(super) use value::{Child, Content, FLAGS_MAX, Group, Value, choice, flags, group, record, words};
pub(super) use writer::Writer;
