//! What calls promise, against a scripted media engine.

mod audio;
mod calls;
pub(crate) mod fixture;
mod journey;
mod people;
mod properties;
mod streams;
mod text;
mod updates;
mod vanishing;
