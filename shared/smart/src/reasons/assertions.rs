//! How a client failed to prove itself.

use super::{Reason, reason};

pub(super) const REASONS: &[Reason] = &[
    reason(
        "client_authentication",
        "The client did not prove itself. Whether it is unknown, disabled, uses another method than it registered or sent \
         a wrong secret is not told to strangers.",
        "Compare client_id, secret and token_endpoint_auth_method with the registration. A secret is the newest that was \
         shown, without spaces around it.",
    ),
    reason(
        "client_authentication_twice",
        "The request proves its client in two ways at once.",
        "Send one: the Authorization header, client_secret, or client_assertion. Some libraries add the header by \
         themselves.",
    ),
    reason(
        "client_id_differs",
        "The client_id is not the client that the other credentials name.",
        "Leave client_id out, or send the same one.",
    ),
    reason(
        "assertion_type",
        "The client_assertion_type is missing or another one.",
        "Send urn:ietf:params:oauth:client-assertion-type:jwt-bearer, exactly.",
    ),
    reason(
        "assertion_missing",
        "There is a client_assertion_type, but no client_assertion.",
        "Send the signed JWT as client_assertion.",
    ),
    reason(
        "assertion_malformed",
        "The client_assertion is not a JWT that can be read.",
        "Send three parts of base64url without padding, header and claims each one JSON object without a member twice.",
    ),
    reason(
        "assertion_typ",
        "The header of the assertion does not say that it is a JWT.",
        "Set typ to JWT in the header.",
    ),
    reason(
        "assertion_alg",
        "The assertion is signed by an algorithm that is not accepted.",
        "Sign by RS384 or ES384, and name the one in the header.",
    ),
    reason(
        "assertion_kid_missing",
        "The header of the assertion names no key.",
        "Set kid in the header to the kid of the key in your JWKS.",
    ),
    reason(
        "assertion_claims",
        "A claim is missing, or of another JSON type than it must be.",
        "Send iss, sub, aud and jti as texts, and exp, nbf and iat as whole numbers of seconds.",
    ),
    reason("assertion_iss_sub", "The claims iss and sub are not the client.", "Set both to your client_id."),
    reason(
        "assertion_aud",
        "The assertion is meant for somebody else, or for several at once.",
        "Set aud to the token_endpoint of the SMART configuration, as one text and nothing beside it.",
    ),
    reason(
        "assertion_expired",
        "The assertion has ended by our clock.",
        "Make a new one for each request, and set your clock. The Date header of our answers shows ours.",
    ),
    reason(
        "assertion_exp_far",
        "The assertion lives longer than 5 minutes.",
        "Set exp at most 300 seconds ahead. Some libraries take an hour unless they are told.",
    ),
    reason(
        "assertion_not_yet",
        "The assertion is from the future by our clock.",
        "Set your clock. The Date header of our answers shows ours; 30 seconds of difference are allowed.",
    ),
    reason(
        "assertion_iat_old",
        "The assertion was issued too long ago.",
        "Make a new one for each request, and set your clock.",
    ),
    reason(
        "assertion_jti",
        "The assertion has no name of its own.",
        "Set jti to a new unguessable text for each assertion, such as a UUID.",
    ),
    reason(
        "assertion_jti_replayed",
        "An assertion with this jti was used before. Each is good for one request, also if that request failed.",
        "Make a new assertion with a new jti for each request. Some libraries reuse one when the same claims are passed \
         to them twice.",
    ),
    reason(
        "assertion_client",
        "No client of the id in iss and sub may authenticate here: it is not registered, was deleted, or is disabled.",
        "Compare iss and sub with your client_id, and check that it is one of this server.",
    ),
    reason(
        "assertion_method",
        "The client is not registered to prove itself by an assertion.",
        "Register it with token_endpoint_auth_method private_key_jwt and its public keys.",
    ),
    reason(
        "assertion_jku",
        "The header names another address of keys than was registered.",
        "Leave jku out, or register that very address as jwks_uri.",
    ),
    reason(
        "assertion_jwks_unavailable",
        "The keys at the registered jwks_uri could not be read.",
        "Serve the JWKS by https without redirects, within 2 seconds, below 64 KiB and with at most 16 keys, at an \
         address that the internet can reach.",
    ),
    reason(
        "assertion_key",
        "Not exactly one registered key fits the kid and the algorithm of the assertion.",
        "Publish the key under the kid that the header names, with each kid once, and the kind of key that the algorithm \
         needs: RSA for RS384, P-384 for ES384.",
    ),
    reason(
        "assertion_signature",
        "The signature does not hold under the registered key of that kid.",
        "Sign with the private half of that key. An ES384 signature is 96 bytes, not DER.",
    ),
    reason(
        "system_account",
        "The account that the client acts as is gone or disabled.",
        "The people who run this service can enable it, or associate another.",
    ),
];
