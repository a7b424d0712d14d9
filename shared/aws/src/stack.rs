//! What CloudFormation made of the template.

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::error::ProvideErrorMetadata as _;
use aws_sdk_cloudformation::types::StackResourceSummary;
use smart::error::Unreachable;

use crate::causes;

/// One thing that a stack made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// Its name in the template, such as `ClientsTable`.
    pub logical_id: String,
    /// Its name in AWS.
    pub name: String,
    /// Its type in the template, such as `AWS::DynamoDB::Table`.
    pub kind: String,
}

/// All that a stack made and that is still there as far as CloudFormation knows; nothing if there is no such stack.
///
/// # Errors
/// When CloudFormation cannot be reached or refuses.
pub async fn resources(cloudformation: &Client, stack: &str) -> Result<Option<Vec<Resource>>, Unreachable> {
    let mut found = Vec::new();
    let mut pages = cloudformation.list_stack_resources().stack_name(stack).into_paginator().send();
    while let Some(page) = pages.next().await {
        match page {
            Ok(page) => {
                found.extend(page.stack_resource_summaries.unwrap_or_default().into_iter().filter_map(made));
            }
            // CloudFormation has no other code for a stack that does not exist.
            Err(error) if error.code() == Some("ValidationError") => return Ok(None),
            Err(error) => return Err(Unreachable::new("ListStackResources", causes(&error))),
        }
    }
    Ok(Some(found))
}

/// One that has no name was not made, or was deleted again.
fn made(summary: StackResourceSummary) -> Option<Resource> {
    let status = summary.resource_status?;
    let is_there = !matches!(status.as_str(), "DELETE_COMPLETE" | "CREATE_FAILED" | "DELETE_IN_PROGRESS");
    let (logical_id, name, kind) =
        (summary.logical_resource_id?, summary.physical_resource_id?, summary.resource_type?);
    is_there.then_some(Resource { logical_id, name, kind })
}
