//! The public keys of a client, by value or by address.

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ParsedPublicKey};
use jsonwebtoken::jwk::{
    AlgorithmParameters, EllipticCurve, EllipticCurveKeyParameters, Jwk, JwkSet, KeyOperations, PublicKeyUse,
    RSAKeyParameters, ThumbprintHash,
};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use smart_verify::base64url;
use smart_verify::jws;
use url::Url;

use super::AssertionAlgorithms;
use super::redirect_uri::is_loopback;

/// How many keys a set may hold.
const MAX_KEYS: usize = 16;

/// The smallest RSA modulus that is accepted: 2048 bits.
const MIN_RSA_BYTES: usize = 256;

/// Public keys, checked: each with its own `kid`, none private, none symmetric, none weak.
///
/// Source: RFC 7517; SMART App Launch 2.2, client-confidential-asymmetric#registering-a-client-communicating-public-keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySet(JwkSet);

/// Why a set of keys is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeysRefused {
    /// Not a JWK set.
    #[error("is not a JSON Web Key Set with 1 to 16 keys")]
    NotASet,
    /// A private or symmetric key: whoever sent it must make a new pair.
    #[error("holds a private or symmetric key; never send those, and replace the pair")]
    Private,
    /// A key without `kid`, or two with the same.
    #[error("has a key without kid, or two keys with the same kid")]
    KeyId,
    /// No key can verify an accepted algorithm.
    #[error("has no key for RS384 (RSA of 2048 bits or more) or ES384 (P-384)")]
    NoneUsable,
    /// A key that is too small or broken.
    #[error("has an RSA key under 2048 bits, or a key that cannot be read")]
    Weak,
}

impl KeySet {
    /// Checks a set. Keys of unknown kinds are left out, as the standard says; private and symmetric ones spoil it all.
    ///
    /// Source: RFC 7517 §5.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(set: &Value) -> Result<Self, KeysRefused> {
        Self::check_for(set, &AssertionAlgorithms::default())
    }

    /// The same where a setting accepts more algorithms.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check_for(set: &Value, algorithms: &AssertionAlgorithms) -> Result<Self, KeysRefused> {
        let keys = set.get("keys").and_then(Value::as_array).ok_or(KeysRefused::NotASet)?;
        if keys.is_empty() || keys.len() > MAX_KEYS {
            return Err(KeysRefused::NotASet);
        }
        if keys.iter().any(is_secret) {
            return Err(KeysRefused::Private);
        }
        let known = |key: &&Value| {
            let member = |name| key.get(name).and_then(Value::as_str);
            member("kty") == Some("RSA")
                || (member("kty") == Some("EC") && matches!(member("crv"), Some("P-256" | "P-384" | "P-521")))
        };
        let keys: Result<Vec<Jwk>, _> = keys.iter().filter(known).map(Jwk::deserialize).collect();
        let keys = keys.map_err(|_| KeysRefused::Weak)?;
        let mut seen = HashSet::new();
        let distinct = keys.iter().all(|key| key.common.key_id.as_ref().is_some_and(|kid| seen.insert(kid)));
        if !distinct {
            return Err(KeysRefused::KeyId);
        }
        if keys.iter().any(is_weak) {
            return Err(KeysRefused::Weak);
        }
        let usable = |key: &Jwk| algorithms.iter().any(|algorithm| may_verify(key, algorithm).is_ok());
        if !keys.iter().any(usable) {
            return Err(KeysRefused::NoneUsable);
        }
        Ok(Self(JwkSet { keys }))
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.0.keys.len()
    }

    /// Whether there is none; a checked set has at least one.
    pub fn is_empty(&self) -> bool {
        self.0.keys.is_empty()
    }

    /// The one key of this `kid` that can verify this algorithm.
    ///
    /// Source: SMART App Launch 2.2, client-confidential-asymmetric#signature-verification (exactly one).
    ///
    /// # Errors
    /// Why there is none.
    pub fn choose(&self, kid: &str, algorithm: Algorithm) -> Result<&Jwk, KeyNotChosen> {
        let mut named = self.0.keys.iter().filter(|key| key.common.key_id.as_deref() == Some(kid));
        let key = named.next().ok_or(KeyNotChosen::UnknownKid)?;
        if named.next().is_some() {
            return Err(KeyNotChosen::Several);
        }
        may_verify(key, algorithm).map(|()| key)
    }

    /// Each key by its kid and its thumbprint, which tells two of one kid apart.
    ///
    /// Source: RFC 7638.
    pub fn named(&self) -> impl Iterator<Item = (&str, String)> {
        let thumbprint = |key: &Jwk| key.thumbprint(ThumbprintHash::SHA256).unwrap_or_default();
        self.0.keys.iter().map(move |key| (key.common.key_id.as_deref().unwrap_or_default(), thumbprint(key)))
    }

    /// The kid of each key.
    pub fn kids(&self) -> impl Iterator<Item = &str> {
        self.0.keys.iter().filter_map(|key| key.common.key_id.as_deref())
    }
}

/// Why none of the keys verifies an assertion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyNotChosen {
    /// None has that `kid`.
    #[error("none has that kid")]
    UnknownKid,
    /// More than one has it.
    #[error("several have that kid")]
    Several,
    /// It is for encryption, or its operations do not include verifying.
    #[error("the use or key_ops of that key are not for verifying signatures")]
    NotForSignatures,
    /// Its type or curve is another, or it says of itself another `alg`.
    #[error("the kty, crv or alg of that key is not the one that alg needs")]
    OtherKind,
}

/// Whether a key may verify signatures of an algorithm, by its kind and by what it says of itself.
fn may_verify(key: &Jwk, algorithm: Algorithm) -> Result<(), KeyNotChosen> {
    let for_signatures =
        key.common.public_key_use.as_ref().is_none_or(|usage| *usage == PublicKeyUse::Signature);
    let verifies = key
        .common
        .key_operations
        .as_ref()
        .is_none_or(|operations| operations.contains(&KeyOperations::Verify));
    match for_signatures && verifies {
        true if jws::fits(algorithm, key) => Ok(()),
        true => Err(KeyNotChosen::OtherKind),
        false => Err(KeyNotChosen::NotForSignatures),
    }
}

fn is_secret(key: &Value) -> bool {
    let private = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
    private.iter().any(|member| key.get(member).is_some())
        || key.get("kty").and_then(Value::as_str) == Some("oct")
}

/// Whether a key is too small, or no key at all: an even modulus, an exponent of 1, a point that is not on its curve.
///
/// Source: NIST SP 800-56B §6.4.2; NIST SP 800-56A §5.6.2.3.
fn is_weak(key: &Jwk) -> bool {
    let weak = match &key.algorithm {
        AlgorithmParameters::RSA(rsa) => is_weak_rsa(rsa),
        AlgorithmParameters::EllipticCurve(ec) => !is_on_its_curve(ec),
        _ => true,
    };
    weak || DecodingKey::from_jwk(key).is_err()
}

fn is_weak_rsa(rsa: &RSAKeyParameters) -> bool {
    let modulus = base64url::decode(&rsa.n).unwrap_or_default();
    let exponent = base64url::decode(&rsa.e).unwrap_or_default();
    let odd = |number: &[u8]| number.last().is_some_and(|last| last % 2 == 1);
    let one = exponent.iter().rev().skip(1).all(|byte| *byte == 0) && exponent.last() == Some(&1);
    modulus.len() < MIN_RSA_BYTES || modulus[0] == 0 || !odd(&modulus) || !odd(&exponent) || one
}

fn is_on_its_curve(key: &EllipticCurveKeyParameters) -> bool {
    let algorithm = match key.curve {
        EllipticCurve::P256 => &ECDSA_P256_SHA256_FIXED,
        EllipticCurve::P384 => &ECDSA_P384_SHA384_FIXED,
        // Kept in the set and never chosen: no algorithm here works with it.
        _ => return true,
    };
    let coordinates = base64url::decode(&key.x).zip(base64url::decode(&key.y));
    coordinates.is_some_and(|(x, y)| ParsedPublicKey::new(algorithm, [&[4], &x[..], &y].concat()).is_ok())
}

impl Serialize for KeySet {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(to)
    }
}

impl<'de> Deserialize<'de> for KeySet {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        // Kept keys were checked when they came; a setting that is narrower since then must not make them unreadable.
        let set = Value::deserialize(from)?;
        Self::check_for(&set, &AssertionAlgorithms::all_possible()).map_err(serde::de::Error::custom)
    }
}

/// The https address where a client publishes its keys.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct JwksUri(String);

/// The text is no address for keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not an https URL with a host name and without user name, fragment or unusual port")]
pub struct NotAJwksUri;

impl JwksUri {
    /// Whether it is good on one machine alone, where it is fetched by plain http.
    pub fn is_for_development(&self) -> bool {
        !self.0.starts_with("https://")
    }

    /// The address as registered.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Loopback http is accepted for development; whether it is ever fetched is a setting of the fetcher.
impl FromStr for JwksUri {
    type Err = NotAJwksUri;

    fn from_str(text: &str) -> Result<Self, NotAJwksUri> {
        let url = Url::parse(text).map_err(|_| NotAJwksUri)?;
        let https = url.scheme() == "https"
            && matches!(url.host(), Some(url::Host::Domain(name)) if name.contains('.') && !name.ends_with('.'));
        let development = url.scheme() == "http" && is_loopback(&url);
        let clean = url.username().is_empty() && url.password().is_none() && !text.contains(['#', '\\']);
        let port = url.port().is_none_or(|port| port >= 1024);
        let fits = text.len() <= 2000 && text.bytes().all(|byte| byte.is_ascii_graphic());
        if (https || development) && clean && port && fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAJwksUri)
        }
    }
}

impl TryFrom<String> for JwksUri {
    type Error = NotAJwksUri;

    fn try_from(text: String) -> Result<Self, NotAJwksUri> {
        text.parse()
    }
}

impl From<JwksUri> for String {
    fn from(uri: JwksUri) -> Self {
        uri.0
    }
}

impl fmt::Display for JwksUri {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests;
