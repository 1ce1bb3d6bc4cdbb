//! The server as its clients and its operator meet it: over real ports, in this process or as the real program.

// `cfg(test)` tells the lints that helpers here are tests too.
#[cfg(test)]
mod http;
