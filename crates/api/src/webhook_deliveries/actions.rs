//! `/webhook_deliveries/{id}/actions/...`

pub mod replay;
