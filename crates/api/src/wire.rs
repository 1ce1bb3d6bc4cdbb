//! What all replies share: the `data` envelope, and `meta` on lists.

use axum::Json;
use axum::response::{IntoResponse, Response};
use greenroom_domain::{PageMeta, PageRequest};
use serde::Serialize;
use utoipa::ToSchema;

/// A reply about one thing.
#[derive(Debug, Serialize, ToSchema)]
pub struct Data<T> {
    /// The thing.
    pub data: T,
}

impl<T: Serialize> IntoResponse for Data<T> {
    fn into_response(self) -> Response {
        Json(self).into_response()
    }
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct List<T> {
    /// What stands on the page.
    pub data: Vec<T>,
    /// Where in the list the page stands.
    pub meta: PaginationMeta,
}

/// Where in the list a page stands; always complete, since pagers stop by it.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaginationMeta {
    /// The page's number, from 1.
    #[schema(example = 2)]
    pub page_number: u32,
    /// How many items a page holds.
    #[schema(example = 25)]
    pub page_size: u32,
    /// How many pages there are; at least 1.
    #[schema(example = 3)]
    pub total_pages: u64,
    /// How many items there are.
    #[schema(example = 55)]
    pub total_results: u64,
}

impl<T> List<T> {
    /// The page `request` of a list of `total_results`.
    pub fn new(data: Vec<T>, request: PageRequest, total_results: u64) -> Self {
        let meta = PageMeta::new(request, total_results);
        Self {
            data,
            meta: PaginationMeta {
                page_number: meta.page_number,
                page_size: meta.page_size,
                total_pages: meta.total_pages,
                total_results: meta.total_results,
            },
        }
    }
}

impl<T: Serialize> IntoResponse for List<T> {
    fn into_response(self) -> Response {
        Json(self).into_response()
    }
}
