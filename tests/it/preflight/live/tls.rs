//! What encryption makes of PostgreSQL and Redis: had, refused, or had with somebody unknown.

use tests::{Certificates, Postgres, Redis, Shown};

use super::Scene;

/// What the same certificate is to PostgreSQL and to Redis.
const JUDGED: [(Shown, &[&str], &[&str]); 4] = [
    (Shown::Good, &[], &[]),
    (Shown::Elsewhere, &["PF218"], &["PF226"]),
    (Shown::Stranger, &["PF218"], &["PF226"]),
    (Shown::Expired, &["PF218"], &["PF226"]),
];

#[test]
fn a_certificate_is_verified_as_the_url_asks() {
    let (postgres, redis, certificates) = (Postgres::start(), Redis::start(), Certificates::new());
    let mut scene = Scene::new();
    scene.set("CA_FILE", certificates.authority().display().to_string());
    let place = format!("127.0.0.1:{}/postgres", postgres.port());
    for (shown, of_postgres, of_redis) in JUDGED {
        postgres.show(&certificates, shown);
        let full = format!("{place}?sslmode=verify-full");
        scene.postgres("ballast", postgres.password(), &full);
        let port = redis.show(&certificates, shown, false);
        scene.set("REDIS_URL", format!("rediss://:{}@127.0.0.1:{port}/0", redis.password()));
        assert_eq!(scene.codes("DATABASE_URL"), of_postgres, "{shown:?}");
        assert_eq!(scene.codes("REDIS_URL"), of_redis, "{shown:?}");
    }
    // Encrypted, and nothing asked beyond that.
    scene.postgres("ballast", postgres.password(), &format!("{place}?sslmode=require"));
    assert!(scene.codes("DATABASE_URL").is_empty());
}

#[test]
fn a_file_of_authorities_that_is_not_there_is_told() {
    let postgres = Postgres::start();
    let mut scene = Scene::new();
    let query = "sslmode=verify-full&sslrootcert=/nowhere/ca.pem";
    let place = format!("127.0.0.1:{}/postgres?{query}", postgres.port());
    scene.postgres("ballast", postgres.password(), &place);
    assert_eq!(scene.codes("DATABASE_URL"), ["PF219"]);
    scene.set("CA_FILE", "/nowhere/ca.pem");
    let finished = scene.finished(super::preflight());
    assert_eq!((finished.code, finished.stderr.contains("CA_FILE")), (2, true));
}
