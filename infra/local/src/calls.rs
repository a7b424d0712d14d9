//! A log of the calls to AWS that a flow makes, so that tests can hold flows to their budget and policies to their use.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use serde_json::Value;

/// One call.
#[derive(Clone, Debug)]
pub struct Call {
    /// `dynamodb:GetItem` or `kms:Sign`.
    pub action: String,
    /// What it takes to be allowed: each action with the table (`ClientsTable/index/by_creation` for an index of it) or key it
    /// is about. A transaction takes several, and a batch one a table.
    pub permissions: Vec<(String, String)>,
    began: Instant,
    ended: Option<Instant>,
}

/// When a call began, which names it between its two ends.
#[derive(Clone, Copy, Debug)]
struct Began(Instant);

impl Storable for Began {
    type Storer = StoreReplace<Self>;
}

/// Whether an action on a table or key is allowed.
pub type Rule = dyn Fn(&str, &str) -> bool + Send + Sync;

/// The calls made so far, shared by all who hold it.
#[derive(Clone, Default)]
pub struct CallLog {
    calls: Arc<Mutex<Vec<Call>>>,
    rule: Option<Arc<Rule>>,
    outage: Arc<Mutex<Option<usize>>>,
}

impl fmt::Debug for CallLog {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("CallLog").field("calls", &self.calls).finish_non_exhaustive()
    }
}

impl CallLog {
    /// A log that stops a call before it leaves, as IAM would, when a permission that it takes is not given.
    pub fn held_to(rule: Arc<Rule>) -> Self {
        Self { rule: Some(rule), ..Self::default() }
    }

    /// From now on so many calls leave, and the one after them does not, as in an outage; nothing after it.
    pub fn fail_after(&self, calls: usize) {
        *self.outage.lock().unwrap_or_else(PoisonError::into_inner) = Some(calls);
    }

    /// Ends that. Whether there was such a call.
    pub fn has_failed(&self) -> bool {
        self.outage.lock().unwrap_or_else(PoisonError::into_inner).take().is_none()
    }

    fn is_stopped(&self) -> bool {
        let mut outage = self.outage.lock().unwrap_or_else(PoisonError::into_inner);
        let stopped = *outage == Some(0);
        *outage = outage.and_then(|left| left.checked_sub(1));
        stopped
    }

    /// The calls since the log was last taken.
    pub fn take(&self) -> Vec<Call> {
        std::mem::take(&mut self.calls.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The first permission of a call that is not given.
    fn not_given<'a>(&self, call: &'a Call) -> Option<&'a (String, String)> {
        let rule = self.rule.as_ref()?;
        call.permissions.iter().find(|(action, resource)| !rule(action, resource))
    }

    /// How many of some calls came one after the other: the length of the longest chain in which each began after
    /// the one before had ended.
    pub fn depth(calls: &[Call]) -> usize {
        let mut spans: Vec<_> = calls.iter().filter_map(|call| Some((call.ended?, call.began))).collect();
        spans.sort_unstable();
        let mut depth = 0;
        let mut free_from: Option<Instant> = None;
        for (ended, began) in spans {
            if free_from.is_none_or(|free| began >= free) {
                depth += 1;
                free_from = Some(ended);
            }
        }
        depth
    }
}

impl Intercept for CallLog {
    fn name(&self) -> &'static str {
        "call log"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request();
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let body: Value =
            request.body().bytes().and_then(|body| serde_json::from_slice(body).ok()).unwrap_or_default();
        let began = Instant::now();
        config.interceptor_state().store_put(Began(began));
        let action = action(target);
        let call = Call { permissions: permissions(&action, &body), action, began, ended: None };
        if let Some((action, resource)) = self.not_given(&call) {
            tracing::error!(action, resource, "no policy allows it");
            return Err(format!("not authorized to perform {action} on {resource}").into());
        }
        if self.is_stopped() {
            return Err("an outage that was asked for".into());
        }
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).push(call);
        Ok(())
    }

    fn read_after_attempt(
        &self,
        _context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(call) =
            config.load::<Began>().and_then(|began| calls.iter_mut().find(|call| call.began == began.0))
        {
            call.ended = Some(Instant::now());
        }
        Ok(())
    }
}

/// `DynamoDB_20120810.GetItem` is `dynamodb:GetItem`, `TrentService.Sign` is `kms:Sign`.
fn action(target: &str) -> String {
    match target.split_once('.') {
        Some(("TrentService", operation)) => format!("kms:{operation}"),
        Some((_, operation)) => format!("dynamodb:{operation}"),
        None => target.to_owned(),
    }
}

/// What IAM asks of a call: of a transaction, one action a part.
///
/// Source: Amazon DynamoDB Developer Guide, IAM and transactions.
fn permissions(action: &str, body: &Value) -> Vec<(String, String)> {
    let table = |of: &Value| of.get("TableName").and_then(Value::as_str).map(str::to_owned);
    if let Some(parts) = body.get("TransactItems").and_then(Value::as_array) {
        let part = |part: &Value| {
            let (kind, of) = part.as_object()?.iter().next()?;
            let action = if kind == "ConditionCheck" {
                "ConditionCheckItem".to_owned()
            } else {
                format!("{kind}Item")
            };
            Some((format!("dynamodb:{action}"), table(of)?))
        };
        return parts.iter().filter_map(part).collect();
    }
    if let Some(tables) = body.get("RequestItems").and_then(Value::as_object) {
        return tables.keys().map(|table| (action.to_owned(), table.clone())).collect();
    }
    let key = || body.get("KeyId").and_then(Value::as_str).map(str::to_owned);
    let index = body.get("IndexName").and_then(Value::as_str);
    let index = index.map_or_else(String::new, |name| format!("/index/{name}"));
    let resource = table(body).or_else(key).unwrap_or_default();
    vec![(action.to_owned(), format!("{resource}{index}"))]
}
