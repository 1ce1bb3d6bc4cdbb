//! Whether the data directory takes files, without waiting for the disk.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// The file that is written and removed.
const FILE_NAME: &str = "write-probe";

/// More than the commit of one unit of work needs.
const PROBE_BYTES: usize = 64 * 1024;

/// Makes a file in `dir` and removes it.
pub(crate) fn make_file(dir: &Path) -> io::Result<()> {
    write(dir, &[])
}

/// Writes as much as a commit may need to a file in `dir`, and removes it. A full disk shows at
/// once, since space is reserved by the write; nothing is flushed, so this may be asked often.
pub(crate) fn take_space(dir: &Path) -> io::Result<()> {
    write(dir, &vec![0; PROBE_BYTES])
}

fn write(dir: &Path, bytes: &[u8]) -> io::Result<()> {
    let path = dir.join(FILE_NAME);
    let written = fs::File::create(&path).and_then(|mut file| file.write_all(bytes));
    match fs::remove_file(&path) {
        // Another instance that probes at the same time was faster.
        Err(error) if error.kind() == io::ErrorKind::NotFound => written,
        removed => written.and(removed),
    }
}
