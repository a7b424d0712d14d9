//! Starts everything in order, says where it is, and stops it again.

mod listeners;
mod reset;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;
use url::Url;

use crate::calls::CallLog;
use crate::clock::Clock;
use crate::dynamodb::DynamoDb;
use crate::ehr::{self, Ehr};
use crate::external_emulator::ExternalEmulator;
use crate::fhir::{self, FhirApi};
use crate::gateway::Gateway;
use crate::kms::Kms;
use crate::options::Options;
use crate::sample_app::{self, SampleApp};
use crate::seed::{self, Seeded, SeededClient, SeededUser};
use crate::start::{StartError, Urls};
use crate::template::{self, Template};
use crate::{emulators, functions, latency_proxy};

use listeners::Listeners;

/// The running service. Dropped, its listeners are gone; [`Stack::stop`] lets requests under way finish
/// first.
#[derive(Debug)]
pub struct Stack {
    /// Where everything answers.
    pub urls: Urls,
    /// Where the gateway listens; nowhere with `--stand-ins`.
    pub gateway: Option<SocketAddr>,
    /// The emulator of KMS, to disable keys and to throttle.
    pub kms: Kms,
    /// The template with the values of this run.
    pub template: Template,
    /// The users and clients that are there from the start.
    pub seeded: Seeded,
    /// The calls that each function makes to AWS, by its logical id; nothing with `--stand-ins`.
    pub calls: BTreeMap<String, CallLog>,
    /// What time it is for all of them.
    pub clock: Clock,
    servers: Servers,
}

/// The servers under way, and what stops them.
#[derive(Debug)]
struct Servers {
    tasks: JoinSet<Result<(), StartError>>,
    stopping: watch::Sender<bool>,
}

/// How long requests under way may take to finish at the end.
const LAST_REQUESTS: Duration = Duration::from_secs(2);

impl Stack {
    /// Starts the service without a word.
    ///
    /// # Errors
    /// When a port is taken, what is stored cannot be opened, or the template cannot be read.
    pub async fn start(options: &Options) -> Result<Self, StartError> {
        Self::start_saying(options, |_| ()).await
    }

    /// Starts the service, and says each step before it is taken.
    ///
    /// # Errors
    /// When a port is taken, what is stored cannot be opened, or the template cannot be read.
    pub async fn start_saying(options: &Options, say: impl Fn(&str)) -> Result<Self, StartError> {
        let listeners = Listeners::bind(options).await?;
        if let (Some(directory), true) = (&options.data, options.reset) {
            say("removing what was stored");
            reset::remove_stored(directory)?;
        }
        let (urls, clock) = (listeners.urls()?, options.clock);
        let template = template_of(options, &urls)?;
        let mut servers = Servers::default();

        say("starting DynamoDB");
        servers.start_dynamodb(listeners.dynamodb, &template, options)?;
        say("starting KMS, making its keys");
        let kms = servers.start_kms(listeners.kms, &template, options)?;
        say("writing users, clients and patients");
        let seeded = seed::plant(&template, &urls, &options.settings, clock.now()).await?;

        let fhir = fhir::router(fhir_api(options, &urls)?);
        let gateway = listeners.gateway.as_ref().map(TcpListener::local_addr).transpose()?;
        let mut calls = BTreeMap::new();
        match (listeners.gateway, listeners.fhir) {
            (Some(listener), _) => {
                say("starting the functions and the gateway");
                let wired = functions::wired(&template, &urls, &kms, clock).await?;
                let gateway = Gateway::new(template.routes()?, wired.handlers, fhir)?;
                servers.serve_gateway(listener, gateway);
                calls = wired.calls;
            }
            (None, Some(listener)) => servers.serve(listener, fhir),
            (None, None) => {}
        }
        say("starting the sample app");
        servers.serve(listeners.sample_app, sample_app::router(sample_app(&seeded, &urls, clock)));
        say("starting the EHR simulator");
        servers.serve(listeners.ehr, ehr::router(ehr(&seeded, &urls, clock)));
        Ok(Self { urls, gateway, kms, template, seeded, calls, clock, servers })
    }

    /// Waits until a server goes down by itself, which none should.
    pub async fn went_down(&mut self) -> StartError {
        match self.servers.tasks.join_next().await {
            Some(Ok(Err(error))) => error,
            _ => StartError::WentDown,
        }
    }

    /// Stops: nothing new is taken, requests under way get two seconds to finish.
    pub async fn stop(mut self) {
        self.servers.stopping.send_replace(true);
        let finished = async { while self.servers.tasks.join_next().await.is_some() {} };
        // Whoever is not done by then, such as a client that holds its connection, is cut off.
        timeout(LAST_REQUESTS, finished).await.unwrap_or_default();
    }
}

/// The file that the emulator of DynamoDB keeps in the data directory.
const DYNAMODB_FILE: &str = "dynamodb.sqlite";

/// The directory in which the emulator of KMS keeps its keys, inside the data directory.
const KMS_DIRECTORY: &str = "kms";

/// A name inside the data directory, which is made if it is not there; nothing without `--data`.
fn stored(options: &Options, name: &str) -> Result<Option<PathBuf>, StartError> {
    let inside = |directory: &Path| {
        let unusable = |source| StartError::Data { directory: directory.to_owned(), source };
        std::fs::create_dir_all(directory).map_err(unusable)?;
        Ok(directory.join(name))
    };
    options.data.as_deref().map(inside).transpose()
}

/// The other emulator, if one plays AWS.
fn external_emulator(options: &Options) -> Result<Option<ExternalEmulator>, StartError> {
    let read = |(file, number): &(PathBuf, usize)| {
        ExternalEmulator::read(file, *number).map_err(StartError::ExternalEmulator)
    };
    options.external_emulator.as_ref().map(read).transpose()
}

fn template_of(options: &Options, urls: &Urls) -> Result<Template, StartError> {
    if options.emulators_only {
        return Ok(emulators::emulators_template()?);
    }
    let usual = template::Values::at(&urls.issuer)
        .with("Sandbox", "true")
        .with("LoopbackKeys", "true")
        .with("SelfRegistration", "open")
        .with("SandboxFhirUser", "Practitioner/clara");
    let values = options.parameters.iter().fold(usual, |values, (name, value)| values.with(name, value));
    Ok(Template::of_this_repository(values)?)
}

fn fhir_api(options: &Options, urls: &Urls) -> Result<FhirApi, StartError> {
    let issuer = Url::parse(&urls.issuer)?;
    Ok(FhirApi {
        issuer: urls.issuer.clone(),
        fhir_base_url: urls.fhir_base_url.clone(),
        jwks_url: issuer.join("/.well-known/jwks.json")?,
        relay_discovery_from: options.emulators_only.then_some(issuer),
        clock: options.clock,
    })
}

fn sample_app(seeded: &Seeded, urls: &Urls, clock: Clock) -> SampleApp {
    let backend = seeded.backend.clone();
    let audience = format!("{}/token", urls.issuer);
    SampleApp {
        client_id: seed::SAMPLE_APP.to_owned(),
        issuer: urls.issuer.clone(),
        fhir_base_url: urls.fhir_base_url.clone(),
        ehr: urls.ehr.clone(),
        assertion: Arc::new(move || backend.assertion(&audience, clock.now())),
    }
}

fn ehr(seeded: &Seeded, urls: &Urls, clock: Clock) -> Ehr {
    let (key_pair, audience) = (seeded.ehr.clone(), format!("{}/token", urls.issuer));
    let app = |seeded: &SeededClient| {
        let metadata = &seeded.client.metadata;
        Some(ehr::App {
            client_id: seeded.client.client_id.as_str().to_owned(),
            name: metadata.client_name.clone(),
            launch_url: metadata.launch_url.as_ref()?.as_str().to_owned(),
        })
    };
    let user =
        |user: &SeededUser| ehr::Person { name: user.name, display_name: user.display_name, role: user.role };
    Ehr {
        issuer: urls.issuer.clone(),
        apps: seeded.clients.iter().filter_map(app).collect(),
        users: seeded.users.iter().map(user).collect(),
        assertion: Arc::new(move || key_pair.assertion(&audience, clock.now())),
    }
}

impl Servers {
    fn start_dynamodb(
        &mut self,
        listener: TcpListener,
        template: &Template,
        options: &Options,
    ) -> Result<(), StartError> {
        if let Some(emulator) = external_emulator(options)? {
            self.serve(listener, emulator.dynamodb());
            return Ok(());
        }
        let dynamodb = DynamoDb::open(&template.tables()?, stored(options, DYNAMODB_FILE)?.as_deref())?;
        let stop = self.stopped();
        let delay = Duration::from_millis(options.delay);
        self.spawn(async move {
            if delay.is_zero() {
                return Ok(dynamodb.serve(listener, stop).await?);
            }
            let inner = TcpListener::bind(("127.0.0.1", 0)).await?;
            let relay = latency_proxy::relay(listener, inner.local_addr()?.port(), delay);
            tokio::select! {
                () = relay => Ok(()),
                served = dynamodb.serve(inner, stop) => Ok(served?),
            }
        });
        Ok(())
    }

    fn start_kms(
        &mut self,
        listener: TcpListener,
        template: &Template,
        options: &Options,
    ) -> Result<Kms, StartError> {
        let mut kms = Kms::new(&template.keys()?, stored(options, KMS_DIRECTORY)?.as_deref())?;
        kms.delay(Duration::from_millis(options.delay));
        if let Some(emulator) = external_emulator(options)? {
            kms = kms.with_keys_at(emulator);
        }
        let (served, stop) = (kms.clone(), self.stopped());
        self.spawn(async move { Ok(served.serve(listener, stop).await?) });
        Ok(kms)
    }

    fn serve_gateway(&mut self, listener: TcpListener, gateway: Gateway) {
        let stop = self.stopped();
        self.spawn(async move { Ok(gateway.serve(listener, stop).await?) });
    }

    fn spawn(&mut self, server: impl Future<Output = Result<(), StartError>> + Send + 'static) {
        self.tasks.spawn(server);
    }

    fn serve(&mut self, listener: TcpListener, router: Router) {
        let stop = self.stopped();
        self.spawn(async move { Ok(axum::serve(listener, router).with_graceful_shutdown(stop).await?) });
    }

    /// Done when the stack is to stop.
    fn stopped(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut stopping = self.stopping.subscribe();
        // An error says that the stack is gone, which is an end too.
        async move { stopping.wait_for(|stopping| *stopping).await.map(drop).unwrap_or_default() }
    }
}

impl Default for Servers {
    fn default() -> Self {
        Self { tasks: JoinSet::new(), stopping: watch::Sender::new(false) }
    }
}

#[cfg(test)]
mod tests;
