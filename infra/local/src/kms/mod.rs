//! An emulator of AWS KMS on loopback: real keys, real signatures, the real wire protocol.
//!
//! The functions have no local mode. They speak `aws-sdk-kms` to this as they would to AWS: `Sign` (of a
//! digest or of a message), `GetPublicKey`, `GenerateMac`, `VerifyMac`, `Encrypt`, `Decrypt`,
//! `DescribeKey` and, for an operator who rotates keys, `CreateKey` and `CreateAlias`, with the faults that AWS answers. A handle makes those
//! faults happen on demand: a key is disabled, calls are throttled, answers are slow.
//!
//! It checks no credentials and no policies: who reaches the port may use the keys. That is why it only ever
//! listens on loopback, and why its keys are worth nothing elsewhere.

mod algorithm;
mod aliases;
mod create;
mod encryption;
mod faults;
mod files;
mod mac;
mod material;
mod operations;
mod sign;
mod wire;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::post;
use tokio::net::TcpListener;

use crate::external_emulator::ExternalEmulator;
use crate::template;
use aliases::Aliases;
use faults::Faults;
use material::Material;
use wire::Fault;

/// The emulator of KMS: its keys, and the faults that were asked of it. Clones are the same emulator.
#[derive(Clone)]
pub struct Kms {
    keys: Arc<RwLock<Vec<Arc<StoredKey>>>>,
    aliases: Arc<Mutex<Aliases>>,
    directory: Option<PathBuf>,
    faults: Arc<Mutex<Faults>>,
    external_emulator: Option<ExternalEmulator>,
}

/// A key as the template describes it, with the secret half that never leaves.
struct StoredKey {
    described: template::Key,
    material: Material,
}

impl StoredKey {
    fn load_or_make(key: &template::Key, directory: Option<&Path>) -> Result<Arc<Self>, KmsError> {
        let material = files::load_or_make(key, directory)?;
        Ok(Arc::new(Self { material, described: key.clone() }))
    }
}

/// Why the emulator of KMS could not make or keep its keys.
#[derive(Debug, thiserror::Error)]
pub enum KmsError {
    /// A key could not be made, or what was kept of it is no such key.
    #[error("the KMS key {0} could not be made, or its file holds something else")]
    Unusable(String),
    /// The directory that keeps the keys cannot be read or written.
    #[error("the KMS keys cannot be kept in {directory}: {source}")]
    Unkept {
        /// The directory.
        directory: String,
        /// What the system said.
        source: io::Error,
    },
}

impl Kms {
    /// Makes the keys of a template, or reads them back from `directory` if they were kept there, with those that
    /// `CreateKey` made. Without a directory they live as long as the emulator.
    ///
    /// # Errors
    /// When a key cannot be made, or a kept one cannot be read.
    pub fn new(keys: &[template::Key], directory: Option<&Path>) -> Result<Self, KmsError> {
        let made = files::made_before(keys, directory)?;
        let stored = keys.iter().chain(&made).map(|key| StoredKey::load_or_make(key, directory));
        let keys = stored.collect::<Result<Vec<_>, KmsError>>()?;
        Ok(Self {
            keys: Arc::new(RwLock::new(keys)),
            aliases: Arc::new(Mutex::new(Aliases::open(directory)?)),
            directory: directory.map(Path::to_owned),
            faults: Arc::default(),
            external_emulator: None,
        })
    }

    /// The same, with another emulator that has the keys. The faults stay here.
    pub(crate) fn with_keys_at(self, emulator: ExternalEmulator) -> Self {
        Self { external_emulator: Some(emulator), ..self }
    }

    /// Answers on this listener until `shutdown` is done.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn serve(
        &self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let router = Router::new().route("/", post(answer)).with_state(self.clone());
        axum::serve(listener, router).with_graceful_shutdown(shutdown).await
    }

    /// The aliases of a key, named by its ARN, in the order of their names.
    pub fn aliases_of(&self, arn: &str) -> Vec<String> {
        self.aliases.lock().unwrap_or_else(PoisonError::into_inner).of(arn)
    }

    /// Disables a key, named by its ARN or its id: using it fails with `DisabledException` until
    /// [`Kms::enable`].
    pub fn disable(&self, key: &str) {
        self.with_faults(|faults| faults.disable(key));
    }

    /// Takes back [`Kms::disable`].
    pub fn enable(&self, key: &str) {
        self.with_faults(|faults| faults.enable(key));
    }

    /// Answers the next `calls` calls with `ThrottlingException`, whatever they ask.
    pub fn throttle(&self, calls: usize) {
        self.with_faults(|faults| faults.throttled = calls);
    }

    /// Lets every answer wait this long from now on; zero takes it back.
    pub fn delay(&self, delay: Duration) {
        self.with_faults(|faults| faults.delay = delay);
    }

    /// How many calls of this operation, such as `Sign`, arrived so far, refused and throttled ones included.
    pub fn calls(&self, operation: &str) -> usize {
        self.with_faults(|faults| faults.calls.get(operation).copied().unwrap_or_default())
    }

    fn with_faults<T>(&self, act: impl FnOnce(&mut Faults) -> T) -> T {
        // Nothing panics while the lock is held; were it to, the faults would still be whole.
        act(&mut self.faults.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn keep(&self, key: Arc<StoredKey>) {
        self.keys.write().unwrap_or_else(PoisonError::into_inner).push(key);
    }

    fn all(&self) -> Vec<Arc<StoredKey>> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A key by its ARN or its id, as every operation takes it.
    fn key(&self, id: &str) -> Result<Arc<StoredKey>, Fault> {
        let named = |key: &&Arc<StoredKey>| key.described.arn == id || key.described.logical_id == id;
        let unknown = || Fault::new("NotFoundException", format!("Key '{id}' does not exist"));
        self.all().iter().find(named).cloned().ok_or_else(unknown)
    }

    /// The same, for everything that uses the key: a disabled one is refused.
    fn usable_key(&self, id: &str) -> Result<Arc<StoredKey>, Fault> {
        let key = self.key(id)?;
        if self.is_disabled(&key) {
            return Err(Fault::new("DisabledException", format!("{} is disabled.", key.described.arn)));
        }
        Ok(key)
    }

    fn is_disabled(&self, key: &StoredKey) -> bool {
        self.with_faults(|faults| faults.is_disabled(&key.described))
    }
}

impl std::fmt::Debug for Kms {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let arns: Vec<_> = self.all().iter().map(|key| key.described.arn.clone()).collect();
        formatter.debug_struct("Kms").field("keys", &arns).finish_non_exhaustive()
    }
}

/// One call: counted, delayed and throttled as asked, then done.
async fn answer(State(kms): State<Kms>, headers: HeaderMap, body: Bytes) -> Response {
    let operation = wire::operation(&headers).unwrap_or_default();
    let (delay, throttled) = kms.with_faults(|faults| faults.arrival(operation));
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    if throttled {
        return Fault::new("ThrottlingException", "Rate exceeded").into_response();
    }
    if let Some(emulator) = &kms.external_emulator {
        if let Err(fault) = operations::refuse_disabled(&kms, &body) {
            return fault.into_response();
        }
        let answer = emulator.kms(&headers, &body).await;
        if operation == "CreateAlias" && answer.status().is_success() {
            aliases::note(&kms, &body);
        }
        return answer;
    }
    match operations::perform(&kms, operation, &body) {
        Ok(answer) => wire::json(200, &answer),
        Err(fault) => fault.into_response(),
    }
}

#[cfg(test)]
mod tests;
