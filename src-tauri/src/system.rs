//! Sleep and lock of the computer: what the person does not look at, and connections that did not live through it.

#[cfg(target_os = "linux")]
pub use linux::follow;

/// Elsewhere the network's own changes have to do (see [`crate::network`]).
#[cfg(not(target_os = "linux"))]
#[expect(clippy::unused_async, reason = "on Linux it listens")]
pub async fn follow(_: waxwing_client::App) {}

#[cfg(target_os = "linux")]
mod linux {
    use std::sync::atomic::{AtomicBool, Ordering};

    use futures::StreamExt as _;
    use waxwing_client::App;
    use zbus::message::Type;
    use zbus::{Connection, MatchRule, Message, MessageStream, Proxy};

    const LOGIN: &str = "org.freedesktop.login1";
    const MANAGER: &str = "org.freedesktop.login1.Manager";
    const SESSION: &str = "org.freedesktop.login1.Session";

    /// Listens to logind and to screen savers for as long as the application runs; without them nothing is lost but
    /// time.
    pub async fn follow(client: App) {
        let screen = Screen::new(client);
        let (login, saver) = tokio::join!(login(&screen), saver(&screen));
        for end in [login, saver] {
            if let Err(error) = end {
                tracing::debug!(%error, "sleep or lock of the computer is not told");
            }
        }
    }

    /// Two tell whether the screen is locked; it is, as long as either says so.
    struct Screen {
        client: App,
        by_login: AtomicBool,
        by_saver: AtomicBool,
    }

    impl Screen {
        fn new(client: App) -> Self {
            Self { client, by_login: AtomicBool::new(false), by_saver: AtomicBool::new(false) }
        }

        fn told(&self, by: &AtomicBool, locked: bool) {
            by.store(locked, Ordering::Relaxed);
            let locked = self.by_login.load(Ordering::Relaxed) || self.by_saver.load(Ordering::Relaxed);
            self.client.screen_locked(locked);
        }
    }

    fn signals(interface: &'static str) -> zbus::Result<MatchRule<'static>> {
        Ok(MatchRule::builder().msg_type(Type::Signal).interface(interface)?.build())
    }

    async fn login(screen: &Screen) -> zbus::Result<()> {
        let bus = Connection::system().await?;
        let own = own_session(&bus).await;
        let mut sleep = MessageStream::for_match_rule(signals(MANAGER)?, &bus, Some(16)).await?;
        let mut lock = MessageStream::for_match_rule(signals(SESSION)?, &bus, Some(16)).await?;
        loop {
            tokio::select! {
                Some(Ok(message)) = sleep.next() => {
                    if is(&message, "PrepareForSleep") && message.body().deserialize::<bool>().is_ok_and(|asleep| !asleep) {
                        tracing::info!("the computer woke up");
                        screen.client.network_changed();
                    }
                }
                Some(Ok(message)) = lock.next() => {
                    // Other people's sessions are theirs.
                    let ours = own.as_deref().is_some_and(|own| message.header().path().is_some_and(|p| p.as_str() == own));
                    if ours && is(&message, "Lock") {
                        screen.told(&screen.by_login, true);
                    } else if ours && is(&message, "Unlock") {
                        screen.told(&screen.by_login, false);
                    }
                }
                else => return Ok(()),
            }
        }
    }

    async fn own_session(bus: &Connection) -> Option<String> {
        let manager = Proxy::new(bus, LOGIN, "/org/freedesktop/login1", MANAGER).await.ok()?;
        let path: zbus::zvariant::OwnedObjectPath = match std::env::var("XDG_SESSION_ID") {
            Ok(id) => manager.call("GetSession", &(id,)).await.ok()?,
            Err(_) => manager.call("GetSessionByPID", &(std::process::id(),)).await.ok()?,
        };
        Some(path.as_str().to_owned())
    }

    /// GNOME and others tell of their own lock screens on the session bus.
    async fn saver(screen: &Screen) -> zbus::Result<()> {
        let bus = Connection::session().await?;
        let gnome = MessageStream::for_match_rule(signals("org.gnome.ScreenSaver")?, &bus, Some(16)).await?;
        let other = MessageStream::for_match_rule(signals("org.freedesktop.ScreenSaver")?, &bus, Some(16)).await?;
        let mut savers = futures::stream::select(gnome, other);
        while let Some(Ok(message)) = savers.next().await {
            if is(&message, "ActiveChanged")
                && let Ok(active) = message.body().deserialize::<bool>()
            {
                screen.told(&screen.by_saver, active);
            }
        }
        Ok(())
    }

    fn is(message: &Message, member: &str) -> bool {
        message.header().member().is_some_and(|name| name.as_str() == member)
    }
}
