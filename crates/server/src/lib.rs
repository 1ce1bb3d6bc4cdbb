//! The program: command line, configuration, wiring and lifecycle. No rules in here.
//!
//! [`app`] puts the parts together, [`listener`] serves them, [`lifecycle`] starts and stops.
//! It is a library so that tests can run the real server in their own process, with a clock that
//! they can move.

pub mod app;
pub mod archive;
pub mod cli;
mod commands;
pub mod config;
mod connection;
pub mod data_dir;
pub mod edges;
mod health;
mod http;
pub mod key_dir;
pub mod lifecycle;
mod listener;
mod logging;
mod patience;
mod service_manager;
mod tls;
mod traces;
pub mod webhook_key;
