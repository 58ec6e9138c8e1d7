//! Drives the real `mlops` binary, scenario by scenario.

mod adult;
mod architecture;
mod bad_input;
mod commands;
mod determinism;
mod leaks;
mod parity;
mod policy;
mod readme;
mod sandbox;
mod wine;
