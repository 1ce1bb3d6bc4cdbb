//! What calls promise, against a scripted media engine.

mod attendance;
mod audio;
mod calls;
pub(crate) mod fixture;
mod journey;
mod moderation;
mod people;
mod properties;
mod record;
mod requests;
mod returning;
mod scripted_media;
mod steps;
mod streams;
mod subscriptions;
mod text;
mod updates;
mod vanishing;
