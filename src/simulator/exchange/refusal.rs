//! Why an action was refused.

/// Why nothing was done.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, thiserror::Error)]
pub enum Refusal {
    /// There is no such device.
    #[error("there is no such device")]
    InvalidDevice,
    /// The device is of a kind that cannot do this.
    #[error("a device of this kind cannot do that")]
    Incompatible,
    /// There is no such device to be called.
    #[error("the called device does not exist")]
    InvalidCalledDevice,
    /// There is no such call at the device.
    #[error("the device is in no such call")]
    InvalidCall,
    /// The call has another number by now.
    #[error("the call is numbered otherwise by now")]
    CallRenumbered,
    /// The destination does not exist or cannot be reached now.
    #[error("the destination cannot be reached")]
    InvalidDestination,
    /// There is no such agent, or no group has it.
    #[error("there is no such agent in a group")]
    InvalidAgent,
    /// The device or call is in another state.
    #[error("not in this state")]
    WrongState,
    /// The device talks in no call.
    #[error("there is no active call")]
    NoActiveCall,
    /// The device holds no call.
    #[error("there is no held call")]
    NoHeldCall,
    /// Nothing to hang up.
    #[error("there is nothing to clear")]
    NothingToClear,
    /// Nothing rings.
    #[error("there is nothing to answer")]
    NothingToAnswer,
    /// What is asked for is in use.
    #[error("it is in use")]
    ResourceBusy,
    /// No trunk, call number or line is free.
    #[error("the exchange has no more of what is needed")]
    ResourcesExhausted,
    /// The device is out of service.
    #[error("the device is out of service")]
    OutOfService,
    /// The conference is full.
    #[error("the conference is full")]
    ConferenceFull,
    /// A value is outside its range.
    #[error("the value is out of range")]
    OutOfRange,
    /// The device or extension is there already.
    #[error("it exists already")]
    AlreadyThere,
    /// Too many facts wait to be fetched.
    #[error("facts must be fetched first")]
    FactsWaiting,
}
