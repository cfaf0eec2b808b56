//! Which entry belongs to which cause. The compiler holds it to the causes: one without an entry does
//! not build, and neither does an entry without a cause.

use domain::configuration::Rule;
use domain::env_file::Quirk;

use super::Check;
use super::cause::{AcrossFault, Cause, FileFault, LiveFault, SourceFault};
use super::checks;

macro_rules! index {
    ($($function:ident($cause_of:ident: $kind:ident) { $($file:ident: $($cause:ident)*;)* })*) => {
        /// All checks, in the order of their codes.
        pub static ALL: &[Check] = &[$($($(checks::$file::$cause,)*)*)*];

        /// Every cause, in the same order.
        pub static CAUSES: &[Cause] = &[$($($(Cause::$cause_of($kind::$cause),)*)*)*];

        $(pub(super) const fn $function(cause: $kind) -> Check {
            match cause {
                $($($kind::$cause => checks::$file::$cause,)*)*
            }
        })*
    };
}

index! {
    of_rule(Rule: Rule) {
        presence: Unset Empty Placeholder;
        values: EnvironmentName LogLevel MaxWorkers Origin DeploymentTag DeploymentTagPlus;
        urls: UrlSyntax HostMissing Port PercentEncoding Loopback PlainText
            PasswordNotEncoded;
        telegram: TelegramToken TelegramTokenUnusual WebhookNotHttps WebhookPort WebhookLoopback
            WebhookHost;
        databases: PostgresScheme PostgresShortScheme PostgresUserMissing PostgresPasswordMissing
            PostgresDatabaseMissing PostgresParameter PasswordsDiffer
            RedisScheme RedisDatabase RedisInsecure;
        values: StripeKey StripePublishableKey StripeTestKeyInProduction
            DebugInProduction WildcardOriginInProduction;
    }
    of_source(Source: SourceFault) {
        presence: NotUnicode BothSet FileNameInvalid FileMissing FileUnreadable FileTooLarge
            FileNotUnicode;
    }
    of_quirk(Line: Quirk) {
        lines: KeyCharacter KeySpace KeyMissing QuoteUnterminated ReferenceMalformed
            ReferenceRequired DollarEaten CommentAsValue StatementAfterQuote DuplicateKey
            ByteOrderMark CarriageReturn TrailingSpace PaddedValue CarriageReturnKept CurlyQuote
            BareKey EmptyKey ColonAssignment ReferenceTooLong;
    }
    of_file(File: FileFault) {
        file: Unreadable NotUnicode TooLarge Exposed Stale TooMany KeyTypo KeyUnknown KeyAbsent KeyFile;
    }
    of_across(Across: AcrossFault) {
        databases: PostgresUsersDiffer PostgresDatabasesDiffer RedisPasswordsDiffer;
        backups: AgeRecipient S3HalfSet;
    }
    of_live(Live: LiveFault) {
        live_services: Deadline PostgresUnreachable PostgresLogin PostgresDatabase PostgresStarting
            PostgresFull PostgresTls PostgresOld PostgresFault PostgresUntrusted PostgresAuthorities
            RedisUnreachable RedisLogin RedisLoading RedisMasterDown RedisTls RedisFault
            RedisUntrusted;
        live_host: WebhookUnknown WebhookNotPublic CertificateMissing CertificateUnreadable
            CertificateMalformed CertificateName CertificateNotYetValid CertificateExpired
            CertificateExpiresSoon FolderMissing FolderUnwritable FolderRoom;
    }
}
