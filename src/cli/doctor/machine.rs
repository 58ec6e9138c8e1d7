//! The program and the machine it runs on.

use std::env;

use super::Check;
use crate::data::memory;

/// Memory below which a table of ordinary size may not fit.
const LITTLE: u64 = 1_000_000_000;

/// What the environment may say about proxies; their values can hold passwords, so only names are told.
const PROXIES: &[&str] = &["http_proxy", "https_proxy", "all_proxy", "no_proxy"];

/// The program's own version.
pub fn version() -> Check {
    let parquet = if cfg!(feature = "parquet") { "with" } else { "without" };
    Check::ok("version", format!("mlops {}, {parquet} Parquet", env!("CARGO_PKG_VERSION")))
}

/// System, processors, memory.
pub fn resources() -> Check {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let plural = if processors == 1 { "" } else { "s" };
    let machine = format!("{} on {}, {processors} processor{plural}", env::consts::OS, env::consts::ARCH);
    match memory::free_bytes() {
        Some(bytes) if bytes < LITTLE => Check::warn(
            "machine",
            format!("{machine}, {} of memory free", memory::shown(bytes)),
            "a table needs about three times its size; end other programs, or use a larger machine",
        ),
        Some(bytes) => Check::ok("machine", format!("{machine}, {} of memory free", memory::shown(bytes))),
        None => Check::ok("machine", machine),
    }
}

/// Which proxies fetching over the web would use.
pub fn proxies() -> Check {
    let is_set = |name: &String| env::var_os(name).is_some_and(|value| !value.is_empty());
    let both = PROXIES.iter().flat_map(|name| [(*name).to_owned(), name.to_uppercase()]);
    let names: Vec<String> = both.filter(is_set).map(|name| format!("`{name}`")).collect();
    match names.as_slice() {
        [] => Check::ok("proxy", "none set in the environment"),
        names => Check::ok("proxy", format!("set by {}", names.join(", "))),
    }
}
