//! A server that is asked on one steady connection, and now and then logged in to anew.
//!
//! The steady connection alone would hide a password that has changed and a server that takes no
//! more clients; a login for each question would load the server. The extra login is closed as soon
//! as it has passed. While it fails the check fails with its code, and each probe tries it again.

use std::time::{Duration, Instant};

use super::check::Probe;

/// Where to log in, and how to ask.
pub(super) trait Server {
    /// The check's name in `/health`.
    const NAME: &'static str;
    /// A connection that is logged in. Dropped, it is closed.
    type Session;

    /// Connects and logs in within `deadline`.
    async fn log_in(&self, deadline: Duration) -> Result<Self::Session, &'static str>;

    /// Asks on the connection within `deadline`, and tells how long the answer took.
    async fn ask(
        &self,
        session: &mut Self::Session,
        deadline: Duration,
    ) -> Result<Duration, &'static str>;

    /// Asks a connection that was only just logged in, where the login alone proves nothing.
    async fn prove(
        &self,
        session: &mut Self::Session,
        deadline: Duration,
    ) -> Result<(), &'static str>;
}

/// The probe of a server.
pub(super) struct Steady<S: Server> {
    server: S,
    session: Option<S::Session>,
    login_interval: Duration,
    login_due: Instant,
}

impl<S: Server> Steady<S> {
    pub(super) fn new(server: S, login_interval: Duration) -> Self {
        Self { server, session: None, login_interval, login_due: Instant::now() }
    }

    fn login_passed(&mut self) {
        self.login_due = Instant::now() + self.login_interval;
    }

    async fn log_in_once_more(&self, deadline: Duration) -> Result<(), &'static str> {
        let begun = Instant::now();
        let mut session = self.server.log_in(deadline).await?;
        let left = deadline.saturating_sub(begun.elapsed());
        self.server.prove(&mut session, left).await
    }
}

impl<S: Server> Probe for Steady<S> {
    const NAME: &'static str = S::NAME;

    async fn ask(&mut self, deadline: Duration) -> Result<Duration, &'static str> {
        let begun = Instant::now();
        let left = || deadline.saturating_sub(begun.elapsed());
        // Whatever goes wrong, or ends this early, drops the session, and the next attempt connects.
        let kept = self.session.take();
        let is_new = kept.is_none();
        let mut session = match kept {
            Some(session) => session,
            None => self.server.log_in(left()).await?,
        };
        let latency = self.server.ask(&mut session, left()).await?;
        self.session = Some(session);
        if !is_new && Instant::now() >= self.login_due {
            self.log_in_once_more(left()).await?;
            self.login_passed();
        } else if is_new {
            self.login_passed();
        }
        Ok(latency)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use super::*;

    const DEADLINE: Duration = Duration::from_secs(2);

    /// What happened, and what happens next.
    #[derive(Default)]
    struct Script {
        open: usize,
        most_open: usize,
        logins: usize,
        questions: usize,
        login_fault: Option<&'static str>,
        fault: Option<&'static str>,
    }

    struct Scripted(Rc<RefCell<Script>>);

    struct Open(Rc<RefCell<Script>>);

    impl Drop for Open {
        fn drop(&mut self) {
            self.0.borrow_mut().open -= 1;
        }
    }

    impl Server for Scripted {
        const NAME: &'static str = "scripted";
        type Session = Open;

        async fn log_in(&self, _: Duration) -> Result<Open, &'static str> {
            let mut script = self.0.borrow_mut();
            script.logins += 1;
            if let Some(fault) = script.login_fault {
                return Err(fault);
            }
            script.open += 1;
            script.most_open = script.most_open.max(script.open);
            Ok(Open(Rc::clone(&self.0)))
        }

        async fn ask(&self, _: &mut Open, _: Duration) -> Result<Duration, &'static str> {
            let mut script = self.0.borrow_mut();
            script.questions += 1;
            script.fault.map_or(Ok(Duration::from_micros(7)), Err)
        }

        async fn prove(&self, _: &mut Open, _: Duration) -> Result<(), &'static str> {
            Ok(())
        }
    }

    fn steady(login_interval: Duration) -> (Steady<Scripted>, Rc<RefCell<Script>>) {
        let script = Rc::new(RefCell::new(Script::default()));
        (Steady::new(Scripted(Rc::clone(&script)), login_interval), script)
    }

    #[tokio::test]
    async fn between_logins_one_connection_answers_every_question() {
        let (mut probe, script) = steady(Duration::from_hours(1));
        for _ in 0..10 {
            assert!(probe.ask(DEADLINE).await.is_ok());
        }
        let script = script.borrow();
        assert_eq!((script.logins, script.questions, script.open), (1, 10, 1));
    }

    #[tokio::test]
    async fn a_login_that_is_due_is_closed_once_it_has_passed() {
        let (mut probe, script) = steady(Duration::ZERO);
        for _ in 0..10 {
            assert!(probe.ask(DEADLINE).await.is_ok());
        }
        let script = script.borrow();
        // The first was the steady one's own.
        assert_eq!((script.logins, script.questions), (10, 10));
        assert_eq!((script.open, script.most_open), (1, 2));
    }

    #[tokio::test]
    async fn a_login_that_fails_fails_the_check_until_one_passes() {
        let (mut probe, script) = steady(Duration::ZERO);
        assert!(probe.ask(DEADLINE).await.is_ok());
        script.borrow_mut().login_fault = Some("auth_failed");
        for _ in 0..3 {
            assert_eq!(probe.ask(DEADLINE).await, Err("auth_failed"));
        }
        assert_eq!((script.borrow().logins, script.borrow().open), (4, 1), "one to a probe");
        // Even when the next would not be due for long.
        probe.login_interval = Duration::from_hours(1);
        assert_eq!(probe.ask(DEADLINE).await, Err("auth_failed"));
        script.borrow_mut().login_fault = None;
        for _ in 0..3 {
            assert!(probe.ask(DEADLINE).await.is_ok());
        }
        assert_eq!((script.borrow().logins, script.borrow().open), (6, 1));
    }

    #[tokio::test]
    async fn a_connection_that_fails_is_closed_and_made_anew() {
        let (mut probe, script) = steady(Duration::ZERO);
        assert!(probe.ask(DEADLINE).await.is_ok());
        script.borrow_mut().fault = Some("closed");
        assert_eq!(probe.ask(DEADLINE).await, Err("closed"));
        assert_eq!((script.borrow().open, script.borrow().logins), (0, 1));
        script.borrow_mut().fault = None;
        assert!(probe.ask(DEADLINE).await.is_ok());
        assert_eq!((script.borrow().logins, script.borrow().most_open), (2, 1));
    }
}
