//! What HTTP itself asks for: ids, bounds, time limits, TLS.

mod smoke;
