//! What CloudFormation made of the template.

use std::collections::BTreeMap;

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::error::ProvideErrorMetadata as _;
use aws_sdk_cloudformation::types::{StackResourceSummary, TemplateStage};
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

/// CloudFormation has no other code for a stack that does not exist.
const NO_SUCH_STACK: &str = "ValidationError";

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
            Err(error) if error.code() == Some(NO_SUCH_STACK) => return Ok(None),
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

/// What CloudFormation says of a stack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StackDescription {
    /// The ARN of the stack.
    pub arn: String,
    /// The parameters with which it was deployed last.
    pub parameters: BTreeMap<String, String>,
    /// The outputs by their names in the template.
    pub outputs: BTreeMap<String, String>,
}

impl StackDescription {
    /// The ARN of a KMS key of this stack, whose name CloudFormation gives as the id of the key.
    ///
    /// Source: AWS CloudFormation, AWS::KMS::Key, return values.
    pub fn key_arn(&self, id: &str) -> Option<String> {
        let parts: Vec<_> = self.arn.splitn(6, ':').collect();
        let [_, partition, _, region, account, _] = parts[..] else { return None };
        Some(format!("arn:{partition}:kms:{region}:{account}:key/{id}"))
    }
}

/// Parameters and outputs of a stack; nothing if there is no such stack.
///
/// # Errors
/// When CloudFormation cannot be reached or refuses.
pub async fn describe(cloudformation: &Client, stack: &str) -> Result<Option<StackDescription>, Unreachable> {
    let answer = match cloudformation.describe_stacks().stack_name(stack).send().await {
        Ok(answer) => answer,
        Err(error) if error.code() == Some(NO_SUCH_STACK) => return Ok(None),
        Err(error) => return Err(Unreachable::new("DescribeStacks", causes(&error))),
    };
    let Some(found) = answer.stacks.unwrap_or_default().into_iter().next() else { return Ok(None) };
    let parameters = found.parameters.unwrap_or_default().into_iter();
    let parameters = parameters.filter_map(|one| Some((one.parameter_key?, one.parameter_value?)));
    let outputs = found.outputs.unwrap_or_default().into_iter();
    let outputs = outputs.filter_map(|one| Some((one.output_key?, one.output_value?)));
    Ok(Some(StackDescription {
        arn: found.stack_id.unwrap_or_default(),
        parameters: parameters.collect(),
        outputs: outputs.collect(),
    }))
}

/// The template of a stack after its transforms, which SAM leaves as JSON.
///
/// # Errors
/// When CloudFormation cannot be reached or refuses.
pub async fn processed_template(cloudformation: &Client, stack: &str) -> Result<String, Unreachable> {
    let request = cloudformation.get_template().stack_name(stack).template_stage(TemplateStage::Processed);
    let answer = request.send().await.map_err(|error| Unreachable::new("GetTemplate", causes(&error)))?;
    Ok(answer.template_body.unwrap_or_default())
}
