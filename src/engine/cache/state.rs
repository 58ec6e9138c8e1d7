//! Hashes of files that have not changed since they were read.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::md5::Md5;
use crate::codec;
use crate::error::Result;
use crate::fs::{self, Stat};

/// Changes whenever what is behind it does; any other file is taken for none.
const MAGIC: &[u8] = b"mlops state 2\n";

/// Two changes within this may leave the same time: the tick of a kernel, with room to spare.
pub const TICK: i64 = 20_000_000;

/// The same where times are whole seconds, on file systems of old.
const COARSE_TICK: i64 = 2_000_000_000;

/// What was known of files when they were read, by path.
#[derive(Debug, Default)]
pub struct State {
    file: PathBuf,
    known: HashMap<String, Remembered>,
    changed: bool,
}

#[derive(Debug)]
struct Remembered {
    known: Known,
    /// Whether this process has asked for it.
    asked: bool,
}

/// One reading of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    size: u64,
    inode: u64,
    mtime: i64,
    ctime: i64,
    /// When reading began.
    read: i64,
    md5: Md5,
}

impl State {
    /// Reads the file; what is damaged or of another version counts as nothing.
    pub fn open(file: &Path) -> Self {
        let bytes = if file.is_file() { fs::read(file).unwrap_or_default() } else { Vec::new() };
        let known: Option<Vec<(String, Known)>> = whole(&bytes).and_then(|bytes| codec::decode(bytes).ok());
        let known = known.unwrap_or_default().into_iter();
        let known = known.map(|(key, known)| (key, Remembered { known, asked: false })).collect();
        Self { file: file.to_path_buf(), known, changed: false }
    }

    /// The hash of a file that is now as it was when it was read.
    ///
    /// Not where it was read in the very tick of its last change: a later change in that tick could not be told.
    pub fn get(&mut self, key: &str, now: &Stat) -> Option<Md5> {
        let remembered = self.known.get_mut(key)?;
        remembered.asked = true;
        let known = remembered.known;
        let same = (known.size, known.inode, known.mtime, known.ctime) == (now.size, now.inode, now.mtime, now.ctime);
        (same && settled(known.ctime, known.read)).then_some(known.md5)
    }

    /// Remembers a file that was read at `read`.
    pub fn put(&mut self, key: &str, stat: &Stat, read: i64, md5: Md5) {
        let known = Known { size: stat.size, inode: stat.inode, mtime: stat.mtime, ctime: stat.ctime, read, md5 };
        self.known.insert(key.to_owned(), Remembered { known, asked: true });
        self.changed = true;
    }

    /// Writes the file where anything was learned. What was not asked for goes once it is most of it.
    pub fn save(&mut self) -> Result<()> {
        const SMALL: usize = 10_000;
        if !self.changed {
            return Ok(());
        }
        let asked = self.known.values().filter(|remembered| remembered.asked).count();
        if self.known.len() > SMALL + 4 * asked {
            self.known.retain(|_, remembered| remembered.asked);
        }
        let mut known: Vec<(&String, &Known)> =
            self.known.iter().map(|(key, remembered)| (key, &remembered.known)).collect();
        known.sort_unstable_by_key(|(key, _)| *key);
        let body = codec::encode(&known)?;
        let bytes = [MAGIC, &xxh3_64(&body).to_le_bytes(), &body].concat();
        // Not worth a wait for the disk: what a power cut leaves of it does not match its checksum.
        fs::replace(&self.file, &bytes)?;
        self.changed = false;
        Ok(())
    }
}

/// What stands behind the checksum, where that is right.
fn whole(bytes: &[u8]) -> Option<&[u8]> {
    let (sum, body) = bytes.strip_prefix(MAGIC)?.split_first_chunk()?;
    (u64::from_le_bytes(*sum) == xxh3_64(body)).then_some(body)
}

/// How long after a change a file has to be read for its time to tell of any later change.
pub fn tick(changed: i64) -> i64 {
    if changed % 1_000_000_000 == 0 { COARSE_TICK } else { TICK }
}

fn settled(changed: i64, read: i64) -> bool {
    changed.saturating_add(tick(changed)) < read
}

/// Nanoseconds since 1970.
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::Kind;

    const SECOND: i64 = 1_000_000_000;

    fn stat(change: impl FnOnce(&mut Stat)) -> Stat {
        let mut stat = Stat { kind: Kind::File, size: 3, inode: 7, mtime: 5, ctime: 5 * SECOND + 1, mode: 0o644 };
        change(&mut stat);
        stat
    }

    #[test]
    fn only_what_is_the_same_and_was_read_late_enough_is_known() {
        let md5 = Md5::of(b"abc");
        let mut state = State::default();
        state.put("a", &stat(|_| ()), 5 * SECOND + TICK + 2, md5);
        assert_eq!(state.get("a", &stat(|_| ())), Some(md5));
        assert_eq!(state.get("a", &stat(|s| s.mode = 0o600)), Some(md5));
        for other in [stat(|s| s.size = 4), stat(|s| s.inode = 8), stat(|s| s.mtime += 1), stat(|s| s.ctime += 1)] {
            assert_eq!(state.get("a", &other), None, "{other:?}");
        }
        assert_eq!(state.get("b", &stat(|_| ())), None);
        // Read in the tick of its change, or of a clock that knows seconds only.
        for (ctime, read, known) in [
            (5 * SECOND + 1, 5 * SECOND + TICK + 1, false),
            (5 * SECOND, 6 * SECOND, false),
            (5 * SECOND, 8 * SECOND, true),
            (9 * SECOND + 1, 8 * SECOND, false),
        ] {
            let stat = stat(|s| s.ctime = ctime);
            state.put("a", &stat, read, md5);
            assert_eq!(state.get("a", &stat).is_some(), known, "{ctime} {read}");
        }
    }

    #[test]
    fn a_damaged_file_is_no_error() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("deep/state");
        let mut state = State::open(&file);
        state.put("ä", &stat(|_| ()), 9 * SECOND, Md5::of(b"abc"));
        state.save().unwrap();
        assert!(State::open(&file).get("ä", &stat(|_| ())).is_some());
        let whole = fs::read(&file).unwrap();
        let mut torn = whole.clone();
        torn[whole.len() - 4..].fill(0);
        for bytes in [&whole[..whole.len() - 1], &whole[1..], &torn, b"", MAGIC] {
            fs::atomic_write_bytes(&file, bytes).unwrap();
            assert!(State::open(&file).get("ä", &stat(|_| ())).is_none());
        }
    }
}
