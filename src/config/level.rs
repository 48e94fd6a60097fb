//! Log levels as the administrator writes them.

use tracing_subscriber::EnvFilter;

use super::closest;

const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// The filter that `text` means: a level, or a list of levels and `target=level`. The filter's own parser takes a misspelt
/// level for the name of a target, so the levels are looked at first.
///
/// # Errors
/// What is wrong with it, to follow its name.
pub fn log_filter(text: &str) -> Result<EnvFilter, String> {
    for directive in text.split(',') {
        let level = directive.rsplit_once('=').map_or(directive, |(_, level)| level).trim();
        if !LEVELS.contains(&level.to_lowercase().as_str()) {
            let hint = closest(level, LEVELS).map_or_else(String::new, |word| format!("; did you mean \"{word}\"?"));
            return Err(format!("is \"{text}\": \"{level}\" is no level, these are: {}{hint}", LEVELS.join(", ")));
        }
    }
    EnvFilter::try_new(text).map_err(|error| format!("is \"{text}\": {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels() {
        for right in ["info", "WARN", "info,strowger::pbx=debug", "off"] {
            assert!(log_filter(right).is_ok(), "{right}");
        }
        for wrong in ["", "verbose", "inof", "info,strowger::pbx", "strowger=loud"] {
            assert!(log_filter(wrong).is_err(), "{wrong}");
        }
    }
}
