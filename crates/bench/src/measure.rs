//! What is measured, one file each.

mod door;
mod idle;
mod rooms;
mod tokens;

pub(crate) use door::door;
pub(crate) use idle::idle;
pub(crate) use rooms::rooms;
pub(crate) use tokens::tokens;
