//! Logging to stderr, as logging.yaml and `-v` say.

use tracing_subscriber::filter::LevelFilter;

use crate::config::{Format, Level, Logging};

/// Starts logging. `verbose` counts the `-v`s: each is one level more than the config's.
pub fn start(config: &Logging, verbose: u8) {
    const LEVELS: [LevelFilter; 6] = [
        LevelFilter::OFF,
        LevelFilter::ERROR,
        LevelFilter::WARN,
        LevelFilter::INFO,
        LevelFilter::DEBUG,
        LevelFilter::TRACE,
    ];
    let base = match config.level {
        Level::Off => 0,
        Level::Error => 1,
        Level::Warn => 2,
        Level::Info => 3,
        Level::Debug => 4,
        Level::Trace => 5,
    };
    let level = LEVELS.get(base + usize::from(verbose)).copied().unwrap_or(LevelFilter::TRACE);
    let builder = tracing_subscriber::fmt().with_writer(std::io::stderr).with_max_level(level).with_ansi(false);
    // Logging can be started once; later calls in the same process change nothing.
    match config.format {
        Format::Text => builder.without_time().with_target(false).try_init().ok(),
        Format::Json => builder.json().try_init().ok(),
    };
}
