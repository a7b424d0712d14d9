//! The headers of every page: what the browser may load, where a form may lead, and that nothing is kept.

use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderMap, StatusCode};
use url::Url;

/// Where the forms of a page may lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormAction {
    /// Only to ourselves.
    SelfOnly,
    /// Also on to the app: Chromium follows the redirect that answers a POST only if `form-action` allows its goal.
    AndRedirect(FormTarget),
}

/// Origins (`https://app.example.org`) and private schemes (`com.example.app:`), as a CSP writes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormTarget(String);

/// Schemes that run or show what the URL itself holds; no redirect ever leads there.
const NEVER: [&str; 6] = ["javascript", "data", "blob", "vbscript", "about", "file"];

impl FormAction {
    /// Allows the way on to a redirect URI, which the caller has proven to be the client's. A URL that a policy cannot
    /// name safely allows nothing more.
    pub fn and_redirect(redirect_uri: &Url) -> Self {
        FormTarget::of(redirect_uri).map_or(Self::SelfOnly, Self::AndRedirect)
    }

    /// Allows the way on to one more URL, such as the provider that a person signs in with elsewhere: the redirects that
    /// answer one POST may lead there and then to the app.
    #[must_use]
    pub fn and_also(self, url: &Url) -> Self {
        match (self, FormTarget::of(url)) {
            (known, None) => known,
            (Self::SelfOnly, Some(target)) => Self::AndRedirect(target),
            (Self::AndRedirect(FormTarget(known)), Some(FormTarget(more))) => {
                Self::AndRedirect(FormTarget(format!("{known} {more}")))
            }
        }
    }
}

impl FormTarget {
    fn of(redirect_uri: &Url) -> Option<Self> {
        let scheme = redirect_uri.scheme();
        let target = match (scheme, redirect_uri.host()) {
            // The grammar of a CSP has no IPv6 address, so for `http://[::1]` its scheme must do.
            ("http" | "https", Some(url::Host::Ipv6(_))) => format!("{scheme}:"),
            ("http" | "https", _) => redirect_uri.origin().ascii_serialization(),
            _ if NEVER.contains(&scheme) => return None,
            _ => format!("{scheme}:"),
        };
        // A host may hold `;` or `'`, which would end the directive and begin another.
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._+:/".contains(&byte);
        target.bytes().all(plain).then_some(Self(target))
    }
}

/// Who may show a page inside theirs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Framing {
    /// Nobody.
    #[default]
    Nobody,
    /// These origins.
    By(Framers),
}

/// At least one origin, each as a CSP writes it. Only [`Framing::by`] makes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Framers(Vec<String>);

impl Framing {
    /// Lets these origins frame a page: `https://ehr.example.org`, or http on a loopback host. What is more or less than
    /// scheme, host and perhaps a port is left out; if nothing remains, nobody may.
    ///
    /// ```
    /// use web::browser::headers::Framing;
    ///
    /// assert_ne!(Framing::by(["https://ehr.example.org"]), Framing::Nobody);
    /// assert_eq!(Framing::by(["https://*.example.org", "http://ehr.example.org", "*"]), Framing::Nobody);
    /// ```
    pub fn by(origins: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let framers: Vec<String> = origins.into_iter().filter_map(|text| framer(text.as_ref())).collect();
        if framers.is_empty() { Self::Nobody } else { Self::By(Framers(framers)) }
    }

    /// What stands behind `frame-ancestors`.
    fn ancestors(&self) -> String {
        match self {
            Self::Nobody => "'none'".to_owned(),
            Self::By(Framers(origins)) => origins.join(" "),
        }
    }
}

/// One origin, if it is one and may frame. The grammar of a CSP has no IPv6 address, so `http://[::1]` may not.
fn framer(text: &str) -> Option<String> {
    let (_, authority) = text.split_once("://")?;
    if !authority.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.:".contains(&byte)) {
        return None;
    }
    let url = Url::parse(text).ok()?;
    let loopback = match url.host()? {
        url::Host::Domain(name) => name == "localhost",
        url::Host::Ipv4(address) => address.is_loopback(),
        url::Host::Ipv6(_) => false,
    };
    let may = url.scheme() == "https" || (url.scheme() == "http" && loopback);
    may.then(|| url.origin().ascii_serialization())
}

/// What the browser may load, where a form may lead and who may frame the page.
///
/// Source: CSP Level 3; RFC 9700 §4.16 (framing).
fn content_security_policy(form_action: &FormAction, framing: &Framing) -> String {
    let target = match form_action {
        FormAction::SelfOnly => String::new(),
        FormAction::AndRedirect(FormTarget(target)) => format!(" {target}"),
    };
    format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
         form-action 'self'{target}; frame-ancestors {}; base-uri 'none'",
        framing.ancestors()
    )
}

/// A page as an answer, with the headers that every page has. `https` says whether our issuer is an https URL, so that
/// browsers may be told to stay with https.
pub fn page(
    https: bool,
    status: StatusCode,
    form_action: &FormAction,
    framing: &Framing,
    html: String,
) -> crate::Response {
    let mut response = http::Response::new(Bytes::from(html));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    set_fixed(headers);
    // Only plain letters go in, so this is always a header value; were it not, nothing at all may load.
    let policy = HeaderValue::try_from(content_security_policy(form_action, framing));
    headers.insert(CONTENT_SECURITY_POLICY, policy.unwrap_or(HeaderValue::from_static("default-src 'none'")));
    // It knows no list of origins, and a browser that reads it would refuse them all.
    if *framing == Framing::Nobody {
        headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    }
    if https {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    response
}

fn set_fixed(headers: &mut HeaderMap) {
    const FIXED: [(HeaderName, &str); 5] = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy_for(redirect_uri: &str) -> String {
        let form_action = FormAction::and_redirect(&Url::parse(redirect_uri).unwrap());
        content_security_policy(&form_action, &Framing::Nobody)
    }

    #[test]
    fn ux_2_the_policy_names_ourselves_and_the_origin_of_the_redirect_uri() {
        assert_eq!(
            policy_for("https://app.example.org/callback?a=b"),
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
             form-action 'self' https://app.example.org; frame-ancestors 'none'; base-uri 'none'"
        );
    }

    #[test]
    fn rc_18_each_kind_of_redirect_uri_has_its_form_action() {
        let table = [
            ("http://localhost:9104/", "'self' http://localhost:9104"),
            ("http://127.0.0.1:1/cb", "'self' http://127.0.0.1:1"),
            ("http://[::1]:4000/cb", "'self' http:"),
            ("com.example.app:/cb", "'self' com.example.app:"),
            ("com.example.app://cb", "'self' com.example.app:"),
            ("https://app.example.org:8443/x", "'self' https://app.example.org:8443"),
            ("https://bücher.example/x", "'self' https://xn--bcher-kva.example"),
        ];
        for (redirect_uri, expected) in table {
            assert!(
                policy_for(redirect_uri).contains(&format!("; form-action {expected}; ")),
                "{redirect_uri}"
            );
        }
    }

    #[test]
    fn pg_6_a_form_may_lead_to_the_provider_and_then_to_the_app() {
        let url = |text| Url::parse(text).unwrap();
        let app = || FormAction::and_redirect(&url("https://app.example.org/cb"));
        let both = app().and_also(&url("https://id.example.org/authorize?a=b"));
        let policy = content_security_policy(&both, &Framing::Nobody);
        assert!(policy.contains("; form-action 'self' https://app.example.org https://id.example.org; "));
        assert_eq!(app().and_also(&url("https://*.example/")), app());
        assert_eq!(FormAction::SelfOnly.and_also(&url("https://app.example.org/")), app());
    }

    #[test]
    fn no_redirect_uri_writes_into_the_policy() {
        let table = [
            "https://a;script-src*.example/",
            "https://a'unsafe-inline'.example/",
            "https://a,b.example/",
            "https://*.example/",
            "javascript:alert(1)",
            "data:text/html,x",
        ];
        for redirect_uri in table.into_iter().filter_map(|text| Url::parse(text).ok()) {
            assert_eq!(FormAction::and_redirect(&redirect_uri), FormAction::SelfOnly, "{redirect_uri}");
        }
        let policy = content_security_policy(&FormAction::SelfOnly, &Framing::Nobody);
        assert!(policy.contains("form-action 'self'; "));
    }

    #[test]
    fn every_page_is_kept_nowhere_framed_nowhere_and_only_https_demands_https() {
        let plain =
            |https| page(https, StatusCode::OK, &FormAction::SelfOnly, &Framing::Nobody, "<p>".into());
        let answer = plain(true);
        let header = |name| answer.headers()[name].to_str().unwrap();
        assert_eq!(header("content-type"), "text/html; charset=utf-8");
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(header("x-frame-options"), "DENY");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("referrer-policy"), "no-referrer");
        assert_eq!(header("cross-origin-opener-policy"), "same-origin");
        assert_eq!(header("strict-transport-security"), "max-age=31536000");
        let local = plain(false);
        assert!(!local.headers().contains_key("strict-transport-security"));
    }

    #[test]
    fn a_page_is_framed_by_the_origins_that_are_named_and_by_no_other() {
        let framing =
            Framing::by(["https://ehr.example.org", "http://localhost:9104", "http://ehr.example.org"]);
        let answer = page(true, StatusCode::OK, &FormAction::SelfOnly, &framing, "<p>".into());
        let policy = answer.headers()["content-security-policy"].to_str().unwrap();
        assert!(
            policy.ends_with(
                "; frame-ancestors https://ehr.example.org http://localhost:9104; base-uri 'none'"
            )
        );
        assert!(!answer.headers().contains_key("x-frame-options"));
    }

    #[test]
    fn only_an_origin_frames() {
        let table = [
            ("https://ehr.example.org:8443", Some("https://ehr.example.org:8443")),
            ("https://EHR.example.org:443", Some("https://ehr.example.org")),
            ("http://127.0.0.1:3000", Some("http://127.0.0.1:3000")),
            ("http://[::1]:3000", None),
            ("http://ehr.example.org", None),
            ("https://ehr.example.org/", None),
            ("https://ehr.example.org/frame", None),
            ("https://ehr.example.org?a", None),
            ("https://ehr.example.org#a", None),
            ("https://user@ehr.example.org", None),
            ("https://*.example.org", None),
            ("https://a;script-src *", None),
            ("https://a 'unsafe-inline'", None),
            ("https:", None),
            ("https://", None),
            ("*", None),
            ("data:x", None),
            ("", None),
        ];
        for (text, expected) in table {
            assert_eq!(framer(text).as_deref(), expected, "{text}");
        }
        assert_eq!(Framing::by(["*"]), Framing::Nobody);
    }
}
