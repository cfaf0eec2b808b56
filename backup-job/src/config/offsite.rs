//! The variables of the off-site copy: `S3_BUCKET` turns it on.

use std::time::Duration;

use platform::bucket::{Access, Bucket};
use platform::env::parse::Expected;
use platform::env::{Env, Fields, Mistake, Problems, Variable, parse, resolve};
use platform::http::Url;
use platform::tls::{CA_FILE, Trust};

use crate::offsite::Offsite;

/// The bucket.
pub const S3_BUCKET: Variable = Variable::plain(
    "S3_BUCKET",
    "The bucket that backups are copied to. Empty is no copy. Nothing in it is ever deleted or \
     written over from here.",
)
.empty_is_unset();
/// Where the store is.
pub const S3_ENDPOINT: Variable = Variable::plain(
    "S3_ENDPOINT",
    "The address of an S3-compatible store, https://HOST[:PORT]. Empty is Amazon's of S3_REGION.",
)
.empty_is_unset();
/// The region.
pub const S3_REGION: Variable =
    Variable::plain("S3_REGION", "The bucket's region.").with_default("us-east-1").empty_is_unset();
/// The folder in the bucket.
pub const S3_PREFIX: Variable = Variable::plain(
    "S3_PREFIX",
    "The folder in the bucket, such as ballast/production: one for each stack.",
)
.empty_is_unset();
/// Who writes.
pub const S3_ACCESS_KEY_ID: Variable = Variable::secret(
    "S3_ACCESS_KEY_ID",
    "Who writes and reads: may put, get and list objects, and need not be able to delete any.",
)
.empty_is_unset();
/// What proves it.
pub const S3_SECRET_ACCESS_KEY: Variable =
    Variable::secret("S3_SECRET_ACCESS_KEY", "The secret of S3_ACCESS_KEY_ID.").empty_is_unset();
/// How a bucket is addressed.
pub const S3_PATH_STYLE: Variable = Variable::plain(
    "S3_PATH_STYLE",
    "Whether the bucket stands in the path of an address (true), which most stores take, or in its \
     host (false).",
)
.with_default("true")
.empty_is_unset();
/// The deadline of a copy.
pub const S3_TIMEOUT_SECONDS: Variable = Variable::plain(
    "S3_TIMEOUT_SECONDS",
    "How long copying one backup, or fetching it, may take, in seconds.",
)
.with_default("21600")
.empty_is_unset();
/// When a connection is given up.
pub const S3_SILENCE_SECONDS: Variable = Variable::plain(
    "S3_SILENCE_SECONDS",
    "How long nothing may come from the store or go to it before a request is tried again, in \
     seconds.",
)
.with_default("30")
.empty_is_unset();

/// All of them. [`platform::tls::CA_FILE`] belongs to them.
pub const OFFSITE_VARIABLES: [Variable; 9] = [
    S3_BUCKET,
    S3_ENDPOINT,
    S3_REGION,
    S3_PREFIX,
    S3_ACCESS_KEY_ID,
    S3_SECRET_ACCESS_KEY,
    S3_PATH_STYLE,
    S3_TIMEOUT_SECONDS,
    S3_SILENCE_SECONDS,
];

/// Their values.
#[expect(clippy::struct_field_names, reason = "each is named as its variable")]
#[derive(serde::Deserialize)]
pub struct RawOffsite {
    s3_bucket: Option<String>,
    s3_endpoint: Option<String>,
    s3_region: Option<String>,
    s3_prefix: Option<String>,
    s3_access_key_id: Option<String>,
    s3_secret_access_key: Option<String>,
    s3_path_style: Option<String>,
    s3_timeout_seconds: Option<String>,
    s3_silence_seconds: Option<String>,
}

impl Offsite {
    /// The bucket of a command that can't do without.
    ///
    /// # Errors
    /// Every problem at once, by name.
    pub fn required(environment: &impl Env) -> Result<Self, Problems> {
        let resolved = resolve(&[&OFFSITE_VARIABLES[..], &[CA_FILE]].concat(), environment);
        let raw: RawOffsite = resolved.deserialize()?;
        let ca_file = resolved.get(CA_FILE.name).map(str::to_owned);
        let mut fields = Fields::new(resolved);
        let trust = Trust::given(ca_file, &mut fields);
        let offsite = Self::given(raw, trust.as_ref(), &mut fields);
        if matches!(offsite, Some(None)) {
            fields.note(&S3_BUCKET, Mistake::Unset);
        }
        fields.finish(|| offsite.flatten())
    }

    /// Where copies go, `Some(None)` where they go nowhere. `None` means that mistakes have been
    /// noted.
    pub fn given(
        raw: RawOffsite,
        trust: Option<&Trust>,
        fields: &mut Fields,
    ) -> Option<Option<Self>> {
        let others = [&raw.s3_endpoint, &raw.s3_prefix, &raw.s3_access_key_id];
        let is_begun = others.iter().any(|raw| raw.is_some()) || raw.s3_secret_access_key.is_some();
        if raw.s3_bucket.is_none() {
            if is_begun {
                fields.note(&S3_BUCKET, Mistake::Unset);
                return None;
            }
            return Some(None);
        }
        let bucket = fields.required(&S3_BUCKET, raw.s3_bucket, bucket_name);
        let endpoint = fields.optional(&S3_ENDPOINT, raw.s3_endpoint, endpoint);
        let region = fields.required(&S3_REGION, raw.s3_region, region);
        let prefix = fields.optional(&S3_PREFIX, raw.s3_prefix, prefix);
        let key_id = fields.required(&S3_ACCESS_KEY_ID, raw.s3_access_key_id, |text| {
            let plain = text.bytes().all(|byte| byte.is_ascii_graphic());
            if plain { parse::secret(text) } else { Err(Expected::new("an access key's id")) }
        });
        let secret =
            fields.required(&S3_SECRET_ACCESS_KEY, raw.s3_secret_access_key, parse::secret);
        let path_style = fields.required(
            &S3_PATH_STYLE,
            raw.s3_path_style,
            parse::one_of(&[("true", true), ("false", false)]),
        );
        let timeout = fields.required(
            &S3_TIMEOUT_SECONDS,
            raw.s3_timeout_seconds,
            parse::seconds(1..=604_800),
        );
        let silence =
            fields.required(&S3_SILENCE_SECONDS, raw.s3_silence_seconds, parse::seconds(1..=600));
        let access = Access {
            bucket: bucket?,
            endpoint: endpoint?,
            region: region?,
            access_key_id: key_id?,
            secret_access_key: secret?,
            path_style: path_style?,
            silence: silence?,
        };
        open(&access, prefix?, timeout?, trust?, fields).map(Some)
    }
}

fn open(
    access: &Access,
    prefix: Option<String>,
    timeout: Duration,
    trust: &Trust,
    fields: &mut Fields,
) -> Option<Offsite> {
    let Ok(bucket) = Bucket::new(access, trust) else {
        fields.note(&S3_ENDPOINT, Mistake::Expected(Expected::new("the address of a store")));
        return None;
    };
    let prefix = prefix.map(|prefix| prefix + "/").unwrap_or_default();
    let is_encrypted = access.endpoint.as_ref().is_none_or(|text| text.starts_with("https://"));
    Some(Offsite { bucket, name: access.bucket.clone(), prefix, timeout, is_encrypted })
}

/// As Amazon and the others name buckets.
fn bucket_name(text: &str) -> Result<String, Expected> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let fits = (3..=63).contains(&text.len()) && text.bytes().all(plain) && !text.contains("..");
    if fits { Ok(text.to_owned()) } else { Err(Expected::new("the name of a bucket")) }
}

fn endpoint(text: &str) -> Result<String, Expected> {
    let expected = Expected::new("https://HOST or https://HOST:PORT");
    let url = Url::of_the_web(text).map_err(|_| expected.clone())?;
    let bare = text.strip_suffix('/').unwrap_or(text);
    if url.path() == "/" && !bare.contains('?') { Ok(bare.to_owned()) } else { Err(expected) }
}

fn region(text: &str) -> Result<String, Expected> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if text.bytes().all(plain) {
        Ok(text.to_owned())
    } else {
        Err(Expected::new("a region's name"))
    }
}

fn prefix(text: &str) -> Result<String, Expected> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let part = |part: &str| !matches!(part, "" | "." | "..") && part.bytes().all(plain);
    let text = text.strip_suffix('/').unwrap_or(text);
    let fits = text.len() <= 512 && text.split('/').all(part);
    let expected = Expected::new("folders by slashes, of letters, digits, '-', '_' and '.'");
    if fits { Ok(text.to_owned()) } else { Err(expected) }
}

#[cfg(test)]
mod tests {
    use platform::env::MapEnv;

    use super::*;

    const WHOLE: [(&str, &str); 3] = [
        ("S3_BUCKET", "backups"),
        ("S3_ACCESS_KEY_ID", "hunter21"),
        ("S3_SECRET_ACCESS_KEY", "hunter22"),
    ];

    fn read(environment: &MapEnv) -> Result<Option<Offsite>, Problems> {
        let resolved = resolve(&OFFSITE_VARIABLES, environment);
        let raw: RawOffsite = resolved.deserialize()?;
        let mut fields = Fields::new(resolved);
        let trust = Trust::new(None).ok();
        let offsite = Offsite::given(raw, trust.as_ref(), &mut fields);
        fields.finish(|| offsite)
    }

    #[test]
    fn a_bucket_and_two_keys_turn_it_on() {
        assert!(read(&MapEnv::default()).unwrap().is_none());
        let empty =
            OFFSITE_VARIABLES.iter().fold(MapEnv::default(), |all, one| all.with(one.name, ""));
        assert!(read(&empty).unwrap().is_none(), "Compose passes on what is not there empty");
        let offsite = read(&MapEnv::from(WHOLE)).unwrap().unwrap();
        assert_eq!(offsite.uri("x.json"), "s3://backups/x.json");
        let more = MapEnv::from(WHOLE)
            .with("S3_PREFIX", "ballast/production/")
            .with("S3_ENDPOINT", "https://fra1.digitaloceanspaces.com/")
            .with("S3_PATH_STYLE", "false");
        let offsite = read(&more).unwrap().unwrap();
        assert_eq!(offsite.uri("x.json"), "s3://backups/ballast/production/x.json");
        assert!(offsite.is_encrypted && !format!("{offsite:?}").contains("hunter2"));
    }

    #[test]
    fn half_of_it_is_a_mistake() {
        for name in ["S3_ENDPOINT", "S3_PREFIX", "S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY"] {
            let problems = read(&MapEnv::from([(name, "https://hunter2")])).unwrap_err();
            assert_eq!(problems.to_string(), "S3_BUCKET is not set", "{name}");
        }
        let problems = read(&MapEnv::from([("S3_BUCKET", "backups")])).unwrap_err().to_string();
        assert!(problems.contains("S3_ACCESS_KEY_ID is not set"), "{problems}");
        assert!(problems.contains("S3_SECRET_ACCESS_KEY is not set"), "{problems}");
    }

    #[test]
    fn every_mistake_is_named_and_no_value_shown() {
        let wrong = [
            ("S3_BUCKET", "hunter2/.."),
            ("S3_ENDPOINT", "https://user:hunter2@host"),
            ("S3_REGION", "hunter2/x"),
            ("S3_PREFIX", "../hunter2"),
            ("S3_ACCESS_KEY_ID", "hunter2\n"),
            ("S3_PATH_STYLE", "hunter2"),
            ("S3_TIMEOUT_SECONDS", "0"),
            ("S3_SILENCE_SECONDS", "hunter2"),
        ];
        let problems = read(&MapEnv::from(wrong)).unwrap_err().to_string();
        for (name, _) in wrong {
            assert!(problems.contains(name), "{name}: {problems}");
        }
        assert!(problems.contains("S3_SECRET_ACCESS_KEY is not set"), "{problems}");
        assert!(!problems.contains("hunter2"), "{problems}");
    }

    #[test]
    fn an_address_has_no_path() {
        for (text, right) in [
            ("https://s3.example.org", true),
            ("https://s3.example.org:9000/", true),
            ("http://127.0.0.1:9000", true),
            ("https://s3.example.org/bucket", false),
            ("https://s3.example.org/?x", false),
            ("s3://bucket", false),
            ("s3.example.org", false),
        ] {
            assert_eq!(endpoint(text).is_ok(), right, "{text}");
        }
    }
}
