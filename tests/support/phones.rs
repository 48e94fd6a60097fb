//! Telephones that play a score: many calls by the clock, each with a number of its own.

use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdout, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::lab::{self, Lab};
use super::program::{command, source};

/// One call to be made. All times in seconds.
#[derive(Clone, Serialize, Debug)]
pub(crate) struct Planned {
    /// The outside party's number, which no other call has.
    pub(crate) id: String,
    /// After the beginning.
    pub(crate) at: f64,
    pub(crate) extension: String,
    /// The extension calls outside; otherwise the outside party calls the extension.
    pub(crate) outbound: bool,
    /// After so long ringing; `None`: never.
    pub(crate) answer: Option<f64>,
    /// After the beginning.
    pub(crate) end: f64,
    pub(crate) by_caller: bool,
}

#[derive(Serialize)]
struct Score<'a> {
    calls: &'a [Planned],
    register_at: &'a [f64],
}

/// One call as it truly went: seconds since 1970, as the telephones saw it.
#[derive(Clone, Deserialize, Debug)]
pub(crate) struct Played {
    #[serde(rename = "call")]
    pub(crate) id: String,
    pub(crate) start: f64,
    pub(crate) answer: Option<f64>,
    pub(crate) end: f64,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Said {
    Began {
        began: f64,
    },
    Call(Played),
    Lost {
        lost: String,
        why: String,
    },
    Done {
        #[serde(rename = "done")]
        _at: f64,
    },
}

/// Telephones at work.
pub(crate) struct Playing {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    began: f64,
}

impl Playing {
    /// Registers the telephones and begins.
    pub(crate) fn begin(lab: &Lab, calls: &[Planned], register_at: &[f64]) -> Result<Self> {
        let play = source().join("tests/support/play.py");
        let mut command = command("python3", [play, lab::folder(), lab.environment_file()]);
        command.arg(lab.lane.phones_media().to_string()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().context("cannot start python3")?;
        child.stdin.take().context("no pipe")?.write_all(&serde_json::to_vec(&Score { calls, register_at })?)?;
        let mut lines = BufReader::new(child.stdout.take().context("no pipe")?).lines();
        let first = lines.next().context("the telephones ended before they began")??;
        let Said::Began { began } = serde_json::from_str(&first)? else { bail!("unexpected from the telephones: {first}") };
        Ok(Self { child, lines, began })
    }

    /// Sleeps until so many seconds after the beginning.
    pub(crate) fn sleep_until(&self, offset: f64) {
        let now = super::clock::now().as_duration().as_secs_f64();
        std::thread::sleep(Duration::try_from_secs_f64(self.began + offset - now).unwrap_or_default());
    }

    /// When it began.
    pub(crate) fn began(&self) -> Result<Timestamp> {
        moment(self.began)
    }

    /// Waits for the last call to end. Calls that a telephone lost, as after a restart of the PBX, are told in the second part.
    pub(crate) fn end(mut self) -> Result<(Vec<Played>, Vec<String>)> {
        let (mut calls, mut lost) = (Vec::new(), Vec::new());
        for line in self.lines.by_ref() {
            let line = line?;
            match serde_json::from_str(&line).with_context(|| format!("unexpected from the telephones: {line}"))? {
                Said::Call(call) => calls.push(call),
                Said::Lost { lost: what, why } => lost.push(format!("{what}: {why}")),
                Said::Began { .. } | Said::Done { .. } => {}
            }
        }
        let status = self.child.wait()?;
        anyhow::ensure!(status.success(), "the telephones failed: {status}");
        Ok((calls, lost))
    }
}

impl Drop for Playing {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _status = self.child.wait();
    }
}

/// A moment from seconds since 1970.
pub(crate) fn moment(seconds: f64) -> Result<Timestamp> {
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds of this century fit")]
    Ok(Timestamp::from_millisecond((seconds * 1000.0).round() as i64)?)
}
