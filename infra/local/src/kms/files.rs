//! Keys kept between runs, as files that only their owner reads.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use super::KmsError;
use super::material::Material;
use crate::template::Key;

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
