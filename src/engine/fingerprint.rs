//! What a file or folder holds, in the terms of dvc.lock.

/// The content of a file or folder at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    /// MD5 of the bytes, 32 lower-case hex digits; of a folder, that of its listing with `.dir` behind it.
    pub md5: String,
    /// Bytes; of a folder, their sum. None only where a lock file does not say.
    pub size: Option<u64>,
    /// Files in a folder.
    pub nfiles: Option<u64>,
    /// Whether the owner may execute the file.
    pub isexec: bool,
}

impl Fingerprint {
    /// Whether this is a folder's.
    pub fn is_folder(&self) -> bool {
        self.md5.ends_with(".dir")
    }
}
