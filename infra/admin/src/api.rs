//! The admin API of a running service, as the client that the operator holds the key of.

use std::path::PathBuf;

use clap::Args;
use http::header;
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use smart::client::ClientId;
use smart_verify::time::UnixSeconds;
use url::form_urlencoded::{Serializer, byte_serialize};

use crate::private_key::PrivateKey;
use crate::{Failure, World, files, web};

/// Where the service is, and who asks
#[derive(Debug, Args)]
pub(crate) struct ApiAccess {
    /// The base URL of the service or of its FHIR server; the rest is read in its discovery document
    #[arg(long, global = true, env = "SMART_ADMIN_BASE_URL", hide_env_values = true, value_name = "URL")]
    base_url: Option<String>,

    /// The private key of an admin client: PEM, a JWK, or a JWK set with one
    #[arg(long, global = true, env = "SMART_ADMIN_KEY", hide_env_values = true, value_name = "FILE")]
    key: Option<PathBuf>,

    /// The id of the admin client
    #[arg(long, global = true, env = "SMART_ADMIN_CLIENT_ID", hide_env_values = true, value_name = "ID")]
    client_id: Option<ClientId>,

    /// The kid of the key, where its file does not say it
    #[arg(long, global = true, env = "SMART_ADMIN_KID", hide_env_values = true, value_name = "KID")]
    kid: Option<String>,
}

/// The API, opened by a token.
#[derive(Clone)]
pub(crate) struct Api {
    http: Client,
    issuer: String,
    token: String,
}

/// What it answered.
#[derive(Debug)]
pub(crate) struct ApiResponse {
    pub(crate) body: Value,
    etag: Option<String>,
}

/// The least and the most of a page, since every page is read.
const PAGE: &str = "200";

impl ApiAccess {
    /// Gets a token.
    pub(crate) async fn open(&self, world: &World) -> Result<Api, Failure> {
        let base_url = needed(self.base_url.as_deref(), "--base-url URL", "SMART_ADMIN_BASE_URL")?;
        let path = needed(self.key.as_deref(), "--key FILE", "SMART_ADMIN_KEY")?;
        let client_id = needed(self.client_id.as_ref(), "--client-id ID", "SMART_ADMIN_CLIENT_ID")?;
        let key = files::private_key(path, self.kid.as_deref())?;
        let url = web::base(base_url)?;
        let http = web::client(&url)?;
        let place = TokenService::at(&http, url.as_str().trim_end_matches('/')).await?;
        let token =
            token(&http, &place, Identity { client_id, key: &key }, Some("__registration"), world.now)
                .await?;
        Ok(Api { http, issuer: place.issuer, token })
    }
}

fn needed<T>(given: Option<T>, option: &str, variable: &str) -> Result<T, Failure> {
    given.ok_or_else(|| Failure::Usage(format!("say {option}, or set {variable}")))
}

/// What discovery says of the way to a token.
pub(crate) struct TokenService {
    pub(crate) issuer: String,
    pub(crate) token_endpoint: String,
}

impl TokenService {
    /// Source: SMART App Launch 2.2, conformance#using-well-known.
    async fn at(http: &Client, base_url: &str) -> Result<Self, Failure> {
        let address = format!("{base_url}/.well-known/smart-configuration");
        let answer = web::send(http.get(&address).header(header::ACCEPT, "application/json")).await?;
        if !answer.status().is_success() {
            return Err(Failure::Unreachable(format!("{address} answered {}", answer.status())));
        }
        let document = web::json(answer).await?;
        Self::described_by(&document).ok_or_else(|| {
            Failure::Unreachable(format!("{address} names no issuer and token_endpoint over https"))
        })
    }

    /// The two addresses, which an assertion and a token are sent to: never without TLS.
    pub(crate) fn described_by(document: &Value) -> Option<Self> {
        let address = |name: &str| Some(document[name].as_str()?.trim_end_matches('/').to_owned());
        let place = Self { issuer: address("issuer")?, token_endpoint: address("token_endpoint")? };
        (web::base(&place.issuer).is_ok() && web::base(&place.token_endpoint).is_ok()).then_some(place)
    }
}

/// A client, and the key by which it authenticates.
#[derive(Clone, Copy)]
pub(crate) struct Identity<'a> {
    pub(crate) client_id: &'a ClientId,
    pub(crate) key: &'a PrivateKey,
}

/// A token for a client, by an assertion of its key.
///
/// Source: SMART App Launch 2.2, client-confidential-asymmetric#authenticating-to-the-token-endpoint.
pub(crate) async fn token(
    http: &Client,
    place: &TokenService,
    identity: Identity<'_>,
    scope: Option<&str>,
    now: UnixSeconds,
) -> Result<String, Failure> {
    let Identity { client_id, key } = identity;
    let assertion = key.sign(&json!({
        "iss": client_id, "sub": client_id, "aud": place.token_endpoint,
        "exp": now.0 + 240, "iat": now.0, "jti": smart::random::text::<16>(),
    }))?;
    let form = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", &assertion),
    ];
    let form = form.into_iter().chain(scope.map(|scope| ("scope", scope)));
    let body = Serializer::new(String::new()).extend_pairs(form).finish();
    let request = http.post(&place.token_endpoint).body(body);
    let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let answer = web::send(request).await?;
    let status = answer.status();
    let body = web::json(answer).await?;
    match body["access_token"].as_str() {
        Some(token) if status.is_success() => Ok(token.to_owned()),
        _ => Err(no_token(status, &body)),
    }
}

fn no_token(status: StatusCode, body: &Value) -> Failure {
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let said = format!("no token: {} {}\n  {}", text("error"), text("error_description"), text("error_uri"));
    if status.is_server_error() {
        Failure::Unreachable(said)
    } else {
        Failure::Refused(said.trim_end().to_owned())
    }
}

impl Api {
    /// Reads one thing.
    pub(crate) async fn get(&self, path: &str) -> Result<ApiResponse, Failure> {
        self.send(Method::GET, path, None, &[]).await
    }

    /// Reads every page of a list.
    pub(crate) async fn list(
        &self,
        path: &str,
        filters: &[(&str, Option<&str>)],
    ) -> Result<Vec<Value>, Failure> {
        let mut items = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let given = filters.iter().filter_map(|(name, value)| Some((*name, (*value)?)));
            let query =
                given.chain([("limit", PAGE)]).chain(cursor.as_deref().map(|cursor| ("cursor", cursor)));
            let query = Serializer::new(String::new()).extend_pairs(query).finish();
            let mut page = self.get(&format!("{path}?{query}")).await?.body;
            items.extend(page["items"].as_array_mut().map(std::mem::take).unwrap_or_default());
            cursor = page["next_cursor"].as_str().map(str::to_owned);
            if cursor.is_none() {
                return Ok(items);
            }
        }
    }

    /// Makes something: once, even if the answer is lost and the request sent again.
    pub(crate) async fn create(&self, path: &str, body: &Value) -> Result<ApiResponse, Failure> {
        let key = smart::random::text::<16>();
        let headers = [("idempotency-key", key.as_str())];
        match self.send(Method::POST, path, Some(body), &headers).await {
            Err(Failure::Unreachable(_)) => self.send(Method::POST, path, Some(body), &headers).await,
            answer => answer,
        }
    }

    /// Does something to a thing that is there, whatever it is like by now.
    pub(crate) async fn act(&self, path: &str, body: Option<&Value>) -> Result<ApiResponse, Failure> {
        self.send(Method::POST, path, body, &[]).await
    }

    /// Changes a thing as it was read; somebody else's change in between is not overwritten.
    pub(crate) async fn change(
        &self,
        method: Method,
        path: &str,
        read: &ApiResponse,
        body: Option<&Value>,
    ) -> Result<ApiResponse, Failure> {
        let etag = read.etag.as_deref().unwrap_or_default();
        self.send(method, path, body, &[("if-match", etag)]).await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> Result<ApiResponse, Failure> {
        let mut request =
            self.http.request(method, format!("{}{path}", self.issuer)).bearer_auth(&self.token);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.header(header::CONTENT_TYPE, "application/json").body(body.to_string());
        }
        let answer = web::send(request).await?;
        let status = answer.status();
        let text = |name| answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (etag, retry_after) = (text(header::ETAG), text(header::RETRY_AFTER));
        if status == StatusCode::NO_CONTENT {
            return Ok(ApiResponse { body: Value::Null, etag });
        }
        let body = web::json(answer).await?;
        if status.is_success() {
            Ok(ApiResponse { body, etag })
        } else {
            Err(problem(status, &body, retry_after))
        }
    }
}

/// A refusal of the API: what it says, and each member that is no good.
///
/// Source: RFC 9457 §3.
fn problem(status: StatusCode, body: &Value, retry_after: Option<String>) -> Failure {
    let detail = body["detail"].as_str().or(body["title"].as_str()).unwrap_or("it does not say why");
    let mut said = format!("{detail} ({})", status.as_u16());
    if status == StatusCode::PRECONDITION_FAILED {
        "it was changed meanwhile, and nothing was done; look at it and run this again. (412)"
            .clone_into(&mut said);
    }
    for error in body["errors"].as_array().into_iter().flatten() {
        let text = |name: &str| error[name].as_str().unwrap_or_default();
        said = format!("{said}\n  {}  {}", text("pointer"), text("message"));
    }
    if let Some(seconds) = retry_after {
        said = format!("{said}\nTry again in {seconds} s.");
    }
    let is_later = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
    if is_later { Failure::Unreachable(said) } else { Failure::Refused(said) }
}

/// A name as a part of a path.
pub(crate) fn part(name: &str) -> String {
    // A plus is a space in a form only.
    byte_serialize(name.as_bytes()).collect::<String>().replace('+', "%20")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_shown_member_by_member() {
        let body = json!({ "detail": "some members are no good; errors names each of them.", "errors": [
            { "pointer": "/redirect_uris/1", "message": "must be https.", "code": "invalid_redirect_uri" },
            { "pointer": "/scope", "message": "is empty.", "code": "invalid_client_metadata" },
        ]});
        let failure = problem(StatusCode::BAD_REQUEST, &body, None);
        assert_eq!(failure.code(), 1);
        assert!(
            failure.to_string().ends_with("(400)\n  /redirect_uris/1  must be https.\n  /scope  is empty.")
        );
        let failure = problem(StatusCode::TOO_MANY_REQUESTS, &json!({ "title": "t" }), Some("7".to_owned()));
        assert_eq!(
            (failure.code(), failure.to_string().ends_with("Try again in 7 s.")),
            (3, true),
            "{failure}"
        );
    }

    #[test]
    fn neither_assertion_nor_token_goes_where_there_is_no_tls() {
        let place = |issuer: &str| {
            TokenService::described_by(&json!({
                "issuer": issuer, "token_endpoint": "https://auth.example.org/token",
            }))
        };
        assert!(place("https://auth.example.org").is_some());
        assert!(place("http://auth.example.org").is_none());
        assert!(place("http://127.0.0.1:9000").is_some());
    }

    #[test]
    fn a_name_is_one_part_of_a_path() {
        assert_eq!(part("upstream:a/b c"), "upstream%3Aa%2Fb%20c");
    }
}
