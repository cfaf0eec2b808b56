//! Asks every dependency in the background, all at once, and writes what it finds on the board.
//!
//! It survives whatever they answer: a failure is a result. It asks at its own pace, whoever reads
//! the board.

mod bot;
mod check;
mod pace;
mod postgres;
mod redis;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Instant;

use domain::health::{Checks, Round};
use tokio::time::sleep;

use crate::board::Board;
use crate::config::Probing;
use crate::view::View;
use bot::BotProbe;
use check::Watched;
use pace::Pace;
use postgres::PostgresProbe;
use redis::RedisProbe;

/// Asks again and again, for ever.
pub async fn run(config: Probing, view: View) -> Infallible {
    let mut prober = Prober::new(config, view.board);
    loop {
        let begun = Instant::now();
        prober.ask_all().await;
        prober.publish(begun);
        prober.retry(begun).await;
        sleep(prober.pace.until_next(begun, prober.all_pass())).await;
    }
}

struct Prober {
    board: Arc<Board>,
    pace: Pace,
    bot: Option<Watched<BotProbe>>,
    postgres: Watched<PostgresProbe>,
    redis: Watched<RedisProbe>,
}

impl Prober {
    fn new(config: Probing, board: Arc<Board>) -> Self {
        let (timeout, thresholds, now) = (config.timeout, config.thresholds, board.now());
        Self {
            board,
            pace: Pace::new(config.interval),
            bot: config.bot.map(|url| Watched::new(BotProbe::new(url), timeout, thresholds, now)),
            postgres: Watched::new(PostgresProbe::new(config.postgres), timeout, thresholds, now),
            redis: Watched::new(RedisProbe::new(config.redis), timeout, thresholds, now),
        }
    }

    async fn ask_all(&mut self) {
        let bot = async {
            if let Some(bot) = &mut self.bot {
                bot.ask(&self.board).await;
            }
        };
        tokio::join!(bot, self.postgres.ask(&self.board), self.redis.ask(&self.board));
    }

    /// Asks those whose last result contradicts their state again, until none is in doubt, or the
    /// others have waited long enough.
    async fn retry(&mut self, round_begun: Instant) {
        while self.any_in_doubt() && !self.pace.is_due(round_begun) {
            sleep(self.pace.until_retry()).await;
            let begun = Instant::now();
            let bot = async {
                if let Some(bot) = &mut self.bot {
                    bot.ask_if_in_doubt(&self.board).await;
                }
            };
            tokio::join!(
                bot,
                self.postgres.ask_if_in_doubt(&self.board),
                self.redis.ask_if_in_doubt(&self.board)
            );
            self.publish(begun);
        }
    }

    fn publish(&self, begun: Instant) {
        self.board.publish(Round {
            checked_at: self.board.now(),
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
