//! Which addresses may be dialled.
//!
//! Ranges that are neither public nor the shop's own are refused whatever the grant says: they lead to the network's own
//! machinery, to a cloud's metadata service, or to an IPv4 address in a disguise that the check would otherwise have to undo.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use ipnet::{Ipv4Net, Ipv6Net};

use crate::grant::Reach;

/// What kind of address it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressClass {
    /// Reachable from anywhere.
    Public,
    /// The shop's own network.
    Lan,
    /// This machine.
    Loopback,
    /// Never dialled; the text says what it is.
    Never(&'static str),
}

impl AddressClass {
    /// The class of `address`.
    pub fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => of_v4(address),
            IpAddr::V6(address) => of_v6(address),
        }
    }

    /// Whether an origin granted with `reach` may be dialled at an address of this class.
    pub(crate) fn is_within(self, reach: Reach) -> bool {
        matches!(
            (self, reach),
            (Self::Public, Reach::Internet)
                | (Self::Lan, Reach::Lan | Reach::Nearby)
                | (Self::Loopback, Reach::Loopback | Reach::Nearby)
        )
    }
}

impl fmt::Display for AddressClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Public => "a public address",
            Self::Lan => "an address of the local network",
            Self::Loopback => "this machine",
            Self::Never(what) => what,
        })
    }
}

fn of_v4(address: Ipv4Addr) -> AddressClass {
    V4_RANGES
        .iter()
        .find(|(range, _)| range.contains(&address))
        .map_or(AddressClass::Public, |(_, class)| *class)
}

fn of_v6(address: Ipv6Addr) -> AddressClass {
    V6_RANGES
        .iter()
        .find(|(range, _)| range.contains(&address))
        .map_or(AddressClass::Never("a reserved address"), |(_, class)| {
            *class
        })
}

use AddressClass::{Lan, Loopback, Never, Public};

const METADATA: AddressClass = Never("a cloud metadata service");

/// First match wins; what is in none of them is public.
const V4_RANGES: &[(Ipv4Net, AddressClass)] = &[
    (v4([169, 254, 169, 254], 32), METADATA),
    (v4([168, 63, 129, 16], 32), METADATA),
    (v4([100, 100, 100, 200], 32), METADATA),
    (v4([0, 0, 0, 0], 8), Never("an unspecified address")),
    (v4([10, 0, 0, 0], 8), Lan),
    (
        v4([100, 64, 0, 0], 10),
        Never("an address shared by a carrier (CGNAT)"),
    ),
    (v4([127, 0, 0, 0], 8), Loopback),
    (v4([169, 254, 0, 0], 16), Never("a link-local address")),
    (v4([172, 16, 0, 0], 12), Lan),
    (
        v4([192, 0, 0, 0], 24),
        Never("an address reserved for protocols"),
    ),
    (v4([192, 0, 2, 0], 24), Never("a documentation address")),
    (v4([192, 88, 99, 0], 24), Never("a 6to4 relay")),
    (v4([192, 168, 0, 0], 16), Lan),
    (v4([198, 18, 0, 0], 15), Never("a benchmark address")),
    (v4([198, 51, 100, 0], 24), Never("a documentation address")),
    (v4([203, 0, 113, 0], 24), Never("a documentation address")),
    (v4([224, 0, 0, 0], 4), Never("a multicast address")),
    (v4([255, 255, 255, 255], 32), Never("the broadcast address")),
    (v4([240, 0, 0, 0], 4), Never("a reserved address")),
];

/// First match wins; what is in none of them is reserved: only 2000::/3 has been given out.
const V6_RANGES: &[(Ipv6Net, AddressClass)] = &[
    (v6([0, 0, 0, 0, 0, 0, 0, 1], 128), Loopback),
    (
        v6([0, 0, 0, 0, 0, 0, 0, 0], 128),
        Never("an unspecified address"),
    ),
    (
        v6([0, 0, 0, 0, 0, 0xffff, 0, 0], 96),
        Never("an IPv4 address mapped into IPv6"),
    ),
    (
        v6([0, 0, 0, 0, 0xffff, 0, 0, 0], 96),
        Never("an IPv4 address translated into IPv6"),
    ),
    (
        v6([0, 0, 0, 0, 0, 0, 0, 0], 96),
        Never("an IPv4-compatible address"),
    ),
    (
        v6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96),
        Never("a NAT64 address"),
    ),
    (
        v6([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48),
        Never("a NAT64 address"),
    ),
    (
        v6([0x100, 0, 0, 0, 0, 0, 0, 0], 64),
        Never("a discard address"),
    ),
    (
        v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 32),
        Never("a Teredo address"),
    ),
    (
        v6([0x2001, 2, 0, 0, 0, 0, 0, 0], 48),
        Never("a benchmark address"),
    ),
    (
        v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23),
        Never("an address reserved for protocols"),
    ),
    (
        v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32),
        Never("a documentation address"),
    ),
    (
        v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16),
        Never("a 6to4 address"),
    ),
    (
        v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20),
        Never("a documentation address"),
    ),
    (v6([0x2000, 0, 0, 0, 0, 0, 0, 0], 3), Public),
    (v6([0xfd00, 0xec2, 0, 0, 0, 0, 0, 0], 32), METADATA),
    (v6([0xfd20, 0xce, 0, 0, 0, 0, 0, 0], 32), METADATA),
    (v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7), Lan),
    (
        v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10),
        Never("a link-local address"),
    ),
    (
        v6([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10),
        Never("a site-local address"),
    ),
    (
        v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8),
        Never("a multicast address"),
    ),
];

const fn v4(octets: [u8; 4], prefix: u8) -> Ipv4Net {
    let [a, b, c, d] = octets;
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(parts: [u16; 8], prefix: u8) -> Ipv6Net {
    let [a, b, c, d, e, f, g, h] = parts;
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, e, f, g, h), prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(address: &str, expected: &str) {
        let address: IpAddr = address.parse().unwrap();
        assert_eq!(AddressClass::of(address).to_string(), expected, "{address}");
    }

    #[test]
    fn every_range_begins_and_ends_where_it_should() {
        let public = "a public address";
        let lan = "an address of the local network";
        let cgnat = "an address shared by a carrier (CGNAT)";
        let documentation = "a documentation address";
        for (first, last, class, before, after) in [
            (
                "0.0.0.0",
                "0.255.255.255",
                "an unspecified address",
                None,
                Some("1.0.0.0"),
            ),
            (
                "10.0.0.0",
                "10.255.255.255",
                lan,
                Some("9.255.255.255"),
                Some("11.0.0.0"),
            ),
            (
                "100.64.0.0",
                "100.127.255.255",
                cgnat,
                Some("100.63.255.255"),
                Some("100.128.0.0"),
            ),
            (
                "127.0.0.0",
                "127.255.255.255",
                "this machine",
                Some("126.255.255.255"),
                Some("128.0.0.0"),
            ),
            (
                "169.254.0.0",
                "169.254.255.255",
                "a link-local address",
                Some("169.253.255.255"),
                Some("169.255.0.0"),
            ),
            (
                "172.16.0.0",
                "172.31.255.255",
                lan,
                Some("172.15.255.255"),
                Some("172.32.0.0"),
            ),
            (
                "192.0.0.0",
                "192.0.0.255",
                "an address reserved for protocols",
                Some("191.255.255.255"),
                Some("192.0.1.0"),
            ),
            (
                "192.0.2.0",
                "192.0.2.255",
                documentation,
                Some("192.0.1.255"),
                Some("192.0.3.0"),
            ),
            (
                "192.88.99.0",
                "192.88.99.255",
                "a 6to4 relay",
                Some("192.88.98.255"),
                Some("192.88.100.0"),
            ),
            (
                "192.168.0.0",
                "192.168.255.255",
                lan,
                Some("192.167.255.255"),
                Some("192.169.0.0"),
            ),
            (
                "198.18.0.0",
                "198.19.255.255",
                "a benchmark address",
                Some("198.17.255.255"),
                Some("198.20.0.0"),
            ),
            (
                "198.51.100.0",
                "198.51.100.255",
                documentation,
                Some("198.51.99.255"),
                Some("198.51.101.0"),
            ),
            (
                "203.0.113.0",
                "203.0.113.255",
                documentation,
                Some("203.0.112.255"),
                Some("203.0.114.0"),
            ),
            (
                "224.0.0.0",
                "239.255.255.255",
                "a multicast address",
                Some("223.255.255.255"),
                None,
            ),
            (
                "240.0.0.0",
                "255.255.255.254",
                "a reserved address",
                None,
                None,
            ),
        ] {
            check(first, class);
            check(last, class);
            before
                .into_iter()
                .chain(after)
                .for_each(|outside| check(outside, public));
        }
        check("255.255.255.255", "the broadcast address");
    }

    #[test]
    fn metadata_services_are_named_for_what_they_are() {
        for address in [
            "169.254.169.254",
            "168.63.129.16",
            "100.100.100.200",
            "fd00:ec2::254",
            "fd20:ce::254",
        ] {
            check(address, "a cloud metadata service");
        }
    }

    #[test]
    fn ipv6_is_public_only_where_it_has_been_given_out() {
        check("2606:4700:4700::1111", "a public address");
        check("2001:200::1", "a public address");
        check(
            "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
            "a public address",
        );
        check("::1", "this machine");
        check("::", "an unspecified address");
        check("::ffff:127.0.0.1", "an IPv4 address mapped into IPv6");
        check("::ffff:8.8.8.8", "an IPv4 address mapped into IPv6");
        check("::ffff:0:127.0.0.1", "an IPv4 address translated into IPv6");
        check("::127.0.0.1", "an IPv4-compatible address");
        check("64:ff9b::7f00:1", "a NAT64 address");
        check("64:ff9b:1::7f00:1", "a NAT64 address");
        check("100::1", "a discard address");
        check("2001::1", "a Teredo address");
        check("2001:2::1", "a benchmark address");
        check("2001:20::1", "an address reserved for protocols");
        check("2001:db8::1", "a documentation address");
        check("2002:7f00:1::", "a 6to4 address");
        check("3fff::1", "a documentation address");
        check("fc00::1", "an address of the local network");
        check("fdff::1", "an address of the local network");
        check("fe80::1", "a link-local address");
        check("febf::1", "a link-local address");
        check("fec0::1", "a site-local address");
        check("ff02::1", "a multicast address");
        check("4000::1", "a reserved address");
        check("1fff::1", "a reserved address");
    }
}
