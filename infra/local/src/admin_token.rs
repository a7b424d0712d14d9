//! An access token of the admin client, always fresh, for scripts.

use std::time::Duration;

use smart_verify::time::UnixSeconds;

use crate::seed::KeyPair;
use crate::{Urls, backend_token};

/// How often it is replaced: every 4 minutes, since it lives 5.
pub const REPLACED_EVERY: Duration = Duration::from_secs(240);

/// Asks the running service for one, as any backend client does.
///
/// # Errors
/// What went wrong, in words.
pub async fn fetch(urls: &Urls, admin: &KeyPair, now: UnixSeconds) -> Result<String, String> {
    let url = format!("{}/backend-token", urls.issuer);
    backend_token::fetch(&url, &admin.assertion(&url, now), None).await
}
