//! `[retention]`: how long what is kept.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::civil;

use super::meant::Judge;
use super::{Use, secret, written};
use crate::privacy::{KEY_BYTES_MIN, Key, Numbers, Policy};

const PATH: &str = "retention";

/// How long what is kept, and when that is looked after.
#[derive(Clone, Debug)]
pub struct Retention {
    /// How long.
    pub policy: Policy,
    /// Where the key of the pseudonyms is; `None`: numbers are truncated.
    key_file: Option<PathBuf>,
    /// When, each day, by this machine's time zone.
    pub at: civil::Time,
    /// Calls in one transaction, at least 1.
    pub batch_calls: usize,
    /// Between two transactions.
    pub pause: Duration,
}

impl Retention {
    /// What becomes of numbers. Reads the key.
    ///
    /// # Errors
    /// The key cannot be read, or is too short.
    pub fn numbers(&self) -> Result<Numbers, String> {
        self.key_file.as_deref().map_or(Ok(Numbers::Truncate), |file| read(file).map(|(key, _)| Numbers::Pseudonym(Box::new(key))))
    }
}

fn read(file: &Path) -> Result<(Key, Option<String>), String> {
    let (secret, warning) = secret::from_file(file, false)?;
    let key = Key::new(secret.expose().as_bytes());
    let short =
        || format!("the secret file {} is shorter than {KEY_BYTES_MIN} bytes; `openssl rand -hex 32` makes a good key", file.display());
    Ok((key.ok_or_else(short)?, warning))
}

pub(super) fn understand(written: &written::Retention, judge: &mut Judge<'_>) -> Retention {
    let days = |days: u64| Duration::from_hours(24 * days);
    let policy = Policy { anonymise_after: written.anonymise_after_days.map(days), delete_after: written.delete_after_days.map(days) };
    if let (Some(anonymise), Some(delete)) = (written.anonymise_after_days, written.delete_after_days)
        && delete <= anonymise
    {
        judge.error(
            &format!("{PATH}.delete_after_days"),
            format!("`{PATH}.delete_after_days` is {delete}, not more than `anonymise_after_days` ({anonymise}): leave that one out, or set it lower"),
        );
    }
    let at = civil::Time::strptime("%H:%M", &written.at).ok().filter(|_| written.at.len() == 5);
    if at.is_none() && !judge.is_told(&format!("{PATH}.at")) {
        judge.error(&format!("{PATH}.at"), format!("`{PATH}.at` is {:?}; it must be a time of day such as \"03:15\"", written.at));
    }
    Retention {
        policy,
        key_file: key_file(written, judge),
        at: at.unwrap_or_default(),
        batch_calls: written.batch_calls.max(1),
        pause: Duration::from_millis(written.pause_ms),
    }
}

/// Where the key is, known to be good where something is to be connected to.
fn key_file(written: &written::Retention, judge: &mut Judge<'_>) -> Option<PathBuf> {
    let names = [("pseudonym_key_file", &written.pseudonym_key_file), ("pseudonym_key_credential", &written.pseudonym_key_credential)];
    let given: Vec<&str> = names.iter().filter(|(_, value)| value.is_some()).map(|(name, _)| *name).collect();
    let wants = written.numbers == "pseudonym";
    let name = match given.as_slice() {
        [] if !wants => return None,
        [] => {
            let what = "needs a key: name its file by `pseudonym_key_file`; `openssl rand -hex 32` makes one";
            judge.error(&format!("{PATH}.numbers"), format!("`{PATH}.numbers` is \"pseudonym\", which {what}"));
            return None;
        }
        [name, ..] if !wants => {
            judge.error(&format!("{PATH}.{name}"), format!("`{PATH}.{name}` does nothing without `numbers = \"pseudonym\"`"));
            return None;
        }
        [_, other, ..] => {
            judge.error(&format!("{PATH}.{other}"), format!("`{PATH}` has both `{}` and `{other}`; which one holds? Keep one", given[0]));
            return None;
        }
        [name] => *name,
    };
    let at = format!("{PATH}.{name}");
    let file = if let Some(credential) = &written.pseudonym_key_credential {
        let Some(directory) = judge.surroundings.get("CREDENTIALS_DIRECTORY").filter(|_| !credential.contains('/')) else {
            // Questions to the store need no key.
            if judge.purpose == Use::Connect {
                judge.error(
                    &at,
                    format!("`{at}` needs systemd: put `LoadCredential={credential}:/path/to/file` into the unit. By hand set CREDENTIALS_DIRECTORY, or use `pseudonym_key_file`"),
                );
            }
            return Some(PathBuf::from(credential));
        };
        Path::new(directory).join(credential)
    } else {
        judge.path(written.pseudonym_key_file.as_deref().unwrap_or_default())
    };
    if judge.purpose == Use::Connect {
        match read(&file) {
            Ok((_, Some(warning))) => judge.warning(&at, format!("`{at}`: {warning}")),
            Ok((_, None)) => {}
            Err(what) => judge.error(&at, format!("`{at}`: {what}")),
        }
    }
    Some(file)
}
