//! What is measured, one file each.

pub(crate) mod calls;
mod door;
mod idle;
mod rooms;
pub(crate) mod tokens;

pub(crate) use door::door;
pub(crate) use idle::idle;
pub(crate) use rooms::rooms;
pub(crate) use tokens::tokens;
