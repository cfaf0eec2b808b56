//! The samples, bounded in number.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};

use super::sample::Sample;

/// Memory is taken in steps of so many samples, as they come: an idle program stays small.
const STEP: usize = 4_096;

/// The newest samples. Each has a number, which it keeps while older ones leave.
#[derive(Debug)]
pub(super) struct Ring {
    samples: VecDeque<Sample>,
    capacity: usize,
    /// The number of the oldest sample.
    first: u64,
    /// How many samples are not later than the one before them, by the time of day.
    disordered: usize,
}

impl Ring {
    pub(super) const fn new(capacity: usize) -> Self {
        Self { samples: VecDeque::new(), capacity, first: 0, disordered: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.samples.len()
    }

    pub(super) fn is_full(&self) -> bool {
        self.samples.len() == self.capacity
    }

    pub(super) fn newest(&self) -> Option<&Sample> {
        self.samples.back()
    }

    /// The number of the oldest sample, or of the next one to come.
    pub(super) const fn first(&self) -> u64 {
        self.first
    }

    /// The sample with that number.
    pub(super) fn get(&self, number: u64) -> Option<&Sample> {
        let index = usize::try_from(number.checked_sub(self.first)?).ok()?;
        self.samples.get(index)
    }

    /// The samples at these places, oldest first.
    pub(super) fn range(
        &self,
        begin: usize,
        end: usize,
    ) -> impl DoubleEndedIterator<Item = &Sample> + '_ {
        self.samples.range(begin..end)
    }

    /// All samples, oldest first.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Sample> + '_ {
        self.samples.iter()
    }

    /// Takes a sample; the oldest leaves when there is no room.
    pub(super) fn push(&mut self, sample: Sample) {
        if self.is_full() {
            self.pop();
        }
        if self.samples.len() == self.samples.capacity() {
            self.samples.reserve_exact(STEP.min(self.capacity - self.samples.len()));
        }
        if self.newest().is_some_and(|newest| sample.at_us() <= newest.at_us()) {
            self.disordered += 1;
        }
        self.samples.push_back(sample);
    }

    fn pop(&mut self) {
        let Some(oldest) = self.samples.pop_front() else { return };
        self.first += 1;
        if self.samples.front().is_some_and(|next| next.at_us() <= oldest.at_us()) {
            self.disordered -= 1;
        }
    }

    /// How many samples come before that time of day. Where the clock was set back, several places could
    /// be meant: the sample of exactly that time is, if there is one.
    pub(super) fn place_of(&self, before: DateTime<Utc>) -> usize {
        let before = before.timestamp_micros();
        if self.disordered == 0 {
            return self.samples.partition_point(|sample| sample.at_us() < before);
        }
        let newest = |wanted: &dyn Fn(&Sample) -> bool| self.samples.iter().rposition(wanted);
        newest(&|sample| sample.at_us() == before)
            .or_else(|| newest(&|sample| sample.at_us() < before).map(|place| place + 1))
            .unwrap_or(0)
    }
}
