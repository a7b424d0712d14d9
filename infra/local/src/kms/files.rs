//! Keys kept between runs, as files that only their owner reads.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use super::material::Material;
use super::{KmsError, create};
use crate::template::{Key, KeyUsage};

/// The secret of a key: read from its file, or made and (given a directory) kept.
pub(super) fn load_or_make(key: &Key, directory: Option<&Path>) -> Result<Material, KmsError> {
    let unusable = || KmsError::Unusable(key.logical_id.clone());
    let make = || Material::draw(key.spec).map_err(|_| unusable());
    let bytes = match directory {
        None => make()?,
        Some(directory) => {
            let unkept = |source| KmsError::Unkept { directory: directory.display().to_string(), source };
            // The kind is in the name, so that a template with another kind of key gets another key.
            let file = directory.join(format!("{}.{:?}.key", key.logical_id, key.spec));
            match fs::read(&file) {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    let bytes = make()?;
                    write(&file, &bytes).map_err(unkept)?;
                    bytes
                }
                Err(error) => return Err(unkept(error)),
            }
        }
    };
    Material::read(key.spec, &bytes).map_err(|_| unusable())
}

/// The keys that `CreateKey` made in an earlier run: those kept in the directory that the template does not have.
pub(super) fn made_before(of_template: &[Key], directory: Option<&Path>) -> Result<Vec<Key>, KmsError> {
    let Some(directory) = directory else { return Ok(Vec::new()) };
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(KmsError::Unkept { directory: directory.display().to_string(), source }),
    };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let kept = names.filter_map(|name| created(&name));
    Ok(kept.filter(|key| of_template.iter().all(|known| known.logical_id != key.logical_id)).collect())
}

/// The key whose file has this name, if `CreateKey` made it.
fn created(file: &str) -> Option<Key> {
    let (id, spec) = file.strip_suffix(".key")?.split_once('.')?;
    let spec = serde_json::from_value(spec.into()).ok()?;
    (id.len() == create::ID_LENGTH).then(|| create::described(id.to_owned(), spec, KeyUsage::SignVerify))
}

/// Writes a new file that nobody but its owner may read.
fn write(file: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(directory) = file.parent() {
        fs::create_dir_all(directory)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)?.write_all(bytes)
}
