//! What a line can be beside being what was meant (compose-go, `dotenv` and `template`).

use domain::env_file::Quirk;

use crate::registry::entry::entries;

entries! {
    Quirk {
        KeyCharacter: "PF100" "key-character", Syntax, Anywhere, any {
            message: "A name holds a character that no name may hold, and Compose refuses the file.",
            remedy: "Write names of letters, digits and _; put a value that goes over several lines in quotes.",
            explanation: "Where Compose expects a name, there is a character such as + or /. Often \
                it is the second line of a value, a key in PEM say, that lacks its quotes, or the \
                rest of a line behind a closing quote. Compose starts nothing, and its own message \
                prints the raw text, secrets included.",
            bad: "MAX+WORKERS=4",
            good: "MAX_WORKERS=4",
        }
        KeySpace: "PF101" "key-space", Syntax, Anywhere, any {
            message: "A name holds a space, and Compose refuses the file.",
            remedy: "Write KEY=value; a line of text begins with #.",
            explanation: "A line of prose without a # before it, or a space inside of a name. \
                Compose starts nothing, and its own message prints the raw text, secrets included.",
            bad: "MAX WORKERS=4",
            good: "MAX_WORKERS=4",
        }
        KeyMissing: "PF102" "key-missing", Syntax, Anywhere, any {
            message: "The file ends where a name should stand, and Compose refuses it.",
            remedy: "Write export KEY=value, or remove the line.",
            explanation: "The last line is the word export and nothing behind it: the end of the \
                file was lost, in copying or on a full disk. Look whether more than this one line \
                is missing.",
            bad: "MAX_WORKERS=4\nexport ",
            good: "export MAX_WORKERS=4",
        }
        QuoteUnterminated: "PF103" "quote-unterminated", Syntax, Anywhere, any {
            message: "A quote is opened and never closed, and Compose refuses the file.",
            remedy: "Close it; a quote inside of quotes is written with a backslash before it.",
            explanation: "A value in quotes may go over several lines, so Compose looks for the \
                closing quote to the end of the file, and finds none, or one that belongs to \
                another value. Its own message prints the raw text, secrets included.",
            bad: "LOG_LEVEL=\"INFO",
            good: "LOG_LEVEL=\"INFO\"",
        }
        ReferenceMalformed: "PF104" "reference-malformed", Syntax, Anywhere, any {
            message: "What follows ${ can't be read as the name of a variable, and Compose refuses the file.",
            remedy: "Put the value in single quotes, or write $$ for each $.",
            explanation: "In a value without quotes, or in double quotes, ${ begins a reference to \
                another variable. This one has no closing brace or no name: it is most likely a \
                part of a password. In single quotes, a $ is a $.",
            bad: "DATABASE_PASSWORD=fake${word\n\
                DATABASE_URL=postgresql://toogoodtogo:fake%24%7Bword@postgres:5432/toogoodtogo",
            good: "DATABASE_PASSWORD='fake${word'\n\
                DATABASE_URL=postgresql://toogoodtogo:fake%24%7Bword@postgres:5432/toogoodtogo",
        }
        ReferenceRequired: "PF105" "reference-required", Syntax, Anywhere, any {
            message: "The value asks for a variable that is not set, and Compose refuses the file.",
            remedy: "Set that variable in a line above, or put the value in single quotes.",
            explanation: "${NAME:?} means that Compose is to stop where NAME is not set or empty, \
                and ${NAME?} where it is not set. A reference sees the shell that runs Compose, and \
                the lines above it, but none below.",
            bad: "REDIS_URL=redis://:${REDIS_PASSWORD:?}@redis:6379/0\n\
                REDIS_PASSWORD=fake-word",
            good: "REDIS_PASSWORD=fake-word\n\
                REDIS_URL=redis://:${REDIS_PASSWORD:?}@redis:6379/0",
        }
        DollarEaten: "PF106" "dollar-eaten", Syntax, Anywhere, any {
            message: "A $ and what follows it is read as a variable, which is not set: Compose puts nothing in its place.",
            remedy: "Put the value in single quotes, or write $$ for each $.",
            explanation: "In a value without quotes, or in double quotes, $word stands for the \
                variable called word. There is none, so Compose warns in passing and the value \
                loses that part: a password of nine characters arrives as one of four. The login \
                fails, and the file looks right to everybody who opens it.",
            bad: "DATABASE_PASSWORD=fake$word\n\
                DATABASE_URL=postgresql://toogoodtogo:fake%24word@postgres:5432/toogoodtogo",
            good: "DATABASE_PASSWORD='fake$word'\n\
                DATABASE_URL=postgresql://toogoodtogo:fake%24word@postgres:5432/toogoodtogo",
        }
        CommentAsValue: "PF107" "comment-as-value", Syntax, Anywhere, any {
            message: "The comment behind the = is read as a part of the value.",
            remedy: "Put the comment on a line of its own.",
            explanation: "For Compose a comment begins with a space and a #, behind a value. Where \
                there is no value yet, or a tab stands in the place of the space, the # and what \
                follows is the value: a variable that was meant to be empty is a sentence.",
            bad: "ALLOWED_ORIGINS=   # none so far",
            good: "# None so far.\n\
                ALLOWED_ORIGINS=",
        }
        StatementAfterQuote: "PF108" "statement-after-quote", Syntax, Anywhere, any {
            message: "What follows the closing quote is read as another variable.",
            remedy: "End the line behind the quote; a quote inside of quotes is written with a backslash before it.",
            explanation: "Compose ends the value at the closing quote, and begins a new variable \
                with whatever stands behind it. A quote inside of a password ends the value there: \
                the rest is lost, or becomes a variable that nobody knows of.",
            bad: "LOG_LEVEL=\"INFO\"MAX_WORKERS=4",
            good: "LOG_LEVEL=\"INFO\"\n\
                MAX_WORKERS=4",
        }
        DuplicateKey: "PF109" "duplicate-key", Syntax, Anywhere, any {
            message: "The variable has been set in an earlier line, and this line wins.",
            remedy: "Remove one of the two lines.",
            explanation: "Compose takes the last line without a word. Whoever finds the first one \
                and changes it wonders why nothing changes: after a rotation, the old secret is \
                still in force.",
            bad: "MAX_WORKERS=2\n\
                MAX_WORKERS=4",
            good: "MAX_WORKERS=4",
        }
        ByteOrderMark: "PF110" "byte-order-mark", Syntax, Anywhere, any {
            message: "The file begins with a byte order mark, which other readers take for a part of the first name.",
            remedy: "Save it as UTF-8 without a byte order mark: sed -i '1s/^\\xef\\xbb\\xbf//' FILE.",
            explanation: "Some editors on Windows put three bytes before the first line that no \
                screen shows. Compose skips them; a shell and several libraries don't, and to them \
                the first variable is not set.",
            bad: "\u{feff}LOG_LEVEL=INFO",
            good: "LOG_LEVEL=INFO",
        }
        CarriageReturn: "PF111" "carriage-return", Syntax, Anywhere, any {
            message: "The lines end with CR LF, as Windows writes them; other readers keep the CR in the value.",
            remedy: "Save it with Unix line endings: sed -i 's/\\r$//' FILE.",
            explanation: "Compose drops the CR at the end of a line. A shell that reads the file \
                keeps it: INFO becomes INFO and a CR, which looks the same in every log and is \
                equal to nothing.",
            bad: "LOG_LEVEL=INFO\r\nMAX_WORKERS=4\r\n",
            good: "LOG_LEVEL=INFO\nMAX_WORKERS=4\n",
        }
        TrailingSpace: "PF112" "trailing-space", Syntax, Anywhere, any {
            message: "White space behind the value is cut off.",
            remedy: "Remove it; where it belongs to the value, put the value in quotes.",
            explanation: "Compose cuts it off, docker run --env-file keeps it, and nobody sees it. \
                Where it is a part of a password, the value in force is another one.",
            bad: "LOG_LEVEL=INFO  ",
            good: "LOG_LEVEL=INFO",
        }
        PaddedValue: "PF113" "padded-value", Syntax, Anywhere, any {
            message: "The value in quotes begins or ends with white space, which stays in it.",
            remedy: "Remove the white space inside the quotes, unless it is meant.",
            explanation: "In quotes, every character counts. A space that came along in copying \
                becomes a part of the password or the token, and the login fails with a value that \
                looks right.",
            bad: "ALLOWED_ORIGINS=\"https://app.example.org \"",
            good: "ALLOWED_ORIGINS=\"https://app.example.org\"",
        }
        CarriageReturnKept: "PF114" "carriage-return-kept", Syntax, Anywhere, any {
            message: "A carriage return stays in the value.",
            remedy: "Save the file with Unix line endings: sed -i 's/\\r$//' FILE.",
            explanation: "The value goes over several lines that end with CR LF, or has a CR in its \
                middle, and Compose keeps each of them as a part of it. A key in PEM is then no \
                longer one, and a password is another.",
            bad: "ALLOWED_ORIGINS='https://app.example.org,\r\nhttps://www.example.org'",
            good: "ALLOWED_ORIGINS='https://app.example.org,\nhttps://www.example.org'",
        }
        CurlyQuote: "PF115" "curly-quote", Syntax, Anywhere, any {
            message: "The value is in typographic quotes, which stay in it.",
            remedy: "Write ' or \" instead.",
            explanation: "A chat, a wiki or a word processor has made “ and ” of the quotes. To \
                Compose they are letters as any other, and a part of the value.",
            bad: "LOG_LEVEL=“INFO”",
            good: "LOG_LEVEL=\"INFO\"",
        }
        BareKey: "PF116" "bare-key", Syntax, Anywhere, any {
            message: "The line is a name without =, which takes its value from the shell that runs Compose.",
            remedy: "Write KEY=value.",
            explanation: "Such a line has the value that the shell happens to have, or none. It \
                works for the person who has exported the variable; after a reboot, and for \
                everybody else, it is not set.",
            bad: "ALLOWED_ORIGINS\n\
                MAX_WORKERS=4",
            good: "ALLOWED_ORIGINS=https://app.example.org\n\
                MAX_WORKERS=4",
        }
        EmptyKey: "PF117" "empty-key", Syntax, Anywhere, any {
            message: "The line gives a value without a name.",
            remedy: "Write KEY=value, or remove the line.",
            explanation: "There is nothing before the =, or the last line of the file is a word \
                without = and without a line end, which Compose takes for a value. No variable is \
                set, and the one that was meant lacks its value.",
            bad: "ALLOWED_ORIGINS=\n=https://app.example.org",
            good: "ALLOWED_ORIGINS=https://app.example.org",
        }
        ColonAssignment: "PF118" "colon-assignment", Syntax, Anywhere, any {
            message: "KEY: value is read by Compose as KEY=value, and not by other readers.",
            remedy: "Write KEY=value.",
            explanation: "Compose takes the way that YAML writes it too. A shell and most libraries \
                don't: to them the variable is not set, or the file is wrong.",
            bad: "LOG_LEVEL: INFO",
            good: "LOG_LEVEL=INFO",
        }
        ReferenceTooLong: "PF119" "reference-too-long", Syntax, Anywhere, any {
            message: "References make the values longer than any program can be given.",
            remedy: "Put the value in single quotes, or write $$ for each $.",
            explanation: "Each line may repeat the lines above it, so a short file can ask for \
                gigabytes: A=$B$B after B=$C$C, and so on. Linux hands no program more than about \
                2 MiB of variables. Compose would take all memory there is and fail, or start \
                nothing.",
            bad: "$ echo A0=fake >FILE; for n in {1..24}; do echo \"A$n=\\$A$((n-1))\\$A$((n-1))\"; done >>FILE",
            good: "$ preflight template >FILE",
        }
    }
}
