//! How backups are encrypted and where they are copied to.

use crate::registry::AcrossFault;
use crate::registry::entry::entries;

entries! {
    AcrossFault {
        AgeRecipient: "PF143" "age-recipient", Across, Anywhere, ["BACKUP_AGE_RECIPIENT"] {
            message: "One of the recipients of the backups is no public key of age.",
            remedy: "Write what age-keygen prints as the public key, age1…; several by commas.",
            explanation: "Backups are encrypted for public keys, and the private one, \
                AGE-SECRET-KEY-1…, is kept elsewhere: on this host it would open every backup to \
                whoever takes the host. backup-job refuses to start with anything else, and there \
                would be no backups.",
            bad: "BACKUP_AGE_RECIPIENT=AGE-SECRET-KEY-1FAKE",
            good: "BACKUP_AGE_RECIPIENT=age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p",
        }
        S3HalfSet: "PF144" "s3-half-set", Across, Anywhere, ["S3_BUCKET" "S3_ACCESS_KEY_ID" "S3_SECRET_ACCESS_KEY"] {
            message: "The off-site copies of backups need a bucket and both parts of its key, and this is missing.",
            remedy: "Set all three of S3_BUCKET, S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY, or none.",
            explanation: "With only some of them, nothing can be copied, and whoever set them \
                believes that there are copies elsewhere. backup-job refuses to start so. With none \
                of them, backups are kept on this host alone.",
            bad: "S3_BUCKET=backups\n\
                S3_ACCESS_KEY_ID=\n\
                S3_SECRET_ACCESS_KEY=",
            good: "S3_BUCKET=backups\n\
                S3_ACCESS_KEY_ID=fake-name\n\
                S3_SECRET_ACCESS_KEY=fake-word",
        }
    }
}
