//! The bot's token and its webhook.

use domain::configuration::Rule;

use crate::registry::entry::entries;

entries! {
    Rule {
        TelegramToken: "PF030" "telegram-token", Type, Anywhere, ["TELEGRAM_BOT_TOKEN"] {
            message: "This is no token of a Telegram bot.",
            remedy: "Copy the whole token from @BotFather: digits, a colon, and 35 letters, digits, _ or -.",
            explanation: "A token is the bot's number, a colon and a secret. A part of it that was \
                lost in copying, a space or a quote that came along, and Telegram answers every \
                call with 401 or 404: the bot runs, looks well, and says nothing to anybody.",
            bad: "TELEGRAM_BOT_TOKEN=AAFakeFakeFakeFakeFakeFakeFakeFakeFa",
            good: "TELEGRAM_BOT_TOKEN=123456789:AAFakeFakeFakeFakeFakeFakeFakeFakeF",
        }
        TelegramTokenUnusual: "PF031" "telegram-token-unusual", Type, Anywhere, ["TELEGRAM_BOT_TOKEN"] {
            message: "The token does not look like those that Telegram gives out today.",
            remedy: "Compare it with what @BotFather shows: usually 35 characters behind the colon, the first an A.",
            explanation: "Telegram's server would take the form of this token, but those that it \
                gives out have 35 characters behind the colon and begin with an A there. A letter \
                more or less is most often a slip in copying.",
            bad: "TELEGRAM_BOT_TOKEN=123456789:AAFakeFakeFakeFakeFakeFakeFakeFa",
            good: "TELEGRAM_BOT_TOKEN=123456789:AAFakeFakeFakeFakeFakeFakeFakeFakeF",
        }
        WebhookNotHttps: "PF032" "webhook-not-https", Type, NotInProduction, ["TELEGRAM_WEBHOOK_URL"] {
            message: "The webhook is not an https:// URL.",
            remedy: "Begin it with https://; Telegram posts to nothing else.",
            explanation: "Telegram refuses to register such a webhook, and no update ever arrives. \
                Over plain HTTP, anybody on the way could read what people write to the bot, and \
                write in their name.",
            bad: "TELEGRAM_WEBHOOK_URL=http://bot.example.org/webhook/fake",
            good: "TELEGRAM_WEBHOOK_URL=https://bot.example.org/webhook/fake",
        }
        WebhookPort: "PF033" "webhook-port", Type, Anywhere, ["TELEGRAM_WEBHOOK_URL"] {
            message: "Telegram does not post to this port.",
            remedy: "Use port 443, 80, 88 or 8443, or leave the port out for 443.",
            explanation: "Telegram posts to four ports only, and refuses to register a webhook on \
                any other. The bot starts and is healthy, and no update ever arrives.",
            bad: "TELEGRAM_WEBHOOK_URL=https://bot.example.org:8080/webhook/fake",
            good: "TELEGRAM_WEBHOOK_URL=https://bot.example.org:8443/webhook/fake",
        }
        WebhookLoopback: "PF034" "webhook-loopback", Across, Anywhere, ["TELEGRAM_WEBHOOK_URL"] {
            message: "The webhook's host is the machine itself, which Telegram can't reach.",
            remedy: "Write the public host name of this server.",
            explanation: "To Telegram's servers, localhost would be they themselves: they refuse \
                such a webhook, and no update ever arrives. A URL of a developer's machine was \
                copied along.",
            bad: "ENVIRONMENT_NAME=production\n\
                TELEGRAM_WEBHOOK_URL=https://localhost/webhook/fake",
            good: "ENVIRONMENT_NAME=production\n\
                TELEGRAM_WEBHOOK_URL=https://bot.example.org/webhook/fake",
        }
        WebhookHost: "PF035" "webhook-host", Across, Anywhere, ["TELEGRAM_WEBHOOK_URL"] {
            message: "Telegram can't reach this host: it is reserved, a lone name, or an IPv6 address.",
            remedy: "Write the public host name of this server, or its public IPv4 address.",
            explanation: "A name without a dot or below .local, .internal and the like is known in \
                one network only, and an address such as 10.0.0.5 is one of a private network. \
                Telegram posts over IPv4 alone. It refuses such a webhook, and no update arrives.",
            bad: "ENVIRONMENT_NAME=production\n\
                TELEGRAM_WEBHOOK_URL=https://bot.internal/webhook/fake",
            good: "ENVIRONMENT_NAME=production\n\
                TELEGRAM_WEBHOOK_URL=https://bot.example.org/webhook/fake",
        }
    }
}
