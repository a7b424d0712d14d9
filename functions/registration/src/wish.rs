//! What is recorded of the wish of somebody who is no administrator: that it was done, or that it was asked for.

use smart::audit::{AuditHasher, Event, Record};
use smart::client::Client;
use smart::registration::Judged;

/// The record of a new client, which works or waits.
pub(crate) fn registered(client: &Client, audit: &AuditHasher) -> Record {
    let event = if client.awaits_approval { Event::ClientAsked } else { Event::ClientRegistered };
    audit.of_client(event, None, Some(client))
}

/// The client as it is asked for, if it waits for an administrator then.
pub(crate) fn waiting(judged: &Judged, read: &Client) -> Option<Client> {
    match judged {
        // Nothing is different, so nothing waits.
        Judged::Waits(metadata, report)
            if !read.awaits_approval && *metadata == read.metadata && report.is_empty() =>
        {
            None
        }
        Judged::Waits(metadata, _) => Some(Client { metadata: metadata.clone(), ..read.clone() }),
        Judged::AtOnce(..) | Judged::Trusted(_) => None,
    }
}

/// The record of a change, which was made or waits.
pub(crate) fn changed(read: &Client, waiting: Option<&Client>, next: &Client, audit: &AuditHasher) -> Record {
    match waiting {
        Some(asked) => audit.of_client(Event::ClientAsked, Some(read), Some(asked)),
        None => audit.of_client(Event::ClientChanged, Some(read), Some(next)),
    }
}
