//! What there is to say about a line of an environment file: a closed set, without any of its text.

use crate::configuration::Severity;

use super::Position;

/// Something about one place of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Remark {
    /// Where it is.
    pub position: Position,
    /// The statement it belongs to, an index into [`super::EnvFile::statements`]; `None` where the
    /// line gives no statement, or the remark is about the whole file.
    pub statement: Option<usize>,
    /// What it is.
    pub quirk: Quirk,
}

/// What a line can be, beside being what was meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Quirk {
    /// A name holds a character that no name may hold. Compose refuses the file.
    KeyCharacter,
    /// A name holds a space. Compose refuses the file.
    KeySpace,
    /// `export` stands alone. Compose refuses the file.
    KeyMissing,
    /// A quote is opened and never closed. Compose refuses the file.
    QuoteUnterminated,
    /// `${` begins no reference that can be read. Compose refuses the file.
    ReferenceMalformed,
    /// `${NAME:?}` or `${NAME?}`, and there is no such variable. Compose refuses the file.
    ReferenceRequired,
    /// The values of references make the file's values longer than any program can be given.
    ReferenceTooLong,
    /// `$NAME` or `${NAME}`, and there is no such variable: Compose puts nothing in its place.
    DollarEaten,
    /// `KEY=   # note`: the value is the comment.
    CommentAsValue,
    /// Text behind a closing quote: Compose reads it as another statement.
    StatementAfterQuote,
    /// The key has been set before, and this line wins.
    DuplicateKey,
    /// The file begins with a byte order mark.
    ByteOrderMark,
    /// Lines end with CR LF; told once, at the first.
    CarriageReturn,
    /// White space behind an unquoted value, which Compose cuts off.
    TrailingSpace,
    /// A quoted value begins or ends with white space, which stays in it.
    PaddedValue,
    /// A quoted value of several lines holds a CR, which stays in it.
    CarriageReturnKept,
    /// The value is in curly quotes, which stay in it.
    CurlyQuote,
    /// A name without `=`: it takes the value that Compose's own environment has, or none.
    BareKey,
    /// `=value`: there is no name.
    EmptyKey,
    /// `KEY: value`, which Compose reads as `KEY=value`, and others don't.
    ColonAssignment,
}

impl Quirk {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::KeyCharacter,
        Self::KeySpace,
        Self::KeyMissing,
        Self::QuoteUnterminated,
        Self::ReferenceMalformed,
        Self::ReferenceRequired,
        Self::ReferenceTooLong,
        Self::DollarEaten,
        Self::CommentAsValue,
        Self::StatementAfterQuote,
        Self::DuplicateKey,
        Self::ByteOrderMark,
        Self::CarriageReturn,
        Self::TrailingSpace,
        Self::PaddedValue,
        Self::CarriageReturnKept,
        Self::CurlyQuote,
        Self::BareKey,
        Self::EmptyKey,
        Self::ColonAssignment,
    ];

    /// Whether Compose refuses the whole file for it.
    #[must_use]
    pub const fn is_refused(self) -> bool {
        matches!(
            self,
            Self::KeyCharacter
                | Self::KeySpace
                | Self::KeyMissing
                | Self::QuoteUnterminated
                | Self::ReferenceMalformed
                | Self::ReferenceRequired
        )
    }

    /// How bad it is: an error where the value in force can't be what was meant.
    #[must_use]
    pub const fn severity(self) -> Severity {
        match self {
            Self::DuplicateKey
            | Self::ByteOrderMark
            | Self::CarriageReturn
            | Self::TrailingSpace
            | Self::PaddedValue
            | Self::BareKey
            | Self::ColonAssignment => Severity::Warning,
            _ => Severity::Error,
        }
    }
}
