//! Channel names: `technology/endpoint-counter`, and for Local channels `Local/exten@context-counter;half`.

/// What a channel's name tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct ChannelName<'a> {
    pub(super) technology: &'a str,
    /// Between `/` and the last `-`; it may contain `-`, `@` and `:` itself.
    pub(super) endpoint: &'a str,
}

impl<'a> ChannelName<'a> {
    pub(super) fn parse(name: &'a str) -> Self {
        let (technology, rest) = name.split_once('/').unwrap_or((name, ""));
        let endpoint = rest.rsplit_once('-').map_or(rest, |(endpoint, _)| endpoint);
        Self { technology, endpoint }
    }

    /// Channels that no device stands behind: halves of Local channels, announcers, recorders, workers.
    pub(super) fn is_internal(&self) -> bool {
        matches!(
            self.technology,
            "Local"
                | "CBAnn"
                | "CBRec"
                | "Announcer"
                | "Recorder"
                | "Surrogate"
                | "Message"
                | "AsyncGoto"
                | "Snoop"
                | "MulticastRTP"
                | "UnicastRTP"
                | "Bridge"
                | "Parked"
                | "Feature"
                | "OutgoingSpoolFailed"
                | ""
        )
    }
}

/// The two halves of a Local channel share a name up to `;1` and `;2`.
pub(super) fn local_pair(name: &str) -> Option<(&str, u8)> {
    if !name.starts_with("Local/") {
        return None;
    }
    match name.rsplit_once(';') {
        Some((stem, "1")) => Some((stem, 1)),
        Some((stem, "2")) => Some((stem, 2)),
        _ => None,
    }
}

/// The number that a Local channel's name tells: `Local/1003@internal-00000006;1` → `1003`.
pub(super) fn local_number(name: &str) -> Option<&str> {
    name.strip_prefix("Local/")?.split(['@', '/']).next().filter(|n| !n.is_empty())
}

/// The number in a dial string: `04922177777@trunk`, `PJSIP/04922177777@trunk`, `SIP/provider/04922177777`, `1006`.
pub(super) fn dialled_number<'a>(dial_string: &'a str, endpoint: &str) -> Option<&'a str> {
    let without_technology = match dial_string.split_once('/') {
        Some((technology, rest))
            if !technology.is_empty() && technology.bytes().all(|b| b.is_ascii_alphanumeric()) && technology != endpoint =>
        {
            rest
        }
        _ => dial_string,
    };
    let number = match without_technology.split_once('@') {
        Some((number, _)) => number,
        None => without_technology.rsplit('/').next().unwrap_or(without_technology),
    };
    let number = number.split([',', ';']).next().unwrap_or(number).trim_start_matches("sip:");
    (!number.is_empty() && number != endpoint).then_some(number)
}

/// The device in a queue member's interface: `PJSIP/1005`, `Local/1005@from-queue/n`, `hint:1005@ext-local`.
pub(super) fn interface_endpoint(interface: &str) -> &str {
    let rest = interface.strip_prefix("hint:").or_else(|| interface.split_once('/').map(|(_, rest)| rest)).unwrap_or(interface);
    rest.split(['@', '/']).next().unwrap_or(rest)
}

/// An extension of the dialplan that says what somebody dialled, not where the dialplan stands.
pub(super) fn is_dialled(exten: &str) -> bool {
    !matches!(exten, "" | "s" | "h" | "i" | "t" | "o" | "a" | "T" | "e" | "failed")
        && !exten.starts_with("s-")
        && !exten.starts_with("PJSIP_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints() {
        for (name, technology, endpoint) in [
            ("PJSIP/1001-00000031", "PJSIP", "1001"),
            ("PJSIP/1001-desk-00000031", "PJSIP", "1001-desk"),
            ("IAX2/user@peer-4711", "IAX2", "user@peer"),
            ("DAHDI/i1/0221555-3", "DAHDI", "i1/0221555"),
            ("Local/1003@internal-00000006;1", "Local", "1003@internal"),
        ] {
            assert_eq!(ChannelName::parse(name), ChannelName { technology, endpoint });
        }
    }

    #[test]
    fn numbers() {
        assert_eq!(dialled_number("04922177777@trunk", "trunk"), Some("04922177777"));
        assert_eq!(dialled_number("PJSIP/04922177777@trunk", "trunk"), Some("04922177777"));
        assert_eq!(dialled_number("SIP/provider/0221", "provider"), Some("0221"));
        assert_eq!(dialled_number("provider/0221", "provider"), Some("0221"));
        assert_eq!(dialled_number("PJSIP/1006", "1006"), None);
        assert_eq!(interface_endpoint("Local/1005@from-queue/n"), "1005");
        assert_eq!(interface_endpoint("hint:1005@ext-local"), "1005");
        assert_eq!(interface_endpoint("PJSIP/1005-desk"), "1005-desk");
        assert_eq!(local_pair("Local/1003@internal-00000006;2"), Some(("Local/1003@internal-00000006", 2)));
        assert_eq!(local_number("Local/1003@internal-00000006;2"), Some("1003"));
    }
}
