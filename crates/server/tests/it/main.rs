//! The server as its clients and its operator meet it: over real ports, in this process or as the real program.

// `cfg(test)` tells the lints that helpers here are tests too.
#[cfg(test)]
mod backup;
#[cfg(test)]
mod calls;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod doctor;
#[cfg(test)]
mod door;
#[cfg(test)]
mod durability;
#[cfg(test)]
mod history;
#[cfg(test)]
mod http;
#[cfg(test)]
mod lifecycle;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod rest;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod traces;
#[cfg(test)]
mod webhooks;
