//! An HTTP client that is made when it is first used. To read the certificates of this machine takes as long as a third of
//! a start, and most requests need no other server than AWS.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::Client;
use reqwest::redirect::Policy;
use smart::error::Unreachable;

/// A client for addresses that are settings: it follows nothing and knows no proxy.
#[derive(Clone, Debug)]
pub(crate) struct LaterClient {
    timeout: Duration,
    made: Arc<OnceLock<Client>>,
}

impl LaterClient {
    /// One whose answers may take so long.
    pub(crate) fn new(timeout: Duration) -> Self {
        Self { timeout, made: Arc::default() }
    }

    /// The client.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub(crate) fn client(&self) -> Result<&Client, Unreachable> {
        if let Some(made) = self.made.get() {
            return Ok(made);
        }
        let builder = Client::builder().timeout(self.timeout).redirect(Policy::none()).no_proxy();
        let made = builder.build().map_err(|error| Unreachable::new("TLS", error))?;
        Ok(self.made.get_or_init(|| made))
    }
}
