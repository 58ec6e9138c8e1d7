//! Files that are made whole under another name and then take their place.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::Ordering;

use super::{COUNTER, TEMPORARY_MARK, Temporary, create_dir_all, io_error};
use crate::error::Result;

/// A whole file under a temporary name; it goes away unless it takes its place.
pub struct Staged(Temporary);

impl Staged {
    /// Copies a file into `folder`, which must be on the device of its later place. Blocks are shared where the
    /// file system can. Its permissions are those of a new file.
    pub fn copy(from: &Path, folder: &Path) -> Result<Self> {
        let staged = Self::new(folder);
        let mut source = super::open(from)?;
        let mut copy = File::create(staged.path()).map_err(|e| io_error("write", staged.path(), e))?;
        // Between two files the standard library lets the kernel copy, which shares blocks where it can.
        io::copy(&mut source, &mut copy).map_err(|e| io_error("copy", from, e))?;
        Ok(staged)
    }

    /// Writes bytes into `folder`.
    pub fn bytes(bytes: &[u8], folder: &Path) -> Result<Self> {
        let staged = Self::new(folder);
        let mut file = File::create(staged.path()).map_err(|e| io_error("write", staged.path(), e))?;
        file.write_all(bytes).map_err(|e| io_error("write", staged.path(), e))?;
        Ok(staged)
    }

    fn new(folder: &Path) -> Self {
        let unique = COUNTER.fetch_add(1, Ordering::Relaxed);
        let name = format!("{TEMPORARY_MARK}{}-{unique}-{}", std::process::id(), here());
        Self(Temporary::at(folder.join(name)))
    }

    /// Where it is meanwhile.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Brings it to the disk.
    pub fn sync(&self) -> Result<()> {
        super::open(self.path())?.sync_all().map_err(|e| io_error("write", self.path(), e))
    }

    /// Lets it take its place, instead of what stands there.
    pub fn take_place(self, path: &Path) -> Result<()> {
        fs::rename(self.path(), path).map_err(|e| io_error("write", path, e))
    }
}

/// Replaces a file as a whole without waiting for the disk: for what is worth nothing after a power cut.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    create_dir_all(folder)?;
    Staged::bytes(bytes, folder)?.take_place(path)
}

/// Appends to a file, which is made where there is none.
pub fn append(path: &Path, bytes: &[u8]) -> Result<()> {
    let file = fs::OpenOptions::new().append(true).create(true).open(path);
    file.and_then(|mut file| file.write_all(bytes)).map_err(|e| io_error("write", path, e))
}

/// Where numbers of processes mean the same: this boot of this machine, and this container.
fn here() -> &'static str {
    static HERE: OnceLock<String> = OnceLock::new();
    HERE.get_or_init(|| {
        let boot = fs::read("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        let container = fs::read_link("/proc/self/ns/pid").unwrap_or_default().into_os_string().into_encoded_bytes();
        format!("{:016x}", xxhash_rust::xxh3::xxh3_64(&[boot, container].concat()))
    })
}

/// Removes what killed processes have left in a folder of temporary files, if that is there.
///
/// The folder may be shared with other machines, on which a process of that number is alive: what was not begun here
/// only goes once nobody has written to it for a while.
pub fn sweep(folder: &Path) -> Result<()> {
    const LEFT_ALONE: std::time::Duration = std::time::Duration::from_secs(3600);
    if !folder.is_dir() {
        return Ok(());
    }
    for name in super::names_in(folder)? {
        let Some((process, rest)) = name.strip_prefix(TEMPORARY_MARK).and_then(|rest| rest.split_once('-')) else {
            continue;
        };
        let path = folder.join(&name);
        let begun_here = rest.rsplit('-').next() == Some(here());
        let age = || fs::metadata(&path).and_then(|meta| meta.modified()).ok().and_then(|time| time.elapsed().ok());
        if super::is_dead(process) && (begun_here || age().is_some_and(|age| age > LEFT_ALONE)) {
            super::remove(&path)?;
        }
    }
    Ok(())
}

/// Removes a file, a link or a folder with all that is in it; it may be gone already.
pub fn remove_all(path: &Path) -> Result<()> {
    if path.is_dir() && !path.is_symlink() {
        return match fs::remove_dir_all(path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(io_error("remove", path, e)),
            _ => Ok(()),
        };
    }
    super::remove(path)
}

/// Removes the folders in a folder, and itself, as far as there are no files in them. Says whether it is gone.
pub fn remove_empty(folder: &Path) -> Result<bool> {
    let mut empty = true;
    for entry in super::entries(folder)? {
        empty &= entry.kind == super::Kind::Folder && remove_empty(&folder.join(entry.name))?;
    }
    if empty {
        fs::remove_dir(folder).map_err(|e| io_error("remove", folder, e))?;
    }
    Ok(empty)
}

/// Sets permission bits.
#[cfg(unix)]
pub fn set_mode(path: &Path, mode: u32) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(|e| io_error("set permissions of", path, e))
}

/// Only whether a file may be written is known here.
#[cfg(not(unix))]
pub fn set_mode(path: &Path, mode: u32) -> Result<()> {
    let change = || {
        let mut permissions = fs::metadata(path)?.permissions();
        permissions.set_readonly(mode & 0o200 == 0);
        fs::set_permissions(path, permissions)
    };
    change().map_err(|e| io_error("set permissions of", path, e))
}

/// Brings all that was written to the device of a folder to the disk, names included.
#[cfg(target_os = "linux")]
pub fn sync_device(folder: &Path) -> Result<()> {
    let handle = File::open(folder).map_err(|e| io_error("open", folder, e))?;
    nix::unistd::syncfs(&handle).map_err(|e| io_error("write in", folder, e.into()))
}

/// Brings the names in a folder to the disk, which is what can be asked for here.
#[cfg(not(target_os = "linux"))]
pub fn sync_device(folder: &Path) -> Result<()> {
    sync_folder(folder);
    Ok(())
}

/// Brings the names in a folder to the disk; folders that cannot be synced are not an error.
pub fn sync_folder(folder: &Path) {
    if let Ok(handle) = File::open(folder) {
        handle.sync_all().ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rubbish_of_the_dead_is_swept_at_once_only_where_it_was_made() {
        let folder = tempfile::tempdir().unwrap();
        let dead = 999_999_999;
        for (process, place, age, stays) in [
            (dead, here(), 0, false),
            (dead, "elsewhere", 60, true),
            (dead, "elsewhere", 7200, false),
            (std::process::id(), here(), 7200, true),
        ] {
            let path = folder.path().join(format!("{TEMPORARY_MARK}{process}-0-{place}"));
            fs::write(&path, "half").unwrap();
            let time = std::time::SystemTime::now() - std::time::Duration::from_secs(age);
            fs::OpenOptions::new().write(true).open(&path).and_then(|file| file.set_modified(time)).unwrap();
            sweep(folder.path()).unwrap();
            assert_eq!(path.exists(), stays, "{process} {place} {age}");
        }
    }
}
