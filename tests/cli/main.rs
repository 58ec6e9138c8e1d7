//! Drives the real `mlops` binary, scenario by scenario.

mod adult;
mod architecture;
mod bad_input;
mod commands;
mod determinism;
mod leaks;
mod parity;
mod policy;
mod sandbox;
mod wine;
