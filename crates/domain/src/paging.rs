//! Pages of lists: which one is asked for, and what its `meta` says.

/// A page number or size outside its bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be between {min} and {max}")]
pub struct PagingOutOfRange {
    /// The smallest value allowed.
    pub min: u32,
    /// The largest value allowed.
    pub max: u32,
}

/// Which page of a list is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest {
    number: u32,
    size: u32,
}

impl PageRequest {
    /// The first page.
    pub const DEFAULT_NUMBER: u32 = 1;
    /// The highest page number; keeps the offset well inside the databases' integers.
    pub const MAX_NUMBER: u32 = 10_000_000;
    /// Items on a page when no size is asked for.
    pub const DEFAULT_SIZE: u32 = 20;
    /// The most items on a page.
    pub const MAX_SIZE: u32 = 250;

    /// Page `number` (from 1), with `size` items to the page.
    pub const fn new(number: PageNumber, size: PageSize) -> Self {
        Self {
            number: number.0,
            size: size.0,
        }
    }

    /// The page's number, from 1.
    pub const fn number(self) -> u32 {
        self.number
    }

    /// How many items a page holds.
    pub const fn size(self) -> u32 {
        self.size
    }

    /// How many items stand before this page.
    pub fn offset(self) -> u64 {
        u64::from(self.number.saturating_sub(1)) * u64::from(self.size)
    }
}

impl Default for PageRequest {
    fn default() -> Self {
        Self {
            number: Self::DEFAULT_NUMBER,
            size: Self::DEFAULT_SIZE,
        }
    }
}

macro_rules! bounded {
    ($(#[$doc:meta])* $name:ident, $max:expr, $default:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $name(u32);

        impl $name {
            /// Takes a value within 1 and the maximum; refused otherwise, never clamped.
            pub fn new(value: i64) -> Result<Self, PagingOutOfRange> {
                u32::try_from(value)
                    .ok()
                    .filter(|value| (1..=$max).contains(value))
                    .map(Self)
                    .ok_or(PagingOutOfRange { min: 1, max: $max })
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self($default)
            }
        }
    };
}

bounded!(
    /// A page's number, from 1.
    PageNumber, PageRequest::MAX_NUMBER, PageRequest::DEFAULT_NUMBER
);
bounded!(
    /// How many items a page holds.
    PageSize, PageRequest::MAX_SIZE, PageRequest::DEFAULT_SIZE
);

/// The items of one page, and how many there are on all pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// What stands on this page.
    pub items: Vec<T>,
    /// How many items match, on all pages together.
    pub total_results: u64,
}

/// What the reply says about a page; always complete, since pagers stop by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageMeta {
    /// The page's number, from 1.
    pub page_number: u32,
    /// The size that was asked for.
    pub page_size: u32,
    /// How many pages there are; at least 1.
    pub total_pages: u64,
    /// How many items match.
    pub total_results: u64,
}

impl PageMeta {
    /// Describes the page `request` of a list of `total_results` items.
    pub fn new(request: PageRequest, total_results: u64) -> Self {
        Self {
            page_number: request.number,
            page_size: request.size,
            total_pages: total_results.div_ceil(u64::from(request.size)).max(1),
            total_results,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meta_is_never_short_of_a_page() {
        let request = PageRequest::new(PageNumber::new(2).unwrap(), PageSize::new(25).unwrap());
        assert_eq!(request.offset(), 25);
        for (total, pages) in [(0, 1), (1, 1), (25, 1), (26, 2), (55, 3)] {
            assert_eq!(PageMeta::new(request, total).total_pages, pages, "{total}");
        }
    }

    #[test]
    fn out_of_range_is_refused() {
        assert!(PageNumber::new(0).is_err());
        assert!(PageSize::new(0).is_err());
        assert!(PageSize::new(251).is_err());
        assert!(PageSize::new(250).is_ok());
    }
}
