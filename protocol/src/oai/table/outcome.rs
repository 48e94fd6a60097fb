//! What became of a command (OAI reference §2.3).

use std::fmt;

use super::super::wire::{Wire, Writer};

/// Outcome of a command; 0 is success.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct Outcome(pub u16);

macro_rules! outcomes {
    ($($constant:ident = $number:literal, $name:expr, $sentence:literal;)*) => {
        impl Outcome {
            $(#[doc = concat!("Outcome ", $number, ": ", $sentence, ".")] pub const $constant: Self = Self($number);)*

            /// All that are known, ascending.
            pub const KNOWN: &'static [Self] = &[$(Self::$constant),*];

            /// Its identifier in the specification. `None`: not known.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($number => $name,)*
                    _ => None,
                }
            }

            /// What it says, for people.
            pub const fn sentence(self) -> &'static str {
                match self.0 {
                    $($number => $sentence,)*
                    _ => "the PBX gives a reason that is not documented",
                }
            }
        }
    };
}

outcomes! {
    SUCCESS = 0, Some("Success"), "the command was carried out";
    GENERIC_UNSPECIFIED = 1, Some("Generic_Unspecified"), "the PBX refuses without saying why";
    REQUEST_INCOMPATIBLE_WITH_OBJECT = 3, Some("Request_Incompatible_With_Object"), "the device is of a type for which the command is not made";
    ACCOUNT_CODE_MISSING = 6, None, "a call to the outside seems to lack an account code (the name of this outcome is not published)";
    INVALID_CALLED_DEVICE = 7, Some("Invalid_Called_Device"), "the called device does not exist or cannot be called";
    INVALID_CALL_IDENTIFIER = 8, Some("Invalid_Call_Identifier"), "there is no such call";
    INVALID_DEVICE_IDENTIFIER = 9, Some("Invalid_Device_Identifier"), "there is no such device";
    INVALID_FEATURE = 10, Some("Invalid_Feature"), "there is no such feature, or nobody has the control that is asked for";
    INVALID_DESTINATION = 11, Some("Invalid_Destination"), "the destination does not exist or cannot be reached";
    INVALID_MONITOR = 12, Some("Invalid_Mon_Cross_Ref_ID"), "there is no such monitor";
    INVALID_OBJECT_STATE = 14, Some("Invalid_Object_State"), "the call or device is not in a state for this";
    GENERIC_STATE_INCOMPATIBILITY = 15, Some("Generic_State_Incompatibility"), "the state of the device does not allow this now";
    NO_ACTIVE_CALL = 16, Some("No_Active_Call"), "the device has no active call";
    NO_HELD_CALL = 17, Some("No_Held_Call"), "the device holds no call";
    NO_CALL_TO_CLEAR = 18, Some("No_Call_To_Clear"), "there is no call to clear";
    NO_CONNECTION_TO_CLEAR = 19, Some("No_Connection_To_Clear"), "the device has no part in that call to clear";
    NO_CALL_TO_ANSWER = 20, Some("No_Call_To_Answer"), "no call rings at the device";
    RESOURCES_NOT_AVAILABLE = 22, Some("Generic_System_Resource_Availability"), "the PBX lacks a resource for this now";
    RESOURCE_BUSY = 24, Some("Resource_Busy"), "what is needed is in use";
    NETWORK_OUT_OF_SERVICE = 25, Some("Network_Out_Of_Service"), "the network between the nodes is out of service";
    CONFERENCE_MEMBER_LIMIT = 27, Some("Conference_Member_Limit_Exceeded"), "a conference takes no more members";
    MONITOR_LIMIT = 28, Some("Overall_Monitor_Limit_Exceeded"), "the PBX starts no more monitors; those that fit were started";
    VALUE_OUT_OF_RANGE = 31, Some("Value_Out_Of_Range"), "an argument is out of range";
    INVALID_CONNECTION = 32, Some("Invalid_Connection_ID_For_Active_Call"), "the connection is not part of the active call";
    INVALID_AGENT = 33, Some("Invalid_Agent_ID"), "there is no such agent id";
    INVALID_FILTER_TYPE = 34, Some("Invalid_Filter_Type"), "a filter is of a type that this monitor does not have";
    INVALID_AGENT_FILTER = 35, Some("Invalid_Agent_Filter"), "the filter for agent events cannot be read";
    INVALID_CALL_FILTER = 36, Some("Invalid_Call_Filter"), "the filter for call events cannot be read";
    INVALID_FEATURE_FILTER = 37, Some("Invalid_Feature_Filter"), "the filter for feature events cannot be read";
    MISSING_FILTER_TYPE = 38, Some("Missing_Filter_Type"), "a filter lacks its letter";
    INVALID_PASSWORD = 39, Some("Invalid_Password"), "the password is wrong";
    INVALID_INVOKE_ID = 41, Some("Invalid_Invoke_ID"), "the invoke id is missing or no number from 1 to 65535";
    INVALID_SYSTEM_FILTER = 43, Some("Invalid_System_Filter"), "the filter for system events cannot be read";
    INVALID_MESSAGE_LENGTH = 44, Some("Invalid_Message_Length"), "the command is longer or shorter than it may be";
    INVALID_COMMAND = 45, Some("Invalid_Command"), "the PBX does not know this command";
    OTHER_APPLICATION_HAS_CONTROL = 48, Some("Other_App_Has_Control"), "another application has the control";
    NOT_OWNER_OF_RESOURCE = 49, Some("Not_Owner_Of_Resource"), "this application does not own what it asks for";
    DEVICE_NOT_MONITORED = 50, Some("Invalid_Device_Monitor"), "the device is not monitored";
    CALL_IDENTIFIER_CHANGED = 51, Some("Invalid_Call_Identifier_ID_Changed"), "the call goes on under another id";
}

impl Outcome {
    /// True for 0.
    pub const fn is_success(self) -> bool {
        self.0 == 0
    }
}

/// Number, identifier and sentence: `45 Invalid_Command: the PBX does not know this command`.
impl fmt::Display for Outcome {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(out, "{} {name}: {}", self.0, self.sentence()),
            None => write!(out, "{}: {}", self.0, self.sentence()),
        }
    }
}

impl Wire for Outcome {
    fn read(field: &str) -> Option<Self> {
        Wire::read(field).map(Self)
    }

    fn write(&self, out: &mut Writer<'_>) {
        out.put(&self.0);
    }
}
