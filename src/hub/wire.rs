//! What sites publish: call records and gaps, with who numbered them and how.
//!
//! Subjects are `PREFIX.SITE.calls` and `PREFIX.SITE.gaps`; the prefix is known only to the stream, so it is not looked at.

use async_nats::HeaderMap;
use uuid::Uuid;

use crate::record::{LinkGap, site_token};
use crate::store::ReceivedRecord;

/// The only version of this form so far; a message without one is taken for it.
const VERSION: &str = "1";

/// A message that could be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Told {
    /// The source of its number, and the number; `None` for what was stored before the site began to publish.
    pub(super) number: Option<(Uuid, u64)>,
    /// What it tells.
    pub(super) body: Body,
}

/// What a message tells.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Body {
    Call(Box<ReceivedRecord>),
    Gap(LinkGap),
}

impl Body {
    pub(super) fn site(&self) -> &str {
        match self {
            Self::Call(received) => &received.record().site,
            Self::Gap(gap) => &gap.site,
        }
    }
}

/// Why a message cannot be read. It never can be, so it is put aside.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unreadable {
    #[error("version {0:?}; this program reads version {VERSION}")]
    Version(String),
    #[error("the header {name} is {value:?}, which is no {wanted}")]
    Header { name: &'static str, value: String, wanted: &'static str },
    #[error("the header {0} is there without the other: a number needs its source")]
    Half(&'static str),
    #[error("the subject ends neither in .calls nor in .gaps")]
    Subject,
    #[error("the subject says site {subject:?}, the body says {body:?}")]
    Site { subject: String, body: String },
    #[error("not UTF-8")]
    Text(#[from] std::str::Utf8Error),
    #[error("not a call record: {0}")]
    Call(#[source] serde_json::Error),
    #[error("not a gap: {0}")]
    Gap(#[source] serde_json::Error),
}

/// Reads a message.
pub(super) fn read(subject: &str, headers: Option<&HeaderMap>, payload: &[u8]) -> Result<Told, Unreadable> {
    if let Some(version) = header(headers, "Strowger-Version").filter(|version| *version != VERSION) {
        return Err(Unreadable::Version(version.to_owned()));
    }
    let number = number(headers)?;
    let text = std::str::from_utf8(payload)?;
    let body = match subject.rsplit_once('.').map(|(_, kind)| kind) {
        Some("calls") => Body::Call(Box::new(ReceivedRecord::parse(text).map_err(Unreadable::Call)?)),
        Some("gaps") => Body::Gap(serde_json::from_str(text).map_err(Unreadable::Gap)?),
        _ => return Err(Unreadable::Subject),
    };
    // What a site may publish is limited by its subject; so it must not speak for another in the body.
    let site = site(subject).unwrap_or_default();
    if site != site_token(body.site()) {
        return Err(Unreadable::Site { subject: site.to_owned(), body: body.site().to_owned() });
    }
    Ok(Told { number, body })
}

/// The number of a message and the source in which it runs.
pub(super) fn number(headers: Option<&HeaderMap>) -> Result<Option<(Uuid, u64)>, Unreadable> {
    let (source, seq) = match (header(headers, "Strowger-Source"), header(headers, "Strowger-Seq")) {
        (None, None) => return Ok(None),
        (Some(source), Some(seq)) => (source, seq),
        (Some(_), None) => return Err(Unreadable::Half("Strowger-Source")),
        (None, Some(_)) => return Err(Unreadable::Half("Strowger-Seq")),
    };
    let wrong = |name, value: &str, wanted| Unreadable::Header { name, value: value.to_owned(), wanted };
    let id = Uuid::parse_str(source).map_err(|_| wrong("Strowger-Source", source, "UUID"))?;
    let number = seq.parse::<u64>().ok().filter(|number| (1..i64::MAX.unsigned_abs()).contains(number));
    Ok(Some((id, number.ok_or_else(|| wrong("Strowger-Seq", seq, "number from 1 on"))?)))
}

/// The site of a subject, as one token.
pub(super) fn site(subject: &str) -> Option<&str> {
    subject.rsplit('.').nth(1)
}

fn header<'a>(headers: Option<&'a HeaderMap>, name: &'static str) -> Option<&'a str> {
    headers.and_then(|headers| headers.get(name)).map(async_nats::HeaderValue::as_str)
}
