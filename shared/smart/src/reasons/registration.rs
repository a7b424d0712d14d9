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
];
