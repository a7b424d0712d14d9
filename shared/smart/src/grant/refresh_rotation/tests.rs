use std::collections::BTreeMap;

use smart_verify::scope::ScopeSet;

use super::*;
use crate::error::ErrorCode;
use crate::grant::{Basis, CodeBinding, CodeProof, GrantContext, Grantor, Redemption};
use crate::narrowing::RequestedScopes;
use crate::pkce::{CodeChallenge, CodeVerifier, Pkce};
use crate::token::AuthorizationCode;
use crate::unknown_fields::UnknownFields;

const NOW: UnixSeconds = UnixSeconds(1_800_000_000);
const DAY: Duration = Duration::from_secs(86_400);
/// The example of RFC 7636 Appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn macs() -> TokenMacs {
    TokenMacs::derive(&BTreeMap::from([(1, [7; 32])]), 1).unwrap()
}

/// A grant redeemed at [`NOW`], good for a year, and its first refresh token.
fn redeemed() -> (Grant, RefreshToken) {
    let code = AuthorizationCode::draw();
    let scopes = ScopeSet::parse("offline_access patient/*.rs");
    let grant = Grant {
        key: code.grant().key(),
        client_id: "app".parse().unwrap(),
        person: Grantor {
            user_name: "ann".to_owned(),
            subject: "sub-ann".to_owned(),
            fhir_user: None,
            auth_time: NOW,
        },
        scope: RequestedScopes::all_registered(&scopes).narrow_to(&scopes, &scopes).granted,
        context: GrantContext { patient: Some("ann".to_owned()), ..GrantContext::default() },
        code: CodeBinding {
            hash: code.secret_hash(),
            pkce: Pkce::Required(CodeChallenge::parse(Some(CHALLENGE), Some("S256")).unwrap()),
            redirect_uri: "https://app.example.org/cb".to_owned(),
            nonce: None,
        },
        basis: Basis::Person,
        issued_at: NOW,
        stage: Stage::Issued { lasting: Some(Lasting::Offline { until: NOW + DAY * 365 }) },
        stage_since: NOW,
        expires_at: UnixSeconds(NOW.0 + 86_400),
        version: 1,
        last_request: RequestId::draw(),
        unknown: UnknownFields::NONE,
    };
    let verifier: CodeVerifier = VERIFIER.parse().unwrap();
    let proof = CodeProof {
        code: &code,
        client_id: &grant.client_id,
        redirect_uri: &grant.code.redirect_uri,
        verifier: Some(&verifier),
        idle: IDLE,
    };
    match grant.redeem(&proof, &macs(), &RequestId::draw(), NOW) {
        Redemption::Redeemed(grant, Some(first)) => (*grant, first),
        other => panic!("{other:?}"),
    }
}

fn renewal(grant: &Grant, token: &RefreshToken, client: &str, now: UnixSeconds) -> Renewal {
    let client_id = client.parse().unwrap();
    let proof = RefreshProof { token, client_id: &client_id, idle: IDLE };
    grant.renew(&proof, &macs(), &RequestId::draw(), now)
}

fn renewed(grant: &Grant, token: &RefreshToken, now: UnixSeconds) -> (Grant, RefreshToken) {
    match renewal(grant, token, "app", now) {
        Renewal::Renewed(grant, successor) => (*grant, successor),
        other => panic!("{other:?}"),
    }
}

fn reason(renewal: Renewal) -> &'static str {
    match renewal {
        Renewal::Refused(error) => {
            assert_eq!(error.code(), ErrorCode::InvalidGrant);
            error.reason()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn tr_7_each_refresh_replaces_the_token() {
    let (grant, first) = redeemed();
    let (grant, second) = renewed(&grant, &first, NOW + DAY);
    let (grant, third) = renewed(&grant, &second, NOW + DAY * 2);
    let family = &grant.stage.renewable().unwrap().family;
    assert!(family.is_live(&third) && !family.is_live(&second) && !family.is_live(&first));
    assert_eq!((third.generation(), grant.version), (3, 4));
}

#[test]
fn r05_the_token_just_replaced_gives_the_same_successor_for_ten_seconds() {
    let (grant, first) = redeemed();
    let (grant, second) = renewed(&grant, &first, NOW + DAY);
    let expected = second.write(&macs()).unwrap();
    for later in [0, 9] {
        match renewal(&grant, &first, "app", NOW + DAY + Duration::from_secs(later)) {
            Renewal::Repeated(again) => assert_eq!(again.write(&macs()).unwrap(), expected),
            other => panic!("{other:?}"),
        }
    }
    // A clock that jumped back is no reason to end anything.
    assert!(matches!(renewal(&grant, &first, "app", NOW), Renewal::Repeated(_)));
}

#[test]
fn r06_a_token_that_was_replaced_long_ago_or_twice_ends_the_family() {
    let (grant, first) = redeemed();
    let (grant, second) = renewed(&grant, &first, NOW + DAY);
    let after_the_grace = NOW + DAY + GRACE;
    match renewal(&grant, &first, "app", after_the_grace) {
        Renewal::Stale(grant) => {
            assert!(grant.stage.is_revoked());
            assert_eq!(reason(renewal(&grant, &second, "app", after_the_grace)), "grant_revoked");
        }
        other => panic!("{other:?}"),
    }
    let (grant, _) = renewed(&grant, &second, NOW + DAY);
    assert!(matches!(renewal(&grant, &first, "app", NOW + DAY), Renewal::Stale(_)), "a grandparent, at once");
}

#[test]
fn r02_tr_1_another_client_changes_nothing() {
    let (grant, first) = redeemed();
    let (grant, second) = renewed(&grant, &first, NOW + DAY);
    for token in [&first, &second] {
        assert_eq!(reason(renewal(&grant, token, "other", NOW + DAY * 2)), "refresh_token_unknown");
    }
}

#[test]
fn a_token_of_a_rotation_that_lost_its_race_is_nothing() {
    let (grant, first) = redeemed();
    let (_, lost) = renewed(&grant, &first, NOW + DAY);
    let (won, _) = renewed(&grant, &first, NOW + DAY);
    assert_eq!(reason(renewal(&won, &lost, "app", NOW + DAY)), "refresh_token_unknown");
}

#[test]
fn r04_tr_11_a_refresh_token_ends_when_it_lay_too_long_and_when_its_day_has_come() {
    let (grant, first) = redeemed();
    let idle = NOW + IDLE;
    let before = UnixSeconds(idle.0 - 1);
    assert!(matches!(renewal(&grant, &first, "app", before), Renewal::Renewed(..)));
    assert_eq!(reason(renewal(&grant, &first, "app", idle)), "refresh_token_expired");

    let (mut grant, mut token) = (grant, first);
    for month in 1..=12 {
        (grant, token) = renewed(&grant, &token, NOW + DAY * 30 * month);
    }
    let day = NOW + DAY * 365;
    assert_eq!(grant.expires_at, day, "the item is kept until then");
    assert!(matches!(renewal(&grant, &token, "app", UnixSeconds(day.0 - 1)), Renewal::Renewed(..)));
    assert_eq!(reason(renewal(&grant, &token, "app", day)), "refresh_token_expired");
}

#[test]
fn a_grant_that_does_not_last_has_no_refresh_token() {
    let (grant, token) = redeemed();
    let grant = Grant { stage: Stage::Redeemed { renewable: None }, ..grant };
    assert_eq!(reason(renewal(&grant, &token, "app", NOW)), "refresh_token_unknown");
}
