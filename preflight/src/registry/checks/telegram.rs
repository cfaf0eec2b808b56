//! The bot's token and its webhook.

use domain::configuration::Rule;

use crate::registry::entry::entries;

entries! {
    Rule {
        TelegramToken: "PF030" "telegram-token", Type, Anywhere, ["TELEGRAM_BOT_TOKEN"] {
            message: "This is no token of a Telegram bot.",
            remedy: "Copy the whole token from @BotFather: digits, a colon, and 35 letters, digits, _ or -.",
            explanation: "",
            bad: "",
            good: "",
        }
        TelegramTokenUnusual: "PF031" "telegram-token-unusual", Type, Anywhere, ["TELEGRAM_BOT_TOKEN"] {
            message: "The token does not look like those that Telegram gives out today.",
            remedy: "Compare it with what @BotFather shows: usually 35 characters behind the colon, the first an A.",
            explanation: "",
            bad: "",
            good: "",
        }
        WebhookNotHttps: "PF032" "webhook-not-https", Type, NotInProduction, ["TELEGRAM_WEBHOOK_URL"] {
            message: "The webhook is not an https:// URL.",
            remedy: "Begin it with https://; Telegram posts to nothing else.",
            explanation: "",
            bad: "",
            good: "",
        }
        WebhookPort: "PF033" "webhook-port", Type, Anywhere, ["TELEGRAM_WEBHOOK_URL"] {
            message: "Telegram does not post to this port.",
            remedy: "Use port 443, 80, 88 or 8443, or leave the port out for 443.",
            explanation: "",
            bad: "",
            good: "",
        }
        WebhookLoopback: "PF034" "webhook-loopback", Across, Anywhere, ["TELEGRAM_WEBHOOK_URL"] {
            message: "The webhook's host is the machine itself, which Telegram can't reach.",
            remedy: "Write the public host name of this server.",
            explanation: "",
            bad: "",
            good: "",
        }
        WebhookHost: "PF035" "webhook-host", Across, Anywhere, ["TELEGRAM_WEBHOOK_URL"] {
            message: "Telegram can't reach this host: it is reserved, a lone name, or an IPv6 address.",
            remedy: "Write the public host name of this server, or its public IPv4 address.",
            explanation: "",
            bad: "",
            good: "",
        }
    }
}
