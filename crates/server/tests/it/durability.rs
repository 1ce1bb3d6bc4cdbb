//! What was acknowledged stays, whatever happens to the process or the disk.

mod disk;
mod killed;
mod ledger;
mod small_disk;
