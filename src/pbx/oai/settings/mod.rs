//! What an administrator can set for one Mitel system. Whatever the protocol's public descriptions leave open is a field here.

mod charset;
mod dee;

use std::time::Duration;

use secrecy::SecretString;

pub use charset::Charset;
pub use dee::{Dee, FieldMap, QueryTemplate, TemplateError};

/// Settings of one Mitel system's session.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The OAI password; may be empty. Default: empty.
    pub password: SecretString,
    /// The name that the PBX lists this program by. Default: `Strowger`.
    pub application: String,
    /// Whether extensions are known by node and number. Default: where the PBX says that there are several nodes.
    pub networked: Networked,
    /// Whether `_NA` is sent, after which one node that fails does not take the whole connection with it. A node of its own refuses it,
    /// which does no harm. Default: yes.
    pub node_aware: bool,
    /// Whether `_XE` is sent, after which extensions come with their node. Default: where they are known by node.
    pub expanded_extensions: Expanded,
    /// How the PBX's texts are written; no public source tells. Default: Windows-1252.
    pub charset: Charset,
    /// How the calls that are up already are asked for. Default: with the monitor on all stations.
    pub replay: Replay,
    /// Whether all trunks are monitored: without it a call is not seen before it reaches a station. Default: yes.
    pub monitor_trunks: bool,
    /// Whether each hunt group is monitored: without it, waiting and giving up in a queue are not seen. Default: yes.
    pub monitor_hunt_groups: bool,
    /// How lists are asked for. Default: in chunks, and whole where the PBX refuses that.
    pub list_mode: ListMode,
    /// Entries of a list in one answer, 1 to 500. Default: 50.
    pub list_chunk: u16,
    /// Extensions that are voice mail whatever the PBX's lists say. Default: none.
    pub voice_mail: Vec<String>,
    /// How long the lines about one moment take to arrive, at most: what a line alone cannot say is decided then. Default: 100 ms.
    pub copies: Duration,
    /// The longest frame that is taken, in bytes, without its header. Default: 1 MiB.
    pub frame_bytes_max: usize,
    /// How long things may take.
    pub timers: Timers,
    /// Dynamic Extension Express.
    pub dee: Dee,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            password: SecretString::default(),
            application: "Strowger".to_owned(),
            networked: Networked::Auto,
            node_aware: true,
            expanded_extensions: Expanded::Auto,
            charset: Charset::Windows1252,
            replay: Replay::WithMonitor,
            monitor_trunks: true,
            monitor_hunt_groups: true,
            list_mode: ListMode::Auto,
            list_chunk: 50,
            voice_mail: Vec::new(),
            copies: Duration::from_millis(100),
            frame_bytes_max: 1024 * 1024,
            timers: Timers::default(),
            dee: Dee::default(),
        }
    }
}

/// Whether extensions are known by node and number (`2:1001`) or by number alone (`1001`).
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Networked {
    /// By node and number where the PBX is a CT Gateway with more than one node.
    #[default]
    Auto,
    /// By node and number.
    Yes,
    /// By number alone; the same number at two nodes is then one extension.
    No,
}

/// Whether extensions are asked for with their node (`_XE`).
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Expanded {
    /// Where they are known by node and number: see [`Networked`].
    #[default]
    Auto,
    /// Always.
    Yes,
    /// Never; the PBX then sends them as it is programmed to.
    No,
}

/// How lists are asked for (`_QX`, OAI §7.2).
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum ListMode {
    /// In chunks; whole where the PBX refuses that.
    #[default]
    Auto,
    /// In chunks only (mode 2).
    Chunks,
    /// Whole, in as many answers as the PBX likes (mode 1).
    Whole,
}

/// How the calls that are up already are asked for (OAI §3, §4.1).
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Replay {
    /// By a monitor of type 6 on all stations, which replays their state. A PBX that refuses it, or takes it and replays nothing,
    /// is asked as in [`Replay::Asked`].
    #[default]
    WithMonitor,
    /// By `_RR` once all monitors are placed. A PBX grants one in three minutes, so after a short interruption it may stay silent.
    Asked,
}

/// How long things may take.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Timers {
    /// From the connection to the first RS, which says that the login was accepted. Default: 10 s.
    pub login: Duration,
    /// From RS to the RD after which commands may be sent. Default: 60 s.
    pub ready: Duration,
    /// For the answer to a command. Default: 10 s.
    pub reply: Duration,
    /// For the answer to a command that the session can do without (`_NA`, `_XE`, trunks, further lists): a PBX that does not know it
    /// shall not hold up what follows. Default: 5 s.
    pub optional_reply: Duration,
    /// Pause after which a command is sent for a sign of life (`_NO`). The PBX drops all monitors after 4.5 min without any. Default: 30 s.
    pub keep_alive: Duration,
    /// So many signs of life may be missed before the connection is given up, 1 to 10. Default: 2.
    pub keep_alive_misses: u32,
    /// A resync of which nothing comes for so long lets other commands go on. Default: 5 s.
    pub resync_start: Duration,
    /// For a whole resync, up to its RD. Must stay well below 4.5 min. Default: 90 s.
    pub resync: Duration,
    /// Pause between two resyncs of everything; a PBX ignores those that come sooner. Default: 3 min.
    pub resync_interval: Duration,
    /// From a change in the PBX's programming until what it concerns is read again; further changes meanwhile are read with it.
    /// Default: 2 s.
    pub refresh_pause: Duration,
    /// From the end of a monitor until it is placed again, doubled with each try up to [`Self::monitor_retry_max`]. Default: 2 s.
    pub monitor_retry: Duration,
    /// The longest pause before a monitor is placed again. Default: 5 min.
    pub monitor_retry_max: Duration,
    /// Silence of a call after which the PBX is asked whether it is still there. Default: 15 min.
    pub call_silence: Duration,
    /// Pause between two such questions. Default: 10 s.
    pub audit_pause: Duration,
    /// In a capture, a resync is over when nothing that belongs to it came for so long after its RD. Default: 2 s.
    pub capture_quiet: Duration,
}

impl Default for Timers {
    fn default() -> Self {
        Self {
            login: Duration::from_secs(10),
            ready: Duration::from_mins(1),
            reply: Duration::from_secs(10),
            optional_reply: Duration::from_secs(5),
            keep_alive: Duration::from_secs(30),
            keep_alive_misses: 2,
            resync_start: Duration::from_secs(5),
            resync: Duration::from_secs(90),
            resync_interval: Duration::from_mins(3),
            refresh_pause: Duration::from_secs(2),
            monitor_retry: Duration::from_secs(2),
            monitor_retry_max: Duration::from_mins(5),
            call_silence: Duration::from_mins(15),
            audit_pause: Duration::from_secs(10),
            capture_quiet: Duration::from_secs(2),
        }
    }
}
