//! The signed assertion of a client: every rule in one list, and each says which one failed.

use std::sync::Arc;

use jsonwebtoken::Algorithm;
use serde::{Deserialize, Deserializer};

use super::{CLOCK_LEEWAY, UnspentAssertion, jwks};
use crate::client::{ASSERTION_ALGORITHMS, AuthMethod, Client, ClientId};
use crate::discovery::Service;
use crate::error::{ErrorCode, OAuthError};
use crate::jws::{NotVerified, UnverifiedJws};
use crate::ports::JwksSource;
use crate::time::UnixSeconds;

/// How far ahead `exp` may be: 300 seconds.
///
/// Source: SMART App Launch 2.2, client-confidential-asymmetric#authenticating-to-the-token-endpoint.
const MAX_AHEAD: u64 = 300;

/// The longest `jti` that is remembered.
const MAX_JTI: usize = 256;

/// The only type of assertion.
///
/// Source: RFC 7523 §2.2.
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The claims of an assertion. Types are checked, not coerced: a number is a whole one, a text is a text.
#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: u64,
    #[serde(default, deserialize_with = "whole_number")]
    nbf: Option<u64>,
    #[serde(default, deserialize_with = "whole_number")]
    iat: Option<u64>,
    jti: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

fn whole_number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    u64::deserialize(from).map(Some)
}

/// An assertion that keeps every rule it can keep by itself; whether its client exists and signed it is not known yet.
#[derive(Debug)]
pub(super) struct UnverifiedAssertion {
    text: String,
    client_id: ClientId,
    algorithm: Algorithm,
    kid: String,
    jku: Option<String>,
    jti: String,
    expires_at: UnixSeconds,
}

pub(super) fn refuse(
    reason: &'static str,
    sentence: impl Into<std::borrow::Cow<'static, str>>,
) -> OAuthError {
    ErrorCode::InvalidClient.because(reason, sentence)
}

impl UnverifiedAssertion {
    /// Reads an assertion and checks all that needs no client.
    ///
    /// Source: RFC 7521 §4.2; RFC 7523 §3; SMART App Launch 2.2, client-confidential-asymmetric.
    ///
    /// # Errors
    /// `invalid_client`, naming the first rule that does not hold.
    pub(super) fn read(
        text: Option<&str>,
        assertion_type: Option<&str>,
        service: &Service,
        now: UnixSeconds,
    ) -> Result<Self, OAuthError> {
        if assertion_type != Some(ASSERTION_TYPE) {
            return Err(refuse("assertion_type", format!("client_assertion_type must be {ASSERTION_TYPE}.")));
        }
        let text = text.ok_or_else(|| refuse("assertion_missing", "client_assertion is missing."))?;
        let jws = UnverifiedJws::parse(text).map_err(not_readable)?;
        let claims: Claims = jws.unverified_payload().map_err(|_| {
            let sentence = "the claims must be an object with iss, sub, aud and jti as texts and exp, nbf and iat as \
                whole numbers, each once.";
            refuse("assertion_claims", sentence)
        })?;
        let header = jws.unverified_header;
        check_typ(header.typ.as_deref())?;
        let algorithm = algorithm(&header.alg)?;
        let kid = header.kid.filter(|kid| !kid.is_empty() && kid.len() <= MAX_JTI);
        let kid =
            kid.ok_or_else(|| refuse("assertion_kid_missing", "the header must name the key by kid."))?;
        let client_id = issuer(&claims)?;
        check_audience(&claims.aud, service)?;
        check_times(&claims, now)?;
        if claims.jti.is_empty() || claims.jti.len() > MAX_JTI {
            return Err(refuse("assertion_jti", "jti must be a text of 1 to 256 bytes."));
        }
        let expires_at = UnixSeconds(claims.exp);
        Ok(Self {
            text: text.to_owned(),
            client_id,
            algorithm,
            kid,
            jku: header.jku,
            jti: claims.jti,
            expires_at,
        })
    }

    /// Who it says it comes from.
    pub(super) const fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    /// Verifies the signature by the one key of its client that fits.
    ///
    /// # Errors
    /// `invalid_client`, naming the rule; unknown and disabled clients share one sentence.
    pub(super) async fn verify(
        self,
        client: Option<Arc<Client>>,
        source: &impl JwksSource,
        now: UnixSeconds,
    ) -> Result<(Arc<Client>, UnspentAssertion), OAuthError> {
        let client = client.ok_or_else(|| {
            refuse("assertion_client", "no client of the id in iss and sub may authenticate here.")
        })?;
        if client.metadata.token_endpoint_auth_method != AuthMethod::PrivateKeyJwt {
            return Err(refuse("assertion_method", "this client is not registered for private_key_jwt."));
        }
        check_jku(self.jku.as_deref(), &client)?;
        let key = jwks::verifying_key(&client, &self.kid, self.algorithm, source, now).await?;
        let jws = UnverifiedJws::parse(&self.text).map_err(not_readable)?;
        jws.verify(self.algorithm, &key).map_err(|_| {
            refuse("assertion_signature", "the signature does not hold under the registered key of that kid.")
        })?;
        Ok((client, UnspentAssertion { jti: self.jti, expires_at: self.expires_at }))
    }
}

fn not_readable(reason: NotVerified) -> OAuthError {
    let sentence = match reason {
        NotVerified::Critical => "the header has crit, and no extension is understood here.",
        NotVerified::Json => "the header is not an object with alg, typ and kid as texts, each once.",
        _ => {
            "client_assertion is not a signed JWT: three parts of base64url without padding, 16 KiB at most."
        }
    };
    refuse("assertion_malformed", sentence)
}

/// Source: SMART App Launch 2.2, client-confidential-asymmetric (header `typ`, fixed value JWT).
fn check_typ(typ: Option<&str>) -> Result<(), OAuthError> {
    match typ {
        Some(typ) if typ.eq_ignore_ascii_case("JWT") => Ok(()),
        _ => Err(refuse("assertion_typ", "the header must have typ JWT.")),
    }
}

/// Source: SMART App Launch 2.2, client-confidential-asymmetric (RS384 and ES384); RFC 8725 §3.1.
fn algorithm(name: &str) -> Result<Algorithm, OAuthError> {
    let accepted = name.parse().ok().filter(|algorithm| ASSERTION_ALGORITHMS.contains(algorithm));
    accepted.ok_or_else(|| refuse("assertion_alg", "alg is not accepted; use RS384 or ES384."))
}

/// Source: RFC 7523 §3, items 1 and 2; SMART App Launch 2.2 (`iss` and `sub` are the client_id).
fn issuer(claims: &Claims) -> Result<ClientId, OAuthError> {
    if claims.iss != claims.sub {
        return Err(refuse("assertion_iss_sub", "iss and sub must both be the client_id; they differ."));
    }
    claims
        .iss
        .parse()
        .map_err(|_| refuse("assertion_client", "no client of the id in iss and sub may authenticate here."))
}

/// One audience, and it is us. Several would let another server in the list use the assertion here.
///
/// Source: RFC 7523 §3, item 3; SMART App Launch 2.2 (`aud` is the token URL).
fn check_audience(audience: &Audience, service: &Service) -> Result<(), OAuthError> {
    let only = match audience {
        Audience::One(audience) => Some(audience.as_str()),
        Audience::Many(list) if list.len() == 1 => Some(list[0].as_str()),
        Audience::Many(_) => None,
    };
    if only.is_some_and(|audience| service.is_assertion_audience(audience)) {
        return Ok(());
    }
    let sentence = format!("aud must be the token URL {} alone.", service.token_endpoint());
    Err(refuse("assertion_aud", sentence))
}

/// Source: RFC 7523 §3, items 4 to 6; SMART App Launch 2.2 (`exp` no more than five minutes in the future).
fn check_times(claims: &Claims, now: UnixSeconds) -> Result<(), OAuthError> {
    let leeway = CLOCK_LEEWAY.as_secs();
    if claims.exp.saturating_add(leeway) <= now.0 {
        let ago = now.0 - claims.exp;
        return Err(refuse("assertion_expired", format!("exp is {ago} s past by our clock.")));
    }
    let ahead = claims.exp.saturating_sub(now.0);
    if ahead > MAX_AHEAD + leeway {
        let sentence = format!("exp is {ahead} s ahead; at most {MAX_AHEAD} s is allowed.");
        return Err(refuse("assertion_exp_far", sentence));
    }
    for (name, moment) in [("nbf", claims.nbf), ("iat", claims.iat)] {
        let ahead = moment.unwrap_or_default().saturating_sub(now.0);
        if ahead > leeway {
            let sentence = format!("{name} is {ahead} s ahead of our clock; at most {leeway} s is allowed.");
            return Err(refuse("assertion_not_yet", sentence));
        }
    }
    Ok(())
}

/// A key address in the header is accepted only if it is the registered one, and is never fetched for being there.
///
/// Source: SMART App Launch 2.2, client-confidential-asymmetric#signature-verification.
fn check_jku(jku: Option<&str>, client: &Client) -> Result<(), OAuthError> {
    let registered = client.metadata.jwks_uri.as_ref().map(|uri| uri.as_str());
    match jku {
        Some(jku) if registered != Some(jku) => {
            Err(refuse("assertion_jku", "jku is not the registered jwks_uri; leave it out, or register it."))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::random::base64url;

    const NOW: UnixSeconds = UnixSeconds(1_800_000_000);

    fn header() -> Value {
        json!({ "alg": "ES384", "typ": "JWT", "kid": "k1" })
    }

    fn claims() -> Value {
        json!({
            "iss": "backend", "sub": "backend", "aud": "https://auth.example.org/token",
            "exp": NOW.0 + 300, "iat": NOW.0, "jti": "j1",
        })
    }

    fn read_text(text: &str) -> Result<UnverifiedAssertion, OAuthError> {
        let service = Service::new("https://auth.example.org", "https://fhir.example.org/r4");
        UnverifiedAssertion::read(Some(text), Some(ASSERTION_TYPE), &service, NOW)
    }

    fn read(header: &Value, claims: &Value) -> Result<(), &'static str> {
        let part = |value: &Value| base64url(value.to_string().as_bytes());
        let text = format!("{}.{}.c2ln", part(header), part(claims));
        read_text(&text).map(drop).map_err(|error| {
            assert_eq!(error.code(), ErrorCode::InvalidClient);
            error.reason()
        })
    }

    fn with(mut value: Value, member: &str, to: Value) -> Value {
        value[member] = to;
        value
    }

    fn without(mut value: Value, member: &str) -> Value {
        value.as_object_mut().unwrap().remove(member);
        value
    }

    #[test]
    fn a_good_assertion_keeps_every_rule_it_can_keep_by_itself() {
        assert_eq!(read(&header(), &claims()), Ok(()));
    }

    #[test]
    fn b01_the_type_is_named_exactly() {
        let service = Service::new("https://auth.example.org", "https://fhir.example.org/r4");
        for named in [None, Some("urn:ietf:params:oauth:grant-type:jwt-bearer")] {
            let error = UnverifiedAssertion::read(Some("a.b.c"), named, &service, NOW).unwrap_err();
            assert_eq!(error.reason(), "assertion_type");
        }
        let missing = UnverifiedAssertion::read(None, Some(ASSERTION_TYPE), &service, NOW).unwrap_err();
        assert_eq!(missing.reason(), "assertion_missing");
    }

    #[test]
    fn b02_b03_what_is_not_three_parts_of_strict_base64url_is_refused() {
        for text in [
            "a",
            "a.b",
            "a.b.c.d",
            "..",
            "a..c",
            "e30=.e30.c2ln",
            "e30.e30.c2l+",
            "e30.e30.",
            " e30.e30.c2ln",
            "e30.e30.c2lo_",
            "e30.e30.c2l",
        ] {
            assert_eq!(read_text(text).unwrap_err().reason(), "assertion_malformed", "{text}");
        }
        assert_eq!(
            read_text(&format!("{}.e30.c2ln", "A".repeat(20_000))).unwrap_err().reason(),
            "assertion_malformed"
        );
    }

    #[test]
    fn b04_json_of_another_shape_is_refused() {
        let part = |text: &str| base64url(text.as_bytes());
        let good = part(&header().to_string());
        let deep = "[".repeat(10_000);
        for claims in ["null", "[]", "7", "{\"iss\":\"a\",\"iss\":\"b\"}", deep.as_str()] {
            let text = format!("{good}.{}.c2ln", part(claims));
            assert_eq!(read_text(&text).unwrap_err().reason(), "assertion_claims", "{claims:.20}");
        }
        let doubled = part("{\"alg\":\"ES384\",\"alg\":\"none\",\"typ\":\"JWT\",\"kid\":\"k\"}");
        assert!(read_text(&format!("{doubled}.{}.c2ln", part(&claims().to_string()))).is_err());
    }

    #[test]
    fn b05_only_rs384_and_es384_are_accepted() {
        assert_eq!(read(&with(header(), "alg", json!("RS384")), &claims()), Ok(()));
        for alg in [
            "none", "NONE", "None", "", "HS256", "HS384", "RS256", "ES256", "PS384", "ES512", "EdDSA",
            "es384",
        ] {
            assert_eq!(read(&with(header(), "alg", json!(alg)), &claims()), Err("assertion_alg"), "{alg}");
        }
        assert_eq!(read(&without(header(), "alg"), &claims()), Err("assertion_malformed"));
    }

    #[test]
    fn b07_b10_ca_8_the_header_names_type_and_key_and_no_extension() {
        assert_eq!(read(&without(header(), "kid"), &claims()), Err("assertion_kid_missing"));
        assert_eq!(read(&with(header(), "kid", json!(7)), &claims()), Err("assertion_malformed"));
        assert_eq!(
            read(&with(header(), "kid", json!("x".repeat(10_000))), &claims()),
            Err("assertion_kid_missing")
        );
        assert_eq!(read(&without(header(), "typ"), &claims()), Err("assertion_typ"));
        assert_eq!(read(&with(header(), "typ", json!("at+jwt")), &claims()), Err("assertion_typ"));
        assert_eq!(read(&with(header(), "crit", json!(["b64"])), &claims()), Err("assertion_malformed"));
    }

    #[test]
    fn b12_iss_and_sub_are_the_client() {
        assert_eq!(read(&header(), &with(claims(), "sub", json!("other"))), Err("assertion_iss_sub"));
        assert_eq!(read(&header(), &without(claims(), "iss")), Err("assertion_claims"));
        assert_eq!(read(&header(), &with(claims(), "iss", json!(7))), Err("assertion_claims"));
    }

    #[test]
    fn b13_the_audience_is_one_of_ours_and_no_other_beside_it() {
        for good in [
            json!("https://auth.example.org"),
            json!("https://auth.example.org/backend-token"),
            json!(["https://auth.example.org/token"]),
        ] {
            assert_eq!(read(&header(), &with(claims(), "aud", good)), Ok(()));
        }
        for bad in [
            json!("https://auth.example.org/token/"),
            json!("https://AUTH.example.org/token"),
            json!("http://auth.example.org/token"),
            json!(["https://auth.example.org/token", "https://evil.test/token"]),
            json!([]),
            json!("https://fhir.example.org/r4"),
            json!(""),
        ] {
            assert_eq!(read(&header(), &with(claims(), "aud", bad)), Err("assertion_aud"));
        }
        assert_eq!(read(&header(), &without(claims(), "aud")), Err("assertion_claims"));
    }

    #[test]
    fn b14_b16_times_are_near_and_a_client_may_stray_by_30_seconds() {
        let at = |member: &str, ahead: i64| with(claims(), member, json!(NOW.0.saturating_add_signed(ahead)));
        assert_eq!(read(&header(), &at("exp", 330)), Ok(()));
        assert_eq!(read(&header(), &at("exp", 331)), Err("assertion_exp_far"));
        assert_eq!(read(&header(), &at("exp", -29)), Ok(()));
        assert_eq!(read(&header(), &at("exp", -30)), Err("assertion_expired"));
        assert_eq!(read(&header(), &without(claims(), "exp")), Err("assertion_claims"));
        for member in ["nbf", "iat"] {
            assert_eq!(read(&header(), &at(member, 8)), Ok(()));
            assert_eq!(read(&header(), &at(member, 61)), Err("assertion_not_yet"));
        }
    }

    #[test]
    fn b15_times_of_another_type_are_refused() {
        for member in ["exp", "nbf", "iat"] {
            for value in [
                json!("1800000100"),
                json!(1_800_000_100.5),
                json!(null),
                json!(-1),
                json!(1e30),
                json!(true),
            ] {
                assert_eq!(
                    read(&header(), &with(claims(), member, value.clone())),
                    Err("assertion_claims"),
                    "{member} {value}"
                );
            }
        }
    }

    #[test]
    fn b17_jti_is_a_text_of_bounded_length() {
        assert_eq!(read(&header(), &without(claims(), "jti")), Err("assertion_claims"));
        assert_eq!(read(&header(), &with(claims(), "jti", json!(7))), Err("assertion_claims"));
        assert_eq!(read(&header(), &with(claims(), "jti", json!(""))), Err("assertion_jti"));
        assert_eq!(read(&header(), &with(claims(), "jti", json!("x".repeat(10_000)))), Err("assertion_jti"));
    }
}
