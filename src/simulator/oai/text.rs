//! Texts and tables that every system of this kind has from the factory, as far as they are known; the rest is synthetic.

/// The do-not-disturb messages 1 to 20 (list 10).
pub(super) const DND_MESSAGES: [&str; 20] = [
    "DO-NOT-DISTURB",
    "LEAVE A MESSAGE",
    "IN MEETING UNTIL",
    "IN CONFERENCE",
    "ON VACATION/HOLIDAY 'TIL",
    "OUT TO LUNCH",
    "OUT OF TOWN 'TIL",
    "OUT OF OFFICE",
    "OUT UNTIL",
    "STEPPED OUT",
    "WITH A CLIENT",
    "WITH A GUEST",
    "UNAVAILABLE",
    "IN TRAINING",
    "CALL BACK LATER",
    "WORKING AT HOME",
    "GONE HOME",
    "AWAY FROM DESK",
    "ON A BREAK",
    "BACK SOON",
];

/// The reminders 1 to 20 (list 11).
pub(super) const REMINDERS: [&str; 20] = [
    "MEETING",
    "STAFF MEETING",
    "SALES MEETING",
    "CANCEL MEETING",
    "APPOINTMENT",
    "PLACE CALL",
    "CALL CLIENT",
    "CALL CUSTOMER",
    "CALL HOME",
    "CALL CORPORATE",
    "CALL ENGINEERING",
    "CALL MARKETING",
    "CALL ACCOUNTING",
    "CANCEL DND",
    "CANCEL CALL FWD",
    "TAKE MEDICATION",
    "MAKE RESERVATION",
    "REVIEW SCHEDULE",
    "LUNCH",
    "REMINDER",
];

/// The message of that number; of another number the first.
pub(super) fn dnd_message(number: u8) -> &'static str {
    DND_MESSAGES.get(usize::from(number.saturating_sub(1))).copied().unwrap_or(DND_MESSAGES[0])
}
