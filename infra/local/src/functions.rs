//! The five functions, put together as their `main.rs` do it, but with the emulators' endpoints.

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use aws::config::Environment;
use aws::function::{Function as LambdaFunction, Running};
use aws::kms::KmsSigner;
use aws::origin::Origin;
use aws::{Aws, Deployed, EmulatorUrls, lambda};
use web::{Request, Response};

use crate::calls::{CallLog, Rule};
use crate::clock::Clock;
use crate::gateway::Handler;
use crate::kms::Kms;
use crate::start::{StartError, Urls};
use crate::template::{Function, Template};

/// The functions with the calls that each makes to AWS, both by logical id.
#[derive(Default)]
pub struct Functions {
    /// What the gateway calls.
    pub handlers: HashMap<String, Handler>,
    /// What they call.
    pub calls: BTreeMap<String, CallLog>,
}

/// Makes a handler of one function, which is put together once for all its requests.
async fn hosted<F: LambdaFunction>(
    name: &str,
    environment: &Environment,
    aws: &Aws,
    clock: Clock,
) -> Result<Handler, StartError> {
    let failed = |error: aws::StartError| {
        let function = name.to_owned();
        StartError::Function { function, reason: error.to_string() }
    };
    let origin = Origin::of(environment).map_err(failed)?;
    let started = Running::<F>::start(environment.clone(), aws.clone(), clock.now()).await;
    let running = Arc::new(started.map_err(failed)?);
    Ok(handler(origin, move |request| {
        let (running, now) = (Arc::clone(&running), clock.now());
        async move { running.answer(request, now).await }
    }))
}

/// Makes a handler for every function of the template.
///
/// # Errors
/// When a function's settings cannot be read, its keys cannot be used, or the template has a function that is not known
/// here.
pub async fn wired(
    template: &Template,
    urls: &Urls,
    kms: &Kms,
    clock: Clock,
) -> Result<Functions, StartError> {
    let mut wired = Functions::default();
    for function in template.functions()? {
        let calls = CallLog::held_to(policies(template.clone(), function.clone(), kms.clone()));
        let emulators = EmulatorUrls { dynamodb: urls.dynamodb.clone(), kms: urls.kms.clone() };
        let aws = Aws::emulated_at(emulators).await.watched_by(calls.clone());
        let environment = Environment::from(function.environment.clone());
        let handler = match function.binary.as_str() {
            "discovery" => {
                hosted::<discovery::Ports<KmsSigner>>(&function.binary, &environment, &aws, clock).await?
            }
            "authorize" => {
                hosted::<authorize::Ports<Deployed>>(&function.binary, &environment, &aws, clock).await?
            }
            "token" => hosted::<token::Ports<Deployed>>(&function.binary, &environment, &aws, clock).await?,
            "backend-token" => {
                hosted::<backend_token::Ports<Deployed>>(&function.binary, &environment, &aws, clock).await?
            }
            "registration" => {
                hosted::<registration::Ports<Deployed>>(&function.binary, &environment, &aws, clock).await?
            }
            unknown => {
                let reason = "the template names a function that is not known here".to_owned();
                return Err(StartError::Function { function: unknown.to_owned(), reason });
            }
        };
        wired.handlers.insert(function.logical_id.clone(), handler);
        wired.calls.insert(function.logical_id.clone(), calls);
    }
    Ok(wired)
}

/// Whether a function may do something to a key with these aliases, or to a table.
struct Judged {
    aliases: Vec<String>,
    allowed: bool,
}

/// What IAM would say of the calls of a function. What is done for the first time is noted in the file that
/// `JOURNEYS_CALLS` names, if it names one.
fn policies(template: Template, function: Function, kms: Kms) -> Arc<Rule> {
    let known: Mutex<BTreeMap<(String, String), Judged>> = Mutex::default();
    let file = std::env::var_os("JOURNEYS_CALLS").map(PathBuf::from);
    Arc::new(move |action, resource| {
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        let aliases = kms.aliases_of(resource);
        let call = (action.to_owned(), resource.to_owned());
        // A key may get an alias later, by which the function may use it then.
        if let Some(judged) = known.get(&call)
            && judged.aliases == aliases
        {
            return judged.allowed;
        }
        if let Some(file) = &file {
            note(file, &format!("{} {action} {resource}\n", function.binary));
        }
        let allowed = template.allows(&function, action, resource, &aliases).unwrap_or(false);
        known.insert(call, Judged { aliases, allowed });
        allowed
    })
}

/// Adds a line to a file, in one write, so that services side by side do not mix theirs.
fn note(file: &Path, line: &str) {
    let opened = OpenOptions::new().create(true).append(true).open(file);
    if let Err(error) = opened.and_then(|mut file| file.write_all(line.as_bytes())) {
        tracing::error!(%error, "a call could not be noted");
    }
}

fn handler<H, F>(origin: Origin, handle: H) -> Handler
where
    H: Fn(Request) -> F + Send + Sync + 'static,
    F: Future<Output = Response> + Send + 'static,
{
    let (origin, handle) = (Arc::new(origin), Arc::new(handle));
    Arc::new(move |request| {
        let (origin, handle) = (Arc::clone(&origin), Arc::clone(&handle));
        Box::pin(async move {
            let answer: Result<_, Infallible> =
                lambda::answer(request, &origin, &|request, _| handle(request)).await;
            answer.unwrap_or_else(|never| match never {})
        })
    })
}
