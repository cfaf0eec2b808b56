//! What a line can be beside being what was meant (compose-go, `dotenv` and `template`).

use domain::env_file::Quirk;

use crate::registry::entry::entries;

entries! {
    Quirk {
        KeyCharacter: "PF100" "key-character", Syntax, Anywhere, any {
            message: "A name holds a character that no name may hold, and Compose refuses the file.",
            remedy: "Write names of letters, digits and _; put a value that goes over several lines in quotes.",
            explanation: "",
            bad: "",
            good: "",
        }
        KeySpace: "PF101" "key-space", Syntax, Anywhere, any {
            message: "A name holds a space, and Compose refuses the file.",
            remedy: "Write KEY=value; a line of text begins with #.",
            explanation: "",
            bad: "",
            good: "",
        }
        KeyMissing: "PF102" "key-missing", Syntax, Anywhere, any {
            message: "The file ends where a name should stand, and Compose refuses it.",
            remedy: "Write export KEY=value, or remove the line.",
            explanation: "",
            bad: "",
            good: "",
        }
        QuoteUnterminated: "PF103" "quote-unterminated", Syntax, Anywhere, any {
            message: "A quote is opened and never closed, and Compose refuses the file.",
            remedy: "Close it; a quote inside of quotes is written with a backslash before it.",
            explanation: "",
            bad: "",
            good: "",
        }
        ReferenceMalformed: "PF104" "reference-malformed", Syntax, Anywhere, any {
            message: "What follows ${ can't be read as the name of a variable, and Compose refuses the file.",
            remedy: "Put the value in single quotes, or write $$ for each $.",
            explanation: "",
            bad: "",
            good: "",
        }
        ReferenceRequired: "PF105" "reference-required", Syntax, Anywhere, any {
            message: "The value asks for a variable that is not set, and Compose refuses the file.",
            remedy: "Set that variable in a line above, or put the value in single quotes.",
            explanation: "",
            bad: "",
            good: "",
        }
        DollarEaten: "PF106" "dollar-eaten", Syntax, Anywhere, any {
            message: "A $ and what follows it is read as a variable, which is not set: Compose puts nothing in its place.",
            remedy: "Put the value in single quotes, or write $$ for each $.",
            explanation: "",
            bad: "",
            good: "",
        }
        CommentAsValue: "PF107" "comment-as-value", Syntax, Anywhere, any {
            message: "The comment behind the = is read as the value.",
            remedy: "Put the comment on a line of its own.",
            explanation: "",
            bad: "",
            good: "",
        }
        StatementAfterQuote: "PF108" "statement-after-quote", Syntax, Anywhere, any {
            message: "What follows the closing quote is read as another variable.",
            remedy: "End the line behind the quote; a quote inside of quotes is written with a backslash before it.",
            explanation: "",
            bad: "",
            good: "",
        }
        DuplicateKey: "PF109" "duplicate-key", Syntax, Anywhere, any {
            message: "The variable has been set in an earlier line, and this line wins.",
            remedy: "Remove one of the two lines.",
            explanation: "",
            bad: "",
            good: "",
        }
        ByteOrderMark: "PF110" "byte-order-mark", Syntax, Anywhere, any {
            message: "The file begins with a byte order mark, which other readers take for a part of the first name.",
            remedy: "Save it as UTF-8 without a byte order mark.",
            explanation: "",
            bad: "",
            good: "",
        }
        CarriageReturn: "PF111" "carriage-return", Syntax, Anywhere, any {
            message: "The lines end with CR LF, as Windows writes them; other readers keep the CR in the value.",
            remedy: "Save it with Unix line endings: sed -i 's/\\r$//' FILE.",
            explanation: "",
            bad: "",
            good: "",
        }
        TrailingSpace: "PF112" "trailing-space", Syntax, Anywhere, any {
            message: "White space behind the value is cut off.",
            remedy: "Remove it; where it belongs to the value, put the value in quotes.",
            explanation: "",
            bad: "",
            good: "",
        }
        PaddedValue: "PF113" "padded-value", Syntax, Anywhere, any {
            message: "The value in quotes begins or ends with white space, which stays in it.",
            remedy: "Remove the white space inside the quotes, unless it is meant.",
            explanation: "",
            bad: "",
            good: "",
        }
        CarriageReturnKept: "PF114" "carriage-return-kept", Syntax, Anywhere, any {
            message: "The value goes over several lines that end with CR LF, and the CR stays in it.",
            remedy: "Save the file with Unix line endings: sed -i 's/\\r$//' FILE.",
            explanation: "",
            bad: "",
            good: "",
        }
        CurlyQuote: "PF115" "curly-quote", Syntax, Anywhere, any {
            message: "The value is in typographic quotes, which stay in it.",
            remedy: "Write ' or \" instead.",
            explanation: "",
            bad: "",
            good: "",
        }
        BareKey: "PF116" "bare-key", Syntax, Anywhere, any {
            message: "The line is a name without =, which takes its value from the shell that runs Compose.",
            remedy: "Write KEY=value.",
            explanation: "",
            bad: "",
            good: "",
        }
        EmptyKey: "PF117" "empty-key", Syntax, Anywhere, any {
            message: "There is no name before the =.",
            remedy: "Write KEY=value, or remove the line.",
            explanation: "",
            bad: "",
            good: "",
        }
        ColonAssignment: "PF118" "colon-assignment", Syntax, Anywhere, any {
            message: "KEY: value is read by Compose as KEY=value, and not by other readers.",
            remedy: "Write KEY=value.",
            explanation: "",
            bad: "",
            good: "",
        }
        ReferenceTooLong: "PF119" "reference-too-long", Syntax, Anywhere, any {
            message: "References make the values longer than any program can be given.",
            remedy: "Put the value in single quotes, or write $$ for each $.",
            explanation: "",
            bad: "",
            good: "",
        }
    }
}
