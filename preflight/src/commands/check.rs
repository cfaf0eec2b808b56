//! `check`: the gate that an init container is.

use std::error::Error;
use std::io::Write;

use domain::deployment::DeploymentEvent;
use platform::clock::Clock;
use platform::env::Env;
use platform::exit::ExitCode;

use super::{conclude, install, report_of, show, unusable};
use crate::Output;
use crate::cli::CheckArgs;
use crate::config::{LiveConfig, RecordConfig};
use crate::examine::{self, Checked};
use crate::live;
use crate::record;
use crate::report::{Report, Subject};

pub(crate) fn check<W: Write>(
    args: &CheckArgs,
    env: &impl Env,
    clock: &impl Clock,
    output: &mut Output<W>,
) -> ExitCode {
    let mut checked = examine::environment(env, &args.ignore);
    if args.live
        && let Err(code) = look(&mut checked, args, env, clock)
    {
        return code;
    }
    let fingerprint = match args.fingerprint.then(|| fingerprint(&checked, env)).transpose() {
        Ok(fingerprint) => fingerprint,
        Err(code) => return code,
    };
    let report = report_of(&checked, Subject::Environment);
    let report = Report { fingerprint: fingerprint.as_deref(), ..report };
    let shown = show(&checked, &report, args.format, env, output);
    match conclude(&checked, shown) {
        ExitCode::Good => {}
        code => return code,
    }
    let installed = args.install.as_deref().map(install::copy);
    if let Some(Err(code)) = installed {
        return code;
    }
    if args.record { open_event(&checked, env, clock) } else { ExitCode::Good }
}

/// Adds what a look at the network and the disk finds.
fn look(
    checked: &mut Checked,
    args: &CheckArgs,
    env: &impl Env,
    clock: &impl Clock,
) -> Result<(), ExitCode> {
    let config = LiveConfig::from_env(env).map_err(|problems| unusable(&problems))?;
    let found = live::look(checked, &config, clock.now()).map_err(|error| {
        tracing::error!(error = &error as &dyn Error, "the system gives no event loop");
        ExitCode::Fault
    })?;
    checked.add(found, &args.ignore);
    Ok(())
}

/// The fingerprint of the configuration, also of a bad one.
fn fingerprint(checked: &Checked, env: &impl Env) -> Result<String, ExitCode> {
    let config = RecordConfig::from_env(env).map_err(|problems| unusable(&problems))?;
    record::fingerprint(&config, &checked.values).map_err(|error| {
        let remedy = error.remedy();
        tracing::error!(error = &error as &dyn Error, remedy, "there is no fingerprint");
        error.exit_code()
    })
}

fn open_event(checked: &Checked, env: &impl Env, clock: &impl Clock) -> ExitCode {
    let config = match RecordConfig::from_env(env) {
        Ok(config) => config,
        Err(problems) => return unusable(&problems),
    };
    if let Some(event_id) = config.event_id {
        tracing::info!(%event_id, "the caller has opened the deployment event");
        return ExitCode::Good;
    }
    let Some(tag) = &checked.verdict.deployment_tag else {
        tracing::error!("without a deployment tag no deployment event can be recorded");
        return ExitCode::Bad;
    };
    match record::record(&config, tag, &checked.values, clock.now()) {
        Ok(events) if events.is_empty() => {
            tracing::info!("nothing changed, no deployment event is opened");
            ExitCode::Good
        }
        Ok(events) => {
            events.iter().for_each(log_event);
            ExitCode::Good
        }
        Err(error) => {
            let remedy = error.remedy();
            tracing::error!(error = &error as &dyn Error, remedy, "no deployment event recorded");
            error.exit_code()
        }
    }
}

fn log_event(event: &DeploymentEvent) {
    let fields = event.fields();
    tracing::info!(
        event_id = %fields.event_id,
        event_type = ?fields.event_type,
        status = ?fields.status,
        artifact_id = fields.artifact_id,
        "deployment event recorded"
    );
}
