//! Whether a variable is there, and where its value comes from.

use domain::configuration::Rule;

use crate::registry::cause::SourceFault;
use crate::registry::entry::entries;

entries! {
    Rule {
        Unset: "PF001" "unset", Presence, Anywhere, required {
            message: "The variable is not set.",
            remedy: "Add it to .env.production; `preflight template` shows how it looks.",
            explanation: "Nothing gives the variable a value, and it has no default. Compose would \
                hand it on as an empty text without a word, and the program that needs it would \
                fail on its first use: at the first payment, say, and not at the start.",
            bad: "# There is no line for MAX_WORKERS.",
            good: "MAX_WORKERS=2",
        }
        Empty: "PF002" "empty", Presence, Anywhere, required {
            message: "The variable is set, but to nothing.",
            remedy: "Write its value behind the = in .env.production; add the line where it is missing.",
            explanation: "A line that ends with = sets the variable to an empty text. In a \
                container, a variable that the file lacks looks the same, for Compose hands it on \
                as empty. Most programs take an empty text for a value and fail later, somewhere else.",
            bad: "MAX_WORKERS=",
            good: "MAX_WORKERS=2",
        }
        Placeholder: "PF003" "placeholder", Presence, NotInProduction, any {
            message: "The value is a placeholder, or has one in it.",
            remedy: "Put the real value in its place.",
            explanation: "The value is one that asks to be replaced: changeme, xxx, your-password, \
                a text in <angle brackets> such as the template has, in [brackets] or in \
                {{braces}}; or a whole password that is a word of documentation, such as password \
                or test. A placeholder is the first \
                password that a stranger tries, and a token that is one fails at the first call.",
            bad: "STRIPE_API_KEY=<stripe secret key>",
            good: "STRIPE_API_KEY=sk_live_51FakeFakeFake",
        }
    }
}

entries! {
    SourceFault {
        NotUnicode: "PF080" "not-utf8", Presence, Anywhere, any {
            message: "The value is not valid UTF-8.",
            remedy: "Type it anew in an editor that saves UTF-8.",
            explanation: "The environment of the container has bytes in this variable that are no \
                text. They come from a file in another encoding, such as Latin-1, or from a shell \
                that cut a character in two. Programs refuse such a value, or change it silently.",
            bad: "$ export DATABASE_PASSWORD=\"$(head -c 24 /dev/urandom)\"",
            good: "$ export DATABASE_PASSWORD=\"$(openssl rand -hex 24)\"",
        }
        BothSet: "PF081" "both-set", Presence, Anywhere, from_file {
            message: "The variable and its _FILE form are both set.",
            remedy: "Remove one of the two lines; an empty value counts as set.",
            explanation: "A value can stand in the variable, or in a file that the variable with \
                _FILE behind its name points to. With both, one program would take the first and \
                another the second: after a rotation, half of the stack would use the old secret.",
            bad: "STRIPE_API_KEY=sk_live_51FakeFakeFake\n\
                STRIPE_API_KEY_FILE=/run/secrets/stripe_api_key",
            good: "STRIPE_API_KEY_FILE=/run/secrets/stripe_api_key",
        }
        FileNameInvalid: "PF082" "file-name-invalid", Presence, Anywhere, from_file {
            message: "The _FILE form of the variable is not the path of a file.",
            remedy: "Give it the path inside the container, such as /run/secrets/NAME, or remove it.",
            explanation: "The variable with _FILE behind its name is set to nothing, or to bytes \
                that are no text. So there is no file to read the value from.",
            bad: "STRIPE_API_KEY_FILE=",
            good: "STRIPE_API_KEY_FILE=/run/secrets/stripe_api_key",
        }
        FileMissing: "PF083" "file-missing", Presence, Anywhere, from_file {
            message: "The file that the _FILE form names does not exist.",
            remedy: "Mount it into the container, and give the path inside the container.",
            explanation: "The path is looked up inside the container, where the host's folders \
                are not: only what the service mounts is there. A path of the host, or a secret \
                that the service does not list, ends here.",
            bad: "STRIPE_API_KEY_FILE=/run/secrets/absent",
            good: "STRIPE_API_KEY_FILE=/run/secrets/stripe_api_key",
        }
        FileUnreadable: "PF084" "file-unreadable", Presence, Anywhere, from_file {
            message: "The file that the _FILE form names can't be read.",
            remedy: "Make it a plain file that the container's user may read: chown root:10001 and chmod 640 on the host.",
            explanation: "There is something at that path, but it is a folder, or the user of the \
                container, 10001, may not read it. Docker makes a folder of a mount whose source \
                did not exist on the host: a secret that was never written looks like this.",
            bad: "STRIPE_API_KEY_FILE=/run/secrets/folder",
            good: "STRIPE_API_KEY_FILE=/run/secrets/stripe_api_key",
        }
        FileTooLarge: "PF085" "file-too-large", Presence, Anywhere, from_file {
            message: "The file that the _FILE form names is larger than 64 KiB.",
            remedy: "Name the file that holds this one value and nothing else.",
            explanation: "A secret is a line. A file of this size is another one: a log, a dump, a \
                device that never ends. Nothing of it is read.",
            bad: "STRIPE_API_KEY_FILE=/run/secrets/large",
            good: "STRIPE_API_KEY_FILE=/run/secrets/stripe_api_key",
        }
        FileNotUnicode: "PF086" "file-not-utf8", Presence, Anywhere, from_file {
            message: "The file that the _FILE form names is not valid UTF-8.",
            remedy: "Save it as plain text in UTF-8.",
            explanation: "The file holds bytes that are no text: it is encrypted, compressed, or in \
                another encoding such as Latin-1 or UTF-16. The value can't be handed on as it is.",
            bad: "STRIPE_API_KEY_FILE=/run/secrets/latin1",
            good: "STRIPE_API_KEY_FILE=/run/secrets/stripe_api_key",
        }
    }
}
