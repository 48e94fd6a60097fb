//! The texts within what a restart needs (see the spool): events with their length before them, and states; both are JSON.

use serde_json::Value;

/// Changes each event of a row of the journal; `None`: nothing changed, or the row cannot be read.
pub(super) fn change(body: &[u8], change: &mut dyn FnMut(&mut Value) -> bool) -> Option<Vec<u8>> {
    let (mut out, mut is_changed, mut rest) = (Vec::with_capacity(body.len()), false, body);
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let (event, after) = after.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
        let changed = change_one(event, change);
        is_changed |= changed.is_some();
        let event = changed.as_deref().unwrap_or(event);
        out.extend_from_slice(&u32::try_from(event.len()).ok()?.to_le_bytes());
        out.extend_from_slice(event);
        rest = after;
    }
    (is_changed && rest.is_empty()).then_some(out)
}

/// The same for one of them, or a state.
pub(super) fn change_one(json: &[u8], change: &mut dyn FnMut(&mut Value) -> bool) -> Option<Vec<u8>> {
    let mut value: Value = serde_json::from_slice(json).ok()?;
    if !change(&mut value) {
        return None;
    }
    serde_json::to_vec(&value).ok()
}
