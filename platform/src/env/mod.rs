//! Configuration from the environment: looked up, resolved and parsed, with every mistake
//! reported at once, by the variable's name and never by its value.
//!
//! 1. A program lists its variables as [`Variable`] constants.
//! 2. [`resolve()`] looks each up, follows `NAME_FILE` and fills in defaults.
//! 3. [`Resolved::deserialize`] puts the values into a raw struct of `Option<String>` fields.
//! 4. [`Fields`] parses each and collects what is wrong.
//!
//! ```
//! use platform::env::{self, parse, Fields, MapEnv, Variable};
//!
//! const INTERVAL: Variable =
//!     Variable::plain("INTERVAL_SECONDS", "How often to ask.").with_default("5");
//! const TOKEN: Variable = Variable::secret("TOKEN", "What to show at the door.");
//!
//! #[derive(serde::Deserialize)]
//! struct Raw {
//!     interval_seconds: Option<String>,
//!     token: Option<String>,
//! }
//!
//! struct Config {
//!     interval: std::time::Duration,
//!     token: secrecy::SecretString,
//! }
//!
//! fn config(environment: &impl env::Env) -> Result<Config, env::Problems> {
//!     let resolved = env::resolve(&[INTERVAL, TOKEN], environment);
//!     let raw: Raw = resolved.deserialize()?;
//!     let mut fields = Fields::new(resolved);
//!     let interval = fields.required(&INTERVAL, raw.interval_seconds, parse::seconds(1..=60));
//!     let token = fields.required(&TOKEN, raw.token, parse::secret);
//!     fields.finish(|| Some(Config { interval: interval?, token: token? }))
//! }
//!
//! let config = config(&MapEnv::from([("TOKEN", "open sesame")])).unwrap();
//! assert_eq!(config.interval.as_secs(), 5);
//! ```

mod fields;
mod lookup;
pub mod parse;
mod problem;
mod resolve;
mod variable;

pub use fields::Fields;
pub use lookup::{Env, MapEnv, NotUnicode, ProcessEnv};
pub use problem::{Mistake, Problem, Problems};
pub use resolve::{Resolved, resolve};
pub use variable::{Variable, help};
