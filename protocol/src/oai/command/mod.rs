//! Commands: what a client asks (OAI reference §7).
//!
//! A command is written and read: a connector writes what a simulator reads. What is not documented is carried as its code
//! and its arguments ([`CommandBody::Other`]).

mod argument;
mod body;

use std::fmt;

use bytes::Bytes;
use smol_str::SmolStr;

pub use argument::{Counted, ListMask};
pub use body::CommandBody;

use super::error::{CommandError, EncodeError};
use super::frame;
use super::id::InvokeId;
use super::line::{self, Oddities, shortened};
use super::text::{shown, string};
use super::wire::{Field, Reader, Wire, Writer};
use super::write::LineEnd;

string! {
    /// Code of a command: `_MS`, or `RR` of the two that have no invoke id.
    CommandCode
}
shown!(CommandCode);

impl CommandCode {
    /// True for `RR` and `RT`, which take no invoke id and get no confirmation.
    pub fn is_legacy(&self) -> bool {
        matches!(self.as_str(), "RR" | "RT")
    }
}

/// A command.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Command {
    /// Number by which its confirmation is recognised, 1 to 65535; ignored for `RR` and `RT`.
    pub invoke: InvokeId,
    /// What is asked.
    pub body: CommandBody,
    /// Arguments behind those that are known.
    pub extra: Vec<Field>,
    /// What was odd about the line.
    pub odd: Oddities,
}

impl Command {
    /// That command under that invoke id.
    pub fn new(invoke: InvokeId, body: CommandBody) -> Self {
        Self { invoke, body, extra: Vec::new(), odd: Oddities::default() }
    }

    /// `command = CMD "," invoke [ "," args ]` / `( "RR" / "RT" ) [ "," ext ]`, without line end.
    pub fn parse(line: &str) -> Result<Self, CommandError> {
        let mut fields = Reader::new(line);
        let code = CommandCode::from(line::code(fields.next()).ok_or(CommandError::NoCode)?);
        let invoke = if code.is_legacy() {
            None
        } else {
            let given = fields.next().unwrap_or_default();
            let invoke = InvokeId::read(given).filter(|&invoke| invoke > 0);
            Some(invoke.ok_or_else(|| CommandError::InvokeId { code: code.clone(), given: shortened(given) })?)
        };
        let odd_pipes = fields.odd_pipes();
        let body = CommandBody::read(&code, &mut fields).ok_or(CommandError::Argument { code, invoke })?;
        let extra = fields.fields();
        Ok(Self { invoke: invoke.unwrap_or_default(), body, extra, odd: Oddities { odd_pipes, unreadable: fields.unreadable } })
    }

    /// The line, ended by CR. Blank arguments at the end are left out.
    pub fn line(&self) -> Result<Bytes, EncodeError> {
        self.written(false)
    }

    /// The frame of this line alone.
    pub fn encode(&self) -> Result<Bytes, EncodeError> {
        Ok(frame::encode([&self.written(false)?[..]]))
    }

    /// The same with `***` for passwords: fit for logs and captures.
    pub fn encode_masked(&self) -> Result<Bytes, EncodeError> {
        Ok(frame::encode([&self.written(true)?[..]]))
    }

    fn written(&self, masked: bool) -> Result<Bytes, EncodeError> {
        let code = self.body.code();
        if line::code(Some(code)) != Some(code) {
            return Err(EncodeError::Code(code.into()));
        }
        let mut line = Vec::with_capacity(64);
        let mut out = Writer::strict(&mut line, masked);
        out.bare(code);
        if !self.body.is_legacy() {
            if self.invoke == 0 {
                return Err(EncodeError::InvokeId);
            }
            out.put(&self.invoke);
        }
        self.body.write(&mut out);
        out.fields(&self.extra);
        out.trim();
        out.finish()?;
        line.extend_from_slice(LineEnd::Cr.bytes());
        Ok(line.into())
    }
}

/// A command that is known by its code alone: sent as it is, with whatever arguments.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OtherCommand {
    /// Its code.
    pub code: CommandCode,
    /// Its arguments.
    pub args: Vec<Field>,
}

impl OtherCommand {
    /// Of a code and arguments as they stand in a line: `|…|` is a text.
    pub fn new<'a>(code: impl AsRef<str>, args: impl IntoIterator<Item = &'a str>) -> Self {
        Self { code: CommandCode::new(code), args: args.into_iter().map(Field::of).collect() }
    }
}
