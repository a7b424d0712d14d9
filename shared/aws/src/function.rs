//! A function on Lambda: it is put together from its settings, answers requests, and is put together again when an
//! operator changes a setting.
//!
//! There is no timer, because Lambda stops a process between two requests: each request compares the age of the settings.
//! A busy function reads them again while it answers a request, one minute before they are too old to be used; a function
//! that slept reads them first. While they cannot be read the last ones serve, for
//! [`SETTINGS_LIFETIME_IN_AN_OUTAGE`]; after that the answer is 503.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use smart::error::{ErrorCode, OAuthError};
use smart::settings::{SETTINGS_LIFETIME, SETTINGS_LIFETIME_IN_AN_OUTAGE, SettingsItem};
use smart_verify::time::UnixSeconds;
use tokio::sync::Mutex;
use web::{Request, Response, respond};

use crate::config::{Environment, Settings, StoredSettings};
use crate::dynamodb::{SettingsTable, Table};
use crate::kms::KmsSigner;
use crate::{Aws, StartError, lambda, telemetry};

/// A function of the service.
pub trait Function: Sized + Send + Sync + 'static {
    /// The items of the SettingsTable that it reads.
    const SETTINGS: &'static [SettingsItem];

    /// Puts the function together.
    ///
    /// # Errors
    /// When a setting is missing or malformed, or a key cannot be used.
    fn wire(settings: &Settings, aws: &Aws) -> impl Future<Output = Result<Self, StartError>> + Send;

    /// Answers a request.
    fn handle(&self, request: Request, now: UnixSeconds) -> impl Future<Output = Response> + Send;

    /// The keys that it signs or verifies with.
    fn keys(&self) -> &KmsSigner;

    /// The answer while nothing can be decided, with status 503.
    fn unavailable(&self, _request: &Request, error: &OAuthError) -> Response {
        respond::refusal(error)
    }
}

/// Runs a function until Lambda ends the process.
///
/// # Errors
/// When the function cannot start, or the runtime API cannot be reached.
pub async fn run<F: Function>() -> Result<(), lambda_http::Error> {
    telemetry::begin();
    let aws = Aws::of_function().await;
    let running = Running::<F>::start(Environment::of_process(), aws, lambda::now()).await?;
    lambda::run(|request, now| running.answer(request, now)).await
}

/// How long before the settings are too old a busy function reads them again.
const BEFOREHAND: Duration = Duration::from_secs(60);

/// How long after a reading that failed the next one is tried, so that an outage does not slow every request.
const PAUSE: Duration = Duration::from_secs(10);

/// A function that has started.
#[derive(Debug)]
pub struct Running<F> {
    environment: Environment,
    aws: Aws,
    table: SettingsTable,
    view: RwLock<View<F>>,
    /// When reading failed last. Only the task that holds the lock reads.
    failed_at: Mutex<Option<UnixSeconds>>,
}

/// The settings as they were read, and the function that was put together from them.
#[derive(Debug)]
struct View<F> {
    function: Arc<F>,
    stored: StoredSettings,
    read_at: UnixSeconds,
}

impl<F: Function> Running<F> {
    /// Reads the settings and puts the function together.
    ///
    /// # Errors
    /// When a setting is missing or malformed, a key cannot be used, or AWS does not answer.
    pub async fn start(environment: Environment, aws: Aws, now: UnixSeconds) -> Result<Self, StartError> {
        let mut settings = Settings { environment, stored: StoredSettings::default() };
        let mut reader = settings.reader();
        let name = reader.required(Table::Settings.setting());
        reader.finish()?;
        let table = SettingsTable::new(aws.dynamodb(), name);
        settings.stored =
            table.read(F::SETTINGS).await.map_err(|error| StartError::Other(error.to_string()))?;
        let function = Arc::new(F::wire(&settings, &aws).await?);
        let Settings { environment, stored } = settings;
        let view = RwLock::new(View { function, stored, read_at: now });
        Ok(Self { environment, aws, table, view, failed_at: Mutex::default() })
    }

    /// Answers a request by settings that are not too old.
    pub async fn answer(&self, request: Request, now: UnixSeconds) -> Response {
        let (function, age) = self.function(now);
        if age + BEFOREHAND < SETTINGS_LIFETIME {
            return function.handle(request, now).await;
        }
        if age < SETTINGS_LIFETIME {
            return tokio::join!(function.handle(request, now), self.read_again(now)).0;
        }
        self.read_again(now).await;
        let (function, age) = self.function(now);
        if age < SETTINGS_LIFETIME_IN_AN_OUTAGE {
            return function.handle(request, now).await;
        }
        let sentence = "our settings cannot be read at the moment; try again shortly.";
        let error = ErrorCode::TemporarilyUnavailable.because("settings_unreachable", sentence);
        function.unavailable(&request, &error)
    }

    /// The function as it was last put together, and the age of its settings.
    fn function(&self, now: UnixSeconds) -> (Arc<F>, Duration) {
        let view = self.view.read().unwrap_or_else(PoisonError::into_inner);
        (Arc::clone(&view.function), now.since(view.read_at))
    }

    /// Reads the settings again, unless another request did or the last attempt failed a moment ago.
    async fn read_again(&self, now: UnixSeconds) {
        let mut failed_at = self.failed_at.lock().await;
        let is_fresh = self.function(now).1 + BEFOREHAND < SETTINGS_LIFETIME;
        if is_fresh || failed_at.is_some_and(|at| now.since(at) < PAUSE) {
            return;
        }
        match self.renewed(now).await {
            Ok(view) => {
                *self.view.write().unwrap_or_else(PoisonError::into_inner) = view;
                *failed_at = None;
            }
            Err(error) => {
                tracing::error!(cause = error.to_string(), "settings cannot be read, using the last ones");
                *failed_at = Some(now);
            }
        }
    }

    /// What is to be used from now on: the same function with the same settings, or another one. A key that could not be
    /// used is tried again each time.
    async fn renewed(&self, now: UnixSeconds) -> Result<View<F>, StartError> {
        let stored =
            self.table.read(F::SETTINGS).await.map_err(|error| StartError::Other(error.to_string()))?;
        let (function, is_same) = {
            let view = self.view.read().unwrap_or_else(PoisonError::into_inner);
            (Arc::clone(&view.function), view.stored == stored)
        };
        if is_same && function.keys().is_whole() {
            return Ok(View { function, stored, read_at: now });
        }
        let settings = Settings { environment: self.environment.clone(), stored };
        let function = Arc::new(F::wire(&settings, &self.aws).await?);
        if !is_same {
            tracing::info!("settings changed, using the new ones");
        }
        Ok(View { function, stored: settings.stored, read_at: now })
    }
}
