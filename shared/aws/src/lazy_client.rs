//! An HTTP client that is made when it is first used. To read the certificates of this machine takes as long as a third of
//! a start, and most requests need no other server than AWS.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder};
use smart::error::Unreachable;

/// A client that follows nothing and knows no proxy. Its answers may take so long.
pub(crate) fn plain(timeout: Duration) -> ClientBuilder {
    Client::builder().timeout(timeout).redirect(Policy::none()).no_proxy()
}

/// A client that is made once, by the first who asks for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct LazyClient(Arc<OnceLock<Client>>);

impl LazyClient {
    /// The client.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub(crate) fn get_or_build(
        &self,
        as_what: impl FnOnce() -> ClientBuilder,
    ) -> Result<&Client, Unreachable> {
        if let Some(made) = self.0.get() {
            return Ok(made);
        }
        let made = as_what().build().map_err(|error| Unreachable::new("TLS", error))?;
        Ok(self.0.get_or_init(|| made))
    }
}
