//! Files that are handed in, and files for secrets, which are their owner's alone.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::Value;
use smart::client::{AssertionAlgorithms, KeySet};

use crate::private_key::PrivateKey;
use crate::report::Report;
use crate::{Failure, World};

pub(crate) fn private_key(path: &Path, kid: Option<&str>) -> Result<PrivateKey, Failure> {
    PrivateKey::read(&text(path)?, kid).map_err(|why| cannot(path, why))
}

/// The public keys of a client, by the rules of registration.
pub(crate) fn key_set(path: &Path) -> Result<KeySet, Failure> {
    let set: Value = serde_json::from_str(&text(path)?).map_err(|error| cannot(path, error))?;
    KeySet::check_for(&set, &AssertionAlgorithms::all_possible()).map_err(|why| cannot(path, why))
}

/// A JSON object in a file, or on standard input for `-`.
pub(crate) fn object(path: &Path, world: &World) -> Result<Value, Failure> {
    let text = if path == Path::new("-") { world.read_input()? } else { text(path)? };
    let value: Value = serde_json::from_str(&text).map_err(|error| cannot(path, error))?;
    if value.is_object() { Ok(value) } else { Err(cannot(path, "holds no JSON object")) }
}

pub(crate) fn text(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| cannot(path, error))
}

pub(crate) fn cannot(path: &Path, why: impl std::fmt::Display) -> Failure {
    Failure::Usage(format!("{}: {why}", path.display()))
}

/// A new file that only its owner may read. One that is there is not touched: it may hold the only copy of a key.
pub(crate) fn for_secrets(path: &Path) -> Result<File, Failure> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    file.map_err(|error| cannot(path, error))
}

/// Where a secret goes that is shown once
#[derive(Debug, Args)]
pub(crate) struct SecretTo {
    /// Print the secret, which is shown this once
    #[arg(long, conflicts_with = "secret_file")]
    show_secret: bool,

    /// Write the secret into a new file that only you may read
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
}

/// A place for secrets, open before any is made.
#[derive(Debug)]
pub(crate) enum SecretSink {
    Output,
    File(PathBuf, File),
}

impl SecretTo {
    /// # Errors
    /// When nobody would see the secret.
    pub(crate) fn open(&self) -> Result<SecretSink, Failure> {
        match &self.secret_file {
            Some(path) => Ok(SecretSink::File(path.clone(), for_secrets(path)?)),
            None if self.show_secret => Ok(SecretSink::Output),
            None => Err(Failure::Usage(
                "this makes a secret that is shown once: say --show-secret or --secret-file FILE".to_owned(),
            )),
        }
    }
}

impl SecretSink {
    /// Puts a member of an answer where it belongs, and takes it out of the answer if that is elsewhere. An empty file is
    /// not left behind.
    pub(crate) fn take(self, body: &mut Value, member: &str) -> Result<Option<String>, Failure> {
        let secret = body[member].as_str().map(str::to_owned);
        match (self, secret) {
            (Self::Output, secret) => Ok(secret),
            (Self::File(path, mut file), Some(secret)) => {
                body.as_object_mut().and_then(|members| members.remove(member));
                writeln!(file, "{secret}").map_err(|error| cannot(&path, error))?;
                Ok(Some(format!("in {}", path.display())))
            }
            (Self::File(path, _), None) => {
                std::fs::remove_file(&path).map_err(|error| cannot(&path, error))?;
                Ok(None)
            }
        }
    }
}

/// The members of a thing, one a line.
pub(crate) fn members(report: Report, body: &Value, hidden: &[&str]) -> Report {
    let shown = body.as_object().into_iter().flatten();
    let shown = shown.filter(|(name, value)| !value.is_null() && !hidden.contains(&name.as_str()));
    let rows = shown.map(|(name, value)| vec![name.clone(), words(value)]).collect();
    report.table(vec!["MEMBER", "VALUE"], rows)
}

/// A value as people read it.
pub(crate) fn words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
        }
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
