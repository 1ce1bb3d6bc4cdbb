//! A WebRTC client without a browser, a socket or a clock: datagrams and `now` in, datagrams, events
//! and a deadline out. Tests and the load generator drive it.
