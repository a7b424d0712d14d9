//! The ports: all bound before anything starts, on loopback only.

use std::io;

use tokio::net::TcpListener;

use crate::emulators::EMULATOR_PORTS;
use crate::options::Options;
use crate::start::{StartError, Urls};

/// A listener for each part that listens.
pub(super) struct Listeners {
    /// The gateway's; `cargo lambda watch` takes its place with `--stand-ins`.
    pub(super) gateway: Option<TcpListener>,
    pub(super) dynamodb: TcpListener,
    pub(super) kms: TcpListener,
    /// The demo FHIR API's own, only with `--stand-ins`: else it is behind the gateway.
    pub(super) fhir: Option<TcpListener>,
    pub(super) sample_app: TcpListener,
    pub(super) ehr: TcpListener,
}

const CHOOSE_ANOTHER: &str = "Stop what listens there, or choose another with --port.";
const STOP_WHAT_LISTENS: &str = "Stop what listens there: with --stand-ins the ports are fixed, since infra/local/stand-ins.env names them.";
const ANY: u16 = 0;

impl Listeners {
    pub(super) async fn bind(options: &Options) -> Result<Self, StartError> {
        if options.emulators_only {
            return Ok(Self {
                gateway: None,
                dynamodb: bind(EMULATOR_PORTS.dynamodb, STOP_WHAT_LISTENS).await?,
                kms: bind(EMULATOR_PORTS.kms, STOP_WHAT_LISTENS).await?,
                fhir: Some(bind(EMULATOR_PORTS.fhir, STOP_WHAT_LISTENS).await?),
                sample_app: bind(EMULATOR_PORTS.sample_app, STOP_WHAT_LISTENS).await?,
                ehr: bind(EMULATOR_PORTS.ehr, STOP_WHAT_LISTENS).await?,
            });
        }
        Ok(Self {
            gateway: Some(bind(options.port, CHOOSE_ANOTHER).await?),
            dynamodb: bind(ANY, CHOOSE_ANOTHER).await?,
            kms: bind(ANY, CHOOSE_ANOTHER).await?,
            fhir: None,
            sample_app: bind(ANY, CHOOSE_ANOTHER).await?,
            ehr: bind(ANY, CHOOSE_ANOTHER).await?,
        })
    }

    pub(super) fn urls(&self) -> io::Result<Urls> {
        let at = |host: &str, listener: &TcpListener| {
            listener.local_addr().map(|address| format!("http://{host}:{}", address.port()))
        };
        let issuer = match &self.gateway {
            Some(gateway) => at("127.0.0.1", gateway)?,
            None => format!("http://127.0.0.1:{}", EMULATOR_PORTS.cargo_lambda),
        };
        let fhir = self.fhir.as_ref().map_or_else(|| Ok(issuer.clone()), |fhir| at("127.0.0.1", fhir))?;
        Ok(Urls {
            issuer,
            fhir_base_url: format!("{fhir}/fhir"),
            // Another site than the issuer, so that cookies behave as they do in the world.
            sample_app: at("localhost", &self.sample_app)?,
            ehr: at("localhost", &self.ehr)?,
            dynamodb: at("127.0.0.1", &self.dynamodb)?,
            kms: at("127.0.0.1", &self.kms)?,
        })
    }
}

async fn bind(port: u16, advice: &'static str) -> Result<TcpListener, StartError> {
    TcpListener::bind(("127.0.0.1", port)).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => StartError::PortTaken { port, advice },
        _ => StartError::Listener(error),
    })
}
