//! From messages to what is stored of them together.

use async_nats::{HeaderMap, Message};
use uuid::Uuid;

use super::wire::{self, Body, Told};
use crate::store::postgres::{Delivery, NumberedBy, PutAside};
use crate::telephony::Time;

/// Names messages by what they are, for those that bear no usable id of their own.
const NAMESPACE: Uuid = Uuid::from_u128(0x6c1f_03b5_3f0e_4b0e_9a5e_0d8f_2f6b_7a11);

/// A message that is on its way into the database.
pub(super) struct Taken {
    pub(super) message: Message,
    pub(super) content: Content,
}

/// What is to be stored of it.
pub(super) enum Content {
    Told(Told),
    /// It cannot be read, or the database refuses it.
    Aside {
        number: Option<(Uuid, u64)>,
        reason: String,
    },
}

impl Taken {
    /// Reads it; one that cannot be read is put aside.
    pub(super) fn of(message: Message) -> Self {
        let content = match wire::read(&message.subject, message.headers.as_ref(), &message.payload) {
            Ok(told) => Content::Told(told),
            Err(error) => Content::Aside { number: wire::number(message.headers.as_ref()).ok().flatten(), reason: error.to_string() },
        };
        Self { message, content }
    }

    /// The database refuses it by itself.
    pub(super) fn put_aside(&mut self, reason: String) {
        let number = match &self.content {
            Content::Told(told) => told.number,
            Content::Aside { number, .. } => *number,
        };
        self.content = Content::Aside { number, reason };
    }
}

/// Everything of these messages.
pub(super) fn delivery(taken: &[Taken]) -> Delivery {
    let mut delivery = Delivery::default();
    for Taken { message, content } in taken {
        match content {
            Content::Told(Told { number, body }) => {
                if let Some((source, number)) = number {
                    let by = NumberedBy { site: body.site().to_owned(), source: *source };
                    delivery.numbers.entry(by).or_default().insert(*number, moment(body));
                }
                match body {
                    Body::Call(received) => delivery.records.push((**received).clone()),
                    Body::Gap(gap) => delivery.gaps.push(gap.clone()),
                }
            }
            Content::Aside { number, reason } => delivery.aside.push(PutAside {
                id: id(message),
                site: wire::site(&message.subject).map(str::to_owned),
                number: *number,
                subject: message.subject.to_string(),
                headers: headers(message.headers.as_ref()),
                body: message.payload.to_vec(),
                reason: reason.clone(),
            }),
        }
    }
    delivery
}

/// The end of what a message tells of.
pub(super) fn moment(body: &Body) -> Time {
    match body {
        Body::Call(received) => received.record().ended_at,
        Body::Gap(gap) => gap.until.unwrap_or(gap.from),
    }
}

/// The same for the same message, so that it is put aside once however often it comes.
fn id(message: &Message) -> Uuid {
    let mut text = Vec::with_capacity(message.payload.len() + 128);
    for part in [message.subject.as_bytes(), headers(message.headers.as_ref()).as_bytes(), &message.payload] {
        text.extend_from_slice(part);
        text.push(0);
    }
    Uuid::new_v5(&NAMESPACE, &text)
}

/// A line each, in the order of their names.
fn headers(headers: Option<&HeaderMap>) -> String {
    let Some(headers) = headers else { return String::new() };
    let each = headers.iter().flat_map(|(name, values)| values.iter().map(move |value| format!("{name}: {value}\n")));
    let mut lines: Vec<String> = each.collect();
    lines.sort_unstable();
    lines.concat()
}
