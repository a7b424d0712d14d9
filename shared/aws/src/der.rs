//! Public keys as KMS gives them, read into the form in which they are published.

use jsonwebtoken::jwk::{AlgorithmParameters, CommonParameters, Jwk, RSAKeyParameters, RSAKeyType};
use pkcs1::der::Decode;
use smart_verify::base64url;
use spki::SubjectPublicKeyInfoRef;

/// An RSA public key from its SubjectPublicKeyInfo.
///
/// Source: RFC 8017 Appendix A.1.1; RFC 7518 §6.3.1.
pub(crate) fn rsa_public_key(der: &[u8]) -> Option<Jwk> {
    let info = SubjectPublicKeyInfoRef::try_from(der).ok()?;
    let key = pkcs1::RsaPublicKeyRef::from_der(info.subject_public_key.as_bytes()?).ok()?;
    let rsa = RSAKeyParameters {
        key_type: RSAKeyType::RSA,
        n: base64url::encode(key.modulus.as_bytes()),
        e: base64url::encode(key.public_exponent.as_bytes()),
    };
    Some(Jwk { common: CommonParameters::default(), algorithm: AlgorithmParameters::RSA(rsa) })
}
