//! Requests to addresses that somebody else chose: https to public addresses alone, looked at after their name is
//! resolved and before anything is sent.

mod names;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use reqwest::RequestBuilder;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use smart::client::is_loopback;
use smart::error::Unreachable;
use url::{Host, Url};

use crate::lazy_client::{LazyClient, plain};

pub(crate) use names::{Names, SystemNames};

/// How long a whole fetch may take, from the look-up of the name to the last byte: 2 seconds.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Which addresses may be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Those of the public internet, by https.
    Public,
    /// Those, and this machine by http: for development alone.
    PublicAndLoopback,
}

/// Sends requests to addresses that somebody else chose.
#[derive(Clone, Debug)]
pub(crate) struct Outbound {
    client: LazyClient,
    pinned: Pinned,
}

/// Why nothing was sent. Callers must answer it as they answer a host that is silent.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotSent {
    /// It may not be reached.
    #[error("the address may not be reached")]
    Blocked,
    /// Nothing may be reached.
    #[error(transparent)]
    NoClient(#[from] Unreachable),
}

impl Outbound {
    /// Follows no redirect, asks no proxy, and waits two seconds at most.
    pub(crate) fn new(reach: Reach, names: Arc<dyn Names>) -> Self {
        Self { client: LazyClient::default(), pinned: Pinned { names, reach } }
    }

    fn client(&self) -> Result<&reqwest::Client, Unreachable> {
        self.client.get_or_build(|| {
            let pinned = Arc::new(self.pinned.clone());
            plain(TIMEOUT).https_only(self.pinned.reach == Reach::Public).dns_resolver(pinned)
        })
    }

    /// A GET of an address, if what stands in it may be reached. Where its name leads is looked at when it is sent.
    pub(crate) fn get(&self, address: &str) -> Result<RequestBuilder, NotSent> {
        let url = Url::parse(address).map_err(|_| NotSent::Blocked)?;
        // A host that is written as an IP address is never looked up, so it must be refused here.
        let by_name = url.scheme() == "https" && matches!(url.host(), Some(Host::Domain(_)));
        let on_this_machine =
            self.pinned.reach == Reach::PublicAndLoopback && url.scheme() == "http" && is_loopback(&url);
        let clean = url.username().is_empty() && url.password().is_none();
        if (by_name || on_this_machine) && clean {
            Ok(self.client()?.get(url))
        } else {
            Err(NotSent::Blocked)
        }
    }
}

/// Resolves names, and refuses a name of which even one address may not be reached. The addresses that were looked at
/// are the ones that are connected to: the name is not asked again.
#[derive(Clone, Debug)]
struct Pinned {
    names: Arc<dyn Names>,
    reach: Reach,
}

impl Pinned {
    fn may_reach(&self, name: &str, address: IpAddr) -> bool {
        let on_this_machine =
            self.reach == Reach::PublicAndLoopback && name == "localhost" && address.is_loopback();
        is_public(address) || on_this_machine
    }
}

impl Resolve for Pinned {
    fn resolve(&self, name: Name) -> Resolving {
        let this = self.clone();
        Box::pin(async move {
            let found: Vec<SocketAddr> = this.names.addresses(name.as_str()).await?;
            if found.is_empty() || !found.iter().all(|address| this.may_reach(name.as_str(), address.ip())) {
                return Err("the name does not lead to public addresses alone".into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
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
mod tests;
