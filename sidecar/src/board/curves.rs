//! Curves that were drawn a moment ago: to make one, the whole timeline is walked.

use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a curve is good enough.
const FRESH_FOR: Duration = Duration::from_secs(2);
/// How many different curves are kept.
const MOST: usize = 16;

/// The curves that were asked for last, each with what it is of and when it was made.
pub(super) struct Curves<K, P>(Vec<(K, Instant, Arc<[P]>)>);

impl<K, P> Default for Curves<K, P> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: PartialEq, P> Curves<K, P> {
    /// The curve of that kind, made anew if it is not fresh.
    pub(super) fn get(&mut self, key: K, now: Instant, make: impl FnOnce() -> Vec<P>) -> Arc<[P]> {
        let fresh = |made: Instant| now.saturating_duration_since(made) < FRESH_FOR;
        self.0.retain(|(_, made, _)| fresh(*made));
        if let Some((_, _, curve)) = self.0.iter().find(|(known, ..)| *known == key) {
            return Arc::clone(curve);
        }
        let curve: Arc<[P]> = make().into();
        if self.0.len() < MOST {
            self.0.push((key, now, Arc::clone(&curve)));
        }
        curve
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_is_made_once_while_it_is_fresh_and_few_are_kept() {
        let mut curves = Curves::default();
        let now = Instant::now();
        let mut made = 0;
        let mut ask = |points, now| {
            curves.get(points, now, || {
                made += 1;
                vec![0; points]
            });
            made
        };
        assert_eq!([ask(3, now), ask(3, now), ask(4, now)], [1, 1, 2]);
        assert_eq!(ask(3, now + FRESH_FOR), 3);
        for points in 0..100 {
            ask(points, now + FRESH_FOR);
        }
        assert!(curves.0.len() <= MOST);
    }
}
