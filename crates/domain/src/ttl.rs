//! How long tokens live, in seconds, within the bounds of the wire (`docs/tokens.md`).

/// A life time outside its bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be between {min} and {max} seconds")]
pub struct TtlOutOfRange {
    /// The shortest life allowed, in seconds.
    pub min: u32,
    /// The longest life allowed, in seconds.
    pub max: u32,
}

macro_rules! ttl {
    ($(#[$doc:meta])* $name:ident, $min:literal, $max:literal, $default:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $name(u32);

        impl $name {
            /// The shortest life, in seconds.
            pub const MIN_SECS: u32 = $min;
            /// The longest life, in seconds.
            pub const MAX_SECS: u32 = $max;
            /// The life when none is asked for, in seconds.
            pub const DEFAULT_SECS: u32 = $default;

            /// Takes a life in seconds; refused outside the bounds, never clamped.
            pub fn new(secs: i64) -> Result<Self, TtlOutOfRange> {
                u32::try_from(secs)
                    .ok()
                    .filter(|secs| (Self::MIN_SECS..=Self::MAX_SECS).contains(secs))
                    .map(Self)
                    .ok_or(TtlOutOfRange { min: Self::MIN_SECS, max: Self::MAX_SECS })
            }

            /// The life in seconds.
            pub const fn secs(self) -> u32 {
                self.0
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self(Self::DEFAULT_SECS)
            }
        }
    };
}

ttl!(
    /// How long a client token lives.
    ClientTokenTtl, 10, 3_600, 600
);
ttl!(
    /// How long a refresh token lives; absolute, a refresh never extends it.
    RefreshTokenTtl, 60, 86_400, 3_600
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_hold_and_nothing_is_clamped() {
        assert_eq!(ClientTokenTtl::new(10).map(ClientTokenTtl::secs), Ok(10));
        assert_eq!(
            ClientTokenTtl::new(3_600).map(ClientTokenTtl::secs),
            Ok(3_600)
        );
        for wrong in [i64::MIN, -1, 0, 9, 3_601, i64::MAX] {
            assert!(ClientTokenTtl::new(wrong).is_err(), "{wrong}");
        }
        for wrong in [59, 86_401] {
            assert!(RefreshTokenTtl::new(wrong).is_err(), "{wrong}");
        }
        assert_eq!(ClientTokenTtl::default().secs(), 600);
        assert_eq!(RefreshTokenTtl::default().secs(), 3_600);
    }
}
