//! Where plugins come in: what a handle can be attached to.

use std::convert::Infallible;

/// The plugins of a connection.
///
/// None is there yet ([`NoPlugins`]). One that comes brings what its handles keep as
/// [`Plugins::Handle`], and this trait then grows by what a handle takes: messages, candidates.
pub trait Plugins: Send {
    /// The plugin's side of one handle; dropping it detaches.
    type Handle: Send;

    /// Attaches to the plugin of that name, if there is one.
    fn attach(&mut self, plugin: &str) -> Option<Self::Handle>;
}

/// No plugin at all: there can be no handle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NoPlugins;

impl Plugins for NoPlugins {
    type Handle = Infallible;

    fn attach(&mut self, _plugin: &str) -> Option<Infallible> {
        None
    }
}
