//! Who runs on which processor. The longer the emulators look for an item, the more of what a function needs is gone from
//! the caches of the processor that they share, and that would be counted as the function's time.

/// Whose processor it is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Processor {
    OfFunction,
    OfEmulators,
}

/// Keeps this thread, and the threads that it starts from now on, to one of two processors, where there are two.
#[cfg(target_os = "linux")]
pub(crate) fn keep_to(processor: Processor) {
    use std::sync::OnceLock;

    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

    static ALLOWED: OnceLock<CpuSet> = OnceLock::new();
    let allowed = ALLOWED.get_or_init(|| sched_getaffinity(None).unwrap());
    let mut ours = (0..CpuSet::MAX_CPU).filter(|number| allowed.is_set(*number));
    let (Some(first), Some(second)) = (ours.next(), ours.next()) else {
        eprintln!("one processor alone: what the stand-ins do to its caches counts as time of the function");
        return;
    };
    let mut only = CpuSet::new();
    only.set(match processor {
        Processor::OfFunction => first,
        Processor::OfEmulators => second,
    });
    sched_setaffinity(None, &only).unwrap();
}

/// Does nothing: threads cannot be kept anywhere here.
#[cfg(not(target_os = "linux"))]
pub(crate) fn keep_to(_: Processor) {}
