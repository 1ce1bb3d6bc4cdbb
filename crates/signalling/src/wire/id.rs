//! Ids of sessions and handles: whole numbers that JavaScript can hold exactly.

use std::fmt;

use greenroom_domain::Entropy;
use serde::Serialize;

/// The largest id: the largest whole number that a JavaScript number holds exactly.
pub const ID_MAX: u64 = (1 << 53) - 1;

/// Draws an id from 1 to [`ID_MAX`] that is not `taken`.
///
/// A collision is resolved by counting on, so that it ends whatever the entropy says.
fn draw(entropy: &dyn Entropy, taken: impl Fn(u64) -> bool) -> u64 {
    let mut bytes = [0; 8];
    entropy.fill(&mut bytes);
    let mut id = u64::from_le_bytes(bytes) & ID_MAX;
    while id == 0 || taken(id) {
        id = id % ID_MAX + 1;
    }
    id
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
        pub struct $name(u64);

        impl $name {
            /// Takes a number that a client sent; it need not name anything.
            pub const fn from_wire(id: u64) -> Self {
                Self(id)
            }

            /// Draws a new id that is not `taken`.
            pub fn random(entropy: &dyn Entropy, taken: impl Fn(Self) -> bool) -> Self {
                Self(draw(entropy, |id| taken(Self(id))))
            }

            /// The bare number.
            pub const fn get(self) -> u64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(out)
            }
        }
    )*};
}

ids! {
    /// Names a Janus session within its connection.
    SessionId;
    /// Names a plugin handle within its session.
    HandleId;
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(u8);

    impl Entropy for Fixed {
        fn fill(&self, out: &mut [u8]) {
            out.fill(self.0);
        }
    }

    #[test]
    fn ids_are_non_zero_and_exact_in_javascript() {
        assert_eq!(SessionId::random(&Fixed(0), |_| false).get(), 1);
        assert_eq!(SessionId::random(&Fixed(0xff), |_| false).get(), ID_MAX);
    }

    #[test]
    fn a_taken_id_is_passed_over() {
        let id = SessionId::random(&Fixed(0xff), |id| id.get() == ID_MAX || id.get() == 1);
        assert_eq!(id.get(), 2);
    }
}
