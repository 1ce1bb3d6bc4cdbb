use super::*;

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn strict(text: &str) -> Result<(), RefusedAddress> {
    NetworkPolicy::default().check(address(text))
}

#[test]
fn public_addresses_are_dialled() {
    for public in [
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2606:4700:4700::1111",
        "2a00:1450:4001:80b::200e",
        "2001:200::1",
        "::ffff:1.1.1.1",
        "64:ff9b::8.8.8.8",
        "2002:0808:0808::1",
    ] {
        assert_eq!(strict(public), Ok(()), "{public}");
    }
}

/// What is refused, by what it is.
const REFUSED: &[(&str, &[&str])] = &[
    (
        "a private address",
        &[
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "fd12::1",
            "fec0::1",
        ],
    ),
    (
        "a loopback address",
        &[
            "127.0.0.1",
            "127.255.255.254",
            "::1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
        ],
    ),
    (
        "a link-local address",
        &["169.254.1.1", "fe80::1", "febf::1"],
    ),
    (
        "an address behind carrier-grade NAT",
        &["100.64.0.1", "100.127.255.255", "2002:6440:1::"],
    ),
    (
        "a multicast address",
        &["224.0.0.1", "239.255.255.255", "ff02::1"],
    ),
    (
        "an address for documentation",
        &[
            "192.0.2.1",
            "198.51.100.1",
            "203.0.113.1",
            "2001:db8::1",
            "3fff::1",
        ],
    ),
    (
        "not an address to send to",
        &["0.0.0.0", "0.1.2.3", "::", "::0.0.0.5"],
    ),
    (
        "an address for benchmarks",
        &["198.18.0.1", "198.19.255.255"],
    ),
    (
        "an address for protocols",
        &["192.0.0.1", "2001::1", "2001:1ff::1"],
    ),
    ("a 6to4 relay", &["192.88.99.1"]),
    ("the broadcast address", &["255.255.255.255"]),
    ("a reserved address", &["240.0.0.1"]),
    ("a local NAT64 address", &["64:ff9b:1::1"]),
    ("an address for discarding", &["100::1"]),
    ("an address for segment routing", &["5f00::1"]),
    (
        METADATA,
        &[
            "169.254.169.254",
            "169.254.170.2",
            "100.100.100.200",
            "168.63.129.16",
            "192.0.0.192",
            "fd00:ec2::254",
            "::ffff:169.254.169.254",
            "64:ff9b::169.254.169.254",
            "2002:a9fe:a9fe::1",
        ],
    ),
];

#[test]
fn other_addresses_are_refused() {
    for (kind, addresses) in REFUSED {
        for text in *addresses {
            let refused = strict(text).unwrap_err();
            assert_eq!((refused.address, refused.kind), (address(text), *kind));
        }
    }
}

#[test]
fn embedded_private_addresses_are_refused() {
    for text in [
        "::ffff:10.1.2.3",
        "::10.1.2.3",
        "64:ff9b::10.1.2.3",
        "2002:0a01:0203::1",
        "2002:c0a8:0101::1",
    ] {
        assert_eq!(
            strict(text).unwrap_err().kind,
            "a private address",
            "{text}"
        );
    }
}

#[test]
fn private_addresses_can_be_allowed_but_for_credentials() {
    let policy = NetworkPolicy {
        allow_private: true,
        ..NetworkPolicy::default()
    };
    for text in [
        "127.0.0.1",
        "10.0.0.1",
        "fd12::1",
        "::ffff:10.0.0.1",
        "fe80::1",
    ] {
        assert_eq!(policy.check(address(text)), Ok(()), "{text}");
    }
    for text in ["169.254.169.254", "fd00:ec2::254", "::ffff:169.254.169.254"] {
        assert_eq!(policy.check(address(text)).unwrap_err().kind, METADATA);
    }
}

#[test]
fn single_networks_can_be_allowed() {
    let policy = NetworkPolicy {
        allow_private: false,
        allow_networks: vec![
            "10.1.0.0/16".parse().unwrap(),
            "169.254.169.254/32".parse().unwrap(),
            "fd12::/16".parse().unwrap(),
        ],
    };
    for text in [
        "10.1.2.3",
        "::ffff:10.1.2.3",
        "169.254.169.254",
        "fd12::1",
        "1.1.1.1",
    ] {
        assert_eq!(policy.check(address(text)), Ok(()), "{text}");
    }
    for text in ["10.2.0.1", "::ffff:10.2.0.1", "fd13::1", "127.0.0.1"] {
        assert!(policy.check(address(text)).is_err(), "{text}");
    }
}

#[test]
fn a_refusal_says_what_and_why() {
    assert_eq!(
        strict("10.0.0.1").unwrap_err().to_string(),
        "10.0.0.1 is refused as a webhook target: a private address"
    );
}
