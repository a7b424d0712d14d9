//! A route of the API: which paths lead to which function.

use super::{Resource, TemplateError};

/// A route of the API. Every route takes every method: the functions answer 405 and preflights themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Its path, such as `/clients/{client_id}`; a name in braces stands for one segment.
    pub path: String,
    /// The logical id of the function it leads to.
    pub function: String,
}

/// What a route points at, and what points at the function.
pub(super) struct Integration {
    logical_id: String,
    function: String,
}

impl Integration {
    pub(super) fn of(resource: &Resource<'_>) -> Result<Self, TemplateError> {
        if resource.text("PayloadFormatVersion")? != "2.0" {
            return Err(resource.fault("PayloadFormatVersion", "only events of payload 2.0 are known here."));
        }
        let arn = resource.text("IntegrationUri")?;
        let (_, function) = arn
            .split_once(":function:")
            .ok_or_else(|| resource.fault("IntegrationUri", "the ARN of a function is expected here."))?;
        Ok(Self { logical_id: resource.logical_id.to_owned(), function: function.to_owned() })
    }
}

impl Route {
    pub(super) fn of(resource: &Resource<'_>, integrations: &[Integration]) -> Result<Self, TemplateError> {
        let path = resource
            .text("RouteKey")?
            .strip_prefix("ANY ")
            .ok_or_else(|| resource.fault("RouteKey", "only routes with the method ANY are known here."))?;
        let target = resource.text("Target")?;
        let integration = integrations
            .iter()
            .find(|integration| target.strip_prefix("integrations/") == Some(&integration.logical_id))
            .ok_or_else(|| resource.fault("Target", "it names no integration."))?;
        Ok(Self { path: path.to_owned(), function: integration.function.clone() })
    }
}
