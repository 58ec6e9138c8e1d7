//! Where a file came from, kept beside it: without that, a config that names another address would go on with
//! the old bytes.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::address::Address;
use super::hexadecimal;
use crate::error::{Error, Result};
use crate::fs;

/// What `.<file>.source.json` says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// The address, without query and credentials.
    pub address: String,
    /// SHA-256 of the whole address, which may hold a secret.
    address_sha256: String,
    /// SHA-256 of the bytes it gave.
    sha256: String,
}

impl Origin {
    /// Bytes of this checksum came from there.
    pub fn new(address: &Address, sha256: &str) -> Self {
        Self { address: address.to_string(), address_sha256: hashed(address), sha256: sha256.to_owned() }
    }

    /// Where a file with this checksum came from; none where that is not known: a file that somebody has put
    /// there, or in the place of a fetched one.
    pub fn of(file: &Path, sha256: &str) -> Option<Self> {
        let bytes = fs::read(&beside(file)).ok()?;
        serde_json::from_slice::<Self>(&bytes).ok().filter(|origin| origin.sha256 == sha256)
    }

    /// Whether it is this address.
    pub fn is(&self, url: &str) -> bool {
        Address::parse(url).is_ok_and(|address| hashed(&address) == self.address_sha256)
    }

    /// Keeps it beside the file.
    ///
    /// # Errors
    /// Exit code 1 where it cannot be written.
    pub fn write(&self, file: &Path) -> Result<()> {
        let path = beside(file);
        let json = serde_json::to_vec_pretty(self);
        let mut bytes = json.map_err(|e| Error::failure(format!("cannot write `{}`", path.display())).because(e))?;
        bytes.push(b'\n');
        fs::atomic_write_bytes(&path, &bytes)
    }
}

fn hashed(address: &Address) -> String {
    hexadecimal(Sha256::new_with_prefix(address.url().as_str()))
}

/// Hidden, so that no pattern of a source takes it for a table.
fn beside(file: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(file.file_name().unwrap_or_default());
    name.push(".source.json");
    file.with_file_name(name)
}
