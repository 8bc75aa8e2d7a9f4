//! The shell: one window in front of the client.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod arguments;
mod backend;
mod crash;
mod desktop;
mod instance;
mod ipc;
mod login;
mod notification;
mod system;
mod tray;
mod window;
mod words;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use arguments::Arguments;
use backend::Backend;
use instance::Visit;
use tauri::{AppHandle, Manager as _, RunEvent, WindowEvent};
use tokio::sync::mpsc;
use waxwing_contract::Code;

fn main() -> ExitCode {
    let arguments = match Arguments::read(std::env::args_os().skip(1)) {
        Ok(arguments) => arguments,
        Err(complaint) => return say(&complaint),
    };
    if let Some(answer) = &arguments.answer {
        return tell(answer);
    }
    if let Some(complaint) = arguments.complaint() {
        return say(&complaint);
    }
    let context = tauri::generate_context!();
    let Some(folder) = data_folder(&arguments, &context.config().identifier) else {
        return say("There is no place for Waxwing's data: set HOME, or name a folder with --data.");
    };
    let visit = Visit { links: arguments.links.clone() };
    if tauri::async_runtime::block_on(instance::visit(&folder, &visit)) {
        return tell("Waxwing is running already; its window came forward.");
    }
    match run(context, arguments, folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(complaint) => say(&complaint),
    }
}

fn data_folder(arguments: &Arguments, identifier: &str) -> Option<PathBuf> {
    let folder = match &arguments.data {
        Some(folder) => folder.clone(),
        None => dirs::data_dir()?.join(identifier),
    };
    std::path::absolute(folder).ok()
}

fn run(context: tauri::Context, arguments: Arguments, folder: PathBuf) -> Result<(), String> {
    tauri::Builder::default()
        .invoke_handler(tauri::generate_handler![ipc::rpc, ipc::subscribe, ipc::cancel])
        .setup(move |app| Ok(open(app.handle(), &arguments, folder)?))
        .on_window_event(|window, event| match event {
            WindowEvent::CloseRequested { api, .. } => {
                api.prevent_close();
                tauri::async_runtime::spawn(window::close_asked(window.app_handle().clone()));
            }
            WindowEvent::Moved(_) | WindowEvent::Resized(_) => window::moved(window.app_handle()),
            _ => {}
        })
        .build(context)
        .map_err(|error| match error {
            tauri::Error::Setup(complaint) => complaint.to_string(),
            error => format!("Waxwing could not open its window: {error}"),
        })?
        .run(on_event);
    Ok(())
}

/// Opens the data and the window; what may take longer follows when the window stands.
fn open(app: &AppHandle, arguments: &Arguments, folder: PathBuf) -> Result<(), Box<dyn std::error::Error>> {
    let (notices, attention) = mpsc::unbounded_channel();
    let shell = Arc::new(desktop::Shell::new(app.clone(), notices.clone()));
    let backend = tauri::async_runtime::block_on(async { Backend::open(folder.clone(), arguments, shell) });
    if let Backend::Broken { failure, .. } = &backend
        && failure.code == Code::InUse
    {
        return Err(format!("Another Waxwing uses {} and does not answer.", folder.display()).into());
    }
    app.manage(backend);
    app.manage(ipc::Subscriptions::default());
    app.manage(tray::Tray::default());
    app.manage(window::Settling::default());
    window::make(app, arguments.hidden)?;
    if let Some(client) = backend::client(app) {
        for link in &arguments.links {
            // The window says why one cannot be followed.
            let _ = client.follow(link);
        }
        tauri::async_runtime::spawn(accompany(app.clone(), client, notices, attention, arguments.hidden));
        let visited = app.clone();
        let receiving = async { instance::receive(&folder, move |visit| come_forward(&visited, visit)) };
        if let Err(error) = tauri::async_runtime::block_on(receiving) {
            tracing::warn!(%error, "a second start will not find this one");
        }
    }
    Ok(())
}

/// Everything of the desktop that goes along with the window.
async fn accompany(
    app: AppHandle,
    client: waxwing_client::App,
    notices: mpsc::UnboundedSender<waxwing_client::attention::Attention>,
    attention: mpsc::UnboundedReceiver<waxwing_client::attention::Attention>,
    hidden: bool,
) {
    let mut told = client.listen();
    tauri::async_runtime::spawn(async move {
        while let Some(news) = told.recv().await {
            let _ = notices.send(news);
        }
    });
    tauri::async_runtime::spawn(notification::run(app.clone(), client.clone(), attention));
    tauri::async_runtime::spawn(system::follow(client.clone()));
    tauri::async_runtime::spawn(end_when_told(app.clone()));
    if hidden {
        tauri::async_runtime::spawn(window::hidden_start(app.clone()));
    }
    client.ready().await;
    tray::follow(app, client).await;
}

/// The person logs out of their desktop, or the system shuts down: sign out in order.
#[cfg(unix)]
async fn end_when_told(app: AppHandle) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    app.exit(0);
}

/// Windows tells the window itself.
#[cfg(not(unix))]
#[expect(clippy::unused_async, reason = "elsewhere it waits")]
async fn end_when_told(_: AppHandle) {}

fn come_forward(app: &AppHandle, visit: Visit) {
    window::raise(app);
    if let Some(client) = backend::client(app) {
        for link in &visit.links {
            let _ = client.follow(link);
        }
    }
}

fn on_event(app: &AppHandle, event: RunEvent) {
    match event {
        RunEvent::Exit => {
            if let Some(backend) = app.try_state::<Backend>() {
                tauri::async_runtime::block_on(backend.close());
            }
        }
        #[cfg(target_os = "macos")]
        RunEvent::Opened { urls } => {
            come_forward(app, Visit { links: urls.iter().map(ToString::to_string).collect() });
        }
        #[cfg(target_os = "macos")]
        RunEvent::Reopen { .. } => window::raise(app),
        _ => {}
    }
}

#[expect(clippy::print_stdout, reason = "it was asked for")]
fn tell(answer: &str) -> ExitCode {
    println!("{answer}");
    ExitCode::SUCCESS
}

/// The last words of a program that cannot show a window.
#[expect(clippy::print_stderr, reason = "there is no window to say it in")]
fn say(complaint: &str) -> ExitCode {
    eprintln!("{complaint}");
    ExitCode::FAILURE
}
