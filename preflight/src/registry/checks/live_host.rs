//! DNS, the certificate and the folders.

use crate::registry::cause::LiveFault;
use crate::registry::entry::entries;

entries! {
    LiveFault {
        WebhookUnknown: "PF230" "webhook-unknown", Live, Anywhere, ["TELEGRAM_WEBHOOK_URL"] {
            message: "No address is found for the name of the webhook's host.",
            remedy: "Make a DNS record for it, or correct the name.",
            explanation: "DNS knows no address for the name, or no name server could be asked. \
                Telegram would find none either: it refuses to register the webhook, or stops \
                posting to it, and no update arrives. A new record may take an hour to be seen.",
            bad: "$ dig +short bot.example.org A # prints nothing",
            good: "$ dig +short bot.example.org A # prints this server's address",
        }
        WebhookNotPublic: "PF231" "webhook-not-public", Live, Anywhere, ["TELEGRAM_WEBHOOK_URL"] {
            message: "The webhook's host has no public IPv4 address, and Telegram posts to no other.",
            remedy: "Make an A record with the public address of this server.",
            explanation: "The name leads to an address of a private network, or to IPv6 alone. From \
                this network the URL works, and Telegram can't reach it.",
            bad: "$ dig +short bot.example.org A # prints 10.0.0.5",
            good: "$ dig +short bot.example.org A # prints this server's public address",
        }
        CertificateMissing: "PF240" "certificate-missing", Live, Anywhere, ["TLS_CERTIFICATE"] {
            message: "There is no certificate.",
            remedy: "Put it at nginx/tls/fullchain.pem, with its key, privkey.pem, beside it.",
            explanation: "Without it nginx does not start, and then nothing answers from outside: \
                neither the webhook nor /health.",
            bad: "$ rm nginx/tls/fullchain.pem",
            good: "$ cp /etc/letsencrypt/live/bot.example.org/{fullchain,privkey}.pem nginx/tls/",
        }
        CertificateUnreadable: "PF241" "certificate-unreadable", Live, Anywhere, ["TLS_CERTIFICATE"] {
            message: "The certificate can't be read.",
            remedy: "Let everybody read it, chmod 644: a certificate is public, its key is not.",
            explanation: "It is there, and the container's user, 10001, may not read it: so its \
                names and its expiry can't be told. A folder in its place looks the same.",
            bad: "$ chmod 600 nginx/tls/fullchain.pem",
            good: "$ chmod 644 nginx/tls/fullchain.pem && chmod 600 nginx/tls/privkey.pem",
        }
        CertificateMalformed: "PF242" "certificate-malformed", Live, Anywhere, ["TLS_CERTIFICATE"] {
            message: "The file holds no certificate in PEM.",
            remedy: "Put the whole chain there, the server's own certificate first.",
            explanation: "No block that begins with -----BEGIN CERTIFICATE----- can be read in it. A \
                key, a certificate in DER or half a file is none, and nginx does not start with it.",
            bad: "$ cp privkey.pem nginx/tls/fullchain.pem",
            good: "$ cat server.pem intermediate.pem >nginx/tls/fullchain.pem",
        }
        CertificateName: "PF243" "certificate-name", Live, Anywhere, ["TLS_CERTIFICATE"] {
            message: "The certificate is not for the webhook's host.",
            remedy: "Get one that has this name among its subject alternative names.",
            explanation: "None of the names in the certificate is the host of TELEGRAM_WEBHOOK_URL; \
                the old common name does not count. Telegram checks it, and posts nothing: \
                getWebhookInfo shows \"SSL error\". A browser would warn of it too.",
            bad: "$ certbot certonly --standalone -d www.example.org",
            good: "$ certbot certonly --standalone -d bot.example.org",
        }
        CertificateNotYetValid: "PF244" "certificate-not-yet-valid", Live, Anywhere, ["TLS_CERTIFICATE"] {
            message: "The certificate is not valid yet.",
            remedy: "Set the clock of this machine, or wait.",
            explanation: "Its first day lies ahead, by this machine's clock. Most often the clock is \
                wrong: then tokens, logs and backups bear the wrong time as well.",
            bad: "$ timedatectl set-ntp false",
            good: "$ timedatectl set-ntp true",
        }
        CertificateExpired: "PF245" "certificate-expired", Live, Anywhere, ["TLS_CERTIFICATE"] {
            message: "The certificate has expired.",
            remedy: "Renew it, and reload nginx.",
            explanation: "Telegram posts nothing to a server with an expired certificate, and \
                monitors take /health for down. Updates are kept for a day and then lost.",
            bad: "$ openssl x509 -checkend 0 -noout -in nginx/tls/fullchain.pem # will expire",
            good: "$ certbot renew && docker compose -f docker-compose.prod.yml restart nginx",
        }
        CertificateExpiresSoon: "PF246" "certificate-expires-soon", Live, Anywhere, ["TLS_CERTIFICATE"] {
            message: "The certificate expires within two weeks.",
            remedy: "Renew it, and look why that did not happen by itself.",
            explanation: "A certificate of ninety days is usually renewed a month before its end. \
                One that has less than two weeks left was not, and there is still time to find \
                out why: port 80 is closed, a DNS record has moved, the timer does not run.",
            bad: "$ systemctl disable certbot.timer",
            good: "$ systemctl enable --now certbot.timer",
        }
        FolderMissing: "PF250" "folder-missing", Live, Anywhere, ["STATE_DIR" "LOG_DIR" "BACKUP_DIR"] {
            message: "The folder does not exist.",
            remedy: "Make it on the host: mkdir -p FOLDER && chown 10001:10001 FOLDER && chmod 750 FOLDER.",
            explanation: "It is where records or backups are kept, and it is not made by itself: a \
                folder that Docker makes belongs to root, and one that is made because a disk is \
                not mounted hides the records that are on that disk.",
            bad: "BACKUP_DIR=/opt/backup/postgres",
            good: "BACKUP_DIR=/opt/backups/postgres",
        }
        FolderUnwritable: "PF251" "folder-unwritable", Live, Anywhere, ["STATE_DIR" "LOG_DIR" "BACKUP_DIR"] {
            message: "The folder can't be written to.",
            remedy: "Give it to the user of the containers: chown 10001:10001 FOLDER.",
            explanation: "Our containers run as user 10001. Where the folder belongs to another \
                user, or the file system was mounted read-only after a fault of the disk, no \
                record and no backup can be kept. It is tried with a file that is removed at once.",
            bad: "$ chown root:root /opt/backups/postgres",
            good: "$ chown 10001:10001 /opt/backups/postgres && chmod 750 /opt/backups/postgres",
        }
        FolderRoom: "PF252" "folder-room", Live, Anywhere, ["STATE_DIR" "LOG_DIR" "BACKUP_DIR"] {
            message: "The volume of the folder has too little room left.",
            remedy: "Make room; for the backups, lower BACKUP_RETENTION_DAYS and run backup-job prune.",
            explanation: "A record could not be written, or less is free than twice the newest \
                verified backup, which the next one needs. A full volume stops backups first, and \
                where PostgreSQL is on the same one, the database.",
            bad: "$ df -h /opt/backups/postgres # 100% used",
            good: "$ docker compose -f docker-compose.prod.yml run --rm backup prune",
        }
    }
}
