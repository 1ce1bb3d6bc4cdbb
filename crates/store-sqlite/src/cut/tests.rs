use greenroom_domain::paging::{PageNumber, PageSize};

use super::*;

#[test]
fn a_page_is_reached_from_the_nearer_end() {
    let cut = |number, size, total| {
        let number = PageNumber::new(number).unwrap();
        Cut::of(
            PageRequest::new(number, PageSize::new(size).unwrap()),
            total,
        )
        .map(|cut| (cut.end, cut.passed_over, cut.taken))
    };
    assert_eq!(cut(1, 20, 0), None);
    assert_eq!(cut(1, 20, 5), Some((End::Newest, 0, 5)));
    assert_eq!(cut(2, 20, 100), Some((End::Newest, 20, 20)));
    assert_eq!(cut(4, 20, 100), Some((End::Oldest, 20, 20)));
    assert_eq!(cut(5, 20, 100), Some((End::Oldest, 0, 20)));
    assert_eq!(cut(5, 20, 81), Some((End::Oldest, 0, 1)));
    assert_eq!(cut(5, 20, 80), None);
    assert_eq!(cut(10_000_000, 250, 80), None);
}
