//! Keys and tokens are nowhere but where they belong: not in logs, metrics, errors, listings or files.

mod at_rest;
mod command_line;
mod everywhere;
mod needles;
mod watched;
