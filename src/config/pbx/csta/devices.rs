//! The devices that are listed by hand: numbers and ranges of them.

use std::collections::BTreeMap;

use smol_str::{SmolStr, ToSmolStr as _};

use crate::config::meant::Judge;
use crate::config::written;
use crate::pbx::csta::Device;
use crate::telephony::DeviceKind;

/// Numbers that one range may have.
const RANGE_MAX: u64 = 20_000;

/// Extensions and hunt groups, in the order in which they are written.
pub(super) fn all(csta: &written::Csta, path: &str, judge: &mut Judge<'_>) -> Vec<Device> {
    let mut devices: Vec<Device> = Vec::new();
    let mut seen: BTreeMap<SmolStr, DeviceKind> = BTreeMap::new();
    let lists = [("extensions", &csta.extensions, DeviceKind::Extension), ("hunt_groups", &csta.hunt_groups, DeviceKind::HuntGroup)];
    for (name, written, kind) in lists {
        let at = format!("{path}.{name}");
        for (index, text) in written.iter().enumerate() {
            let numbers = match numbers(text) {
                Ok(numbers) => numbers,
                Err(what) => {
                    judge.error(&format!("{at}[{index}]"), format!("`{at}` has \"{text}\"; {what}"));
                    continue;
                }
            };
            for number in numbers {
                match seen.insert(number.clone(), kind) {
                    None => devices.push(Device { number, kind }),
                    Some(before) if before == kind => {}
                    Some(_) => {
                        judge.error(&format!("{at}[{index}]"), format!("`{at}` has \"{number}\", which stands in `extensions` too"));
                    }
                }
            }
        }
    }
    devices
}

/// One number, or those of a range.
fn numbers(text: &str) -> Result<Vec<SmolStr>, String> {
    let is_digits = |text: &str| (1..=15).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if let Some((first, last)) = text.split_once('-')
        && is_digits(first)
        && is_digits(last)
    {
        let wrong =
            || format!("a range has a first and a last number of as many digits, such as \"1001-1099\", and at most {RANGE_MAX} in all");
        let (Ok(from), Ok(to)) = (first.parse::<u64>(), last.parse::<u64>()) else { return Err(wrong()) };
        if first.len() != last.len() || from > to || to - from >= RANGE_MAX {
            return Err(wrong());
        }
        return Ok((from..=to).map(|number| format!("{number:0width$}", width = first.len()).to_smolstr()).collect());
    }
    if text.is_empty() || text.len() > 64 || text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err("it must be a number such as \"1001\", or a range such as \"1001-1099\"".to_owned());
    }
    Ok(vec![SmolStr::new(text)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_ranges() {
        let shown = |text: &str| numbers(text).map(|numbers| numbers.join(" "));
        assert_eq!(shown("1001").as_deref(), Ok("1001"));
        assert_eq!(shown("+15550100").as_deref(), Ok("+15550100"));
        assert_eq!(shown("desk-a").as_deref(), Ok("desk-a"));
        assert_eq!(shown("0098-0101").as_deref(), Ok("0098 0099 0100 0101"));
        for wrong in ["", "10 01", "99-101", "200-100", "00001-20001"] {
            assert!(shown(wrong).is_err(), "{wrong}");
        }
        assert_eq!(numbers("00001-20000").map(|numbers| numbers.len()), Ok(20_000));
    }
}
