//! Who may ask a page of this machine to do something.

use http::uri::Authority;
use http::{HeaderMap, HeaderName, header};

/// Whether a request comes from a program on this machine or from the pages of the listener itself: not from
/// another web site, neither by a script or a form of theirs, nor by a name of theirs that they make point at
/// this machine.
pub(crate) fn is_own(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let Some(host) = text(header::HOST) else {
        return false;
    };
    let named_loopback = host
        .parse::<Authority>()
        .is_ok_and(|authority| matches!(authority.host(), "localhost" | "127.0.0.1" | "[::1]"));
    let own_origin = |origin: &str| origin.strip_prefix("http://") == Some(host);
    // A browser sets it on every request and no script can change it; a shell sends none.
    let own_site = |site: &str| matches!(site, "same-origin" | "none");
    let site = HeaderName::from_static("sec-fetch-site");
    named_loopback && text(header::ORIGIN).is_none_or(own_origin) && text(site).is_none_or(own_site)
}
