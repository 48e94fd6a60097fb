//! What a body says: a request, an answer, an error or an event, told apart by the name of the root element alone.

use bytes::Bytes;
use smol_str::SmolStr;

use super::error::{EncodeError, XmlError};
use super::event::Event;
use super::frame::{self, InvokeId};
use super::request::Request;
use super::response::{ErrorCode, Response};
use super::xml::{self, Cursor, Edition, RawXml, SESSION_NAMESPACE, Style, Value, Writer, XmlLimits};

/// Messages by the name of their root element.
macro_rules! roots {
    ($(#[$meta:meta])* $name:ident {
        $($(#[$variant_meta:meta])* $variant:ident($type:ty) = $tag:literal $(| $alias:literal)*,)*
    }) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, Debug)]
        pub enum $name {
            $($(#[$variant_meta])* $variant(Box<$type>),)*
        }

        impl $name {
            /// The names of all root elements.
            pub const NAMES: &[&str] = &[$($tag),*];

            /// The name of the root element, as the schema spells it.
            pub const fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $tag,)*
                }
            }

            /// `None`: the root element is none of these, and nothing of it was read.
            pub(in crate::csta) fn read(
                start: &crate::csta::xml::Start<'_>,
                xml: &mut crate::csta::xml::Cursor<'_>,
            ) -> Result<Option<Self>, crate::csta::XmlError> {
                Ok(match start.name() {
                    $($tag $(| $alias)* => {
                        <$type as crate::csta::xml::Value>::read(start, xml)?.map(|value| Self::$variant(Box::new(value)))
                    })*
                    _ => None,
                })
            }

            pub(in crate::csta) fn write(&self, out: &mut crate::csta::xml::Writer<'_>) {
                match self {
                    $(Self::$variant(value) => {
                        let name = out.spelt($tag, &[$($alias),*]);
                        crate::csta::xml::Value::write(&**value, name, out);
                    })*
                }
            }
        }

        #[cfg(test)]
        impl $name {
            /// One of each.
            pub(in crate::csta) fn samples(entropy: &mut crate::csta::sample::Entropy) -> Vec<Self> {
                vec![$(Self::$variant(Box::new(crate::csta::sample::Sample::sample(entropy)))),*]
            }
        }
    };
}
pub(super) use roots;

/// What a body says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Message {
    /// One side asks the other, or tells what is no event.
    Request(Request),
    /// The answer.
    Response(Response),
    /// The answer that it cannot be done.
    Error(ErrorCode),
    /// The PBX tells what happened.
    Event(Event),
    /// A root element that is not known here: a vendor's own service.
    Other(RawXml),
}

/// A body that was read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Received {
    /// What it says.
    pub message: Message,
    /// The namespace of its root element: what to answer in. Of sessions and vendors' services that is their own.
    pub edition: Edition,
    /// Elements that hold nothing of their kind, such as a number without digits: they were left out.
    pub unreadable: u32,
}

const ERROR: &str = "CSTAErrorCode";

impl Message {
    /// What a body says, in whichever encoding and edition.
    pub fn parse(body: &[u8], limits: &XmlLimits) -> Result<Received, XmlError> {
        let text = xml::decode(body)?;
        let mut cursor = Cursor::new(&text, *limits);
        let start = cursor.root()?;
        let edition = Edition::of(cursor.namespace(start.prefix()).map(SmolStr::as_str));
        let message = Self::read(&start, &mut cursor)?;
        cursor.finish()?;
        Ok(Received { message, edition, unreadable: cursor.unreadable })
    }

    fn read(start: &xml::Start<'_>, cursor: &mut Cursor<'_>) -> Result<Self, XmlError> {
        let name = start.name();
        if name == ERROR {
            return Ok(Self::Error(ErrorCode::read(start, cursor)?.unwrap_or(ErrorCode::Unspecified)));
        }
        let known = if name.ends_with("Event") {
            Event::read(start, cursor)?.map(Self::Event)
        } else if name.ends_with("Response") {
            Response::read(start, cursor)?.map(Self::Response)
        } else {
            Request::read(start, cursor)?.map(Self::Request)
        };
        match known {
            Some(message) => Ok(message),
            None => cursor.raw(start).map(Self::Other),
        }
    }

    /// The name of the root element, as the schema spells it.
    pub fn name(&self) -> &str {
        match self {
            Self::Request(request) => request.name(),
            Self::Response(response) => response.name(),
            Self::Error(_) => ERROR,
            Self::Event(event) => event.name(),
            Self::Other(raw) => raw.name(),
        }
    }

    /// True for what answers a request, a vendor's own included.
    pub fn is_answer(&self) -> bool {
        match self {
            Self::Response(_) | Self::Error(_) => true,
            Self::Request(_) | Self::Event(_) => false,
            Self::Other(raw) => raw.name().ends_with("Response") || raw.name() == "CSTAException",
        }
    }

    /// The body.
    pub fn encode(&self, style: &Style) -> Result<Bytes, EncodeError> {
        let namespace = if !self.is_of_session() {
            style.edition.namespace()
        } else if style.session_namespace {
            SESSION_NAMESPACE
        } else {
            ""
        };
        let mut out = Writer::new(style, namespace);
        match self {
            Self::Request(request) => request.write(&mut out),
            Self::Response(response) => response.write(&mut out),
            Self::Error(error) => error.write(ERROR, &mut out),
            Self::Event(event) => event.write(&mut out),
            Self::Other(raw) => out.raw(raw.as_str()),
        }
        out.finish()
    }

    /// The frame: what goes over the wire.
    pub fn frame(&self, invoke: InvokeId, style: &Style) -> Result<Bytes, EncodeError> {
        frame::encode(invoke, &self.encode(style)?, style.frame_bytes)
    }

    fn is_of_session(&self) -> bool {
        self.name().contains("ApplicationSession")
    }
}

impl From<Request> for Message {
    fn from(request: Request) -> Self {
        Self::Request(request)
    }
}

impl From<Response> for Message {
    fn from(response: Response) -> Self {
        Self::Response(response)
    }
}

impl From<Event> for Message {
    fn from(event: Event) -> Self {
        Self::Event(event)
    }
}
