//! What a process uses, as the kernel counts it.

use std::collections::HashMap;
use std::fs;
use std::time::Duration;

use anyhow::Context;
use rustix::param::clock_ticks_per_second;

use crate::machine::pause;

/// How often and how many times memory is looked at until it stays the same.
const LOOK_EVERY: Duration = Duration::from_millis(100);
const LOOKS_MAX: u32 = 100;
const STEADY_LOOKS: u32 = 10;

/// CPU time by thread.
#[derive(Debug, Clone, Default)]
pub(crate) struct CpuTime(HashMap<String, u64>);

impl CpuTime {
    /// The CPU time that each thread of `pid` has used so far, to the nanosecond.
    pub(crate) fn of(pid: u32) -> anyhow::Result<Self> {
        let folder = format!("/proc/{pid}/task");
        let mut threads = HashMap::new();
        for entry in fs::read_dir(&folder).with_context(|| folder.clone())? {
            let entry = entry?;
            // A thread may end meanwhile.
            if let Ok(text) = fs::read_to_string(entry.path().join("schedstat")) {
                let nanos = text.split(' ').next().and_then(|nanos| nanos.parse().ok());
                let nanos = nanos.context("the kernel does not count CPU time in `schedstat`")?;
                threads.insert(entry.file_name().to_string_lossy().into_owned(), nanos);
            }
        }
        Ok(Self(threads))
    }

    /// Nanoseconds used since `earlier`. What a thread used that has ended meanwhile is lost.
    pub(crate) fn since(&self, earlier: &Self) -> u64 {
        self.0
            .iter()
            .map(|(thread, nanos)| {
                let before = earlier.0.get(thread).copied().unwrap_or_default();
                nanos.saturating_sub(before)
            })
            .sum()
    }
}

/// CPU time of a process with all its threads, those that have ended too, to a hundredth of a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cpu {
    /// In its own code.
    pub(crate) user_nanos: u64,
    /// In the kernel on its behalf.
    pub(crate) system_nanos: u64,
}

impl Cpu {
    /// What `pid` has used so far.
    pub(crate) fn of(pid: u32) -> anyhow::Result<Self> {
        let path = format!("/proc/{pid}/stat");
        let text = fs::read_to_string(&path).with_context(|| path.clone())?;
        // The name of the program is in parentheses and may hold anything.
        let (_, fields) = text.rsplit_once(')').with_context(|| path.clone())?;
        let mut ticks = fields.split_whitespace().skip(11).map(str::parse::<u64>);
        let nanos_per_tick = 1_000_000_000 / clock_ticks_per_second().max(1);
        let mut next = || anyhow::Ok(ticks.next().with_context(|| path.clone())?? * nanos_per_tick);
        Ok(Self {
            user_nanos: next()?,
            system_nanos: next()?,
        })
    }

    /// What was used since `earlier`.
    pub(crate) const fn since(&self, earlier: &Self) -> Self {
        Self {
            user_nanos: self.user_nanos.saturating_sub(earlier.user_nanos),
            system_nanos: self.system_nanos.saturating_sub(earlier.system_nanos),
        }
    }

    /// All of it.
    pub(crate) const fn nanos(&self) -> u64 {
        self.user_nanos + self.system_nanos
    }
}

/// Resident memory, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Memory {
    /// All of it.
    pub(crate) resident: u64,
    /// Without what is mapped from files, which other processes may share.
    pub(crate) own: u64,
}

impl Memory {
    /// What `pid` has in memory now.
    pub(crate) fn of(pid: u32) -> anyhow::Result<Self> {
        let path = format!("/proc/{pid}/status");
        let text = fs::read_to_string(&path).with_context(|| path.clone())?;
        let bytes = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name))?;
            let kib: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
            Some(kib * 1024)
        };
        Ok(Self {
            resident: bytes("VmRSS:").with_context(|| path.clone())?,
            own: bytes("RssAnon:").with_context(|| path.clone())?,
        })
    }

    /// What `pid` has in memory once that has not changed for a second; as it is after ten seconds
    /// otherwise.
    pub(crate) fn steady(pid: u32) -> anyhow::Result<Self> {
        let mut last = Self::of(pid)?;
        let mut steady = 0;
        for _ in 0..LOOKS_MAX {
            pause(LOOK_EVERY);
            let memory = Self::of(pid)?;
            steady = if memory == last { steady + 1 } else { 0 };
            last = memory;
            if steady == STEADY_LOOKS {
                break;
            }
        }
        Ok(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_uses_something() {
        let pid = std::process::id();
        let before = CpuTime::of(pid).unwrap();
        let memory = Memory::of(pid).unwrap();
        assert!(memory.resident > memory.own && memory.own > 0);
        let spent = (0..u64::MAX).find_map(|_| {
            let spent = CpuTime::of(pid).unwrap().since(&before);
            (spent > 0).then_some(spent)
        });
        assert!(spent.is_some());
    }
}
