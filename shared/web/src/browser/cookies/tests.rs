//! The cookies, as a browser keeps and returns them.

use super::*;
use crate::browser::seal::tests::keys;

const NOW: UnixSeconds = UnixSeconds(1_700_000_000);

fn https() -> CookiePolicy {
    CookiePolicy::for_issuer("https://auth.example.org").unwrap()
}

fn loopback() -> CookiePolicy {
    CookiePolicy::for_issuer("http://127.0.0.1:9000").unwrap()
}

fn sent_back(set_cookies: &[&HeaderValue]) -> Cookies {
    let mut headers = HeaderMap::new();
    for set in set_cookies {
        let pair = set.to_str().unwrap().split(';').next().unwrap().to_owned();
        headers.append(COOKIE, HeaderValue::from_str(&pair).unwrap());
    }
    Cookies::of(&headers)
}

#[test]
fn s10_over_https_the_cookies_carry_host_prefix_and_every_flag() {
    let session = SessionCookie::new([1; 32], "maria", "sub");
    let set = https().set_session(&session, &keys(), NOW).unwrap();
    let (pair, flags) = set.to_str().unwrap().split_once(';').unwrap();
    assert!(pair.starts_with("__Host-session=2."));
    assert_eq!(flags, " HttpOnly; SameSite=Lax; Secure; Path=/");
    let pre = https().set_pre_session(&PreSession::new([2; 32]), &keys()).unwrap();
    assert!(pre.to_str().unwrap().starts_with("__Host-pre=2."));
    assert_eq!(https().clear_session(), "__Host-session=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0");
}

#[test]
fn s10_on_loopback_http_they_drop_secure_and_host_prefix() {
    let set = loopback().set_pre_session(&PreSession::new([2; 32]), &keys()).unwrap();
    let (pair, flags) = set.to_str().unwrap().split_once(';').unwrap();
    assert!(pair.starts_with("pre=2."));
    assert_eq!(flags, " HttpOnly; SameSite=Lax; Path=/");
    assert_eq!(loopback().clear_pre_session(), "pre=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0");
}

#[test]
fn only_https_and_loopback_http_may_issue_cookies() {
    for good in ["https://auth.example.org", "http://localhost:9000", "http://127.0.0.2", "http://[::1]:1"] {
        assert!(CookiePolicy::for_issuer(good).is_ok(), "{good}");
    }
    for bad in
        ["http://auth.example.org", "http://localhost.example.org", "http://10.0.0.1", "ftp://localhost", ""]
    {
        assert_eq!(CookiePolicy::for_issuer(bad), Err(IssuerRefused), "{bad}");
    }
}

#[test]
fn a_session_lives_while_it_is_seen_within_15_minutes() {
    let session = SessionCookie::new([1; 32], "maria", "sub");
    let set = https().set_session(&session, &keys(), NOW).unwrap();
    let opened = sent_back(&[&set]).session(https(), &keys(), NOW + IDLE_LIMIT).unwrap();
    assert_eq!((opened.id(), opened.user.as_str(), opened.sub.as_str()), (&[1; 32], "maria", "sub"));
    let late = NOW + IDLE_LIMIT + Duration::from_secs(1);
    assert_eq!(sent_back(&[&set]).session(https(), &keys(), late), None);
    let shorter = https().idling(Duration::from_secs(60));
    assert!(sent_back(&[&set]).session(shorter, &keys(), NOW + Duration::from_secs(61)).is_none());
    let again = https().set_session(&opened, &keys(), NOW + IDLE_LIMIT).unwrap();
    assert!(sent_back(&[&again]).session(https(), &keys(), late).is_some());
}

#[test]
fn both_cookies_are_found_in_one_header_or_in_two() {
    let session = https().set_session(&SessionCookie::new([1; 32], "a", "b"), &keys(), NOW).unwrap();
    let pre = https().set_pre_session(&PreSession::new([2; 32]), &keys()).unwrap();
    let two = sent_back(&[&session, &pre]);
    let one = two.0.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
    let one = HeaderMap::from_iter([(COOKIE, HeaderValue::from_str(&format!("a=b; =; {one}; c")).unwrap())]);
    for cookies in [two, Cookies::of(&one)] {
        assert!(cookies.session(https(), &keys(), NOW).is_some());
        assert_eq!(cookies.pre_session(https(), &keys()), Some(PreSession::new([2; 32])));
    }
}

#[test]
fn a_planted_cookie_of_the_same_name_does_not_hide_ours() {
    let ours = loopback().set_pre_session(&PreSession::new([2; 32]), &keys()).unwrap();
    let cookies = sent_back(&[&HeaderValue::from_static("pre=junk"), &ours]);
    assert_eq!(cookies.pre_session(loopback(), &keys()), Some(PreSession::new([2; 32])));
}

#[test]
fn one_cookie_never_opens_as_the_other() {
    let pre = https().set_pre_session(&PreSession::new([2; 32]), &keys()).unwrap();
    let moved = pre.to_str().unwrap().replacen("__Host-pre=", "__Host-session=", 1);
    let moved = HeaderValue::from_str(&moved).unwrap();
    assert_eq!(sent_back(&[&moved]).session(https(), &keys(), NOW), None);
}

#[test]
fn debug_shows_no_id_and_no_value() {
    let session = SessionCookie::new([1; 32], "maria", "sub");
    assert_eq!(format!("{session:?}"), "SessionCookie(last seen 0, the rest redacted)");
    assert_eq!(format!("{:?}", PreSession::new([2; 32])), "PreSession(redacted)");
    let cookies = sent_back(&[&HeaderValue::from_static("pre=hidden")]);
    assert_eq!(format!("{cookies:?}"), r#"["pre"]"#);
}
