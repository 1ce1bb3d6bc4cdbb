//! `/client_tokens/actions/...`

pub mod explain;
