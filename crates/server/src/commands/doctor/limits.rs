//! What the system lets the program have: files, socket buffers, memory.

use std::fs;

use greenroom_media::{EngineConfig, SOCKET_BUFFER_BYTES};
use rustix::process::{Resource, getrlimit};

use super::finding::Finding;
use crate::config::Settings;

const MIB: u64 = 1024 * 1024;
/// Files that are open beside connections: database, sockets, log.
const OTHER_FILES: u64 = 64;
/// TCP connections of media on one thread (`docs/media.md`).
const MEDIA_TCP_PER_SHARD: u64 = 1_024;
/// What the program takes before anybody comes, with room to move.
const MEMORY_MIN_BYTES: u64 = 256 * MIB;
/// What one media connection takes (`docs/media.md`).
const CONNECTION_BYTES: u64 = 60 * 1024;

/// What is known of the limits; `None` for what the system does not tell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Limits {
    /// Files that the server may have open, or this process if none runs.
    pub(super) files: Option<u64>,
    /// Whether `files` is the server's own.
    pub(super) is_of_server: bool,
    pub(super) files_wanted: u64,
    pub(super) rmem_max: Option<u64>,
    pub(super) wmem_max: Option<u64>,
    /// Memory that is to be had, in bytes.
    pub(super) memory_free: Option<u64>,
    /// Memory that this machine or container has, in bytes.
    pub(super) memory_total: Option<u64>,
    /// What media takes when it is full.
    pub(super) media_bytes: u64,
}

/// Gathers them; `pid` is the server's.
pub(super) fn look(settings: &Settings, engine: &EngineConfig, pid: Option<u32>) -> Limits {
    let number = |path: &str| fs::read_to_string(path).ok()?.trim().parse().ok();
    let of_server = pid.and_then(|pid| {
        let table = fs::read_to_string(format!("/proc/{pid}/limits")).ok()?;
        open_files(&table)
    });
    let meminfo = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let group = number("/sys/fs/cgroup/memory.max");
    let total = kib_of(&meminfo, "MemTotal:");
    let shards = engine.shards.get() as u64;
    let media_tcp = engine.tcp_port.map_or(0, |_| MEDIA_TCP_PER_SHARD);
    Limits {
        files: of_server.or_else(|| getrlimit(Resource::Nofile).current),
        is_of_server: of_server.is_some(),
        files_wanted: settings.connections_max as u64 + shards * (media_tcp + 4) + OTHER_FILES,
        rmem_max: number("/proc/sys/net/core/rmem_max"),
        wmem_max: number("/proc/sys/net/core/wmem_max"),
        memory_free: kib_of(&meminfo, "MemAvailable:"),
        memory_total: group.into_iter().chain(total).min(),
        media_bytes: shards * engine.peers_per_shard_max as u64 * CONNECTION_BYTES,
    }
}

/// The soft limit in the table of a process (`proc_pid_limits(5)`).
fn open_files(table: &str) -> Option<u64> {
    let line = table
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

fn kib_of(meminfo: &str, name: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix(name))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib * 1024)
}

/// What to make of them.
pub(super) fn judge(limits: &Limits) -> Vec<Finding> {
    [files(limits), buffers(limits), memory(limits)]
        .into_iter()
        .flatten()
        .collect()
}

fn files(limits: &Limits) -> Option<Finding> {
    let (files, wanted) = (limits.files?, limits.files_wanted);
    let whose = if limits.is_of_server {
        "the server"
    } else {
        "a process started like this one"
    };
    Some(if files < wanted {
        Finding::warning(
            "open_files_low",
            format!(
                "{whose} may have {files} files open, but {wanted} may be wanted by `connections_max` and media"
            ),
            format!(
                "LimitNOFILE={wanted} in the unit (`ulimit -n {wanted}` in a shell), or a lower `connections_max`"
            ),
        )
    } else {
        Finding::ok("open_files", format!("{whose} may have {files} files open"))
    })
}

fn buffers(limits: &Limits) -> Option<Finding> {
    let wanted = SOCKET_BUFFER_BYTES as u64;
    let (receive, send) = (limits.rmem_max?, limits.wmem_max?);
    Some(if receive < wanted || send < wanted {
        Finding::warning(
            "socket_buffers_small",
            format!(
                "media wants socket buffers of {wanted} bytes, but net.core.rmem_max is {receive} and net.core.wmem_max {send}"
            ),
            format!(
                "For more than some hundred people: sysctl -w net.core.rmem_max={wanted} net.core.wmem_max={wanted}, and in /etc/sysctl.d"
            ),
        )
    } else {
        Finding::ok(
            "socket_buffers",
            "media gets the socket buffers that it asks for",
        )
    })
}

fn memory(limits: &Limits) -> Option<Finding> {
    let total = limits.memory_total?;
    let free = limits.memory_free.unwrap_or(total).min(total);
    let wanted = MEMORY_MIN_BYTES + limits.media_bytes;
    Some(if free < MEMORY_MIN_BYTES {
        Finding::warning(
            "memory_low",
            format!("{} MiB of memory are to be had", free / MIB),
            "Take other programs off this machine, or give it more",
        )
    } else if total < wanted {
        Finding::warning(
            "memory_below_limits",
            format!(
                "this machine has {} MiB of memory, but media may take {} MiB when it is full",
                total / MIB,
                wanted / MIB
            ),
            "Lower `media.connections_per_shard_max`, so that people are refused before memory is short",
        )
    } else {
        Finding::ok(
            "memory",
            format!("{} MiB of memory are to be had", free / MIB),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_judged() {
        let fine = Limits {
            files: Some(65_536),
            is_of_server: true,
            files_wanted: 22_000,
            rmem_max: Some(8_388_608),
            wmem_max: Some(8_388_608),
            memory_free: Some(2_048 * MIB),
            memory_total: Some(4_096 * MIB),
            media_bytes: 240 * MIB,
        };
        let ids = |limits: &Limits| -> Vec<_> {
            let findings = judge(limits);
            findings.iter().map(|finding| finding.id).collect()
        };
        assert_eq!(ids(&fine), ["open_files", "socket_buffers", "memory"]);
        assert_eq!(ids(&Limits::default()), [""; 0]);
        let poor = Limits {
            files: Some(1_024),
            wmem_max: Some(212_992),
            memory_free: Some(100 * MIB),
            ..fine
        };
        assert_eq!(
            ids(&poor),
            ["open_files_low", "socket_buffers_small", "memory_low"]
        );
        let small = Limits {
            memory_total: Some(400 * MIB),
            ..fine
        };
        assert_eq!(ids(&small).last(), Some(&"memory_below_limits"));
    }

    #[test]
    fn tables_of_the_kernel_are_read() {
        let table = "Limit                     Soft Limit           Hard Limit           Units\n\
                     Max open files            1024                 1048576              files\n";
        assert_eq!(open_files(table), Some(1_024));
        assert_eq!(
            kib_of("MemTotal:  8 kB\nMemAvailable:  4 kB\n", "MemAvailable:"),
            Some(4_096)
        );
    }
}
