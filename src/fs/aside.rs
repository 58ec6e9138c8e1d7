//! Files written in another folder than their own, where somebody may read whatever lies in it.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::time::SystemTime;

use super::{Temporary, create_dir_all, io_error};
use crate::error::Result;

/// Writes a file in the folder `aside`, which is on the same device, and moves it to its place without waiting for
/// the disk: for what is worth nothing after a power cut.
pub fn write_by_way_of(aside: &Path, path: &Path, bytes: &[u8]) -> Result<()> {
    create_dir_all(aside)?;
    if let Some(folder) = path.parent() {
        create_dir_all(folder)?;
    }
    let temporary = Temporary::create(&aside.join(path.file_name().unwrap_or_default()))?;
    let mut file = File::create(&temporary.path).map_err(|e| io_error("write", path, e))?;
    file.write_all(bytes).map_err(|e| io_error("write", path, e))?;
    fs::rename(&temporary.path, path).map_err(|e| io_error("write", path, e))
}

/// When a file was last written; none where it is gone or no file.
pub fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).ok().filter(fs::Metadata::is_file)?.modified().ok()
}
