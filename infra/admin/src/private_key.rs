//! The private key of a client, from PEM or JWK, to make an assertion with. It is kept for this one command alone.

use std::fmt;

use aws_lc_rs::encoding::{AsBigEndian as _, EcPrivateKeyBin};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{
    ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA384, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pkcs1::der::Encode as _;
use pkcs1::der::asn1::UintRef;
use serde_json::{Value, json};
use smart::client::KeySet;
use smart_verify::base64url;

use crate::Failure;

/// The shortest RSA modulus that is accepted, in bytes.
const MIN_RSA_BYTES: usize = 256;

/// A key that signs assertions by ES384 or RS384.
pub(crate) struct PrivateKey {
    kid: String,
    pair: Pair,
}

enum Pair {
    Ec(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("PrivateKey(redacted)")
    }
}

impl PrivateKey {
    /// Reads PEM, a JWK, or a JWK set that holds one private key.
    ///
    /// # Errors
    /// Why it cannot be used, without a byte of it.
    pub(crate) fn read(text: &str, kid: Option<&str>) -> Result<Self, String> {
        let (pair, own) =
            if text.trim_start().starts_with('{') { of_json(text)? } else { (of_pem(text)?, None) };
        let kid = kid.map(str::to_owned).or(own);
        let kid = kid.ok_or("the key has no kid: name the registered one by --kid")?;
        Ok(Self { kid, pair })
    }

    /// Makes a P-384 pair, named at random.
    pub(crate) fn generate() -> Result<Self, Failure> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING);
        let pair = pair.map_err(|_| Failure::Refused("no key pair could be made".to_owned()))?;
        Ok(Self { kid: smart::random::text::<12>(), pair: Pair::Ec(pair) })
    }

    /// Both parts of the key as a JWK set, for the file of its owner. Only a P-384 pair has one.
    pub(crate) fn private_jwks(&self) -> Option<Value> {
        let Pair::Ec(pair) = &self.pair else { return None };
        let scalar: EcPrivateKeyBin<'static> = pair.private_key().as_be_bytes().ok()?;
        let mut jwk = self.public_jwk();
        jwk["d"] = json!(base64url::encode(scalar.as_ref()));
        Some(json!({ "keys": [jwk] }))
    }

    /// An assertion of these claims.
    pub(crate) fn sign(&self, claims: &Value) -> Result<String, Failure> {
        let alg = match self.pair {
            Pair::Ec(_) => "ES384",
            Pair::Rsa(_) => "RS384",
        };
        let input = smart_verify::jws::signing_input("JWT", alg, &self.kid, claims);
        let random = SystemRandom::new();
        let signature = match &self.pair {
            Pair::Ec(pair) => {
                pair.sign(&random, input.as_bytes()).map(|signature| signature.as_ref().to_vec())
            }
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA384, &random, input.as_bytes(), &mut signature).map(|()| signature)
            }
        };
        let signature = signature.map_err(|_| Failure::Usage("the key cannot sign".to_owned()))?;
        Ok(format!("{input}.{}", base64url::encode(&signature)))
    }

    /// Its public half.
    pub(crate) fn public_jwk(&self) -> Value {
        match &self.pair {
            Pair::Ec(pair) => {
                let point = pair.public_key().as_ref();
                json!({
                    "kty": "EC", "crv": "P-384", "kid": self.kid,
                    "x": base64url::encode(&point[1..49]), "y": base64url::encode(&point[49..]),
                })
            }
            Pair::Rsa(pair) => {
                let public = PublicKeyComponents::<Vec<u8>>::from(pair.public_key());
                json!({ "kty": "RSA", "kid": self.kid, "n": base64url::encode(&public.n), "e": base64url::encode(&public.e) })
            }
        }
    }

    /// Its public half as it should be registered.
    pub(crate) fn as_registered(&self) -> Result<KeySet, Failure> {
        let set = json!({ "keys": [self.public_jwk()] });
        KeySet::check(&set).map_err(|why| Failure::Usage(format!("the key set {why}")))
    }
}

/// Source: RFC 7468 §10 and §13; RFC 5915; RFC 8017 A.1.2.
fn of_pem(text: &str) -> Result<Pair, String> {
    let begin = text.find("-----BEGIN ").ok_or("is neither PEM nor JSON")?;
    let (label, rest) = text[begin + 11..].split_once("-----").ok_or("its first line is cut off")?;
    let body = rest.split("-----END").next().unwrap_or_default();
    let body: String = body.chars().filter(|character| !character.is_ascii_whitespace()).collect();
    let der = STANDARD.decode(body).map_err(|_| "is not PEM: its lines are no base64")?;
    match label {
        "PRIVATE KEY" | "EC PRIVATE KEY" | "RSA PRIVATE KEY" => of_der(&der),
        "ENCRYPTED PRIVATE KEY" => Err("is encrypted: decrypt it first, with openssl pkey".to_owned()),
        _ => Err(format!("holds a {}, and a private key is needed", label.to_lowercase())),
    }
}

fn of_der(der: &[u8]) -> Result<Pair, String> {
    if let Ok(pair) = EcdsaKeyPair::from_private_key_der(&ECDSA_P384_SHA384_FIXED_SIGNING, der) {
        return Ok(Pair::Ec(pair));
    }
    let pair = RsaKeyPair::from_pkcs8(der).or_else(|_| RsaKeyPair::from_der(der));
    let pair = pair.map_err(|_| "holds no P-384 key and no RSA key of 2048 bits or more")?;
    if pair.public_modulus_len() < MIN_RSA_BYTES {
        return Err("holds an RSA key under 2048 bits".to_owned());
    }
    Ok(Pair::Rsa(pair))
}

fn of_json(text: &str) -> Result<(Pair, Option<String>), String> {
    let value: Value = serde_json::from_str(text).map_err(|error| format!("is not JSON: {error}"))?;
    let is_private = |key: &&Value| key.get("d").is_some();
    let key = match value["keys"].as_array() {
        Some(keys) => keys.iter().find(is_private),
        None => Some(&value).filter(is_private),
    };
    let key = key.ok_or("holds no private key")?;
    let kid = key["kid"].as_str().map(str::to_owned);
    let pair = match key["kty"].as_str() {
        Some("EC") if key["crv"] == "P-384" => of_ec_jwk(key),
        Some("RSA") => return Ok((of_rsa_jwk(key)?, kid)),
        _ => None,
    };
    Ok((pair.ok_or("holds no P-384 key and no RSA key, or a broken one")?, kid))
}

fn of_ec_jwk(key: &Value) -> Option<Pair> {
    let part = |name: &str| base64url::decode(key[name].as_str()?);
    let point = [vec![4], part("x")?, part("y")?].concat();
    let pair =
        EcdsaKeyPair::from_private_key_and_public_key(&ECDSA_P384_SHA384_FIXED_SIGNING, &part("d")?, &point);
    pair.ok().map(Pair::Ec)
}

/// Source: RFC 7518 §6.3; RFC 8017 A.1.2.
fn of_rsa_jwk(key: &Value) -> Result<Pair, String> {
    const BROKEN: &str = "holds an RSA key without one of n, e, d, p, q, dp, dq, qi";
    let part = |name: &str| key[name].as_str().and_then(base64url::decode).ok_or(BROKEN);
    let parts = ["n", "e", "d", "p", "q", "dp", "dq", "qi"].map(part);
    let [modulus, exponent, private, p, q, dp, dq, qi] = parts;
    let (modulus, exponent, private, p, q, dp, dq, qi) =
        (modulus?, exponent?, private?, p?, q?, dp?, dq?, qi?);
    let number = |bytes| UintRef::new(bytes).map_err(|_| BROKEN);
    let key = pkcs1::RsaPrivateKey {
        modulus: number(&modulus)?,
        public_exponent: number(&exponent)?,
        private_exponent: number(&private)?,
        prime1: number(&p)?,
        prime2: number(&q)?,
        exponent1: number(&dp)?,
        exponent2: number(&dq)?,
        coefficient: number(&qi)?,
        other_prime_infos: None,
    };
    of_der(&key.to_der().map_err(|_| BROKEN)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_private_key_says_what_it_is() {
        let said = |text: &str| PrivateKey::read(text, Some("k")).unwrap_err();
        assert_eq!(said("hello"), "is neither PEM nor JSON");
        assert!(said("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----").contains("public key"));
        assert!(
            said("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----").contains("no P-384 key")
        );
        assert!(said("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END").contains("encrypted"));
        assert_eq!(said(r#"{"kty":"EC","crv":"P-384"}"#), "holds no private key");
        assert!(said(r#"{"kty":"EC","crv":"P-256","d":"AQ"}"#).contains("no P-384 key"));
        assert!(said(r#"{"keys":[{"kty":"RSA","d":"AQ"}]}"#).contains("without one of"));
    }

    #[test]
    fn a_p_384_key_is_read_from_pkcs_8() {
        let der = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).unwrap();
        let der = der.to_pkcs8v1().unwrap();
        let pem = format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            STANDARD.encode(der.as_ref())
        );
        let key = PrivateKey::read(&pem, Some("k1")).unwrap();
        assert_eq!(key.as_registered().unwrap().kids().collect::<Vec<_>>(), ["k1"]);
        assert!(PrivateKey::read(&pem, None).unwrap_err().contains("--kid"));
    }
}
