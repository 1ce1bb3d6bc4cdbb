//! What HTTP itself asks for: ids, bounds, time limits, TLS, and what stands beside the API.

mod beside;
mod bounds;
mod headers;
mod pages;
mod shim;
mod slowness;
mod tls;
mod watching;
