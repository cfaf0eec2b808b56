//! The file of a backup: a script, compressed with gzip, and encrypted with age where there are
//! recipients. What writes it tells its sum; what reads it reads every byte of it.

mod blocks;
mod decode;
mod encode;
mod key;
mod sum;

pub use decode::{ReadError, read, read_watched};
pub use encode::{Settings, WriteError, Written, write};
pub use key::{Key, NoKey, NoRecipients, Recipients};
pub use sum::{Hashed, Sum};
