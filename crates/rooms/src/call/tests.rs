//! What the pure call promises, against a scripted media engine.

mod audio;
mod fixture;
mod journey;
mod people;
mod properties;
mod streams;
mod text;
mod vanishing;
