//! Words, numbers and keys that stand alone.

use domain::configuration::Rule;

use crate::registry::entry::entries;

entries! {
    Rule {
        EnvironmentName: "PF010" "environment-name", Type, Anywhere, ["ENVIRONMENT_NAME"] {
            message: "The name of the environment holds something other than small letters, digits and -.",
            remedy: "Write a name such as production or staging; it begins with a letter.",
            explanation: "The rules for production hold for production, and for every name that \
                begins with prod, prd or live. Production, with a capital, would switch them off, \
                and a test key or DEBUG would pass: so a name that can't be right is refused, and \
                is held to the rules for production as well.",
            bad: "ENVIRONMENT_NAME=Production",
            good: "ENVIRONMENT_NAME=production",
        }
        LogLevel: "PF011" "log-level", Type, Anywhere, ["LOG_LEVEL"] {
            message: "The log level is none of DEBUG, INFO, WARNING and ERROR.",
            remedy: "Write INFO, in capitals.",
            explanation: "The four words are the data model's. Programs meet another one in \
                different ways: one refuses to start, another logs everything, a third nothing, \
                and then there is no log when somebody needs it.",
            bad: "LOG_LEVEL=info",
            good: "LOG_LEVEL=INFO",
        }
        MaxWorkers: "PF012" "max-workers", Type, Anywhere, ["MAX_WORKERS"] {
            message: "The number of workers is not a whole number from 1 to 1024.",
            remedy: "Write a number such as 4, without spaces or a sign.",
            explanation: "With 0 workers the bot answers nobody, and with too many it takes every \
                connection that PostgreSQL has. A word such as auto is no number to it.",
            bad: "MAX_WORKERS=auto",
            good: "MAX_WORKERS=4",
        }
        Origin: "PF013" "origin", Type, Anywhere, ["ALLOWED_ORIGINS"] {
            message: "One of the origins is not a scheme, a host and perhaps a port.",
            remedy: "Write origins such as https://app.example.org, without a path, separated by commas.",
            explanation: "A browser sends its page's origin as https://host, or https://host:port, \
                and the bot compares it as it stands. With a path, or a slash at the end, nothing \
                ever matches: every call from a browser fails, while everything looks healthy.",
            bad: "ALLOWED_ORIGINS=https://app.example.org/,admin.example.org",
            good: "ALLOWED_ORIGINS=https://app.example.org,https://admin.example.org",
        }
        DeploymentTag: "PF014" "deployment-tag", Type, Anywhere, ["DEPLOYMENT_TAG"] {
            message: "The tag names no release.",
            remedy: "Write a version such as v1.2.3, or a git commit of 7 to 40 hex digits.",
            explanation: "A tag such as latest or v1.2 means one image today and another tomorrow. \
                The deployment's record would not say what ran, and there would be nothing \
                to roll back to.",
            bad: "DEPLOYMENT_TAG=latest",
            good: "DEPLOYMENT_TAG=v1.2.3",
        }
        DeploymentTagPlus: "PF015" "deployment-tag-plus", Type, Anywhere, ["DEPLOYMENT_TAG"] {
            message: "The tag holds a +, which no Docker tag may hold.",
            remedy: "Leave the build suffix out, or make sure that the image is tagged without it.",
            explanation: "Semantic versions may end with a build suffix behind a +; a Docker tag \
                is made of letters, digits, _, . and - only. An image reference that is put \
                together from this tag is refused as an invalid reference.",
            bad: "DEPLOYMENT_TAG=v1.2.3+build7",
            good: "DEPLOYMENT_TAG=v1.2.3",
        }
        StripeKey: "PF060" "stripe-key", Type, Anywhere, ["STRIPE_API_KEY"] {
            message: "This is no secret or restricted key of Stripe.",
            remedy: "Copy the key that begins with sk_live_ or rk_live_ from Stripe's dashboard.",
            explanation: "A server's key begins with sk_ or rk_, live_ or test_, and goes on with \
                letters and digits. Stripe answers any other with 401, and a customer is the first \
                to see it: at the checkout. A whsec_ secret is for signatures, and is no key.",
            bad: "STRIPE_API_KEY=whsec_FakeFakeFake",
            good: "STRIPE_API_KEY=sk_live_51FakeFakeFake",
        }
        StripePublishableKey: "PF061" "stripe-publishable-key", Type, Anywhere, ["STRIPE_API_KEY"] {
            message: "This is a publishable key, which is for browsers.",
            remedy: "Use the secret key, sk_live_, or a restricted one, rk_live_.",
            explanation: "Stripe shows the publishable key, pk_, beside the secret one. With it, a \
                browser may begin a payment and a server may do next to nothing: the bot starts, \
                and no payment ever works.",
            bad: "STRIPE_API_KEY=pk_live_51FakeFakeFake",
            good: "STRIPE_API_KEY=sk_live_51FakeFakeFake",
        }
        StripeTestKeyInProduction: "PF062" "stripe-test-key-in-production", Across, Anywhere, ["STRIPE_API_KEY"] {
            message: "This is a test key: in production no payment would be real.",
            remedy: "Use the live key, or another ENVIRONMENT_NAME than production.",
            explanation: "With a key of test mode every payment seems to succeed, and no money \
                moves. Nothing fails and nothing is logged: the books show it weeks later.",
            bad: "ENVIRONMENT_NAME=production\n\
                STRIPE_API_KEY=sk_test_51FakeFakeFake",
            good: "ENVIRONMENT_NAME=production\n\
                STRIPE_API_KEY=sk_live_51FakeFakeFake",
        }
        DebugInProduction: "PF070" "debug-in-production", Across, NotInProduction, ["LOG_LEVEL"] {
            message: "DEBUG logs too much for production.",
            remedy: "Write INFO, or another ENVIRONMENT_NAME than production.",
            explanation: "At DEBUG, libraries log what they send and receive: queries with their \
                values, headers with their tokens, what customers write. It ends up in every copy \
                of the logs, and the lines that matter are lost among the rest.",
            bad: "ENVIRONMENT_NAME=production\n\
                LOG_LEVEL=DEBUG",
            good: "ENVIRONMENT_NAME=production\n\
                LOG_LEVEL=INFO",
        }
        WildcardOriginInProduction: "PF071" "wildcard-origin-in-production", Across, Anywhere, ["ALLOWED_ORIGINS"] {
            message: "The origin * lets every web site call.",
            remedy: "List the origins, or leave the value empty when no browser calls.",
            explanation: "With *, the script of any page that somebody opens may call the bot from \
                that person's browser, and read what it answers. The list of origins is there to \
                name the few pages that are yours.",
            bad: "ENVIRONMENT_NAME=production\n\
                ALLOWED_ORIGINS=*",
            good: "ENVIRONMENT_NAME=production\n\
                ALLOWED_ORIGINS=https://app.example.org",
        }
    }
}
