//! Whether a variable is there, and where its value comes from.

use domain::configuration::Rule;

use crate::registry::cause::SourceFault;
use crate::registry::entry::entries;

entries! {
    Rule {
        Unset: "PF001" "unset", Presence, Anywhere, required {
            message: "The variable is not set.",
            remedy: "Add it to .env.production; the template shows how it looks.",
            explanation: "",
            bad: "",
            good: "",
        }
        Empty: "PF002" "empty", Presence, Anywhere, required {
            message: "The variable is set, but to nothing.",
            remedy: "Give it a value in .env.production; a line that ends with = gives none, nor does a missing line.",
            explanation: "",
            bad: "",
            good: "",
        }
        Placeholder: "PF003" "placeholder", Presence, NotInProduction, any {
            message: "The value is a placeholder.",
            remedy: "Put the real value in its place.",
            explanation: "",
            bad: "",
            good: "",
        }
    }
}

entries! {
    SourceFault {
        NotUnicode: "PF080" "not-utf8", Presence, Anywhere, any {
            message: "The value is not valid UTF-8.",
            remedy: "Type it anew in an editor that saves UTF-8.",
            explanation: "",
            bad: "",
            good: "",
        }
        BothSet: "PF081" "both-set", Presence, Anywhere, from_file {
            message: "The variable and its _FILE form are both set.",
            remedy: "Remove one of the two; an empty value counts as set.",
            explanation: "",
            bad: "",
            good: "",
        }
        FileNameInvalid: "PF082" "file-name-invalid", Presence, Anywhere, from_file {
            message: "The _FILE form of the variable is not the path of a file.",
            remedy: "Give it the path inside the container, such as /run/secrets/NAME, or remove it.",
            explanation: "",
            bad: "",
            good: "",
        }
        FileMissing: "PF083" "file-missing", Presence, Anywhere, from_file {
            message: "The file that the _FILE form names does not exist.",
            remedy: "Mount it into the container, and give the path inside the container.",
            explanation: "",
            bad: "",
            good: "",
        }
        FileUnreadable: "PF084" "file-unreadable", Presence, Anywhere, from_file {
            message: "The file that the _FILE form names can't be read.",
            remedy: "Make it a plain file that the container's user may read: chmod 0440 and chown to that user.",
            explanation: "",
            bad: "",
            good: "",
        }
        FileTooLarge: "PF085" "file-too-large", Presence, Anywhere, from_file {
            message: "The file that the _FILE form names is larger than 64 KiB.",
            remedy: "Name the file that holds this one value and nothing else.",
            explanation: "",
            bad: "",
            good: "",
        }
        FileNotUnicode: "PF086" "file-not-utf8", Presence, Anywhere, from_file {
            message: "The file that the _FILE form names is not valid UTF-8.",
            remedy: "Save it as plain text in UTF-8.",
            explanation: "",
            bad: "",
            good: "",
        }
    }
}
