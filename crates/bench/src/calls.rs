//! What the measurings of calls are made of: a network of their own, the two servers, and crowds of
//! headless clients.

pub(crate) mod crowd;
pub(crate) mod janus;
pub(crate) mod network;
pub(crate) mod site;
pub(crate) mod sound;
pub(crate) mod stage;

pub(crate) use crowd::{Crowd, Window};
pub(crate) use site::{Rival, Site};
pub(crate) use stage::Stage;
