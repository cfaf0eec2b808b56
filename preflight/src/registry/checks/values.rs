//! Words, numbers and keys that stand alone.

use domain::configuration::Rule;

use crate::registry::entry::entries;

entries! {
    Rule {
        EnvironmentName: "PF010" "environment-name", Type, Anywhere, ["ENVIRONMENT_NAME"] {
            message: "The name of the environment holds something other than small letters, digits and -.",
            remedy: "Write a name such as production or staging; it begins with a letter.",
            explanation: "",
            bad: "",
            good: "",
        }
        LogLevel: "PF011" "log-level", Type, Anywhere, ["LOG_LEVEL"] {
            message: "The log level is none of DEBUG, INFO, WARNING and ERROR.",
            remedy: "Write INFO, in capitals.",
            explanation: "",
            bad: "",
            good: "",
        }
        MaxWorkers: "PF012" "max-workers", Type, Anywhere, ["MAX_WORKERS"] {
            message: "The number of workers is not a whole number from 1 to 1024.",
            remedy: "Write a number such as 4, without spaces or a sign.",
            explanation: "",
            bad: "",
            good: "",
        }
        Origin: "PF013" "origin", Type, Anywhere, ["ALLOWED_ORIGINS"] {
            message: "One of the origins is not a scheme, a host and perhaps a port.",
            remedy: "Write origins such as https://app.example.org, without a path, separated by commas.",
            explanation: "",
            bad: "",
            good: "",
        }
        DeploymentTag: "PF014" "deployment-tag", Type, Anywhere, ["DEPLOYMENT_TAG"] {
            message: "The tag names no release.",
            remedy: "Write a version such as v1.2.3, or a git commit of 7 to 40 hex digits; latest and v1.2 can't be rolled back to.",
            explanation: "",
            bad: "",
            good: "",
        }
        DeploymentTagPlus: "PF015" "deployment-tag-plus", Type, Anywhere, ["DEPLOYMENT_TAG"] {
            message: "The tag holds a +, which no Docker tag may hold.",
            remedy: "Leave the build suffix out, or make sure that the image is tagged without it.",
            explanation: "",
            bad: "",
            good: "",
        }
        StripeKey: "PF060" "stripe-key", Type, Anywhere, ["STRIPE_API_KEY"] {
            message: "This is no secret or restricted key of Stripe.",
            remedy: "Copy the key that begins with sk_live_ or rk_live_ from Stripe's dashboard.",
            explanation: "",
            bad: "",
            good: "",
        }
        StripePublishableKey: "PF061" "stripe-publishable-key", Type, Anywhere, ["STRIPE_API_KEY"] {
            message: "This is a publishable key, which is for browsers.",
            remedy: "Use the secret key, sk_live_, or a restricted one, rk_live_.",
            explanation: "",
            bad: "",
            good: "",
        }
        StripeTestKeyInProduction: "PF062" "stripe-test-key-in-production", Across, Anywhere, ["STRIPE_API_KEY"] {
            message: "This is a test key: in production no payment would be real.",
            remedy: "Use the live key, or another ENVIRONMENT_NAME than production.",
            explanation: "",
            bad: "",
            good: "",
        }
        DebugInProduction: "PF070" "debug-in-production", Across, NotInProduction, ["LOG_LEVEL"] {
            message: "DEBUG logs too much for production.",
            remedy: "Write INFO, or another ENVIRONMENT_NAME than production.",
            explanation: "",
            bad: "",
            good: "",
        }
        WildcardOriginInProduction: "PF071" "wildcard-origin-in-production", Across, Anywhere, ["ALLOWED_ORIGINS"] {
            message: "The origin * lets every web site call.",
            remedy: "List the origins, or leave the variable out when browsers don't call.",
            explanation: "",
            bad: "",
            good: "",
        }
    }
}
