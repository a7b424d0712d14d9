//! Signed JSON in its compact form, read strictly and believed only after its signature holds.

use std::fmt;

use aws_lc_rs::digest;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::{base64url, strict_json};

/// The longest JWS that is read: 16 KiB.
const MAX_LENGTH: usize = 16 * 1024;

/// The header fields that are read here. Keys and key addresses inside a header (`jwk`, `x5c`, `x5u`) are
/// ignored; `crit` is refused.
#[derive(Debug, Deserialize)]
pub struct Header {
    /// The algorithm's name, as it was sent.
    pub alg: String,
    /// Which kind of token this is.
    pub typ: Option<String>,
    /// Which key signed.
    pub kid: Option<String>,
    #[serde(default, deserialize_with = "is_there")]
    crit: bool,
}

/// Whatever stands there, it is there.
fn is_there<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(from).map(|_| true)
}

/// Reads an object, and not the list of values that would do for a struct as well.
fn object<'de, T: Deserialize<'de>>(json: &'de [u8]) -> Result<T, NotVerified> {
    let is_object = json.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    if !is_object {
        return Err(NotVerified::Json);
    }
    serde_json::from_slice(json).map_err(|_| NotVerified::Json)
}

/// Three parts of strict base64url, split and decoded; nothing in them is to be believed yet.
pub struct CompactJws<'a> {
    header: Vec<u8>,
    payload: Vec<u8>,
    signing_input: &'a str,
    signature: &'a str,
}

/// A JWS whose header was read; nothing in it is to be believed yet.
pub struct UnverifiedJws<'a> {
    /// The header, still a claim of whoever made it.
    pub unverified_header: Header,
    compact: CompactJws<'a>,
}

impl fmt::Debug for CompactJws<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("CompactJws(redacted)")
    }
}

impl fmt::Debug for UnverifiedJws<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("UnverifiedJws(redacted)")
    }
}

/// Why something is not a JWS, or not one to be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotVerified {
    /// It is not three parts of strict base64url, or too long.
    #[error("not three parts of base64url")]
    Shape,
    /// Its header or payload is not the JSON that is expected.
    #[error("the header or the payload is not the expected JSON")]
    Json,
    /// Its header names extensions that must be understood.
    #[error("the header has crit")]
    Critical,
    /// The signature does not hold under the key.
    #[error("the signature does not hold")]
    Signature,
}

impl<'a> CompactJws<'a> {
    /// Splits and decodes the compact form: base64url without padding, white space or loose bits at the end.
    ///
    /// Source: RFC 7515 §5.2, steps 1, 2 and 7; RFC 4648 §3.5.
    ///
    /// # Errors
    /// When the text is not of that form, or longer than 16 KiB.
    pub fn split(text: &'a str) -> Result<Self, NotVerified> {
        if text.len() > MAX_LENGTH {
            return Err(NotVerified::Shape);
        }
        let (signing_input, signature) = text.rsplit_once('.').ok_or(NotVerified::Shape)?;
        let (header, payload) = signing_input.split_once('.').ok_or(NotVerified::Shape)?;
        let header = base64url::decode(header).ok_or(NotVerified::Shape)?;
        let payload = base64url::decode(payload).ok_or(NotVerified::Shape)?;
        base64url::decode(signature).filter(|bytes| !bytes.is_empty()).ok_or(NotVerified::Shape)?;
        Ok(Self { header, payload, signing_input, signature })
    }

    /// The members of the header, if it is an object in which every name stands once.
    pub fn unverified_header(&self) -> Option<Map<String, Value>> {
        strict_json::object(&self.header)
    }

    /// The members of the payload, if it is an object in which every name stands once.
    pub fn unverified_payload(&self) -> Option<Map<String, Value>> {
        strict_json::object(&self.payload)
    }

    /// Whether the signature holds under a key that fits the algorithm.
    ///
    /// # Errors
    /// When it does not, or the key is of another kind.
    pub fn verify(&self, algorithm: Algorithm, key: &Jwk) -> Result<(), NotVerified> {
        if !fits(algorithm, key) {
            return Err(NotVerified::Signature);
        }
        let key = DecodingKey::from_jwk(key).map_err(|_| NotVerified::Signature)?;
        let input = self.signing_input.as_bytes();
        match jsonwebtoken::crypto::verify(self.signature, input, &key, algorithm) {
            Ok(true) => Ok(()),
            _ => Err(NotVerified::Signature),
        }
    }
}

impl<'a> UnverifiedJws<'a> {
    /// Splits and decodes the compact form, and reads the header.
    ///
    /// Source: RFC 7515 §5.2.
    ///
    /// # Errors
    /// When the text is not of that form.
    pub fn parse(text: &'a str) -> Result<Self, NotVerified> {
        let compact = CompactJws::split(text)?;
        let unverified_header: Header = object(&compact.header)?;
        if unverified_header.crit {
            return Err(NotVerified::Critical);
        }
        Ok(Self { unverified_header, compact })
    }

    /// The payload as its sender wrote it: good for finding out whose keys to look at, and for nothing else.
    ///
    /// # Errors
    /// When it is not the JSON that is expected.
    pub fn unverified_payload<'p, T: Deserialize<'p>>(&'p self) -> Result<T, NotVerified> {
        object(&self.compact.payload)
    }

    /// Whether the signature holds under a key that fits the algorithm.
    ///
    /// # Errors
    /// When it does not, or the key is of another kind.
    pub fn verify(&self, algorithm: Algorithm, key: &Jwk) -> Result<(), NotVerified> {
        self.compact.verify(algorithm, key)
    }
}

/// Whether a key is of the kind that an algorithm works with, and says of itself no other algorithm. Symmetric keys never
/// are.
///
/// Source: RFC 7518 §3.1 and §3.4 (the curve belongs to the algorithm).
pub fn fits(algorithm: Algorithm, key: &Jwk) -> bool {
    let says_other = key.common.key_algorithm.is_some_and(|own| own.to_string() != format!("{algorithm:?}"));
    !says_other && is_of_the_kind(algorithm, key)
}

fn is_of_the_kind(algorithm: Algorithm, key: &Jwk) -> bool {
    match (&key.algorithm, algorithm) {
        (
            AlgorithmParameters::RSA(_),
            Algorithm::RS256
            | Algorithm::RS384
            | Algorithm::RS512
            | Algorithm::PS256
            | Algorithm::PS384
            | Algorithm::PS512,
        ) => true,
        (AlgorithmParameters::EllipticCurve(ec), Algorithm::ES256) => ec.curve == EllipticCurve::P256,
        (AlgorithmParameters::EllipticCurve(ec), Algorithm::ES384) => ec.curve == EllipticCurve::P384,
        _ => false,
    }
}

/// The first two parts of a JWS, which are what gets signed.
///
/// # Panics
/// Never for claims that are maps with string keys, as all of ours are.
pub fn signing_input(typ: &str, algorithm: &str, kid: &str, claims: &impl Serialize) -> String {
    let header = serde_json::json!({ "alg": algorithm, "typ": typ, "kid": kid });
    let claims = serde_json::to_vec(claims).expect("claims are maps with text keys");
    format!("{}.{}", base64url::encode(header.to_string().as_bytes()), base64url::encode(&claims))
}

/// The digest that is signed for an input: SHA-256 for the algorithms of this service's own keys.
pub fn sha256_digest(input: &str) -> [u8; 32] {
    let digest = digest::digest(&digest::SHA256, input.as_bytes());
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest.as_ref());
    bytes
}
