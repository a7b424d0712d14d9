//! What this function reaches and works with.

use std::time::Duration;

use aws::config::{Settings, TextName};
use aws::dynamodb::{TableNames, Tables};
use aws::fhir_http::FhirPatients;
use aws::function::Function;
use aws::kms::{self, KmsSigner};
use aws::upstream::UpstreamProvider;
use aws::{Aws, Deployed, StartError};
use http::StatusCode;
use pages::account::TestPerson;
use pages::layout::Site;
use pages::message::Heading;
use pages::refusal;
use smart::audit::AuditHasher;
use smart::authorization::{Remember, Rules};
use smart::error::OAuthError;
use smart::mac::TokenMacs;
use smart::ports::{
    ClientReader, ConsentStore, FlowStore, GrantIssuer, GrantKeeper, LaunchStore, Lockout, PatientDirectory,
    SessionStore, Signer, UserReader, UserWriter, World,
};
use smart::service::Service;
use smart::settings::{MacName, SettingsItem};
use smart::user::Ceilings;
use smart_verify::time::UnixSeconds;
use web::browser::cookies::CookiePolicy;
use web::browser::seal::PageKeys;
use web::{Request, Response};

smart::reach! {
    /// All that this function may reach. Its policy in `template.yaml` lists the same, action by action.
    pub trait Reaches {
        Store: ClientReader
            + UserReader
            + Lockout
            + SessionStore
            + FlowStore
            + LaunchStore
            + ConsentStore
            + GrantIssuer
            + GrantKeeper
            + UserWriter;
        Signer: Signer, Directory: PatientDirectory
    }
}

/// What this function works with.
pub struct Ports<W: World> {
    /// What is remembered.
    pub store: W::Store,
    /// What signs the token with which patients are looked up.
    pub signer: W::Signer,
    /// Whose patients may be chosen.
    pub directory: W::Directory,
    /// Our own addresses.
    pub service: Service,
    /// Where users sign in whose account is at another provider.
    pub upstream: Option<UpstreamProvider>,
    /// Whether users can sign in with a name and password of ours.
    pub local_accounts: bool,
    /// What the settings say about consent: the most that an app may get, and for how long.
    pub rules: Rules,
    /// What all pages say about the organisation.
    pub site: Site,
    /// Invented users to sign in as, shown on a sandbox alone.
    pub test_accounts: Vec<TestPerson>,
    /// How long a session lasts at most.
    pub session_lifetime: Duration,
    /// How cookies are set.
    pub cookies: CookiePolicy,
    /// What cookies, forms and steps are sealed with.
    pub seals: PageKeys,
    /// The MACs of codes.
    pub macs: TokenMacs,
    /// What hides users and patients in the record of decisions.
    pub audit: AuditHasher,
}

impl Function for Ports<Deployed> {
    const SETTINGS: &'static [SettingsItem] = &SettingsItem::ALL;

    async fn wire(settings: &Settings, aws: &Aws) -> Result<Self, StartError> {
        let mut settings = settings.reader();
        let service = settings.service();
        let signing_keys = settings.signing_keys();
        let token_mac = settings.mac_key(MacName::TokenMac);
        let page_seal = settings.mac_key(MacName::PageSeal);
        let audit_hash = settings.mac_key(MacName::AuditHash);
        let ceilings = Ceilings {
            patient: settings.scopes_of_people(TextName::PatientScopes),
            clinician: settings.scopes_of_people(TextName::ClinicianScopes),
        };
        let organisation = settings.required("ORGANISATION");
        let sandbox = settings.flag("SANDBOX");
        let [contact, accent] =
            ["CONTACT", "ACCENT_COLOUR"].map(|name| settings.optional(name).unwrap_or_default().to_owned());
        let logo = settings.text(TextName::Logo);
        let test_accounts = TestPerson::list(&settings.text(TextName::TestAccounts)).map_err(other);
        let idle_limit = settings.minutes("SESSION_IDLE_MINUTES");
        let session_lifetime = settings.minutes("SESSION_MINUTES");
        let offline_days = settings.number_of_days("OFFLINE_DAYS");
        let provider = if settings.flag("PROVIDER_SIGN_IN") { settings.upstream() } else { None };
        let local_accounts = settings.flag("LOCAL_ACCOUNTS");
        let names = TableNames::read(&mut settings, REACHES);
        settings.finish()?;
        let kms = aws.kms();
        let store = Tables::new(aws.dynamodb(), names);
        let (signer, mac_secrets, seal_secrets, audit_secrets) = tokio::try_join!(
            KmsSigner::connect(kms.clone(), signing_keys),
            kms::secrets(&kms, &token_mac, MacName::TokenMac),
            kms::secrets(&kms, &page_seal, MacName::PageSeal),
            kms::secrets(&kms, &audit_hash, MacName::AuditHash),
        )?;
        let upstream = match provider {
            Some(provider) => Some(UpstreamProvider::connect(&kms, provider, &service).await?),
            None => None,
        };
        Ok(Ports {
            upstream,
            local_accounts,
            store,
            signer,
            rules: Rules { ceilings, longest_days: offline_days, remember: Remember::default() },
            directory: FhirPatients::new(service.fhir_base_url()),
            site: Site::new(organisation, sandbox, service.issuer())
                .with_settings(&contact, &accent, &logo)
                .map_err(other)?,
            test_accounts: test_accounts?,
            cookies: CookiePolicy::for_issuer(service.issuer()).map_err(other)?.idling(idle_limit),
            session_lifetime,
            seals: PageKeys::derive(&seal_secrets, page_seal.versions.minting()).map_err(other)?,
            macs: TokenMacs::derive(&mac_secrets, token_mac.versions.minting()).map_err(other)?,
            audit: AuditHasher::derive(&audit_secrets, audit_hash.versions.minting()).map_err(other)?,
            service,
        })
    }

    async fn handle(&self, request: Request, now: UnixSeconds) -> Response {
        crate::handle(request, self, now).await
    }

    fn keys(&self) -> &KmsSigner {
        &self.signer
    }

    fn unavailable(&self, request: &Request, error: &OAuthError) -> Response {
        refusal::page(request, &self.site, error, Heading::WentWrong, StatusCode::SERVICE_UNAVAILABLE)
    }
}

fn other(error: impl std::error::Error) -> StartError {
    StartError::Other(error.to_string())
}
