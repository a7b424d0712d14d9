//! Whether pages and cookies are guarded as they should be.

use reqwest::{Client, Response};

use super::discovery::Documents;
use super::{Check, ask, header};

const HEADERS: &str = "Let nothing in between remove or replace the headers of pages.";
const COOKIES: &str =
    "Let nothing in between rewrite Set-Cookie, and reach the service over https by its own name.";

pub(super) async fn checks(http: &Client, documents: &Documents) -> Vec<Check> {
    let issuer = &documents.place.issuer;
    let page = ask(http.get(format!("{issuer}/manage")).header("accept", "text/html")).await;
    let is_https = issuer.starts_with("https://");
    let (guarded, cookies) = match page {
        Ok(page) => (guarded(&page, is_https), flags(&page, is_https)),
        Err(why) => (Err(why.clone()), Some(Err(why))),
    };
    let cookies = match cookies {
        Some(cookies) => Check::of("cookies", cookies, COOKIES),
        None => Check::skipped("cookies", "the page of connected apps sets none"),
    };
    vec![Check::of("headers of pages", guarded, HEADERS), cookies]
}

fn guarded(page: &Response, is_https: bool) -> Result<String, String> {
    let policy = header(page, "content-security-policy");
    let has = |name: &str, part: &str| header(page, name).contains(part);
    let wanted = [
        (
            "content-security-policy",
            policy.contains("default-src 'none'") || policy.contains("default-src 'self'"),
        ),
        ("frame-ancestors", policy.contains("frame-ancestors")),
        ("x-content-type-options", has("x-content-type-options", "nosniff")),
        ("referrer-policy", has("referrer-policy", "no-referrer") || has("referrer-policy", "same-origin")),
        ("cache-control", has("cache-control", "no-store")),
        ("strict-transport-security", !is_https || has("strict-transport-security", "max-age=")),
    ];
    let missing: Vec<_> = wanted.iter().filter(|(_, is_there)| !is_there).map(|(name, _)| *name).collect();
    if missing.is_empty() {
        Ok("all there".to_owned())
    } else {
        Err(format!("missing or weak: {}", missing.join(", ")))
    }
}

/// Over plain http, on a machine of one's own, cookies cannot be `Secure`.
///
/// Source: RFC 6265bis §4.1.3.2.
fn flags(page: &Response, is_https: bool) -> Option<Result<String, String>> {
    let cookies: Vec<_> =
        page.headers().get_all("set-cookie").iter().filter_map(|value| value.to_str().ok()).collect();
    if cookies.is_empty() {
        return None;
    }
    let bad = cookies.iter().find(|cookie| !is_guarded(cookie, is_https));
    Some(match bad {
        Some(cookie) => Err(format!("{} lacks a flag", cookie.split('=').next().unwrap_or_default())),
        None => Ok(if is_https {
            "__Host-, Secure, HttpOnly, SameSite"
        } else {
            "HttpOnly, SameSite (no TLS here)"
        }
        .to_owned()),
    })
}

fn is_guarded(cookie: &str, is_https: bool) -> bool {
    let flags: Vec<_> = cookie.split(';').map(str::trim).collect();
    let has = |flag: &str| flags.iter().any(|other| other.eq_ignore_ascii_case(flag));
    let same_site = has("SameSite=Lax") || has("SameSite=Strict");
    has("HttpOnly")
        && same_site
        && has("Path=/")
        && (!is_https || (has("Secure") && cookie.starts_with("__Host-")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_without_a_flag_is_found() {
        let good = "__Host-pre=x; HttpOnly; SameSite=Lax; Secure; Path=/";
        assert!(is_guarded(good, true));
        for part in ["__Host-", "HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
            assert!(!is_guarded(&good.replace(part, ""), true), "{part}");
        }
        assert!(is_guarded("pre=x; HttpOnly; SameSite=Lax; Path=/", false));
    }
}
