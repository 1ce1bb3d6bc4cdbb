//! The disk below the data directory.

use std::path::Path;

use rustix::fs::{StatVfsMountFlags, statfs, statvfs};

use super::finding::Finding;

const MIB: u64 = 1024 * 1024;
/// With less than this a start or a busy hour may fill it.
const FREE_LOW_BYTES: u64 = 1024 * MIB;
/// With less than this it is as good as full.
const FREE_NONE_BYTES: u64 = 64 * MIB;

/// Kinds of file systems that are elsewhere, by their magic number (`statfs(2)`). SQLite's write-ahead log needs memory
/// that all processes share, and locks that hold.
const NETWORK: [(u64, &str); 9] = [
    (0x6969, "NFS"),
    (0x517b, "SMB"),
    (0xff53_4d42, "CIFS"),
    (0xfe53_4d42, "SMB2"),
    (0x00c3_6400, "Ceph"),
    (0x5346_414f, "AFS"),
    (0x0116_1970, "GFS2"),
    (0x7461_636f, "OCFS2"),
    (0x0bd0_0bd0, "Lustre"),
];
/// Kinds that may be elsewhere.
const PERHAPS_NETWORK: [(u64, &str); 2] = [(0x6573_5546, "FUSE"), (0x0102_1997, "9p")];
/// Kinds that are gone with the machine.
const MEMORY: [(u64, &str); 2] = [(0x0102_1994, "tmpfs"), (0x8584_58f6, "ramfs")];

/// What is known of the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Disk {
    pub(super) free_bytes: u64,
    pub(super) is_read_only: bool,
    pub(super) kind: u64,
}

/// Looks at the disk of the nearest directory that is there.
pub(super) fn look(data: &Path) -> Option<Disk> {
    let data = std::path::absolute(data).ok()?;
    let there = data.ancestors().find(|above| above.exists())?;
    let space = statvfs(there).ok()?;
    let kind = i128::from(statfs(there).ok()?.f_type);
    Some(Disk {
        free_bytes: space.f_bavail.saturating_mul(space.f_frsize),
        is_read_only: space.f_flag.contains(StatVfsMountFlags::RDONLY),
        kind: u64::try_from(kind & 0xffff_ffff).unwrap_or_default(),
    })
}

/// What to make of it.
pub(super) fn judge(disk: &Disk) -> Vec<Finding> {
    let of = |kinds: &[(u64, &'static str)]| {
        let found = kinds.iter().find(|(kind, _)| *kind == disk.kind);
        found.map(|(_, name)| *name)
    };
    let mut findings = Vec::new();
    if disk.is_read_only {
        findings.push(Finding::problem(
            "disk_read_only",
            "the file system of the data directory is read-only",
            "Look at the kernel's log for why, mend it, and mount it for writing",
        ));
    }
    let free = disk.free_bytes / MIB;
    if disk.free_bytes < FREE_NONE_BYTES {
        findings.push(Finding::problem(
            "disk_full",
            format!("{free} MiB are free for the data directory"),
            "Make room: nothing can be written down any more",
        ));
    } else if disk.free_bytes < FREE_LOW_BYTES {
        findings.push(Finding::warning(
            "disk_low",
            format!("{free} MiB are free for the data directory"),
            "Make room before it is full",
        ));
    }
    if let Some(name) = of(&NETWORK) {
        findings.push(Finding::problem(
            "data_on_network",
            format!("the data directory is on a network file system ({name}), where the database can be damaged"),
            "Put it on a disk of this machine",
        ));
    } else if let Some(name) = of(&PERHAPS_NETWORK) {
        findings.push(Finding::warning(
            "data_perhaps_on_network",
            format!("the data directory is on {name}, which may be a network file system"),
            "Put it on a disk of this machine, unless that is what it is",
        ));
    } else if let Some(name) = of(&MEMORY) {
        findings.push(Finding::warning(
            "data_in_memory",
            format!("the data directory is in memory ({name}): a restart of the machine loses everything"),
            "Put it on a disk",
        ));
    }
    if findings.is_empty() {
        findings.push(Finding::ok(
            "disk",
            format!("{free} MiB are free for the data directory"),
        ));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(disk: Disk) -> Vec<&'static str> {
        judge(&disk).iter().map(|finding| finding.id).collect()
    }

    #[test]
    fn a_disk_is_judged() {
        let fine = Disk {
            free_bytes: 10 * FREE_LOW_BYTES,
            is_read_only: false,
            kind: 0xef53,
        };
        assert_eq!(ids(fine), ["disk"]);
        let low = FREE_LOW_BYTES - 1;
        assert_eq!(
            ids(Disk {
                free_bytes: low,
                ..fine
            }),
            ["disk_low"]
        );
        assert_eq!(
            ids(Disk {
                free_bytes: 0,
                ..fine
            }),
            ["disk_full"]
        );
        assert_eq!(
            ids(Disk {
                is_read_only: true,
                ..fine
            }),
            ["disk_read_only"]
        );
        for (kind, expected) in [
            (0x6969, "data_on_network"),
            (0xff53_4d42, "data_on_network"),
            (0x6573_5546, "data_perhaps_on_network"),
            (0x0102_1994, "data_in_memory"),
        ] {
            assert_eq!(ids(Disk { kind, ..fine }), [expected]);
        }
    }

    #[test]
    fn the_disk_of_a_directory_that_is_not_there_yet_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let disk = look(&folder.path().join("a/b/c")).unwrap();
        assert!(disk.free_bytes > 0 && !disk.is_read_only);
    }
}
