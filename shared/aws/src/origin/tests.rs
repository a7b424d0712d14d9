use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::*;

pub(crate) const SECRET: &str = "0123456789abcdef0123456789abcdef";
const NEXT: &str = "fedcba9876543210fedcba9876543210";

/// What a setting is for secrets.
pub(crate) fn hashes(secrets: &[&str]) -> String {
    let of = |secret: &&str| {
        sha256_digest(secret).iter().fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").unwrap();
            text
        })
    };
    secrets.iter().map(of).collect::<Vec<_>>().join(",")
}

pub(crate) fn origin(setting: &str) -> Result<Origin, StartError> {
    let name = "ORIGIN_SECRET_HASH".to_owned();
    Origin::of(&Environment::from(BTreeMap::from([(name, setting.to_owned())])))
}

fn via(setting: &str, headers: &[(&'static str, &str)]) -> Via {
    let headers = headers.iter().map(|(name, value)| ((*name).parse().unwrap(), value.parse().unwrap()));
    origin(setting).unwrap().via(&HeaderMap::from_iter(headers))
}

#[test]
fn a_request_counts_as_cloudfronts_only_with_a_secret_of_the_origin() {
    let viewer = ("cloudfront-viewer-address", "203.0.113.7:4711");
    let secret = ("x-origin-secret", SECRET);
    let address = |text: &str| Via::CloudFront(Some(text.parse().unwrap()));
    let one = hashes(&[SECRET]);
    assert_eq!(via(&one, &[viewer, secret]), address("203.0.113.7"));
    let of_ipv6 = ("cloudfront-viewer-address", "2001:db8::7:4711");
    assert_eq!(via(&one, &[of_ipv6, secret]), address("2001:db8::7"));
    for viewer in ["", "203.0.113.7", "unknown:1"] {
        assert_eq!(via(&one, &[("cloudfront-viewer-address", viewer), secret]), Via::CloudFront(None));
    }
    for headers in [vec![], vec![viewer], vec![viewer, ("x-origin-secret", NEXT)]] {
        assert_eq!(via(&one, &headers), Via::AroundCloudFront, "{headers:?}");
    }
}

#[test]
fn without_cloudfront_no_secret_counts() {
    let viewer = ("cloudfront-viewer-address", "203.0.113.7:4711");
    for secret in [SECRET, ""] {
        assert_eq!(via("", &[viewer, ("x-origin-secret", secret)]), Via::Api, "{secret}");
    }
    // Nor does an empty one whose hash was set.
    assert_eq!(via(&hashes(&[""]), &[viewer, ("x-origin-secret", "")]), Via::AroundCloudFront);
    assert_eq!(via(&hashes(&[""]), &[viewer]), Via::AroundCloudFront);
}

#[test]
fn two_secrets_work_while_one_replaces_the_other() {
    let both = hashes(&[SECRET, NEXT]);
    for secret in [SECRET, NEXT] {
        assert_eq!(via(&both, &[("x-origin-secret", secret)]), Via::CloudFront(None));
        assert_eq!(via(&both, &[("x-origin-secret", &secret[1..])]), Via::AroundCloudFront);
    }
    assert_eq!(via(&hashes(&[NEXT]), &[("x-origin-secret", SECRET)]), Via::AroundCloudFront);
}

#[test]
fn a_malformed_hash_is_an_error_that_does_not_repeat_it() {
    let one = hashes(&[SECRET]);
    for setting in [
        SECRET.to_owned(),
        one.to_uppercase(),
        one[1..].to_owned(),
        format!("{one},"),
        format!("{one}, {one}"),
        format!("{one},{one},{one}"),
        format!("+{}", &one[1..]),
    ] {
        let error = origin(&setting).unwrap_err().to_string();
        assert!(error.starts_with("ORIGIN_SECRET_HASH must be one SHA-256"), "{setting}: {error}");
        assert!(!error.contains(&setting), "{error}");
    }
}
