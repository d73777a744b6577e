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

    const PUBLIC: &str = "a public address";
    const LAN: &str = "an address of the local network";
    const MACHINE: &str = "this machine";
    const CLOUD: &str = "a cloud metadata service";
    const UNSPECIFIED: &str = "an unspecified address";
    const CARRIER: &str = "an address shared by a carrier (CGNAT)";
    const LINK_LOCAL: &str = "a link-local address";
    const PROTOCOLS: &str = "an address reserved for protocols";
    const DOCUMENTATION: &str = "a documentation address";
    const BENCHMARK: &str = "a benchmark address";
    const MULTICAST: &str = "a multicast address";
    const RESERVED: &str = "a reserved address";
    const NAT64: &str = "a NAT64 address";

    /// Every address from the first of each line up to the next line's is of the line's class, as far as both ends can tell.
    #[track_caller]
    fn check(lines: &[(&str, &str)], last: &str) {
        let of = |address: IpAddr| (address, AddressClass::of(address).to_string());
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        let nexts = lines.iter().skip(1).map(|(next, _)| before(address(next)));
        let lasts = nexts.chain([address(last)]);
        for ((first, class), last) in lines.iter().zip(lasts) {
            for end in [address(first), last] {
                assert_eq!(of(end), (end, (*class).to_owned()));
            }
        }
    }

    fn before(address: IpAddr) -> IpAddr {
        match address {
            IpAddr::V4(address) => Ipv4Addr::from_bits(address.to_bits() - 1).into(),
            IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() - 1).into(),
        }
    }

    #[test]
    fn every_range_begins_and_ends_where_it_should() {
        let lines = [
            ("0.0.0.0", UNSPECIFIED),
            ("1.0.0.0", PUBLIC),
            ("10.0.0.0", LAN),
            ("11.0.0.0", PUBLIC),
            ("100.64.0.0", CARRIER),
            ("100.100.100.200", CLOUD),
            ("100.100.100.201", CARRIER),
            ("100.128.0.0", PUBLIC),
            ("127.0.0.0", MACHINE),
            ("128.0.0.0", PUBLIC),
            ("168.63.129.16", CLOUD),
            ("168.63.129.17", PUBLIC),
            ("169.254.0.0", LINK_LOCAL),
            ("169.254.169.254", CLOUD),
            ("169.254.169.255", LINK_LOCAL),
            ("169.255.0.0", PUBLIC),
            ("172.16.0.0", LAN),
            ("172.32.0.0", PUBLIC),
            ("192.0.0.0", PROTOCOLS),
            ("192.0.1.0", PUBLIC),
            ("192.0.2.0", DOCUMENTATION),
            ("192.0.3.0", PUBLIC),
            ("192.88.99.0", "a 6to4 relay"),
            ("192.88.100.0", PUBLIC),
            ("192.168.0.0", LAN),
            ("192.169.0.0", PUBLIC),
            ("198.18.0.0", BENCHMARK),
            ("198.20.0.0", PUBLIC),
            ("198.51.100.0", DOCUMENTATION),
            ("198.51.101.0", PUBLIC),
            ("203.0.113.0", DOCUMENTATION),
            ("203.0.114.0", PUBLIC),
            ("224.0.0.0", MULTICAST),
            ("240.0.0.0", RESERVED),
            ("255.255.255.255", "the broadcast address"),
        ];
        check(&lines, "255.255.255.255");
    }

    #[test]
    fn ipv6_is_public_only_where_it_has_been_given_out() {
        let lines = [
            ("::", UNSPECIFIED),
            ("::1", MACHINE),
            ("::2", "an IPv4-compatible address"),
            ("::1:0:0", RESERVED),
            ("::ffff:0.0.0.0", "an IPv4 address mapped into IPv6"),
            ("::1:0:0:0", RESERVED),
            ("::ffff:0:0.0.0.0", "an IPv4 address translated into IPv6"),
            ("::ffff:1:0:0", RESERVED),
            ("64:ff9b::", NAT64),
            ("64:ff9b::1:0:0", RESERVED),
            ("64:ff9b:1::", NAT64),
            ("64:ff9b:2::", RESERVED),
            ("100::", "a discard address"),
            ("100:0:0:1::", RESERVED),
            ("2000::", PUBLIC),
            ("2001::", "a Teredo address"),
            ("2001:1::", PROTOCOLS),
            ("2001:2::", BENCHMARK),
            ("2001:2:1::", PROTOCOLS),
            ("2001:200::", PUBLIC),
            ("2001:db8::", DOCUMENTATION),
            ("2001:db9::", PUBLIC),
            ("2002::", "a 6to4 address"),
            ("2003::", PUBLIC),
            ("3fff::", DOCUMENTATION),
            ("3fff:1000::", PUBLIC),
            ("4000::", RESERVED),
            ("fc00::", LAN),
            ("fd00:ec2::", CLOUD),
            ("fd00:ec3::", LAN),
            ("fd20:ce::", CLOUD),
            ("fd20:cf::", LAN),
            ("fe00::", RESERVED),
            ("fe80::", LINK_LOCAL),
            ("fec0::", "a site-local address"),
            ("ff00::", MULTICAST),
        ];
        check(&lines, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
    }

    #[test]
    fn a_grant_reaches_its_own_part_of_the_network_and_no_other() {
        use Reach::{Internet, Nearby};
        let never = Never("whatever it is");
        for (reach, within) in [
            (Internet, [Public].as_slice()),
            (Reach::Lan, &[Lan]),
            (Reach::Loopback, &[Loopback]),
            (Nearby, &[Lan, Loopback]),
        ] {
            for class in [Public, Lan, Loopback, never] {
                let expected = within.contains(&class);
                assert_eq!(class.is_within(reach), expected, "{class} by {reach:?}");
            }
        }
    }
}
