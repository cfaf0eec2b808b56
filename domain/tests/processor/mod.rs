//! How long something takes, whatever else the machine does meanwhile.

use std::time::Duration;

/// For how long this thread has had the processor: other processes don't count.
fn processor_time() -> Duration {
    let said = std::fs::read_to_string("/proc/thread-self/schedstat").expect("this is Linux");
    let nanoseconds = said.split(' ').next().and_then(|first| first.parse().ok());
    Duration::from_nanos(nanoseconds.expect("the first number is that time"))
}

/// The time of one `work`, of as many as it takes to measure one.
pub(crate) fn time_of(work: impl Fn()) -> Duration {
    let began = processor_time();
    for times in 1.. {
        work();
        let passed = processor_time().saturating_sub(began);
        if passed > Duration::from_millis(8) {
            return passed / times;
        }
    }
    unreachable!("some time is the last one")
}
