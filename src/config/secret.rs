//! Secrets: read from a file, a systemd credential or, with a warning, from the configuration; never shown.

use std::fmt;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use secrecy::{ExposeSecret as _, SecretString};

/// A secret that no log and no `Debug` shows, wiped when dropped.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// From a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    pub(super) fn of(text: &SecretString) -> Self {
        Self(text.clone())
    }

    /// The text, for the login and for nothing else.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Longest secret file that is read.
const BYTES_MAX: u64 = 4096;

/// A secret from a file; the text is a warning about the file.
pub(super) fn from_file(path: &Path, may_be_empty: bool) -> Result<(Secret, Option<String>), String> {
    let shown = path.display();
    let unreadable = |error: std::io::Error| format!("the secret file {shown} cannot be read: {error}");
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(format!("the secret file {shown} is not a file"));
    }
    if metadata.len() > BYTES_MAX {
        return Err(format!("the secret file {shown} is longer than {BYTES_MAX} bytes: is it the right one?"));
    }
    let bytes = std::fs::read(path).map_err(unreadable)?;
    let text = String::from_utf8(bytes).map_err(|_| format!("the secret file {shown} is not UTF-8 text"))?;
    let text = text.strip_suffix('\n').map_or(text.as_str(), |text| text.strip_suffix('\r').unwrap_or(text));
    check(text, may_be_empty).map_err(|what| format!("the secret file {shown} {what}"))?;
    let mode = metadata.permissions().mode();
    let warning = (mode & 0o004 != 0)
        .then(|| format!("the secret file {shown} can be read by everybody (mode {:04o}); `chmod o-rwx` it", mode & 0o7777));
    Ok((Secret::new(text), warning))
}

/// What no secret may be, whatever its source.
pub(super) fn check(text: &str, may_be_empty: bool) -> Result<(), &'static str> {
    if text.is_empty() && !may_be_empty {
        return Err("is empty");
    }
    if text.contains(['\r', '\n', '\0']) {
        return Err("holds a line end inside; it must be one line");
    }
    Ok(())
}
