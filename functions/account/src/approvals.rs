//! `/account/approvals`: what developers asked for, to an administrator who is signed in.

use pages::account::{ApprovalLine, Approvals, Section};
use pages::dates;
use smart::operations::approvals;
use smart::ports::Cursor;
use smart::registration::{Entry, PendingChange, State};

use crate::desk::Reaches;
use crate::refusal::PageResult;
use crate::visit::Visit;

const A_PAGE: usize = 20;

pub(crate) async fn show(visit: &Visit<'_, impl Reaches>) -> PageResult {
    let after = visit.query("after").map(Cursor);
    let page = approvals::list(&visit.operations, after.as_ref(), A_PAGE).await?;
    let (items, next) = page.map(|page| (page.items, page.next)).unwrap_or_default();
    let mut lines: Vec<(bool, ApprovalLine)> = items.iter().filter_map(line).collect();
    // What waits comes first; otherwise the order stays.
    lines.sort_by_key(|(waits, _)| !waits);
    let mut frame = visit.frame(Section::Approvals);
    frame.notice = visit.query("done").and_then(|done| match done.as_str() {
        "approved" => Some("Approved.".to_owned()),
        "declined" => Some("Declined.".to_owned()),
        _ => None,
    });
    let next_url = next.map(|Cursor(after)| {
        let after: String = form_urlencoded::byte_serialize(after.as_bytes()).collect();
        format!("/account/approvals?after={after}")
    });
    let page = Approvals { frame, lines: lines.into_iter().map(|(_, line)| line).collect(), next_url };
    Ok(visit.page(&page))
}

fn line(entry: &Entry) -> Option<(bool, ApprovalLine)> {
    let change = entry.pending_change()?;
    let line = ApprovalLine {
        id: change.client_id.to_string(),
        name: change.requested.client_name.clone(),
        about: about(entry, change),
    };
    Some((change.state == State::Pending, line))
}

pub(crate) fn about(entry: &Entry, change: &PendingChange) -> String {
    let what = if change.before.is_some() { "A change" } else { "A new client" };
    let day = dates::day_in_words(entry.created_at).unwrap_or_default();
    let state = match &change.state {
        State::Pending => "It waits.".to_owned(),
        State::Approved { .. } => "It was approved.".to_owned(),
        State::Declined { reason, .. } => format!("It was declined: {reason}"),
    };
    format!("{what}, asked for on {day}. {state}")
}
