//! Families that are made for one scrape, from what the boards hold at that moment.

use chrono::{DateTime, Utc};
use prometheus::proto::{
    Bucket, Counter, Gauge, Histogram, LabelPair, Metric, MetricFamily, MetricType,
};

/// The families of a scrape, in the order in which they were begun.
#[derive(Default)]
pub(super) struct Families(Vec<MetricFamily>);

/// A family that takes samples. Without one it is left out: a family is never empty.
pub(super) struct Samples<'a> {
    families: &'a mut Families,
    name: &'static str,
    help: &'static str,
    kind: MetricType,
    metrics: Vec<Metric>,
}

/// Labels: names and values.
pub(super) type Labels<'a> = [(&'static str, &'a str)];

impl Families {
    pub(super) fn into_inner(self) -> Vec<MetricFamily> {
        self.0
    }

    /// A family of values that go up and down.
    pub(super) const fn gauge(&mut self, name: &'static str, help: &'static str) -> Samples<'_> {
        self.family(name, help, MetricType::GAUGE)
    }

    /// A family of values that only grow.
    pub(super) const fn counter(&mut self, name: &'static str, help: &'static str) -> Samples<'_> {
        self.family(name, help, MetricType::COUNTER)
    }

    /// A family of distributions.
    pub(super) const fn histogram(
        &mut self,
        name: &'static str,
        help: &'static str,
    ) -> Samples<'_> {
        self.family(name, help, MetricType::HISTOGRAM)
    }

    /// A gauge with one sample without labels, where there is a value.
    pub(super) fn value(
        &mut self,
        name: &'static str,
        help: &'static str,
        value: impl Into<Option<f64>>,
    ) {
        let mut samples = self.gauge(name, help);
        if let Some(value) = value.into() {
            samples.set(&[], value);
        }
    }

    const fn family(
        &mut self,
        name: &'static str,
        help: &'static str,
        kind: MetricType,
    ) -> Samples<'_> {
        Samples { families: self, name, help, kind, metrics: Vec::new() }
    }
}

impl Samples<'_> {
    /// Adds a sample.
    pub(super) fn set(&mut self, labels: &Labels<'_>, value: f64) {
        let mut metric = Metric::from_label(pairs(labels));
        if self.kind == MetricType::COUNTER {
            let mut counter = Counter::default();
            counter.set_value(value);
            metric.set_counter(counter);
        } else {
            let mut gauge = Gauge::default();
            gauge.set_value(value);
            metric.set_gauge(gauge);
        }
        self.metrics.push(metric);
    }

    /// Adds a distribution: cumulative counts by upper bound.
    pub(super) fn distribution(
        &mut self,
        labels: &Labels<'_>,
        buckets: impl Iterator<Item = (f64, u64)>,
        (count, sum): (u64, f64),
    ) {
        let bucket = |(bound, count)| {
            let mut bucket = Bucket::default();
            bucket.set_upper_bound(bound);
            bucket.set_cumulative_count(count);
            bucket
        };
        let mut histogram = Histogram::default();
        histogram.set_bucket(buckets.map(bucket).collect());
        histogram.set_sample_count(count);
        histogram.set_sample_sum(sum);
        let mut metric = Metric::from_label(pairs(labels));
        metric.set_histogram(histogram);
        self.metrics.push(metric);
    }
}

impl Drop for Samples<'_> {
    fn drop(&mut self) {
        if self.metrics.is_empty() {
            return;
        }
        let mut family = MetricFamily::default();
        family.set_name(self.name.to_owned());
        family.set_help(self.help.to_owned());
        family.set_field_type(self.kind);
        family.set_metric(std::mem::take(&mut self.metrics));
        self.families.0.push(family);
    }
}

fn pairs(labels: &Labels<'_>) -> Vec<LabelPair> {
    let pair = |(name, value): &(&'static str, &str)| {
        let mut pair = LabelPair::default();
        pair.set_name((*name).to_owned());
        pair.set_value((*value).to_owned());
        pair
    };
    labels.iter().map(pair).collect()
}

/// 1 or 0.
pub(super) fn truth(holds: bool) -> f64 {
    if holds { 1.0 } else { 0.0 }
}

/// A count as the format has it.
#[expect(clippy::cast_precision_loss, reason = "Prometheus knows no other number")]
pub(super) fn number(count: u64) -> f64 {
    count as f64
}

/// Seconds since 1970, with the milliseconds.
#[expect(clippy::cast_precision_loss, reason = "2^53 milliseconds are 285,000 years")]
pub(super) fn seconds(time: DateTime<Utc>) -> f64 {
    time.timestamp_millis() as f64 / 1000.0
}

/// Milliseconds as seconds.
pub(super) fn of_milliseconds(milliseconds: u64) -> f64 {
    number(milliseconds) / 1000.0
}
