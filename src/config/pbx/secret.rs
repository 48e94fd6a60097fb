//! The secret of a PBX: from one of three places, whichever was written.

use crate::config::diagnose::Place;
use crate::config::meant::Judge;
use crate::config::secret::{self, Secret};
use crate::config::written;

pub(super) fn understand(written: &written::Pbx, may_be_empty: bool, path: &str, judge: &mut Judge<'_>) -> Option<Secret> {
    let names = ["secret_file", "secret_credential", "secret"];
    let mut given: Vec<&str> = names.into_iter().filter(|name| judge.places.knows(&format!("{path}.{name}"))).collect();
    let overrides = |name: &&str| matches!(judge.places.of(&format!("{path}.{name}")), Place::Variable(_));
    if given.iter().any(overrides) {
        given.retain(overrides);
    }
    match given.as_slice() {
        [] if may_be_empty => return Some(Secret::new("")),
        [] => judge.error(path, format!("`{path}` has no secret: write `secret_file = \"…\"` or `secret_credential = \"…\"`")),
        [_] => {}
        [first, .., last] => {
            judge.error(&format!("{path}.{last}"), format!("`{path}` has both `{first}` and `{last}`; which one holds? Keep one"));
        }
    }
    let holds = given.first().copied().unwrap_or_default();
    let (at, file) = if let (Some(file), "secret_file") = (&written.secret_file, holds) {
        (format!("{path}.secret_file"), judge.path(file))
    } else if let (Some(name), "secret_credential") = (&written.secret_credential, holds) {
        let at = format!("{path}.secret_credential");
        if name.is_empty() || name.contains('/') {
            judge.error(&at, format!("`{at}` must be the name of a credential, without slashes"));
            return None;
        }
        let Some(directory) = judge.surroundings.get("CREDENTIALS_DIRECTORY") else {
            judge.error(
                &at,
                format!("`{at}` needs systemd: put `LoadCredential={name}:/path/to/file` into the unit. By hand set CREDENTIALS_DIRECTORY, or use `secret_file`"),
            );
            return None;
        };
        (at, std::path::Path::new(directory).join(name))
    } else if let (Some(secret), "secret") = (&written.secret, holds) {
        let (at, secret) = (format!("{path}.secret"), Secret::of(secret));
        if let Err(what) = secret::check(secret.expose(), may_be_empty) {
            judge.error(&at, format!("`{at}` {what}"));
            return None;
        }
        if secret.expose().is_empty() {
            return Some(secret);
        }
        judge.warning(&at, format!("`{at}` is written in the open; move it to a file and name that by `secret_file`"));
        return Some(secret);
    } else {
        return None;
    };
    match secret::from_file(&file, may_be_empty) {
        Ok((secret, warning)) => {
            if let Some(warning) = warning {
                judge.warning(&at, format!("`{at}`: {warning}"));
            }
            Some(secret)
        }
        Err(what) => {
            judge.error(&at, format!("`{at}`: {what}"));
            None
        }
    }
}
