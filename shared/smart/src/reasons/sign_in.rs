//! What went wrong at the service where people sign in who have their account elsewhere.

use super::{Reason, reason};

/// What most of them come to.
const SETTINGS: &str = "Whoever runs this service compares the setting Upstream with what the sign-in service knows of \
    us; the log line of the request id names the cause.";
const AGAIN: &str = "Go back to the app and begin again. If it happens again, tell the people who run this service the \
    request id.";

pub(super) const REASONS: &[Reason] = &[
    reason(
        "upstream_access_denied",
        "The sign-in service did not let the person in, or they said no.",
        AGAIN,
    ),
    reason("upstream_error", "The sign-in service did not accept our request.", SETTINGS),
    reason("upstream_client_refused", "The sign-in service does not accept us as its client.", SETTINGS),
    reason(
        "upstream_code_refused",
        "The sign-in service does not accept the code that the person came back with.",
        AGAIN,
    ),
    reason("upstream_mix_up", "The answer came from another sign-in service than was asked.", AGAIN),
    reason(
        "upstream_state",
        "The person came back from a sign-in that was not begun in this browser.",
        AGAIN,
    ),
    reason("upstream_no_auth_time", "The sign-in service does not say when the person signed in.", SETTINGS),
    reason(
        "upstream_auth_time",
        "The person was asked to sign in anew, and the sign-in service did not do so.",
        SETTINGS,
    ),
    reason("upstream_no_role", "The person is not known here as a patient or a clinician.", SETTINGS),
    reason(
        "upstream_fhir_user_elsewhere",
        "The sign-in service names a health record on another server.",
        SETTINGS,
    ),
    reason(
        "upstream_fhir_user_kind",
        "The sign-in service names a record that is not that of a person.",
        SETTINGS,
    ),
    reason(
        "upstream_fhir_user_malformed",
        "The sign-in service names a record in a form that cannot be read.",
        SETTINGS,
    ),
    reason(
        "upstream_token_algorithm",
        "The id_token is signed by an algorithm that is not accepted.",
        SETTINGS,
    ),
    reason("upstream_token_audience", "The id_token was made for another client.", SETTINGS),
    reason("upstream_token_expired", "The id_token has ended by our clock.", AGAIN),
    reason("upstream_token_issued_later", "The id_token is from the future by our clock.", AGAIN),
    reason("upstream_token_issuer", "The id_token was made by another service.", SETTINGS),
    reason(
        "upstream_token_key",
        "The id_token is signed by a key that the sign-in service does not publish.",
        SETTINGS,
    ),
    reason("upstream_token_malformed", "The id_token cannot be read.", SETTINGS),
    reason("upstream_token_missing", "The sign-in service sent no id_token.", SETTINGS),
    reason("upstream_token_nonce", "The id_token belongs to another sign-in.", AGAIN),
    reason("upstream_token_signature", "The signature of the id_token does not hold.", SETTINGS),
    reason("upstream_token_unsigned", "The id_token is not signed.", SETTINGS),
];
