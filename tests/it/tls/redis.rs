//! Redis: `rediss://`.

use tests::Shown;

use super::World;

const UNTRUSTED: &str = "redis_tls_untrusted";

impl World {
    fn redis_at(&self, url: &str) -> String {
        self.asked(self.sidecar().env("REDIS_URL", url), "redis", || ()).0
    }
}

#[test]
fn each_certificate_is_held_to_the_host_and_insecure_passes_it_over() {
    let world = World::new();
    for (shown, expected) in [
        (Shown::Good, "ok"),
        (Shown::Elsewhere, UNTRUSTED),
        (Shown::Stranger, UNTRUSTED),
        (Shown::Expired, UNTRUSTED),
    ] {
        let port = world.redis.show(&world.certificates, shown, false);
        for host in ["127.0.0.1", "localhost", "[::1]"] {
            let url = world.redis_url(host, port, "");
            assert_eq!(world.redis_at(&url), expected, "{host} {shown:?}");
        }
        let insecure = world.redis_url("127.0.0.1", port, "#insecure");
        assert_eq!(world.redis_at(&insecure), "ok", "{shown:?}");
        let valkey = world.redis_url("[::1]", port, "").replace("rediss://", "valkeys://");
        assert_eq!(world.redis_at(&valkey), expected, "{shown:?}");
    }
}

#[test]
fn what_is_wrong_beside_the_certificate_has_its_own_code() {
    let world = World::new();
    let port = world.redis.show(&world.certificates, Shown::Good, false);
    let good = world.redis_url("127.0.0.1", port, "");
    assert_eq!(world.redis_at(&good.replace(world.redis.password(), "wrong")), "redis_auth_failed");
    let plain = world.redis_url("127.0.0.1", world.redis.port(), "");
    assert_eq!(world.redis_at(&plain), "redis_tls_refused");
    let encrypted = good.replace("rediss://", "redis://");
    assert!(world.redis_at(&encrypted).starts_with("redis_"), "no TLS at a port for TLS");
    let demanding = world.redis.show(&world.certificates, Shown::Good, true);
    let url = world.redis_url("127.0.0.1", demanding, "");
    assert_eq!(world.redis_at(&url), "redis_closed", "it wants a certificate of the client's");
}
