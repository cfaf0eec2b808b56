//! The file as a whole, and the names in it.

use crate::registry::cause::FileFault;
use crate::registry::entry::entries;

entries! {
    FileFault {
        Unreadable: "PF120" "env-file-unreadable", Syntax, Anywhere, any {
            message: "The file can't be read here, so only the effective values are checked.",
            remedy: "chown root:10001 and chmod 640 the file that ENV_FILE is mounted from.",
            explanation: "",
            bad: "",
            good: "",
        }
        NotUnicode: "PF121" "env-file-not-utf8", Syntax, Anywhere, any {
            message: "The file is not valid UTF-8 at this place.",
            remedy: "Save it as UTF-8.",
            explanation: "",
            bad: "",
            good: "",
        }
        TooLarge: "PF122" "env-file-too-large", Syntax, Anywhere, any {
            message: "The file is larger than 1 MiB.",
            remedy: "Keep only variables in it.",
            explanation: "",
            bad: "",
            good: "",
        }
        Exposed: "PF123" "env-file-exposed", Syntax, NotInProduction, any {
            message: "Everybody on this machine may read or change the file.",
            remedy: "chmod o= FILE.",
            explanation: "",
            bad: "",
            good: "",
        }
        Stale: "PF124" "env-file-stale", Presence, Anywhere, any {
            message: "The value in force is not the one that the file gives.",
            remedy: "Unset the variable in the shell that runs Compose; where the file has changed since, run up -d.",
            explanation: "",
            bad: "",
            good: "",
        }
        KeyTypo: "PF130" "key-typo", Presence, Anywhere, any {
            message: "A line sets a name that is nearly this one, and this one is not set.",
            remedy: "Correct the name in that line.",
            explanation: "",
            bad: "",
            good: "",
        }
        KeyUnknown: "PF131" "key-unknown", Presence, Anywhere, any {
            message: "A line sets a variable that nothing in the stack reads.",
            remedy: "Remove it, or move it to bot.env where the bot needs it.",
            explanation: "",
            bad: "",
            good: "",
        }
        KeyAbsent: "PF132" "key-absent", Presence, Anywhere, any {
            message: "The template has this variable and the file lacks it: its default holds.",
            remedy: "Copy its line from the template, to have it in sight.",
            explanation: "",
            bad: "",
            good: "",
        }
    }
}
