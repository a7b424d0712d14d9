//! What is wrong with a request whatever it asks for, and what is wrong with us.

use super::{Reason, reason};

pub(super) const REASONS: &[Reason] = &[
    reason(
        "method_not_allowed",
        "The path exists, but not with this HTTP method.",
        "Use one of the methods of the Allow header in the answer. Token requests are POST.",
    ),
    reason(
        "content_type",
        "The body is not sent as a form.",
        "Send the parameters in the body, with the header Content-Type: application/x-www-form-urlencoded.",
    ),
    reason(
        "body_malformed",
        "The body cannot be read as a form: a percent sign is not followed by two hexadecimal digits, or the bytes are \
         not UTF-8.",
        "Let your HTTP library encode the form, and encode each value once.",
    ),
    reason(
        "body_too_large",
        "The body is larger than is read.",
        "Keep token requests below 64 KiB. Ask for fewer scopes, or for wider ones.",
    ),
    reason(
        "query_malformed",
        "The query of the address cannot be read: a percent sign is not followed by two hexadecimal digits, or the bytes \
         are not UTF-8.",
        "Let your library build the address, and encode each value once.",
    ),
    reason(
        "request_too_long",
        "The request is longer than is read.",
        "Ask for fewer scopes, or for wider ones; shorten state.",
    ),
    reason(
        "parameters_in_query",
        "Parameters of a token request stand in the address. Addresses end up in logs, so secrets are not taken from \
         there.",
        "Move every parameter into the body, and replace a secret that was sent in an address.",
    ),
    reason(
        "parameter_missing",
        "A parameter that this request needs is not there, or is empty.",
        "Send the parameter that error_description names.",
    ),
    reason(
        "parameter_twice",
        "A parameter came twice. Two readers could take different ones, so neither is taken.",
        "Send each parameter once. Several scopes go into one scope, with spaces between them.",
    ),
    reason(
        "parameter_too_long",
        "A parameter is longer than is read.",
        "Shorten the parameter that error_description names; state need not carry data, keep it on your side.",
    ),
    reason(
        "backend_unreachable",
        "Something behind this service does not answer just now. Nothing has changed: a code or refresh token is as good \
         as before.",
        "Send the same request again after the seconds of the Retry-After header, with a new assertion if you sent one.",
    ),
    reason(
        "settings_unreachable",
        "This service cannot read its settings. Nothing has changed, and a code or refresh token stays valid.",
        "Send the same request again after the seconds of the Retry-After header. If you operate the service, see whether \
         DynamoDB answers, and whether `cargo admin settings list` can read the SettingsTable.",
    ),
    reason(
        "origin_secret_wrong",
        "CloudFront is in front of this service, and the request reached the service another way: the secret that \
         CloudFront adds is missing or wrong.",
        "Send requests to the addresses in the discovery document. If they fail too, the operator of the service has to \
         deploy the hash of the secret that CloudFront sends.",
    ),
    reason(
        "mac_version_gone",
        "The service was changed in the middle of your request. Nothing has changed for you.",
        "Send the same request again.",
    ),
];
