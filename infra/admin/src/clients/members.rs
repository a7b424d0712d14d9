//! What is said of a client: in a file, by options, or both, where options win.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use crate::{Failure, World, files};

#[derive(Debug, Args)]
#[command(next_help_heading = "What is registered")]
pub(super) struct Members {
    /// A JSON object with members of RFC 7591, or - for standard input
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,

    /// What people call it
    #[arg(long)]
    name: Option<String>,

    /// Where it may be answered. May be repeated
    #[arg(long, value_name = "URI")]
    redirect_uri: Vec<String>,

    /// The scopes it may be given, separated by spaces
    #[arg(long, value_name = "SCOPES")]
    scope: Option<String>,

    /// For how many days it may keep getting data at most; 0 is about an hour
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(..=3650))]
    longest_access_days: Option<u32>,

    /// Where an EHR opens it
    #[arg(long, value_name = "URI")]
    launch_url: Option<String>,

    /// It keeps no secret: an app in a browser or on a phone
    #[arg(long, conflicts_with_all = ["backend", "method"])]
    public: bool,

    /// It acts for itself, by its key
    #[arg(long, conflicts_with = "method")]
    backend: bool,

    /// How it proves itself, if neither --public nor --backend
    #[arg(long, value_parser = ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"])]
    method: Option<String>,

    /// Its public keys: a JWK set
    #[arg(long, value_name = "FILE", conflicts_with = "jwks_uri")]
    jwks: Option<PathBuf>,

    /// Where its public keys are
    #[arg(long, value_name = "URL")]
    jwks_uri: Option<String>,

    /// The software, across its installations: by this id apply finds it again
    #[arg(long, value_name = "ID")]
    software_id: Option<String>,

    /// Whose it is, by sub
    #[arg(long, value_name = "SUB")]
    owner: Option<String>,
}

impl Members {
    /// What is registered.
    pub(super) fn to_register(&self, world: &World) -> Result<Value, Failure> {
        let members = self.to_patch(world)?;
        if members["client_name"].is_null() {
            return Err(Failure::Usage("say --name, or --file with a client_name".to_owned()));
        }
        Ok(members)
    }

    /// What is changed.
    pub(super) fn to_patch(&self, world: &World) -> Result<Value, Failure> {
        let mut members = match &self.file {
            Some(path) => files::object(path, world)?,
            None => json!({}),
        };
        let texts = [
            ("client_name", &self.name),
            ("scope", &self.scope),
            ("launch_url", &self.launch_url),
            ("token_endpoint_auth_method", &self.method),
            ("jwks_uri", &self.jwks_uri),
            ("software_id", &self.software_id),
            ("owner", &self.owner),
        ];
        for (name, text) in texts.into_iter().filter_map(|(name, text)| Some((name, text.as_ref()?))) {
            members[name] = json!(text);
        }
        if !self.redirect_uri.is_empty() {
            members["redirect_uris"] = json!(self.redirect_uri);
        }
        if let Some(days) = self.longest_access_days {
            members["longest_access_days"] = json!(days);
        }
        if self.public {
            members["token_endpoint_auth_method"] = json!("none");
        }
        if self.backend {
            members["token_endpoint_auth_method"] = json!("private_key_jwt");
            members["grant_types"] = json!(["client_credentials"]);
        }
        if let Some(path) = &self.jwks {
            members["jwks"] = json!(files::key_set(path)?);
        }
        if members == json!({}) {
            return Err(Failure::Usage("nothing is said of the client: see --help".to_owned()));
        }
        Ok(members)
    }
}

/// Whether the service makes a secret for it.
///
/// Source: RFC 7591 §2 (`client_secret_basic` unless something else is said).
pub(crate) fn needs_secret(members: &Value) -> bool {
    let method = members["token_endpoint_auth_method"].as_str().unwrap_or("client_secret_basic");
    method.starts_with("client_secret")
}
