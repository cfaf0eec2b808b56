//! Asks every dependency in the background, all at once, and writes what it finds on the board.
//!
//! It survives whatever they answer: a failure is a result. It asks at its own pace, whoever reads
//! the board.

mod bot;
mod check;
mod pace;
mod postgres;
mod redis;
mod steady;
#[cfg(test)]
mod wedge;

use std::convert::Infallible;
use std::time::Instant;

use domain::health::{Checks, Round};
use tokio::time::sleep;

use crate::config::Probing;
use crate::view::View;
use bot::BotProbe;
use check::{Probe, Watched};
use pace::Pace;
use postgres::PostgresServer;
use redis::RedisServer;
use steady::Steady;

/// Asks again and again, for ever.
pub async fn run(config: Probing, view: View) -> Infallible {
    let Probing { interval, timeout, login_interval, thresholds, .. } = config;
    let now = view.board.now();
    let postgres =
        Steady::new(PostgresServer::new(config.postgres, config.trust.clone()), login_interval);
    let redis = Steady::new(RedisServer::new(config.redis, config.trust), login_interval);
    let prober = Prober {
        pace: Pace::new(interval),
        bot: config.bot.map(|url| Watched::new(BotProbe::new(url), timeout, thresholds, now)),
        postgres: Watched::new(postgres, timeout, thresholds, now),
        redis: Watched::new(redis, timeout, thresholds, now),
        view,
    };
    prober.run().await
}

struct Prober<B, P, R> {
    view: View,
    pace: Pace,
    bot: Option<Watched<B>>,
    postgres: Watched<P>,
    redis: Watched<R>,
}

impl<B: Probe, P: Probe, R: Probe> Prober<B, P, R> {
    async fn run(mut self) -> Infallible {
        loop {
            let begun = Instant::now();
            self.ask_all().await;
            self.publish(begun);
            self.retry(begun).await;
            sleep(self.pace.until_next(begun, self.all_pass())).await;
        }
    }

    async fn ask_all(&mut self) {
        let view = &self.view;
        let bot = async {
            if let Some(bot) = &mut self.bot {
                bot.ask(view).await;
            }
        };
        tokio::join!(bot, self.postgres.ask(view), self.redis.ask(view));
    }

    /// Asks those whose last result contradicts their state again, until none is in doubt, or the
    /// others have waited long enough.
    async fn retry(&mut self, round_begun: Instant) {
        while self.any_in_doubt() && !self.pace.is_due(round_begun) {
            sleep(self.pace.until_retry()).await;
            let begun = Instant::now();
            let view = &self.view;
            let bot = async {
                if let Some(bot) = &mut self.bot {
                    bot.ask_if_in_doubt(view).await;
                }
            };
            tokio::join!(
                bot,
                self.postgres.ask_if_in_doubt(view),
                self.redis.ask_if_in_doubt(view)
            );
            self.publish(begun);
        }
    }

    fn publish(&self, begun: Instant) {
        self.view.board.publish(Round {
            checked_at: self.view.board.now(),
            response_time: begun.elapsed(),
            checks: Checks {
                bot: self.bot.as_ref().map(Watched::check),
                postgres: self.postgres.check(),
                redis: self.redis.check(),
            },
        });
    }

    fn any_in_doubt(&self) -> bool {
        let bot = self.bot.as_ref().is_some_and(Watched::in_doubt);
        bot || self.postgres.in_doubt() || self.redis.in_doubt()
    }

    fn all_pass(&self) -> bool {
        let bot = self.bot.as_ref().is_none_or(Watched::passes);
        bot && self.postgres.passes() && self.redis.passes()
    }
}
