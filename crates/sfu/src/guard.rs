//! Keeps a fault in one connection from being a fault in all.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs something that outside input may make panic; `None` if it did. What it had in its hands is
/// not to be used after that.
pub(crate) fn guarded<T>(run: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(run)).ok()
}
