//! Requests to addresses that somebody else chose: https to public addresses alone, looked at after their name is
//! resolved and before anything is sent.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;

/// How long a whole fetch may take: 2 seconds.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Resolves names to public addresses, and refuses a name of which even one address is not public.
#[derive(Clone, Debug, Default)]
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if found.is_empty() || !found.iter().all(|address| is_public(address.ip())) {
                return Err("the name does not lead to public addresses alone".into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// A client that follows no redirect, asks no proxy, waits two seconds at most and, unless loopback is allowed for
/// development, connects to public addresses only.
pub(crate) fn client(allow_loopback: bool) -> Result<reqwest::Client, reqwest::Error> {
    let builder = reqwest::Client::builder().timeout(TIMEOUT).redirect(Policy::none()).no_proxy();
    let builder = builder.https_only(!allow_loopback);
    if allow_loopback { builder.build() } else { builder.dns_resolver(Arc::new(PublicOnly)).build() }
}

/// Whether an address belongs to the public internet.
///
/// Source: IANA special-purpose address registries for IPv4 and IPv6.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_broadcast()
        || a == 0
        || a >= 224
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19));
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(inner) = address.to_ipv4_mapped() {
        return is_public_v4(inner);
    }
    let [first, second, ..] = address.segments();
    // Only 2000::/3 is public; in it lie tunnels that lead anywhere, and documentation.
    let global = first & 0xE000 == 0x2000;
    let tunnel = first == 0x2002 || (first == 0x2001 && (second < 0x0200 || second == 0x0DB8));
    global && !tunnel && first != 0x3FFF
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn j01_no_special_address_is_public() {
        for text in [
            "127.0.0.1",
            "0.0.0.0",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "100.127.255.255",
            "169.254.169.254",
            "192.0.0.1",
            "192.0.2.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd00:ec2::254",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
            "ff02::1",
            "::127.0.0.1",
            "fec0::1",
            "100::1",
        ] {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
        for text in ["1.1.1.1", "172.32.0.1", "100.128.0.1", "192.0.3.1", "2606:4700::1111", "2a00:1450::1"] {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
    }
}
