//! `CreateAlias` and `DeleteAlias`: names of keys, by which a policy can let a function use a key that is made later.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use serde::Deserialize;
use serde_json::{Value, json};

use super::wire::{Fault, parsed};
use super::{Kms, KmsError};

/// The members of a `CreateAlias` request.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateAliasRequest {
    alias_name: String,
    target_key_id: String,
}

/// The members of a `DeleteAlias` request.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteAliasRequest {
    alias_name: String,
}

/// The ARNs of keys by alias, and the file that keeps them if one does.
pub(super) struct Aliases {
    keys: BTreeMap<String, String>,
    file: Option<PathBuf>,
}

impl Aliases {
    /// Reads those that were kept in a directory.
    pub(super) fn open(directory: Option<&Path>) -> Result<Self, KmsError> {
        let file = directory.map(|directory| directory.join("aliases.json"));
        let kept = file.as_deref().map(fs::read);
        let keys = match kept {
            None => BTreeMap::new(),
            Some(Ok(bytes)) => {
                serde_json::from_slice(&bytes).map_err(|_| KmsError::Unusable("aliases.json".to_owned()))?
            }
            Some(Err(error)) if error.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
            Some(Err(source)) => {
                let directory = directory.map(|path| path.display().to_string()).unwrap_or_default();
                return Err(KmsError::Unkept { directory, source });
            }
        };
        Ok(Self { keys, file })
    }

    /// The aliases of a key.
    pub(super) fn of(&self, arn: &str) -> Vec<String> {
        self.keys.iter().filter(|(_, key)| *key == arn).map(|(alias, _)| alias.clone()).collect()
    }

    fn keep(&self) -> Result<(), Fault> {
        let Some(file) = &self.file else { return Ok(()) };
        fs::write(file, json!(self.keys).to_string()).map_err(|_| Fault::internal())
    }
}

/// Answers `CreateAlias`.
///
/// Source: AWS KMS API reference, CreateAlias.
pub(super) fn create(kms: &Kms, request: &CreateAliasRequest) -> Result<Value, Fault> {
    let key = kms.key(&request.target_key_id)?;
    let name = request.alias_name.strip_prefix("alias/").unwrap_or_default();
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/_-".contains(&byte));
    if name.is_empty() || !is_plain || name.starts_with("aws/") {
        return Err(Fault::new("InvalidAliasNameException", "The alias is not one that a key can have."));
    }
    let mut aliases = kms.aliases.lock().unwrap_or_else(PoisonError::into_inner);
    if aliases.keys.contains_key(&request.alias_name) {
        return Err(Fault::new("AlreadyExistsException", "A key has that alias."));
    }
    aliases.keys.insert(request.alias_name.clone(), key.described.arn.clone());
    aliases.keep()?;
    Ok(json!({}))
}

/// Remembers an alias that another emulator gave to one of its keys.
pub(super) fn note(kms: &Kms, body: &[u8]) {
    if let Ok(CreateAliasRequest { alias_name, target_key_id }) = parsed(body) {
        kms.aliases.lock().unwrap_or_else(PoisonError::into_inner).keys.insert(alias_name, target_key_id);
    }
}

/// Answers `DeleteAlias`.
pub(super) fn delete(kms: &Kms, request: &DeleteAliasRequest) -> Result<Value, Fault> {
    let mut aliases = kms.aliases.lock().unwrap_or_else(PoisonError::into_inner);
    if aliases.keys.remove(&request.alias_name).is_none() {
        return Err(Fault::new("NotFoundException", "No key has that alias."));
    }
    aliases.keep()?;
    Ok(json!({}))
}
