//! The whole stack on a real Docker Engine: what must be seen of it, test by test.
//!
//! Each test stands up a stack of its own: own project name, own ports, own folders. No more than
//! two stand at a time (`.config/nextest.toml`). A test that looks at one stack from many sides is
//! a list of [`checks`], each with a name that says what must hold; one that fails does not hide
//! the rest.

#![expect(clippy::disallowed_methods, reason = "a test plays the outside world")]

mod allowlist;
mod backups;
mod bad_configuration;
mod build_context;
mod checks;
mod dependencies;
mod deploy;
mod edge;
mod edge_cutover;
mod engine;
mod engine_restart;
mod figures;
mod gate;
mod guard;
mod image;
mod kills;
mod layout;
mod live;
mod load;
mod monitoring;
mod quickstart;
mod records;
mod restore;
mod rollout;
mod secrets;
mod services;
mod slow_backup;
mod stack;
mod stands;
mod unhealthy_bot;
mod wedge;

use checks::Checks;
use engine::Engine;
use stack::Stack;

#[test]
fn one_command_brings_the_stack_up_and_it_stays_up() {
    let stack = Stack::new(Engine::of_this_host());
    let mut checks = Checks::new(&stack);
    stands::check(&mut checks, &stack);
    edge::check(&mut checks, &stack);
    allowlist::check(&mut checks, &stack);
    deploy::check(&mut checks, &stack);
    backups::check(&mut checks, &stack);
    restore::check(&mut checks, &stack);
    live::check(&mut checks, &stack);
    figures::check(&mut checks, &stack);
    dependencies::check(&mut checks, &stack);
    services::check(&mut checks, &stack);
    // One container more than the nine, from here on.
    monitoring::check(&mut checks, &stack);
    kills::check(&mut checks, &stack);
    // Last, when everything that is ever logged has been logged.
    secrets::check(&mut checks, &stack);
    checks.finish();
}
