//! `--reset`: what an earlier run stored is removed, and nothing else that may be in the directory.

use std::fs;
use std::io;
use std::path::Path;

use super::{DYNAMODB_FILE, KMS_DIRECTORY};
use crate::start::StartError;

/// Removes the database (with the files that SQLite keeps beside it) and the keys.
pub(super) fn remove_stored(directory: &Path) -> Result<(), StartError> {
    let files = ["", "-wal", "-shm", "-journal"].map(|end| directory.join(format!("{DYNAMODB_FILE}{end}")));
    let removed =
        files.iter().map(fs::remove_file).chain([fs::remove_dir_all(directory.join(KMS_DIRECTORY))]);
    for result in removed {
        match result {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(StartError::Data { directory: directory.to_owned(), source });
            }
            _ => {}
        }
    }
    Ok(())
}
