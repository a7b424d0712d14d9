//! What opens, and everything that does not.

use super::*;

pub(crate) fn keys() -> PageKeys {
    PageKeys::derive(&BTreeMap::from([(1, [7; 32]), (2, [8; 32])]), 2).unwrap()
}

fn open(sealed: &str) -> Option<String> {
    keys().open(Purpose::Step, sealed, b"here")
}

fn seal(text: &str) -> String {
    keys().seal(Purpose::Step, &text, b"here").unwrap()
}

#[test]
fn what_was_sealed_opens_again_and_no_two_seals_are_alike() {
    assert_eq!(open(&seal("secret")).as_deref(), Some("secret"));
    assert_ne!(seal("secret"), seal("secret"));
    assert!(seal("secret").starts_with("2."));
}

#[test]
fn s07_no_flipped_bit_is_ever_opened() {
    let sealed = seal("secret");
    for place in 0..sealed.len() {
        for bit in 0..8 {
            let mut bytes = sealed.clone().into_bytes();
            bytes[place] ^= 1 << bit;
            let Ok(flipped) = String::from_utf8(bytes) else { continue };
            assert_eq!(open(&flipped), None, "{flipped}");
        }
    }
}

#[test]
fn s07_junk_is_nothing() {
    let long = "A".repeat(100_000);
    for junk in
        ["", ".", "2", "2.", "2.AA", "2.AAAAAAAAAAAAAAAA", "2.é", "02.x", "+2.x", "9.AAAA", "x.y.z", &long]
    {
        assert_eq!(open(junk), None, "{junk}");
    }
    let sealed = seal("secret");
    for end in 0..sealed.len() {
        assert_eq!(open(&sealed[..end]), None);
    }
    assert_eq!(open(&sealed.replacen("2.", "02.", 1)), None);
    assert_eq!(open(&format!("{sealed}A")), None);
}

#[test]
fn s07_a_seal_opens_only_for_its_purpose_its_binding_and_its_type() {
    let sealed = seal("secret");
    assert_eq!(keys().open::<String>(Purpose::Form, &sealed, b"here"), None);
    assert_eq!(keys().open::<String>(Purpose::Csrf, &sealed, b"here"), None);
    assert_eq!(keys().open::<String>(Purpose::Step, &sealed, b"there"), None);
    assert_eq!(keys().open::<u64>(Purpose::Step, &sealed, b"here"), None);
}

#[test]
fn s07_another_secret_opens_nothing() {
    let other = PageKeys::derive(&BTreeMap::from([(2, [9; 32])]), 2).unwrap();
    assert_eq!(other.open::<String>(Purpose::Step, &seal("secret"), b"here"), None);
}

#[test]
fn an_accepted_older_version_still_opens_and_a_removed_one_does_not() {
    let old = PageKeys::derive(&BTreeMap::from([(1, [7; 32])]), 1).unwrap();
    let sealed = old.seal(Purpose::Step, &"secret", b"here").unwrap();
    assert_eq!(open(&sealed).as_deref(), Some("secret"));
    let new = PageKeys::derive(&BTreeMap::from([(2, [8; 32])]), 2).unwrap();
    assert_eq!(new.open::<String>(Purpose::Step, &sealed, b"here"), None);
}

#[test]
fn a_version_without_a_secret_cannot_mint() {
    assert_eq!(PageKeys::derive(&BTreeMap::from([(1, [7; 32])]), 2).err(), Some(NoSuchVersion(2)));
    assert_eq!(PageKeys::derive(&BTreeMap::new(), 1).err(), Some(NoSuchVersion(1)));
}

#[test]
fn debug_shows_no_key() {
    assert_eq!(format!("{:?}", keys()), "PageKeys(versions [1, 2], redacted)");
}

#[test]
fn no_byte_of_a_binding_moves_into_its_neighbour() {
    assert_ne!(binding(&[b"ab", b"c"]), binding(&[b"a", b"bc"]));
    assert_ne!(binding(&[b"", b"a"]), binding(&[b"a", b""]));
}
