//! The icon beside the clock: unread messages, presence, the way back to the window, and the way out.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tauri::image::Image;
use tauri::menu::{CheckMenuItem, Menu, MenuItem, PredefinedMenuItem};
use tauri::tray::{MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Manager as _, Wry};
use waxwing_client::{App, Glance};
use waxwing_contract::{SetPresence, Show};

use crate::window;
use crate::words::Words;

const ID: &str = "waxwing";
/// Changes come in crowds; the tray follows this often.
const PACE: Duration = Duration::from_millis(250);
/// The presences offered, as the keys of their words end.
const SHOWS: [(Show, &str); 4] =
    [(Show::Online, "online"), (Show::Away, "away"), (Show::Dnd, "dnd"), (Show::Offline, "offline")];

/// What is in the tray.
#[derive(Default)]
pub struct Tray(Mutex<Option<Shown>>);

struct Shown {
    icon: TrayIcon,
    glance: Glance,
}

/// Puts the icon there and keeps it true for as long as the application runs.
pub async fn follow(app: AppHandle, client: App) {
    let mut glances = client.glances();
    loop {
        glances.mark_unchanged();
        let glance = client.glance();
        let (handle, shown) = (app.clone(), glance.clone());
        // Menus belong to the main thread.
        let drawn = app.run_on_main_thread(move || {
            if let Err(error) = draw(&handle, shown) {
                tracing::warn!(%error, "the tray cannot be drawn");
            }
        });
        if drawn.is_err() || glances.changed().await.is_err() {
            return;
        }
        tokio::time::sleep(PACE).await;
    }
}

fn draw(app: &AppHandle, glance: Glance) -> tauri::Result<()> {
    let tray = app.state::<Tray>();
    let mut shown = tray.0.lock().unwrap_or_else(PoisonError::into_inner);
    if shown.as_ref().is_some_and(|shown| shown.glance == glance) {
        return Ok(());
    }
    let image = || image(glance.unread > 0, glance.online);
    match &mut *shown {
        Some(shown) => {
            // A menu that is open closes when another takes its place: only where it says something else.
            let said = |g: &Glance| (g.unread, g.show, g.accounts > 0, g.language.clone());
            if said(&shown.glance) != said(&glance) {
                shown.icon.set_menu(Some(menu(app, &glance)?))?;
                shown.icon.set_tooltip(Some(tooltip(&glance)))?;
            }
            if (shown.glance.unread > 0, shown.glance.online) != (glance.unread > 0, glance.online) {
                shown.icon.set_icon(Some(image()))?;
            }
            shown.glance = glance;
        }
        None => {
            let icon = TrayIconBuilder::with_id(ID)
                .icon(image())
                .tooltip(tooltip(&glance))
                .title("Waxwing")
                .menu(&menu(app, &glance)?)
                .show_menu_on_left_click(false)
                .on_menu_event(|app, event| chosen(app, event.id.as_ref()))
                .on_tray_icon_event(|icon, event| {
                    if let TrayIconEvent::Click {
                        button: MouseButton::Left, button_state: MouseButtonState::Up, ..
                    } = event
                    {
                        window::toggle(icon.app_handle());
                    }
                })
                .build(app)?;
            *shown = Some(Shown { icon, glance });
        }
    }
    Ok(())
}

fn tooltip(glance: &Glance) -> String {
    let words = Words::of(&glance.language);
    match glance.unread {
        0 => "Waxwing".into(),
        unread => format!("Waxwing – {}", words.with("tray.unread", &[("count", &unread.to_string())])),
    }
}

fn menu(app: &AppHandle, glance: &Glance) -> tauri::Result<Menu<Wry>> {
    let words = Words::of(&glance.language);
    let unread = match glance.unread {
        0 => words.text("tray.none"),
        unread => words.with("tray.unread", &[("count", &unread.to_string())]),
    };
    let menu = Menu::new(app)?;
    menu.append(&MenuItem::with_id(app, "open", words.text("tray.open"), true, None::<&str>)?)?;
    menu.append(&MenuItem::with_id(app, "unread", unread, glance.unread > 0, None::<&str>)?)?;
    if glance.accounts > 0 {
        menu.append(&PredefinedMenuItem::separator(app)?)?;
        for (show, name) in SHOWS {
            let (id, text) = (format!("show.{name}"), words.text(&format!("show.{name}")));
            menu.append(&CheckMenuItem::with_id(app, id, text, true, glance.show == show, None::<&str>)?)?;
        }
    }
    menu.append(&PredefinedMenuItem::separator(app)?)?;
    menu.append(&MenuItem::with_id(app, "quit", words.text("tray.quit"), true, None::<&str>)?)?;
    Ok(menu)
}

fn chosen(app: &AppHandle, id: &str) {
    match id {
        "open" | "unread" => window::raise(app),
        "quit" => app.exit(0),
        id => {
            let show = SHOWS.iter().find(|(_, name)| id.strip_prefix("show.") == Some(name)).map(|(show, _)| *show);
            if let (Some(show), Some(client)) = (show, crate::backend::client(app)) {
                tauri::async_runtime::spawn(set_presence(client, show));
            }
        }
    }
}

/// For all accounts, as in the window; the words with it stay.
async fn set_presence(client: App, show: Show) {
    for account in client.accounts() {
        let presence = account.presence;
        let set = SetPresence { account: account.id, show, status: presence.status, priority: presence.priority };
        if let Err(failure) = client.call(set).await {
            tracing::warn!(%failure, "the presence was not set");
        }
    }
}

/// The bird: grey while nobody is signed in, with a berry while something is unread.
fn image(unread: bool, online: bool) -> Image<'static> {
    let plain = tauri::include_image!("../icons/64x64.png");
    let (width, height) = (plain.width(), plain.height());
    let mut rgba = plain.rgba().to_vec();
    if !online {
        for pixel in rgba.chunks_exact_mut(4) {
            let grey = (u16::from(pixel[0]) * 3 + u16::from(pixel[1]) * 6 + u16::from(pixel[2])) / 10;
            pixel[..3].fill(u8::try_from(grey).unwrap_or(u8::MAX));
        }
    }
    if unread {
        berry(&mut rgba, width, height);
    }
    Image::new_owned(rgba, width, height)
}

fn berry(rgba: &mut [u8], width: u32, height: u32) {
    const BERRY: [u8; 4] = [0xb0, 0x2f, 0x3a, 0xff];
    let radius = width / 4;
    let (cx, cy) = (width - radius - 1, height - radius - 1);
    for (index, pixel) in (0_u32..).zip(rgba.chunks_exact_mut(4)) {
        let (x, y) = (index % width, index / width);
        let distance = x.abs_diff(cx).pow(2) + y.abs_diff(cy).pow(2);
        if distance <= radius.pow(2) {
            pixel.copy_from_slice(&BERRY);
        } else if distance <= (radius + 2).pow(2) {
            // A rim of air, so that it stands out.
            pixel[3] = 0;
        }
    }
}

/// Whether something on this desktop shows our icon.
#[cfg(target_os = "linux")]
pub async fn is_there() -> bool {
    let watched = tokio::time::timeout(Duration::from_secs(2), status_notifier_host());
    if watched.await.ok().and_then(Result::ok).unwrap_or(false) {
        return true;
    }
    tokio::task::spawn_blocking(system_tray).await.unwrap_or(None).unwrap_or(false)
}

#[cfg(target_os = "linux")]
async fn status_notifier_host() -> zbus::Result<bool> {
    const WATCHER: &str = "org.kde.StatusNotifierWatcher";
    let bus = zbus::Connection::session().await?;
    let proxy = zbus::Proxy::new(&bus, WATCHER, "/StatusNotifierWatcher", WATCHER).await?;
    proxy.get_property("IsStatusNotifierHostRegistered").await
}

/// The older way, on X11: a tray that owns the selection of its screen.
#[cfg(target_os = "linux")]
fn system_tray() -> Option<bool> {
    use x11rb::protocol::xproto::ConnectionExt as _;
    let (connection, screen) = x11rb::connect(None).ok()?;
    let atom = connection.intern_atom(false, format!("_NET_SYSTEM_TRAY_S{screen}").as_bytes()).ok()?.reply().ok()?.atom;
    Some(connection.get_selection_owner(atom).ok()?.reply().ok()?.owner != x11rb::NONE)
}

/// Windows and macOS always have one.
#[cfg(not(target_os = "linux"))]
#[expect(clippy::unused_async, reason = "elsewhere it has to ask")]
pub async fn is_there() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::image;

    #[test]
    fn the_icon_shows_what_is_unread_and_who_is_away() {
        let (plain, unread, away) = (image(false, true), image(true, true), image(false, false));
        assert_eq!(plain.rgba().len(), (plain.width() * plain.height() * 4) as usize);
        assert_ne!(plain.rgba(), unread.rgba());
        assert!(away.rgba().chunks_exact(4).all(|p| p[0] == p[1] && p[1] == p[2]));
    }
}
