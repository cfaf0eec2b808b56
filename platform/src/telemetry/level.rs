//! The names of the levels, which are the data model's and not tracing's.

use tracing::level_filters::LevelFilter;

/// How much is logged: the data model's `log_level`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Everything.
    Debug,
    /// What happens.
    Info,
    /// What may need a person.
    Warning,
    /// What went wrong.
    Error,
}

impl Level {
    /// Each level by its name.
    pub const WORDS: [(&'static str, Self); 4] = [
        ("DEBUG", Self::Debug),
        ("INFO", Self::Info),
        ("WARNING", Self::Warning),
        ("ERROR", Self::Error),
    ];

    pub(super) const fn filter(self) -> LevelFilter {
        match self {
            Self::Debug => LevelFilter::DEBUG,
            Self::Info => LevelFilter::INFO,
            Self::Warning => LevelFilter::WARN,
            Self::Error => LevelFilter::ERROR,
        }
    }

    pub(super) fn name_of(level: tracing::Level) -> &'static str {
        match level {
            tracing::Level::ERROR => "ERROR",
            tracing::Level::WARN => "WARNING",
            tracing::Level::INFO => "INFO",
            _ => "DEBUG",
        }
    }
}
