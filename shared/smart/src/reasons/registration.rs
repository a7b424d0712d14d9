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
        "registration_contended",
        "Something was changed by somebody else at the same moment.",
        "Send the same request again.",
    ),
    reason(
        "idempotency_key_malformed",
        "The header Idempotency-Key holds something that is no key.",
        "Send 16 to 255 printable ASCII characters, drawn anew for each thing that you want to make.",
    ),
    reason(
        "idempotency_key_reused",
        "The same Idempotency-Key came before with another body.",
        "Draw a new key for another request; send the same one only to repeat a request.",
    ),
    reason(
        "scope_not_less",
        "A request can be approved as it is or with fewer scopes, never with more.",
        "Name some of the scopes that were asked for, and at least one.",
    ),
    reason(
        "set_password_link",
        "The link to set a password is not complete, has been used, or is older than a day.",
        "Ask an administrator for a new link.",
    ),
];
