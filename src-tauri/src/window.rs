//! The window: where it stands, when it shows, and what closing it means.

use std::sync::Mutex;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tauri::{AppHandle, Manager as _, PhysicalPosition, PhysicalSize, WebviewWindow, WebviewWindowBuilder};
use waxwing_client::App;
use waxwing_contract::{OnClose, Task};

use crate::backend::client;
use crate::tray;

/// Its label, in the configuration and the contract.
const LABEL: &str = "main";

/// A place on the screens that were there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    x: i32,
    y: i32,
    width: u32,
    height: u32,
    maximised: bool,
}

/// Whether someone is about to keep the place.
#[derive(Default)]
pub struct Settling(Mutex<bool>);

/// Makes the window of the configuration, where it stood the last time on these screens.
///
/// # Errors
/// The system gives no window.
pub fn make(app: &AppHandle, hidden: bool) -> tauri::Result<()> {
    let config = app.config().app.windows.iter().find(|config| config.label == LABEL).cloned().unwrap_or_default();
    let window = WebviewWindowBuilder::from_config(app, &config)?.visible(false).build()?;
    if let Some(place) = client(app).and_then(|client| remembered(&client, &window)) {
        restore(&window, place);
    }
    if !hidden {
        window.show()?;
    }
    Ok(())
}

/// The window, where it stands.
pub fn window(app: &AppHandle) -> Option<WebviewWindow> {
    app.get_webview_window(LABEL)
}

/// The screens there are: a laptop on a desk and on the road has two places.
fn screens(window: &WebviewWindow) -> Option<String> {
    let monitors = window.available_monitors().ok()?;
    let mut screens: Vec<String> = monitors
        .iter()
        .map(|m| format!("{}x{}+{}+{}", m.size().width, m.size().height, m.position().x, m.position().y))
        .collect();
    screens.sort();
    Some(format!("place:{}", screens.join(",")))
}

fn remembered(client: &App, window: &WebviewWindow) -> Option<Place> {
    let place: Place = serde_json::from_str(&client.kept(&screens(window)?)?).ok()?;
    let sane = (200..20_000).contains(&place.width) && (200..20_000).contains(&place.height);
    let visible = window.available_monitors().ok()?.iter().any(|monitor| {
        let (at, size) = (monitor.position(), monitor.size());
        let right = at.x.saturating_add(i32::try_from(size.width).unwrap_or(i32::MAX));
        let bottom = at.y.saturating_add(i32::try_from(size.height).unwrap_or(i32::MAX));
        place.x > at.x.saturating_sub(i32::try_from(place.width).unwrap_or(0) - 100)
            && place.x < right.saturating_sub(100)
            && place.y >= at.y.saturating_sub(50)
            && place.y < bottom.saturating_sub(50)
    });
    (sane && visible).then_some(place)
}

fn restore(window: &WebviewWindow, place: Place) {
    let _ = window.set_size(PhysicalSize::new(place.width, place.height));
    let _ = window.set_position(PhysicalPosition::new(place.x, place.y));
    if place.maximised {
        let _ = window.maximize();
    }
}

/// The window was moved or resized: its place is kept as soon as it rests.
pub fn moved(app: &AppHandle) {
    let settling = app.state::<Settling>();
    let mut waits = settling.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if std::mem::replace(&mut *waits, true) {
        return;
    }
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(Duration::from_millis(700)).await;
        *app.state::<Settling>().0.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = false;
        keep_place(&app);
    });
}

fn keep_place(app: &AppHandle) {
    let (Some(window), Some(client)) = (window(app), client(app)) else { return };
    if !window.is_visible().unwrap_or(false) || window.is_minimized().unwrap_or(true) {
        return;
    }
    let (Ok(at), Ok(size), Some(key)) = (window.outer_position(), window.inner_size(), screens(&window)) else {
        return;
    };
    let maximised = window.is_maximized().unwrap_or(false);
    let before: Option<Place> = client.kept(&key).and_then(|json| serde_json::from_str(&json).ok());
    let mut place = Place { x: at.x, y: at.y, width: size.width, height: size.height, maximised };
    // Beneath a maximised window lies the place it goes back to.
    if let (true, Some(before)) = (maximised, before) {
        place = Place { maximised, ..before };
    }
    if before != Some(place) {
        client.keep(&key, &serde_json::to_string(&place).unwrap_or_default());
    }
}

/// Brings the window to the person, from wherever it is.
pub fn raise(app: &AppHandle) {
    let Some(window) = window(app) else { return };
    let shown = window.show().and_then(|()| window.unminimize()).and_then(|()| window.set_focus());
    if let Err(error) = shown {
        tracing::warn!(%error, "the window does not come forward");
    }
}

/// Shows the window, or hides it where the person looks at it already.
pub fn toggle(app: &AppHandle) {
    match window(app) {
        Some(window) if window.is_visible().unwrap_or(false) && window.is_focused().unwrap_or(false) => hide(app),
        _ => raise(app),
    }
}

/// Hides the window.
pub fn hide(app: &AppHandle) {
    keep_place(app);
    if let Some(window) = window(app)
        && let Err(error) = window.hide()
    {
        tracing::warn!(%error, "the window does not hide");
    }
}

/// The person wants the window closed: that is what the settings say, or ends the application where there is no tray to
/// bring the window back from.
pub async fn close_asked(app: AppHandle) {
    keep_place(&app);
    let Some(client) = client(&app) else { return app.exit(0) };
    match client.glance().on_close {
        OnClose::Quit => app.exit(0),
        _ if !tray::is_there().await => {
            tracing::info!("no tray: closing the window ends the application");
            app.exit(0);
        }
        OnClose::Hide => hide(&app),
        OnClose::Ask => client.errand(Task::AskClose),
    }
}

/// A window that starts hidden needs a tray to come back from.
pub async fn hidden_start(app: AppHandle) {
    // At login the panel may come later than we do.
    for _ in 0..20 {
        if tray::is_there().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    // The person may have opened it meanwhile.
    if let Some(window) = window(&app).filter(|window| !window.is_visible().unwrap_or(false)) {
        tracing::info!("no tray to start in: the window shows itself, small");
        let _ = window.minimize();
        let _ = window.show();
    }
}
