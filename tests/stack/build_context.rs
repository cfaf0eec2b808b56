//! Nothing that a server or a demo keeps beside the sources gets into a build, and so into a layer.

use std::fs;
use std::time::Duration;

use tests::{Canary, Scratch, unique};

use crate::engine::Engine;
use crate::guard::Guard;
use crate::image;
use crate::layout::copy_sources;

/// Where secrets are, or might be put.
const SECRET: [&str; 12] = [
    ".env",
    ".env.production",
    ".git/config",
    "compose/.env.production",
    "compose/bot.env",
    "compose/nginx/tls/privkey.pem",
    "compose/deployment/configuration.key",
    "compose/log/deployments.log",
    "compose/backups/dump.sql.gz",
    "docker/.env",
    "preflight/.env.production",
    "target/release/.env.production",
];
/// What a build is made of: that it is found shows that the search can find.
const SOURCE: &str = "domain/src/planted.rs";

#[test]
fn no_secret_beside_the_sources_gets_into_a_build() {
    let engine = Engine::of_this_host();
    let folder = Scratch::new();
    copy_sources(folder.path(), "--exclude=./target --exclude=./.git .");
    let planted = SECRET.iter().chain([&SOURCE]).map(|path| {
        let canary = Canary::of(path, &format!("planted-{}", unique()));
        let file = folder.join(path);
        fs::create_dir_all(file.parent().expect("a file is in a folder")).expect("it can be made");
        // Compose itself reads some of them.
        fs::write(file, format!("PLANTED={}\n", canary.value())).expect("the copy is writable");
        canary
    });
    let planted: Vec<_> = planted.collect();
    // The whole context becomes a layer; all the rest is as for the real images.
    fs::write(folder.join("docker/Dockerfile"), "FROM scratch AS preflight\nCOPY . /\n")
        .expect("the copy is writable");

    let name = format!("ballast-test-{}-{}", std::process::id(), &unique()[24..]);
    let _guard = Guard::of("image", &name, folder.path());
    let built = engine
        .program("docker")
        .args(["compose", "-f", "docker/images.yml", "build", "preflight"])
        .env("BALLAST_REGISTRY", format!("localhost/{name}"))
        .env("BALLAST_TAG", "probe")
        .current_dir(folder.path())
        .run(Duration::from_mins(2));
    assert_eq!(built.code, 0, "{}", built.stderr);
    let image = format!("localhost/{name}/preflight:probe");
    let found = image::secrets_in(&engine, &image, &planted);
    assert_eq!(engine.docker(&["image", "rm", &image]).code, 0);
    assert_eq!(found, [SOURCE], "no more than the sources");
}
