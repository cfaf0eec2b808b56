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
    /// A name holds a character that no name may hold, and this is its place. Compose refuses the file.
    KeyCharacter,
    /// A name holds a space, the first of which is its place. Compose refuses the file.
    KeySpace,
    /// `export` and a blank are all that the last line has. Compose refuses the file.
    KeyMissing,
    /// A quote is opened and never closed, or only by the quote that opens another line's value; its
    /// place is where it opens. Compose refuses the file.
    QuoteUnterminated,
    /// `${` begins no reference that can be read; told once of a value. Compose refuses the file.
    ReferenceMalformed,
    /// `${NAME:?}` or `${NAME?}`, and there is no such variable. Compose refuses the file.
    ReferenceRequired,
    /// References bring more text (2 MiB) into the file's values than any program can be given.
    /// Compose takes the file.
    ReferenceTooLong,
    /// `$NAME` or `${NAME}`, and there is no such variable: Compose puts nothing in its place.
    DollarEaten,
    /// `KEY=   # note`, where the value is the comment, or `KEY=value<TAB># note`, where it ends with
    /// it. A `#` right behind the `=` or a letter is taken as meant.
    CommentAsValue,
    /// Text behind a closing quote: Compose reads it as another statement. What is wrong with that
    /// one is told of the same statement.
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
    /// A CR inside of a value, which stays in it: lines that end with CR LF in quotes, or with CR alone.
    CarriageReturnKept,
    /// The value begins with a curly quote, which stays in it.
    CurlyQuote,
    /// A name without `=`: it takes the value that Compose's own environment has, or none.
    BareKey,
    /// `=value`: there is no name. Nor is there to Compose where the last line is a name without `=`
    /// and without a newline: it takes that for a value.
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
