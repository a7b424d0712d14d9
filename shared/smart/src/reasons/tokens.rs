//! What is wrong with a code, a refresh token or an access token.

use super::{Reason, reason};

pub(super) const REASONS: &[Reason] = &[
    reason(
        "grant_type_unsupported",
        "There is no such grant_type here.",
        "Use authorization_code, refresh_token or client_credentials. The address /backend-token takes the last alone.",
    ),
    reason(
        "grant_not_registered",
        "The client is not registered for this grant_type.",
        "An app exchanges codes and refresh tokens, a backend service uses client_credentials. Register the other kind \
         of client for the other.",
    ),
    reason(
        "code_forged",
        "The code was not made here, or was changed on its way.",
        "Send the code as it came in the redirect, decoded once, to the token endpoint of the same server.",
    ),
    reason(
        "code_unknown",
        "The code was not issued to this client, or its authorization is long gone.",
        "Send it with the client_id that asked for it, and within a minute.",
    ),
    reason(
        "code_expired",
        "The code is older than 60 seconds.",
        "Exchange codes as soon as the person comes back. To go on, begin the authorization again.",
    ),
    reason(
        "code_redirect_uri",
        "The redirect_uri is not the one of the authorization request.",
        "Send the very same redirect_uri again. The code is still good for its minute.",
    ),
    reason(
        "code_replayed",
        "The code was used before. It may have been stolen, so everything that was issued for it has been ended.",
        "Exchange each code once, and do not send the request again when its answer was lost: begin the authorization \
         again.",
    ),
    reason(
        "verifier_malformed",
        "The code_verifier is not one.",
        "Draw 43 to 128 characters of A-Z a-z 0-9 - . _ ~ for each authorization.",
    ),
    reason(
        "verifier_mismatch",
        "The code_verifier does not belong to the code_challenge of the authorization request.",
        "Keep the code_verifier beside the state of its request, and send that one. The code is still good for its \
         minute.",
    ),
    reason(
        "verifier_unexpected",
        "The authorization request had no code_challenge, but a code_verifier came with its code.",
        "Send a code_challenge with each authorization request. If your app did, an attacker may have removed it, so \
         begin the authorization again.",
    ),
    reason(
        "grant_revoked",
        "What this came from has ended: the person withdrew it, the app gave it back, or a code or refresh token was used \
         twice.",
        "Ask the person again.",
    ),
    reason(
        "grant_contended",
        "Many requests use the same code or token at once.",
        "Send one at a time. Send this one again after the seconds of the Retry-After header.",
    ),
    reason(
        "user_gone",
        "The person who allowed this may not act any more.",
        "Ask them to sign in again; if they cannot, the people who run this service know why.",
    ),
    reason(
        "session_over",
        "The access was to last while the person is signed in, and they have signed out or their session has ended.",
        "Ask the person again. For access that outlives the session ask for offline_access.",
    ),
    reason(
        "refresh_token_forged",
        "The refresh token was not made here, or was changed on its way.",
        "Send it as it came, to the token endpoint of the same server.",
    ),
    reason(
        "refresh_token_unknown",
        "The refresh token was not issued to this client, or what it came from is long gone.",
        "Send it with the client that it was issued to. If it is, ask the person again.",
    ),
    reason(
        "refresh_token_expired",
        "The refresh token has ended: the day that the person chose has come, or it lay unused for too long.",
        "Ask the person again.",
    ),
    reason(
        "refresh_token_replayed",
        "The refresh token was replaced by another before. It may have been stolen, so the whole connection was ended.",
        "Keep the refresh token of each answer, and use each one once. An answer that was lost is given again for 10 \
         seconds. Ask the person again.",
    ),
    reason(
        "scope_not_granted",
        "The scope asks for more than was granted.",
        "Leave scope out to get all that was granted, or name a part of it.",
    ),
    reason(
        "token_missing",
        "There is no access token.",
        "Send the header Authorization: Bearer, followed by the token.",
    ),
    reason(
        "token_refused",
        "The access token is not one of ours, not for this service, was revoked, or has ended.",
        "Get a new token. If it is new, compare the server that issued it with the one you sent it to, and both clocks.",
    ),
    reason(
        "token_client_stopped",
        "The client that the access token was issued to was deleted or disabled.",
        "The people who run this service can enable it again.",
    ),
    reason(
        "token_of_another_client",
        "The token was issued to another client, and lives on.",
        "Let each client give back its own tokens.",
    ),
    reason(
        "introspection_public_client",
        "A client without a secret or a key has proven nothing, so it cannot ask whether tokens are good.",
        "Use a confidential client for its own tokens, or the access token of a service with the scope __introspect for \
         all.",
    ),
];
