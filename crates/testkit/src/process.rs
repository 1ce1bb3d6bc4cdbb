//! What a process uses, as the kernel counts it.

use std::fs;

use anyhow::Context;

/// What a process uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProcessUse {
    /// Resident memory in bytes, without what is mapped from files.
    pub resident_bytes: u64,
    /// Open files and sockets.
    pub open_files: usize,
    /// Threads.
    pub threads: u64,
}

impl ProcessUse {
    /// What `pid` uses now.
    pub fn of(pid: u32) -> anyhow::Result<Self> {
        let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
        let number = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let value = line.and_then(|line| line.split_whitespace().next());
            let value = value.and_then(|value| value.parse::<u64>().ok());
            value.with_context(|| format!("no {name} of {pid}"))
        };
        Ok(Self {
            resident_bytes: number("RssAnon:")? * 1024,
            open_files: fs::read_dir(format!("/proc/{pid}/fd"))?.count(),
            threads: number("Threads:")?,
        })
    }
}
