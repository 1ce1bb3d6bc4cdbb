//! Media threads: started with names, and joined within a deadline.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, JoinHandle, Thread};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::clock;

/// Nice value of media threads where the system lets us: before everything usual, behind what the
/// system itself needs.
const NICE: i32 = -10;

/// Threads of which some did not end in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} media threads did not end in time")]
pub struct StillRunning(pub usize);

/// All media threads.
#[derive(Debug)]
pub(crate) struct Crew {
    running: Vec<(usize, JoinHandle<()>)>,
    finished: (Sender<usize>, Receiver<usize>),
}

impl Crew {
    /// For at most so many threads.
    pub(crate) fn new(threads_max: usize) -> Self {
        Self {
            running: Vec::new(),
            finished: bounded(threads_max),
        }
    }

    /// Starts a thread. `alive` tells from then on whether it runs; a panic ends it and nothing else.
    pub(crate) fn start(
        &mut self,
        name: String,
        alive: Arc<AtomicBool>,
        body: impl FnOnce() + Send + 'static,
    ) -> io::Result<Thread> {
        let number = self.running.len();
        let finished = self.finished.0.clone();
        alive.store(true, Ordering::Relaxed);
        let handle = Builder::new().name(name).spawn(move || {
            // Allowed to few; the others run with the priority that they have.
            let _ = rustix::process::setpriority_process(None, NICE);
            if catch_unwind(AssertUnwindSafe(body)).is_err() {
                tracing::error!("a media thread failed");
            }
            alive.store(false, Ordering::Relaxed);
            let _ = finished.try_send(number);
        })?;
        let thread = handle.thread().clone();
        self.running.push((number, handle));
        Ok(thread)
    }

    /// Waits until all threads have ended, and joins them. They have to have been told to end.
    pub(crate) fn join(&mut self, limit: Duration) -> Result<(), StillRunning> {
        let deadline = clock::now() + limit;
        while !self.running.is_empty() {
            let Ok(number) = self.finished.1.recv_deadline(deadline) else {
                return Err(StillRunning(self.running.len()));
            };
            let at = self.running.iter().position(|(other, _)| *other == number);
            if let Some(at) = at {
                // It has done all it had to, so this waits for no more than the system's tidying.
                let _ = self.running.swap_remove(at).1.join();
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(30);

    #[test]
    fn threads_are_joined_and_a_panic_is_noticed() {
        let mut crew = Crew::new(2);
        let flags = [
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicBool::new(false)),
        ];
        let (go, wait) = bounded::<()>(0);
        crew.start("waits".to_owned(), Arc::clone(&flags[0]), move || {
            let _ = wait.recv();
        })
        .unwrap();
        crew.start("fails".to_owned(), Arc::clone(&flags[1]), || {
            panic!("as it should")
        })
        .unwrap();
        assert!(crew.join(Duration::ZERO).is_err());
        drop(go);
        assert_eq!(crew.join(LONG), Ok(()));
        assert!(flags.iter().all(|alive| !alive.load(Ordering::Relaxed)));
    }
}
