//! `/backend-token`: the client credentials grant alone, on its own function, so that bulk jobs do not stand in the way
//! of people who sign in.

use aws::config::Settings;
use aws::dynamodb::{TableNames, Tables};
use aws::function::Function;
use aws::jwks_http::HttpsJwks;
use aws::kms::KmsSigner;
use aws::{Aws, Deployed, StartError};
use smart::audit::{AuditedResult, about};
use smart::issuing::{TokenDesk, TokenGrant, TokenResponse, client_credentials};
use smart::ports::{
    ClientReader, JwksSource, ProblemWriter, ReplayStore, Signer, SystemAccountReader, World,
};
use smart::settings::SettingsItem;
use smart_verify::time::UnixSeconds;
use web::authorization_header::credentials;
use web::{Request, Response, body, respond};

smart::reach! {
    /// All that this function may reach. Its policy in `template.yaml` lists the same, action by action.
    pub trait Reaches {
        Store: ClientReader + SystemAccountReader + ReplayStore + ProblemWriter;
        Signer: Signer, Jwks: JwksSource
    }
}

/// What this function works with.
pub struct Ports<W: World> {
    /// Store, signer, clients' keys, and where we are.
    pub desk: TokenDesk<W>,
}

impl Function for Ports<Deployed> {
    const SETTINGS: &'static [SettingsItem] = &[SettingsItem::SigningKeys];

    async fn wire(settings: &Settings, aws: &Aws) -> Result<Self, StartError> {
        let mut settings = settings.reader();
        let service = settings.service();
        let reach = settings.reach_of_keys(&service);
        let signing_keys = settings.signing_keys();
        let names = TableNames::read(&mut settings, REACHES);
        settings.finish()?;
        let store = Tables::new(aws.dynamodb(), names);
        let signer = KmsSigner::connect(aws.kms(), signing_keys).await?;
        let jwks = HttpsJwks::new(reach);
        Ok(Ports { desk: TokenDesk { store, signer, jwks, service } })
    }

    async fn handle(&self, request: Request, now: UnixSeconds) -> Response {
        handle(request, self, now).await
    }

    fn keys(&self) -> &KmsSigner {
        &self.desk.signer
    }
}

/// `POST /backend-token`: the same answers as `/token` for the same client credentials; other grants do not exist here.
///
/// Source: SMART App Launch 2.2, backend-services#obtain-access-token.
pub async fn handle(request: Request, ports: &Ports<impl Reaches>, now: UnixSeconds) -> Response {
    let desk = &ports.desk;
    if let Some(answer) = respond::unless_post(&request) {
        return answer;
    }
    let answer = issue(&request, desk, now).await;
    respond::to_client_of(&request, &desk.service, &answer, &desk.store, now).await
}

async fn issue(
    request: &Request,
    desk: &TokenDesk<impl Reaches>,
    now: UnixSeconds,
) -> AuditedResult<TokenResponse> {
    let parameters = body::parameters(request)?;
    if TokenGrant::asked(&parameters)? != TokenGrant::ClientCredentials {
        let sentence = "only client_credentials is given here; use the token endpoint.";
        return Err(TokenGrant::unsupported(sentence).into());
    }
    let client = desk.authenticate(&parameters, credentials(request.headers()), None, now).await?;
    let named = client.named();
    about(Some(named), client_credentials::issue(&parameters, client, desk, now).await)
}
