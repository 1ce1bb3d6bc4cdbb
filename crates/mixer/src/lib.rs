//! Audio mixing without sockets, clocks or threads: Opus packets and `now` in, mixed Opus packets
//! and who is talking out.
