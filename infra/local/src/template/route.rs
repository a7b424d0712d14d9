//! A route of the API: which paths lead to which function.

use super::{Resource, TemplateError};

/// A route of the API. Every route takes every method: the functions answer 404, 405 and preflights themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Its path, such as `/clients/{client_id}`; a name in braces is one segment. [`Route::DEFAULT`] for all paths that
    /// no other route takes.
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
    /// What the default route has in place of a path.
    pub const DEFAULT: &'static str = "$default";

    /// Its key, as API Gateway names it.
    pub(crate) fn key(path: &str) -> String {
        if path == Self::DEFAULT { path.to_owned() } else { format!("ANY {path}") }
    }

    pub(super) fn of(resource: &Resource<'_>, integrations: &[Integration]) -> Result<Self, TemplateError> {
        let key = resource.text("RouteKey")?;
        let path = Some(key).filter(|key| *key == Self::DEFAULT).or_else(|| key.strip_prefix("ANY "));
        let unknown = "only $default and routes with the method ANY are known here.";
        let path = path.ok_or_else(|| resource.fault("RouteKey", unknown))?;
        let target = resource.text("Target")?;
        let integration = integrations
            .iter()
            .find(|integration| target.strip_prefix("integrations/") == Some(&integration.logical_id))
            .ok_or_else(|| resource.fault("Target", "it names no integration."))?;
        Ok(Self { path: path.to_owned(), function: integration.function.clone() })
    }
}
