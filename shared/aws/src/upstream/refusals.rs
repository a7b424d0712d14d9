//! What is wrong with an answer of the provider, each with its own reason. The person can do little about any of them,
//! so they are told little; the reason is for whoever runs the service.

use openidconnect::core::CoreErrorResponseType;
use openidconnect::{
    ClaimsVerificationError, RequestTokenError, SignatureVerificationError, StandardErrorResponse,
};
use smart::upstream::SignInRefused;

use super::http::HttpError;
use super::provider_cache::unreachable;
use crate::causes;

const NOT_TRUSTED: &str = "The answer of the sign-in service cannot be trusted. Try again; if that does not help, \
                           whoever runs this service can mend it.";

pub(super) const NO_ID_TOKEN: SignInRefused = SignInRefused::because("upstream_token_missing", NOT_TRUSTED);
pub(super) const MALFORMED: SignInRefused = SignInRefused::because("upstream_token_malformed", NOT_TRUSTED);
pub(super) const ISSUER: SignInRefused = SignInRefused::because("upstream_token_issuer", NOT_TRUSTED);
pub(super) const AUDIENCE: SignInRefused = SignInRefused::because("upstream_token_audience", NOT_TRUSTED);
pub(super) const ISSUED_LATER: SignInRefused =
    SignInRefused::because("upstream_token_issued_later", NOT_TRUSTED);

/// Why the code brought no tokens. The bodies of answers stay unseen, as they may hold tokens.
pub(super) fn of_exchange(
    error: &RequestTokenError<HttpError, StandardErrorResponse<CoreErrorResponseType>>,
) -> SignInRefused {
    match error {
        RequestTokenError::Request(error) => unreachable("token endpoint", &causes(error)).into(),
        RequestTokenError::ServerResponse(said) => match said.error() {
            CoreErrorResponseType::InvalidGrant => SignInRefused::because(
                "upstream_code_refused",
                "The sign-in service does not accept the code that you came back with: it may be too old. Try again.",
            ),
            CoreErrorResponseType::InvalidClient | CoreErrorResponseType::UnauthorizedClient => {
                SignInRefused::because(
                    "upstream_client_refused",
                    "The sign-in service does not accept us. Whoever runs this service can mend that.",
                )
            }
            CoreErrorResponseType::Extension(error) => SignInRefused::answered(error),
            _ => SignInRefused::answered("invalid_request"),
        },
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => MALFORMED,
    }
}

/// Whether an id token was refused because its key is not among those that were read.
pub(super) const fn is_unknown_key(error: &ClaimsVerificationError) -> bool {
    matches!(error, ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey))
}

/// Why an id token is not believed.
pub(super) fn of_id_token(error: &ClaimsVerificationError) -> SignInRefused {
    use SignatureVerificationError as Signature;
    match error {
        ClaimsVerificationError::InvalidIssuer(_) => ISSUER,
        ClaimsVerificationError::InvalidAudience(_) => AUDIENCE,
        ClaimsVerificationError::Expired(_) => SignInRefused::because("upstream_token_expired", NOT_TRUSTED),
        ClaimsVerificationError::InvalidNonce(_) => {
            SignInRefused::because("upstream_token_nonce", NOT_TRUSTED)
        }
        ClaimsVerificationError::SignatureVerification(error) => match error {
            Signature::NoSignature => SignInRefused::because("upstream_token_unsigned", NOT_TRUSTED),
            Signature::DisallowedAlg(_) | Signature::UnsupportedAlg(_) => {
                SignInRefused::because("upstream_token_algorithm", NOT_TRUSTED)
            }
            Signature::CryptoError(_) => SignInRefused::because("upstream_token_signature", NOT_TRUSTED),
            _ => SignInRefused::because("upstream_token_key", NOT_TRUSTED),
        },
        _ => MALFORMED,
    }
}
