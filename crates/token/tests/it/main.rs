//! Tokens as their users see them: what is issued, what is refused and why, and what keys do.

// `cfg(test)` tells the lints that functions beside the tests belong to them.
#[cfg(test)]
mod claims;
#[cfg(test)]
mod clock;
#[cfg(test)]
mod explaining;
#[cfg(test)]
mod forgery;
#[cfg(test)]
mod grants;
#[cfg(test)]
mod issuing;
#[cfg(test)]
mod mutations;
#[cfg(test)]
mod rotating_refresh;
#[cfg(test)]
mod rotation;
#[cfg(test)]
mod seed;
#[cfg(test)]
mod structure;
#[cfg(test)]
mod support;
#[cfg(test)]
mod times;
