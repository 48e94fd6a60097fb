//! Why something happened in the exchange.

use std::fmt;

use crate::telephony;

macro_rules! causes {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// Why something happened: the causes that this kind of PBX reports, protocol-neutral (names of ECMA-269 where it has one).
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Cause {
            $($(#[$doc])* $name,)*
        }

        impl Cause {
            /// Every cause.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its name, as call records bear it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

causes! {
    /// An ordinary new call.
    NewCall = "newCall",
    /// The called party answered.
    Answered = "answered",
    /// Ended as calls end.
    NormalClearing = "normalClearing",
    /// The called device is engaged.
    Busy = "busy",
    /// A callback becomes due.
    Callback = "callBack",
    /// The call waits at an engaged station, which hears it.
    CampOn = "campOn",
    /// The device cannot be reached.
    DestNotObtainable = "destNotObtainable",
    /// The device is not to be disturbed.
    DoNotDisturb = "doNotDisturb",
    /// Forwarded because nobody answered.
    CallForwardNoAnswer = "callForwardNoAnswer",
    /// Forwarded at once, or because the device is engaged.
    CallForward = "callForward",
    /// Not answered in time; the call goes on elsewhere.
    CallNotAnswered = "callNotAnswered",
    /// Another station took the ringing call.
    CallPickup = "callPickup",
    /// No member of the group is free.
    NoAvailableAgents = "noAvailableAgents",
    /// The network cannot carry the call.
    NetworkCongestion = "networkCongestion",
    /// Waited too long at a group.
    Overflow = "overflow",
    /// A handed-over call comes back.
    Recall = "recall",
    /// Deflected or moved by hand.
    Redirected = "redirected",
    /// The number leads nowhere.
    ReorderTone = "reorderTone",
    /// The exchange lacks what the call needs.
    ResourcesNotAvailable = "resourcesNotAvailable",
    /// Somebody listens in.
    SilentMonitor = "silentMonitor",
    /// Handed over.
    Transfer = "transfer",
    /// Handed over without asking first.
    SingleStepTransfer = "singleStepTransfer",
    /// Asked before handing over.
    TransferAnnouncement = "transferAnnouncement",
    /// Every trunk is engaged.
    TrunksBusy = "trunksBusy",
    /// Held for anybody to retrieve.
    HoldSystem = "holdSystem",
    /// Held in order to hand over.
    HoldForTransfer = "holdForTransfer",
    /// Held in order to bring parties together.
    HoldForConference = "holdForConference",
    /// Held for oneself.
    HoldIndividual = "holdIndividual",
    /// Brought together with others.
    Conference = "conference",
    /// Held at one station, retrieved at another.
    Park = "park",
    /// Another device answered.
    AnsweredElsewhere = "answeredElsewhere",
    /// What became of it was not seen.
    Unknown = "unknown",
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<Cause> for telephony::Cause {
    fn from(cause: Cause) -> Self {
        Self::other(cause.as_str())
    }
}
