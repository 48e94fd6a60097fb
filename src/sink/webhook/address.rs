//! Which addresses a webhook may be sent to, and a resolver that knows no others.
//!
//! The resolver hands the client only what it has looked at, and the client connects to nothing else: a name that leads to
//! another address the next time it is asked (DNS rebinding) is judged by that next address.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// True for addresses of the open internet: none that is private, loopback, link-local, shared (RFC 6598), multicast, reserved or for
/// documentation, and none that leads to such a one by translation or a tunnel (the IANA special-purpose registries, RFC 6890).
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || matches!((a, b, c), (0 | 224.., _, _) | (100, 64..=127, _) | (192, 0, 0) | (192, 88, 99) | (198, 18..=19, _)))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match segments {
        // IPv4 in IPv6: mapped, translated (RFC 6052), 6to4.
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => embedded(high, low),
        // Teredo and the other special purposes of 2001::/23, and documentation.
        [0x2001, second, ..] if second < 0x200 || second == 0xdb8 => false,
        [0x3fff, second, ..] if second < 0x1000 => false,
        // Global unicast is 2000::/3; all else is local, multicast, reserved or not given out.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

/// Looks names up and passes on only addresses that may be connected to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Guard {
    pub(super) allow_private: bool,
}

/// A name leads only to addresses that are refused.
#[derive(Debug, thiserror::Error)]
#[error("{name} leads to the private address {address}, which is refused; if that is meant, write `allow_private_addresses = true`")]
pub(super) struct PrivateAddress {
    name: String,
    address: IpAddr,
}

impl Guard {
    /// Those that may be connected to, or why none.
    fn pass(self, name: &str, found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, PrivateAddress> {
        if self.allow_private {
            return Ok(found);
        }
        let (public, private): (Vec<SocketAddr>, Vec<SocketAddr>) = found.into_iter().partition(|found| is_public(found.ip()));
        match private.first() {
            Some(address) if public.is_empty() => Err(PrivateAddress { name: name.to_owned(), address: address.ip() }),
            _ => Ok(public),
        }
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = *self;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let passed = guard.pass(name.as_str(), found)?;
            Ok(Box::new(passed.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_open_internet_is_public() {
        for private in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.8.8.8",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "::ffff:127.0.0.1",
            "::7f00:1",
            "64:ff9b::10.0.0.1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:a00:1::",
            "3fff::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "5f00::1",
        ] {
            assert!(!is_public(private.parse().expect(private)), "{private}");
        }
        for public in ["1.1.1.1", "8.8.8.8", "100.63.0.1", "172.32.0.1", "192.167.1.1", "2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8"]
        {
            assert!(is_public(public.parse().expect(public)), "{public}");
        }
    }

    #[test]
    fn of_a_name_with_both_kinds_only_the_public_ones_are_passed_on() {
        let address = |text: &str| SocketAddr::new(text.parse().expect("an address"), 0);
        let guard = Guard { allow_private: false };
        let passed = guard.pass("x.example.com", vec![address("10.0.0.1"), address("8.8.8.8")]).expect("one is left");
        assert_eq!(passed, [address("8.8.8.8")]);
        let refused = guard.pass("x.example.com", vec![address("10.0.0.1")]).expect_err("none is left").to_string();
        assert!(refused.contains("x.example.com leads to the private address 10.0.0.1"), "{refused}");
        assert_eq!(Guard { allow_private: true }.pass("x.example.com", vec![address("10.0.0.1")]).expect("allowed").len(), 1);
    }
}
