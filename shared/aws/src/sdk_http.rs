//! The HTTP client that all clients of AWS share, and which certificates it trusts.
//!
//! Left to itself, each of the SDK's clients parses every certificate that the system trusts twice, once to see that it can
//! and once for the connector of its timeouts, and reads them from a file of all and again from a folder of each.

use std::panic::{AssertUnwindSafe, catch_unwind};

use aws_sdk_kms::config::{SharedAsyncSleep, SharedHttpClient};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::HttpConnectorSettings;

/// Whose certificates are trusted.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Trusted {
    /// All that the system trusts, wherever it says so.
    System,
    /// The file in which a Linux system keeps all that it trusts, or `SSL_CERT_FILE`. A folder beside it is not read, unless
    /// `SSL_CERT_DIR` asks for one or there is no such file.
    BundleOfSystem,
    /// None at all: for emulators, which speak HTTP without TLS.
    Nothing,
}

impl Trusted {
    /// What is trusted without asking the system for its whole list; nothing where it has to be asked.
    fn store(self) -> Option<TrustStore> {
        match self {
            Self::System => None,
            Self::BundleOfSystem => bundle().map(|pem| TrustStore::empty().with_pem_certificate(pem)),
            Self::Nothing => Some(TrustStore::empty()),
        }
    }
}

fn bundle() -> Option<String> {
    if std::env::var_os("SSL_CERT_DIR").is_some() {
        return None;
    }
    let bundle = std::fs::read_to_string(openssl_probe::probe().cert_file?).ok()?;
    Some(bundle).filter(|bundle| bundle.contains("-----BEGIN CERTIFICATE-----"))
}

/// A client with a connector, and so a pool of connections, for each pair of timeouts, whichever services use it.
pub(crate) fn shared_http_client(trusted: Trusted) -> SharedHttpClient {
    Builder::new().build_with_connector_fn(move |settings, components| {
        let Some(components) = components else {
            // Only a trial of the SDK, which it throws away.
            return Connector::builder().build_http();
        };
        connector(trusted.store(), settings, &components.sleep_impl())
    })
}

fn connector(
    store: Option<TrustStore>,
    settings: Option<&HttpConnectorSettings>,
    sleep: &Option<SharedAsyncSleep>,
) -> Connector {
    let trusting = |trust: TrustStore| {
        let context = TlsContext::builder().with_trust_store(trust).build();
        let mut connector = Connector::builder().tls_provider(Provider::rustls(CryptoMode::AwsLc));
        connector.set_connector_settings(settings.cloned()).set_sleep_impl(sleep.clone());
        connector.set_proxy_config(Some(ProxyConfig::from_env()));
        connector.tls_context(context.expect("a trust store alone makes a context")).build()
    };
    // The SDK panics at a certificate of a bundle that it cannot read. Of the system's it leaves such ones out.
    let chosen = store.and_then(|store| catch_unwind(AssertUnwindSafe(|| trusting(store))).ok());
    chosen.unwrap_or_else(|| trusting(TrustStore::default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_that_cannot_be_read_is_no_reason_not_to_start() {
        for body in ["AAAA", "?"] {
            let unreadable = format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n");
            connector(Some(TrustStore::empty().with_pem_certificate(unreadable)), None, &None);
        }
    }
}
