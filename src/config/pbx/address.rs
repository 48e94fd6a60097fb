//! Host and port as they are written.

use std::fmt;

/// In messages, where no port is known.
const PORT_SHOWN: u16 = 8800;

/// A host and a port.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Address {
    host: String,
    port: u16,
}

impl Address {
    /// Parses `host`, `host:port`, `192.0.2.1:port`, `[2001:db8::1]:port`. Without a default the port must be there.
    ///
    /// # Errors
    /// What is wrong with it, to follow its name.
    pub fn parse(text: &str, default_port: Option<u16>) -> Result<Self, String> {
        let shown = default_port.unwrap_or(PORT_SHOWN);
        let wrong = || format!("is \"{text}\"; it must be a host and a port such as \"pbx.example.com:{shown}\"");
        let missing = || {
            format!(
                "is \"{text}\", without a port; none is known for this PBX: write the one that it is set to, such as \"{text}:{shown}\""
            )
        };
        let port_of = |text: &str| text.parse::<u16>().ok().filter(|port| *port != 0).ok_or_else(wrong);
        let (host, port) = if let Some(rest) = text.strip_prefix('[') {
            let (host, rest) = rest.split_once(']').ok_or_else(wrong)?;
            host.parse::<std::net::Ipv6Addr>().map_err(|_| wrong())?;
            match rest.strip_prefix(':') {
                Some(port) => (host, port_of(port)?),
                None if rest.is_empty() => (host, default_port.ok_or_else(missing)?),
                None => return Err(wrong()),
            }
        } else if text.matches(':').count() > 1 {
            return Err(format!("is \"{text}\"; write an IPv6 address in brackets: \"[{text}]:{shown}\""));
        } else {
            match text.split_once(':') {
                Some((host, port)) => (host, port_of(port)?),
                None if text.is_empty() => return Err(wrong()),
                None => (text, default_port.ok_or_else(missing)?),
            }
        };
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
        if host.is_empty() || host.len() > 253 || !host.chars().all(allowed) {
            return Err(wrong());
        }
        Ok(Self { host: host.to_owned(), port })
    }

    /// Name or IP address, without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') { write!(f, "[{}]:{}", self.host, self.port) } else { write!(f, "{}:{}", self.host, self.port) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let shown = |text: &str| Address::parse(text, Some(5038)).map(|address| address.to_string());
        assert_eq!(shown("pbx.example.com").as_deref(), Ok("pbx.example.com:5038"));
        assert_eq!(shown("192.0.2.1:5039").as_deref(), Ok("192.0.2.1:5039"));
        assert_eq!(shown("[2001:db8::1]:1").as_deref(), Ok("[2001:db8::1]:1"));
        assert_eq!(shown("[2001:db8::1]").as_deref(), Ok("[2001:db8::1]:5038"));
        for wrong in ["", ":5038", "pbx:", "pbx:0", "pbx:65536", "pbx:ami", "2001:db8::1", "[nonsense]:1", "a b:1", "http://pbx:1"] {
            assert!(shown(wrong).is_err(), "{wrong}");
        }
        let without = |text: &str| Address::parse(text, None).map(|address| address.to_string());
        assert_eq!(without("[2001:db8::1]:1").as_deref(), Ok("[2001:db8::1]:1"));
        assert!(without("pbx.example.com").is_err_and(|what| what.contains("without a port")));
        assert!(without("[2001:db8::1]").is_err_and(|what| what.contains("without a port")));
    }
}
