//! What memory there is: a table that cannot fit is refused before it is read, with the figures.

use std::path::Path;

use crate::error::{Error, Result};
use crate::fs;

/// Names a limit, such as `4GB`, in place of what the machine has.
pub const LIMIT: &str = "MLOPS_MEMORY_LIMIT";

/// Refuses what needs more memory than there is; says nothing where that cannot be known.
///
/// `what` begins the message, such as: cleaning `data/raw/x.csv`.
///
/// # Errors
/// Exit code 1 with both figures; 2 where the limit of the environment is no size.
pub fn check(needed: u64, what: &str) -> Result<()> {
    let limit = match std::env::var(LIMIT) {
        Ok(text) => Some(size(&text).ok_or_else(|| {
            Error::usage(format!("`{LIMIT}` is `{text}`, which is no size")).hint("such as 500MB, 8GB, or bytes")
        })?),
        Err(_) => free(Path::new("/")),
    };
    refuse(needed, limit, what)
}

/// Watches over what grows while it is read, since nobody knows how large it will be.
#[derive(Debug, Default)]
pub struct Growth {
    checked: u64,
}

impl Growth {
    /// Steps in which it looks.
    const STEP: u64 = 64 << 20;

    /// Called with the bytes read so far: as many again must find room.
    ///
    /// # Errors
    /// As for [`check`].
    pub fn check(&mut self, bytes: u64, what: &str) -> Result<()> {
        if bytes < self.checked + Self::STEP.max(self.checked / 4) {
            return Ok(());
        }
        self.checked = bytes;
        check(bytes, what)
    }
}

fn refuse(needed: u64, free: Option<u64>, what: &str) -> Result<()> {
    match free {
        Some(free) if needed > free => {
            Err(Error::failure(format!("{what} needs about {} of memory, {} are free", shown(needed), shown(free)))
                .hint(format!(
                    "use fewer rows or columns, or a machine with more memory; `{LIMIT}=SIZE` overrides what was found"
                )))
        }
        _ => Ok(()),
    }
}

/// A number of bytes in words.
pub fn shown(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} KB", bytes.div_ceil(1000)),
        1_000_000..1_000_000_000 => format!("{} MB", bytes / 1_000_000),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

/// `200MB`, `1.5 GB`, `64KiB` or plain bytes.
fn size(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "k" | "kb" => 1e3,
        "m" | "mb" => 1e6,
        "g" | "gb" => 1e9,
        "t" | "tb" => 1e12,
        "kib" => 1024.0,
        "mib" => 1_048_576.0,
        "gib" => 1_073_741_824.0,
        _ => return None,
    };
    number.parse::<f64>().ok().map(|number| (number * factor) as u64)
}

/// Bytes this process may still take; none where the system does not say.
pub fn free_bytes() -> Option<u64> {
    free(Path::new("/"))
}

/// Bytes this process may still take: what the kernel has, and what its own limits and the control groups above
/// it leave.
/// None where the system does not say, as outside Linux. `root` is `/` but for tests.
fn free(root: &Path) -> Option<u64> {
    let text = |path: &str| fs::read_to_string(&root.join(path)).ok();
    let available = text("proc/meminfo").as_deref().and_then(available);
    let groups = text("proc/self/cgroup").unwrap_or_default();
    let (limits, status) = (text("proc/self/limits"), text("proc/self/status"));
    let own = limits.zip(status).and_then(|(limits, status)| own_limit(&limits, &status));
    groups.lines().flat_map(places).filter_map(|place| left(root, &place)).chain(available).chain(own).min()
}

/// What `ulimit -v` and `ulimit -d` leave this process; none where they are not set.
fn own_limit(limits: &str, status: &str) -> Option<u64> {
    let left = |limit: &str, used: &str| {
        let limit = limits.lines().find_map(|line| line.strip_prefix(limit))?.split_whitespace().next()?;
        let used = status.lines().find_map(|line| line.strip_prefix(used))?.split_whitespace().next()?;
        let (limit, used) = (limit.parse::<u64>().ok()?, used.parse::<u64>().ok()?.saturating_mul(1024));
        // The allocator reserves addresses for each thread and for what grows: measured, half of them is of use.
        Some(limit.saturating_sub(used) / 2)
    };
    let places = [("Max address space", "VmSize:"), ("Max data size", "VmData:")];
    places.into_iter().filter_map(|(limit, used)| left(limit, used)).min()
}

/// `MemAvailable` in bytes.
fn available(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

/// Where a control group keeps its limit and use.
struct Place {
    folder: String,
    files: [&'static str; 2],
    /// The key of `memory.stat` for cached files, which are given back when memory is short.
    cached: &'static str,
}

/// The folders of one line of `/proc/self/cgroup`, with all above it: each of them may have a limit.
fn places(line: &str) -> Vec<Place> {
    let mut parts = line.splitn(3, ':').skip(1);
    let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else { return Vec::new() };
    let (mount, files, cached) = if controllers.is_empty() {
        ("sys/fs/cgroup", ["memory.max", "memory.current"], "inactive_file")
    } else if controllers.split(',').any(|c| c == "memory") {
        let files = ["memory.limit_in_bytes", "memory.usage_in_bytes"];
        ("sys/fs/cgroup/memory", files, "total_inactive_file")
    } else {
        return Vec::new();
    };
    let folder = |path: &Path| Place { folder: format!("{mount}/{}", path.display()), files, cached };
    Path::new(path.trim_start_matches('/')).ancestors().map(folder).collect()
}

/// What a control group leaves; none without a limit.
fn left(root: &Path, place: &Place) -> Option<u64> {
    let folder = root.join(&place.folder);
    let text = |file: &str| fs::read_to_string(&folder.join(file)).ok();
    let number = |file: &str| text(file)?.trim().parse::<u64>().ok();
    let [limit, used] = [number(place.files[0])?, number(place.files[1])?];
    let stat = text("memory.stat").unwrap_or_default();
    let cached = stat.lines().find_map(|line| line.strip_prefix(place.cached)?.trim().parse::<u64>().ok());
    Some((limit.saturating_sub(used)).saturating_add(cached.unwrap_or(0)).min(limit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_limit_counts() {
        let folder = tempfile::tempdir().unwrap();
        let write =
            |path: &str, text: &str| fs::atomic_write_bytes(&folder.path().join(path), text.as_bytes()).unwrap();
        assert_eq!(free(folder.path()), None);
        write("proc/meminfo", "MemTotal:  9000 kB\nMemAvailable:    1000 kB\n");
        assert_eq!(free(folder.path()), Some(1_024_000));
        write("proc/self/cgroup", "5:cpu:/x\n4:memory,pids:/a/b\n0::/job/step\n");
        assert_eq!(free(folder.path()), Some(1_024_000));
        write("sys/fs/cgroup/memory/a/memory.limit_in_bytes", "800000\n");
        write("sys/fs/cgroup/memory/a/memory.usage_in_bytes", "300000\n");
        write("sys/fs/cgroup/memory/a/memory.stat", "inactive_file 1\ntotal_inactive_file 100000\n");
        assert_eq!(free(folder.path()), Some(600_000));
        write("sys/fs/cgroup/job/memory.max", "500000\n");
        write("sys/fs/cgroup/job/memory.current", "100000\n");
        assert_eq!(free(folder.path()), Some(400_000));
        write("sys/fs/cgroup/job/memory.max", "max\n");
        assert_eq!(free(folder.path()), Some(600_000));
        // As Linux writes them.
        let limits = |space: &str, data: &str| {
            format!(
                "Limit  Soft Limit  Hard Limit  Units\nMax data size      {data}   unlimited   bytes\nMax address space     {space}    unlimited     bytes\n"
            )
        };
        write("proc/self/status", "Name:\tmlops\nVmSize:\t     100 kB\nVmData:\t      50 kB\n");
        for (space, data, expected) in [
            ("unlimited", "unlimited", 600_000),
            ("502400", "unlimited", 200_000),
            ("502400", "151200", 50_000),
            ("1000", "unlimited", 0),
        ] {
            write("proc/self/limits", &limits(space, data));
            assert_eq!(free(folder.path()), Some(expected), "{space} {data}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_with_both_figures() {
        let refused = refuse(3_210_000_000, Some(200_000_000), "cleaning `x.csv`").unwrap_err();
        assert_eq!(refused.message(), "cleaning `x.csv` needs about 3.2 GB of memory, 200 MB are free");
        assert!(refuse(5, Some(5), "x").is_ok() && refuse(u64::MAX, None, "x").is_ok());
        for (text, expected) in [
            ("200MB", Some(200_000_000)),
            ("1.5 GB", Some(1_500_000_000)),
            ("64KiB", Some(65_536)),
            ("7", Some(7)),
            ("many", None),
            ("5 apples", None),
        ] {
            assert_eq!(size(text), expected, "{text}");
        }
    }
}
