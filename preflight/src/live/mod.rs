//! `check --live`: what answers on the network and on disk, asked all at once.
//!
//! Everything has the same deadline, so that the whole takes one and not the sum; what has not
//! answered by then is given up. Nothing is asked with a value that is already known to be bad, and
//! nothing is changed anywhere: a login is all that a server sees, and no file stays behind.

mod certificate;
mod folder;
mod servers;
mod webhook;

use std::io;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use domain::configuration::Attribute;
use platform::runtime;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout_at};

use crate::config::LiveConfig;
use crate::examine::Checked;
use crate::finding::Finding;
use crate::registry::{Cause, LiveFault};
use crate::variables::Key;

const STATE_DIR: Key = Key::named("STATE_DIR");
const LOG_DIR: Key = Key::named("LOG_DIR");
const BACKUP_DIR: Key = Key::named("BACKUP_DIR");

/// Looks at everything that `checked` gives a usable value for.
///
/// # Errors
/// The system gives no event loop.
pub(crate) fn look(
    checked: &Checked,
    config: &LiveConfig,
    now: DateTime<Utc>,
) -> io::Result<Vec<Finding>> {
    runtime::run(look_at_all(checked, config, now))
}

async fn look_at_all(checked: &Checked, config: &LiveConfig, now: DateTime<Utc>) -> Vec<Finding> {
    let end = Instant::now() + config.timeout;
    let verdict = &checked.verdict;
    let is_good = |attribute| !checked.has_error(attribute);
    let postgres = verdict.database_url.as_ref().filter(|_| is_good(Attribute::DatabaseUrl));
    let redis = verdict.redis_url.as_ref().filter(|_| is_good(Attribute::RedisUrl));
    let webhook = verdict.telegram_webhook_url.as_ref();
    let host = webhook
        .filter(|_| is_good(Attribute::TelegramWebhookUrl))
        .map(|webhook| webhook.host.as_str());
    let database = postgres.map(|url| url.database.clone());

    let of_postgres = async {
        match postgres {
            Some(url) => servers::postgres(url, &config.trust, config.timeout).await,
            None => vec![],
        }
    };
    let of_redis = async {
        match redis {
            Some(url) => servers::redis(url, &config.trust, config.timeout).await,
            None => vec![],
        }
    };
    let of_webhook = async {
        match host {
            Some(host) => webhook::look(host).await,
            None => vec![],
        }
    };
    let of_certificate = on_disk(&config.certificate, {
        let host = host.map(str::to_owned);
        move |path| certificate::look(path, host.as_deref(), now)
    });
    let of_backups =
        on_disk(&config.backup_dir, move |path| folder::backups(path, database.as_deref()));
    let found = tokio::join!(
        within(end, Key::Attribute(Attribute::TelegramWebhookUrl), of_webhook),
        within(end, Key::Attribute(Attribute::DatabaseUrl), of_postgres),
        within(end, Key::Attribute(Attribute::RedisUrl), of_redis),
        within(end, Key::Certificate, of_certificate),
        within(end, STATE_DIR, on_disk(&config.state_dir, folder::look)),
        within(end, LOG_DIR, on_disk(&config.log_dir, folder::look)),
        within(end, BACKUP_DIR, of_backups),
    );
    [found.0, found.1, found.2, found.3, found.4, found.5, found.6].concat()
}

/// What `work` finds about `key`, or that it had not ended at `end`.
async fn within(
    end: Instant,
    key: Key,
    work: impl Future<Output = Vec<LiveFault>>,
) -> Vec<Finding> {
    let faults = timeout_at(end, work).await.unwrap_or_else(|_| vec![LiveFault::Deadline]);
    faults.into_iter().map(|fault| Finding::new(key, Cause::Live(fault))).collect()
}

/// A look at a path, on a thread of its own: a disk that hangs holds up nothing else. It can't be
/// stopped, but nobody waits for it.
async fn on_disk(
    path: &Path,
    look: impl FnOnce(&Path) -> Vec<LiveFault> + Send + 'static,
) -> Vec<LiveFault> {
    let path: PathBuf = path.to_owned();
    let looked = spawn_blocking(move || look(&path)).await;
    looked.unwrap_or_else(|ended| resume_unwind(ended.into_panic()))
}
