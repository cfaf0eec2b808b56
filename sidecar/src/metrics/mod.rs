//! Metrics in Prometheus's text format.
//!
//! What happens is counted as it happens; what is, is read from the boards for each scrape. Labels are
//! words of closed sets, names of services and ids of containers, never what somebody sent.

mod families;
mod health;
mod instances;
mod records;

use std::time::Duration;

use platform::own_process::OwnProcess;
use prometheus::core::Collector;
use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, Opts, TextEncoder};

use crate::view::View;
use families::{Families, number};

/// From a tenth of a millisecond, for a server beside the sidecar, to the longest that anybody waits.
const LATENCY_BUCKETS: [f64; 16] = [
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
    5.0, 10.0,
];

/// What is counted and timed as it happens; everything else is read from the boards.
#[derive(Debug)]
pub struct Metrics {
    latencies: HistogramVec,
    results: IntCounterVec,
    failures: IntCounterVec,
    notifications: IntCounterVec,
}

impl Default for Metrics {
    fn default() -> Self {
        let latencies = HistogramOpts::new(
            "ballast_probe_duration_seconds",
            "How long answers to probes took. A probe without an answer is not in it.",
        );
        let latencies = latencies.buckets(LATENCY_BUCKETS.to_vec());
        let latencies = HistogramVec::new(latencies, &["check"]).expect("its name and labels fit");
        let counter = |name, help, labels: &[&str]| {
            IntCounterVec::new(Opts::new(name, help), labels).expect("its name and labels fit")
        };
        Self {
            latencies,
            results: counter(
                "ballast_probe_results_total",
                "Results of probes.",
                &["check", "outcome"],
            ),
            failures: counter(
                "ballast_probe_failures_total",
                "Probes that failed, by the code of the failure.",
                &["check", "code"],
            ),
            notifications: counter(
                "ballast_notifications_total",
                "Notifications, by whether they arrived.",
                &["channel", "outcome"],
            ),
        }
    }
}

impl Metrics {
    /// Counts one result of a probe: how long the answer took, or why there was none.
    pub fn observe_probe(&self, check: &'static str, result: Result<Duration, &'static str>) {
        self.expect_probe(check);
        match result {
            Ok(latency) => {
                self.latencies.with_label_values(&[check]).observe(latency.as_secs_f64());
                self.results.with_label_values(&[check, "ok"]).inc();
            }
            Err(code) => {
                self.failures.with_label_values(&[check, code]).inc();
                self.results.with_label_values(&[check, "failed"]).inc();
            }
        }
    }

    /// A series that is there before anything has happened shows its first change as one.
    fn expect_probe(&self, check: &str) {
        let _ = self.latencies.with_label_values(&[check]);
        for outcome in ["ok", "failed"] {
            let _ = self.results.with_label_values(&[check, outcome]);
        }
    }

    /// Counts one notification: whether it arrived through `channel` (`slack`, `smtp`, …).
    pub fn observe_notification(&self, channel: &'static str, arrived: bool) {
        for (outcome, count) in [("delivered", u64::from(arrived)), ("failed", u64::from(!arrived))]
        {
            self.notifications.with_label_values(&[channel, outcome]).inc_by(count);
        }
    }

    /// The text for a scrape at this moment.
    #[must_use]
    pub fn render(&self, view: &View) -> String {
        let mut families = Families::default();
        families
            .gauge("ballast_build_info", "The version of the sidecar.")
            .set(&[("version", env!("CARGO_PKG_VERSION"))], 1.0);
        let health = view.board.report();
        for (check, _) in health.checks.named() {
            self.expect_probe(check);
        }
        health::add(&mut families, &health, &view.board.availability());
        instances::add(&mut families, &view.instances.report());
        let (books, max_age) = (view.ledger.books(), view.backup_max_age);
        records::add(&mut families, &books, max_age, health.timestamp);
        own_process(&mut families);
        let mut all = families.into_inner();
        let counted: [&dyn Collector; 4] =
            [&self.latencies, &self.results, &self.failures, &self.notifications];
        // A family without a sample is none that the format knows.
        let counted = counted.iter().flat_map(|vector| vector.collect());
        all.extend(counted.filter(|family| !family.get_metric().is_empty()));
        TextEncoder.encode_to_string(&all).unwrap_or_default()
    }
}

/// The names are those that every exporter gives these.
fn own_process(families: &mut Families) {
    let Some(process) = OwnProcess::read() else { return };
    families.value(
        "process_resident_memory_bytes",
        "The sidecar's resident memory.",
        number(process.resident_bytes),
    );
    families.value(
        "process_open_fds",
        "The sidecar's open files and sockets.",
        number(process.open_files),
    );
    families
        .counter("process_cpu_seconds_total", "The sidecar's time on a core.")
        .set(&[], process.cpu_seconds);
    families.value(
        "process_start_time_seconds",
        "When the sidecar started.",
        process.started_at_seconds,
    );
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use domain::health::Reporter;
    use platform::clock::FixedClock;

    use super::*;
    use crate::board::Board;

    fn view() -> View {
        let reporter = Reporter {
            service_name: "bot".into(),
            version: Some("v1.2.3".into()),
            started_at: DateTime::UNIX_EPOCH,
            stale_after: Duration::from_secs(17),
            asks_bot: true,
        };
        let clock = FixedClock::new(DateTime::UNIX_EPOCH);
        View::of(Board::new(reporter, Duration::from_secs(5), clock))
    }

    #[test]
    fn before_anything_is_known_nothing_is_called_good() {
        let view = view();
        let text = view.metrics.render(&view);
        for line in [
            "ballast_stack_status{status=\"healthy\"} 0",
            "ballast_stack_status{status=\"unhealthy\"} 1",
            "ballast_stack_stale 1",
            "ballast_check_up{check=\"postgres\"} 0",
            "ballast_check_error{check=\"redis\",code=\"not_yet_known\"} 1",
            "ballast_record_readable{record=\"backups\"} 0",
            "ballast_probe_results_total{check=\"bot\",outcome=\"failed\"} 0",
        ] {
            assert!(text.lines().any(|known| known == line), "{line} in\n{text}");
        }
        assert!(!text.contains("ballast_engine_") && !text.contains("newest_verified"), "{text}");
    }

    #[test]
    fn each_result_is_counted_once_under_its_code() {
        let view = view();
        view.metrics.observe_probe("redis", Ok(Duration::from_micros(180)));
        for code in ["redis_loading", "redis_loading", "redis_timeout"] {
            view.metrics.observe_probe("redis", Err(code));
        }
        view.metrics.observe_notification("slack", false);
        let text = view.metrics.render(&view);
        for line in [
            "ballast_probe_results_total{check=\"redis\",outcome=\"ok\"} 1",
            "ballast_probe_results_total{check=\"redis\",outcome=\"failed\"} 3",
            "ballast_probe_failures_total{check=\"redis\",code=\"redis_loading\"} 2",
            "ballast_probe_duration_seconds_bucket{check=\"redis\",le=\"0.0001\"} 0",
            "ballast_probe_duration_seconds_bucket{check=\"redis\",le=\"0.00025\"} 1",
            "ballast_probe_duration_seconds_count{check=\"redis\"} 1",
            "ballast_notifications_total{channel=\"slack\",outcome=\"delivered\"} 0",
            "ballast_notifications_total{channel=\"slack\",outcome=\"failed\"} 1",
        ] {
            assert!(text.lines().any(|known| known == line), "{line} in\n{text}");
        }
    }
}
