//! The file as a whole, and the names in it.

use crate::registry::cause::FileFault;
use crate::registry::entry::entries;

entries! {
    FileFault {
        Unreadable: "PF120" "env-file-unreadable", Syntax, Anywhere, ["ENV_FILE"] {
            message: "The file can't be read here, so only the effective values are checked.",
            remedy: "On the host: chown root:10001 .env.production && chmod 640 .env.production.",
            explanation: "ENV_FILE names the mounted .env.production, and the container's user, \
                10001, may not read it, or it is not there. The values in force are judged all the \
                same; that a $ was eaten or that a line is set twice can't be seen from them.",
            bad: "$ chmod 600 .env.production",
            good: "$ chown root:10001 .env.production && chmod 640 .env.production",
        }
        NotUnicode: "PF121" "env-file-not-utf8", Syntax, Anywhere, ["ENV_FILE"] {
            message: "The file is not valid UTF-8 at this place.",
            remedy: "Save it as UTF-8: iconv -f LATIN1 -t UTF-8 FILE >NEW, where it is Latin-1.",
            explanation: "Some bytes are no text in UTF-8: an accent or an umlaut that was saved as \
                Latin-1, or the whole file as UTF-16. Programs refuse such a value or change it \
                silently. Nothing else is said of the file until it can be read.",
            bad: "$ iconv -f UTF-8 -t UTF-16 .env.production >new",
            good: "$ iconv -f UTF-16 -t UTF-8 .env.production >new",
        }
        TooLarge: "PF122" "env-file-too-large", Syntax, Anywhere, ["ENV_FILE"] {
            message: "The file is larger than 1 MiB.",
            remedy: "Keep only variables in it.",
            explanation: "An environment file is a page or two. One of this size has swallowed \
                something: a log, a dump, a certificate store. Nothing of it is read.",
            bad: "$ pg_dump toogoodtogo >>.env.production",
            good: "$ pg_dump toogoodtogo >dump.sql",
        }
        Exposed: "PF123" "env-file-exposed", Syntax, NotInProduction, ["ENV_FILE"] {
            message: "Everybody on this machine may read or change the file.",
            remedy: "Shut everybody else out: chmod o= FILE.",
            explanation: "The file holds every secret of the stack. As it is, each user and each \
                service on this machine may open it, a web server that was broken into as well. \
                If that may have happened, change the secrets too.",
            bad: "$ chmod 644 .env.production",
            good: "$ chown root:10001 .env.production && chmod 640 .env.production",
        }
        Stale: "PF124" "env-file-stale", Presence, Anywhere, any {
            message: "The value in force is not the one that the file gives.",
            remedy: "Unset the variable in the shell that runs Compose; where the file has changed since, run up -d.",
            explanation: "A variable of the shell beats the file, silently: an export from \
                yesterday's test decides what production runs with. Or the file was changed, and \
                the containers still have the old value, until the next restart brings the new \
                one when nobody expects it.",
            bad: "$ MAX_WORKERS=64 docker compose -f docker-compose.prod.yml up -d",
            good: "$ docker compose -f docker-compose.prod.yml up -d",
        }
        TooMany: "PF125" "too-many-findings", Syntax, Never, ["ENV_FILE"] {
            message: "There are more than 1,000 findings; the rest is not shown.",
            remedy: "See whether the file is an environment file at all; then mend what is shown, and look again.",
            explanation: "Nobody reads so many, and a file that has them is most likely another \
                one: a log, a program, a page of a web site. What is not shown may be worse than \
                what is, so nothing starts on it, whatever is ignored.",
            bad: "$ cat server.log >>.env.production",
            good: "$ cat server.log >>server.log.1",
        }
        KeyTypo: "PF130" "key-typo", Presence, Anywhere, required {
            message: "A line sets a name that is nearly this one, and this one is not set.",
            remedy: "Correct the name in that line.",
            explanation: "Nothing reads the name in that line, and the variable that was most \
                likely meant has no line of its own. It has no default either: it is unset, \
                whatever the line says.",
            bad: "MAX_WORKER=4",
            good: "MAX_WORKERS=4",
        }
        KeyUnknown: "PF131" "key-unknown", Presence, Anywhere, ["ENV_FILE"] {
            message: "A line sets a variable that nothing in the stack reads.",
            remedy: "Correct the name, or remove the line; what only the bot reads belongs in bot.env.",
            explanation: "A container gets the variables that services.yml names, and this is none \
                of them: nobody ever sees it. What only the application knows stands in \
                bot.env, which the bot alone is given. The name is not shown, for it may be a part \
                of a secret whose quote was broken.",
            bad: "SENTRY_DSN=https://fake@sentry.example.org/1",
            good: "# SENTRY_DSN is in bot.env.",
        }
        KeyAbsent: "PF132" "key-absent", Presence, Anywhere, any {
            message: "The template has this variable and the file lacks it: its default holds.",
            remedy: "Copy its line from the template, to have it in sight.",
            explanation: "Nothing is wrong: services.yml has a default for it. A new version of \
                the template may have brought it, and somebody should know that it is there.",
            bad: "# There is no line for BACKUP_RETENTION_DAYS.",
            good: "BACKUP_RETENTION_DAYS=7",
        }
        KeyFile: "PF133" "key-file", Presence, Anywhere, from_file {
            message: "The _FILE form does not reach the containers from this file.",
            remedy: "Write the value itself; a _FILE form is for a container that you give it yourself in the Compose file.",
            explanation: "A container gets the variables that services.yml names, and no _FILE \
                form is among them: the variable itself arrives empty, and nobody looks into the \
                file. A Compose file of your own may hand one on, and mount what it names.",
            bad: "STRIPE_API_KEY_FILE=/run/secrets/stripe_api_key",
            good: "STRIPE_API_KEY=sk_live_51FakeFakeFake",
        }
    }
}
