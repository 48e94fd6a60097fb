//! Long answers in parts: they follow their answer under a number, or come before it.

use std::collections::BTreeMap;

use smol_str::SmolStr;

/// Long answers that are put together at a time at most; beyond it the smallest number is dropped.
const OPEN_MAX: usize = 64;
/// Entries of one long answer at most; further ones are left out.
const ENTRIES_MAX: usize = 20_000;

/// Long answers of one kind.
#[derive(Debug)]
pub(super) struct Parts<T>(BTreeMap<SmolStr, Open<T>>);

#[derive(Debug)]
struct Open<T> {
    /// Whose answer it is, once that is known.
    of: Option<usize>,
    entries: Vec<T>,
    is_complete: bool,
}

impl<T> Default for Parts<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> Parts<T> {
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// The answer said that the entries come under that number. Some: they all came before.
    pub(super) fn announced(&mut self, service: &SmolStr, of: usize) -> Option<Vec<T>> {
        self.open(service).of = Some(of);
        self.finished(service).map(|(_, entries)| entries)
    }

    /// A part came. Some: it was the last one, of an answer that is known.
    pub(super) fn came(&mut self, service: &SmolStr, entries: Vec<T>, is_last: bool) -> Option<(usize, Vec<T>)> {
        let open = self.open(service);
        let room = ENTRIES_MAX.saturating_sub(open.entries.len());
        open.entries.extend(entries.into_iter().take(room));
        open.is_complete |= is_last;
        self.finished(service)
    }

    /// Whose answer it is, as far as that is known.
    pub(super) fn whose(&self, service: &SmolStr) -> Option<usize> {
        self.0.get(service)?.of
    }

    /// Of that one nothing more is waited for.
    pub(super) fn forget(&mut self, of: usize) {
        self.0.retain(|_, open| open.of != Some(of));
    }

    fn open(&mut self, service: &SmolStr) -> &mut Open<T> {
        if self.0.len() >= OPEN_MAX && !self.0.contains_key(service) {
            self.0.pop_first();
        }
        self.0.entry(service.clone()).or_insert_with(|| Open { of: None, entries: Vec::new(), is_complete: false })
    }

    fn finished(&mut self, service: &SmolStr) -> Option<(usize, Vec<T>)> {
        let of = self.0.get(service).filter(|open| open.is_complete)?.of?;
        self.0.remove(service).map(|open| (of, open.entries))
    }
}
