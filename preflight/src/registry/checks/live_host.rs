//! DNS, the certificate and the folders.

use crate::registry::cause::LiveFault;
use crate::registry::entry::entries;

entries! {
    LiveFault {
        WebhookUnknown: "PF230" "webhook-unknown", Live, Anywhere, ["TELEGRAM_WEBHOOK_URL"] {
            message: "No address is found for the name of the webhook's host.",
            remedy: "Make a DNS record for it, or correct the name.",
            explanation: "",
            bad: "",
            good: "",
        }
        WebhookNotPublic: "PF231" "webhook-not-public", Live, Anywhere, ["TELEGRAM_WEBHOOK_URL"] {
            message: "The webhook's host has no public IPv4 address, and Telegram posts to no other.",
            remedy: "Make an A record with the public address of this server.",
            explanation: "",
            bad: "",
            good: "",
        }
        CertificateMissing: "PF240" "certificate-missing", Live, Anywhere, ["TLS_CERTIFICATE"] {
            message: "There is no certificate.",
            remedy: "Put it at nginx/tls/fullchain.pem, with its key beside it.",
            explanation: "",
            bad: "",
            good: "",
        }
        CertificateUnreadable: "PF241" "certificate-unreadable", Live, Anywhere, ["TLS_CERTIFICATE"] {
            message: "The certificate can't be read.",
            remedy: "chmod 644 it: a certificate is public, its key is not.",
            explanation: "",
            bad: "",
            good: "",
        }
        CertificateMalformed: "PF242" "certificate-malformed", Live, Anywhere, ["TLS_CERTIFICATE"] {
            message: "The file holds no certificate in PEM.",
            remedy: "Put the whole chain there, the server's own certificate first.",
            explanation: "",
            bad: "",
            good: "",
        }
        CertificateName: "PF243" "certificate-name", Live, Anywhere, ["TLS_CERTIFICATE"] {
            message: "The certificate is not for the webhook's host.",
            remedy: "Get one for that name.",
            explanation: "",
            bad: "",
            good: "",
        }
        CertificateNotYetValid: "PF244" "certificate-not-yet-valid", Live, Anywhere, ["TLS_CERTIFICATE"] {
            message: "The certificate is not valid yet.",
            remedy: "Set the clock of this machine, or wait.",
            explanation: "",
            bad: "",
            good: "",
        }
        CertificateExpired: "PF245" "certificate-expired", Live, Anywhere, ["TLS_CERTIFICATE"] {
            message: "The certificate has expired.",
            remedy: "Renew it, and reload nginx.",
            explanation: "",
            bad: "",
            good: "",
        }
        CertificateExpiresSoon: "PF246" "certificate-expires-soon", Live, Anywhere, ["TLS_CERTIFICATE"] {
            message: "The certificate expires within two weeks.",
            remedy: "Renew it, and look why that did not happen by itself.",
            explanation: "",
            bad: "",
            good: "",
        }
        FolderMissing: "PF250" "folder-missing", Live, Anywhere, ["STATE_DIR" "LOG_DIR" "BACKUP_DIR"] {
            message: "The folder does not exist.",
            remedy: "Make it: mkdir -p FOLDER && chown 10001:10001 FOLDER.",
            explanation: "",
            bad: "",
            good: "",
        }
        FolderUnwritable: "PF251" "folder-unwritable", Live, Anywhere, ["STATE_DIR" "LOG_DIR" "BACKUP_DIR"] {
            message: "The folder can't be written to.",
            remedy: "Give it to the user of the containers: chown 10001:10001 FOLDER.",
            explanation: "",
            bad: "",
            good: "",
        }
        FolderRoom: "PF252" "folder-room", Live, Anywhere, ["STATE_DIR" "LOG_DIR" "BACKUP_DIR"] {
            message: "The volume of the folder has too little room left.",
            remedy: "Make room; for the backups, lower BACKUP_RETENTION_DAYS and run backup-job prune.",
            explanation: "",
            bad: "",
            good: "",
        }
    }
}
