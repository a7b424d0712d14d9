//! What is wrong with the registration of a client or a user.

use super::{Reason, reason};

pub(super) const REASONS: &[Reason] = &[
    reason(
        "members",
        "Some members of what was sent are no good.",
        "The member errors of the answer names each of them with what is expected.",
    ),
    reason(
        "client_not_found",
        "There is no client of this id.",
        "Compare the id with the list of clients; it may have been deleted.",
    ),
    reason(
        "if_match_missing",
        "A change needs the version that it changes, so that two people do not undo each other's work.",
        "Read the client first, and send its ETag as If-Match.",
    ),
    reason(
        "if_match_stale",
        "The client was changed since you read it.",
        "Read it again, make your change to what it is now, and send the new ETag as If-Match.",
    ),
    reason(
        "rate_limited",
        "More requests came from your network than are taken in so short a time.",
        "Wait for as many seconds as the header Retry-After says.",
    ),
    reason(
        "query",
        "A parameter of the address is not one that this list or action takes, or has no value it can have.",
        "Compare it with the description at /openapi.json.",
    ),
    reason(
        "idempotency_key_malformed",
        "The Idempotency-Key cannot be used as one.",
        "Send 16 to 255 visible characters that nobody guesses, such as a UUID.",
    ),
    reason(
        "idempotency_key_reused",
        "The Idempotency-Key was used with another body within a day.",
        "Send a new key with a new request, and the same key only to repeat the same request.",
    ),
    reason(
        "registration_contended",
        "Another registration used the same access token at the same moment.",
        "Send the same request again after the seconds of the Retry-After header.",
    ),
    reason(
        "scope_not_less",
        "The scope of the decision is more than was asked for.",
        "Approve what was asked for, or name a part of it.",
    ),
    reason(
        "set_password_link",
        "The link to set a password is not good any more: it was used, a day has passed, or the password was changed meanwhile.",
        "Ask the administrator for a new link.",
    ),
    reason(
        "client_awaits_approval",
        "The client waits to be approved, and cannot be started or stopped before.",
        "Approve or decline it at /approvals.",
    ),
    reason(
        "client_uses_no_secret",
        "The client does not prove itself by a secret, so it has none to make.",
        "Change its token_endpoint_auth_method first.",
    ),
    reason(
        "decided_before",
        "Somebody has decided this request already.",
        "Read it again to see what was decided.",
    ),
    reason(
        "only_secret",
        "The secret is the only one that the client has left, and without it the client could do nothing.",
        "Make another secret first, let the client use it, and then end this one.",
    ),
    reason(
        "two_secrets_live",
        "The client has two live secrets, which is all that it may have.",
        "End one of them first.",
    ),
    reason(
        "user_exists",
        "Somebody has that name.",
        "Choose another name, or change the account that is there.",
    ),
    reason(
        "user_upstream",
        "The account belongs to somebody who signs in at another service, where the password is.",
        "Let them change it there.",
    ),
    reason(
        "approval_not_found",
        "There is no request of this id.",
        "Read the list at /approvals; it may be more than 90 days old.",
    ),
    reason(
        "register_token_not_found",
        "There is no initial access token of this id.",
        "Read the list at /register-tokens; it may have ended.",
    ),
    reason(
        "secret_not_found",
        "The client has no live secret of this id.",
        "Read the client to see its secrets.",
    ),
    reason(
        "user_not_found",
        "There is no account of this name.",
        "Compare the name with the list at /users.",
    ),
];
