//! The shell: one window in front of the client.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod arguments;
mod backend;
mod crash;
mod desktop;
mod files;
mod instance;
mod ipc;
mod login;
mod network;
mod notification;
mod pictures;
mod reveal;
mod system;
mod tray;
mod window;
mod words;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use arguments::Arguments;
use backend::Backend;
use desktop::Shell;
use instance::Visit;
use tauri::{AppHandle, Manager as _, RunEvent, WindowEvent};
use tokio::sync::mpsc;
use waxwing_client::attention::Attention;
use waxwing_contract::Code;

/// How long one that has the data folder may take to answer, or to end.
const ANOTHER: Duration = Duration::from_secs(5);
/// How long signing out and closing may take.
const ENDING: Duration = Duration::from_secs(10);

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
    let (notices, attention) = mpsc::unbounded_channel();
    let shell = Arc::new(Shell::new(notices.clone(), arguments.places()));
    let backend = match tauri::async_runtime::block_on(first_or_visitor(&folder, &arguments, shell.clone())) {
        Ok(Some(backend)) => backend,
        Ok(None) => return tell("Waxwing is running already; its window came forward."),
        Err(complaint) => return say(&complaint),
    };
    let start = Start { arguments, folder, backend, shell, notices, attention };
    match run(context, start) {
        Ok(()) => ExitCode::SUCCESS,
        Err(complaint) => say(&complaint),
    }
}

/// What `main` has ready for the window.
struct Start {
    arguments: Arguments,
    folder: PathBuf,
    backend: Backend,
    shell: Arc<Shell>,
    notices: mpsc::UnboundedSender<Attention>,
    attention: mpsc::UnboundedReceiver<Attention>,
}

/// Opens the data, or hands over to who has it open already (`None`). Another one may just be starting or ending: it is
/// asked again for a while, so that no link is lost between the two.
async fn first_or_visitor(folder: &Path, arguments: &Arguments, shell: Arc<Shell>) -> Result<Option<Backend>, String> {
    let visit = Visit { links: arguments.links.clone() };
    let until = Instant::now() + ANOTHER;
    loop {
        if instance::visit(folder, &visit).await {
            return Ok(None);
        }
        let backend = Backend::open(folder.to_owned(), arguments, shell.clone());
        let in_use = matches!(&backend, Backend::Broken { failure, .. } if failure.code == Code::InUse);
        if !in_use {
            return Ok(Some(backend));
        }
        if Instant::now() > until {
            return Err(format!("Another Waxwing uses {} and does not answer.", folder.display()));
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

fn data_folder(arguments: &Arguments, identifier: &str) -> Option<PathBuf> {
    let folder = match &arguments.data {
        Some(folder) => folder.clone(),
        None => dirs::data_dir()?.join(identifier),
    };
    std::path::absolute(folder).ok()
}

fn run(context: tauri::Context, start: Start) -> Result<(), String> {
    tauri::Builder::default()
        .invoke_handler(tauri::generate_handler![
            ipc::rpc,
            ipc::subscribe,
            ipc::cancel,
            pictures::watch_pictures,
            pictures::next_picture,
            pictures::ask_key,
            pictures::leave_pictures
        ])
        .register_asynchronous_uri_scheme_protocol(files::SCHEME, |context, request, responder| {
            files::answer(context.app_handle(), &request, responder);
        })
        .setup(move |app| Ok(open(app.handle(), start)?))
        .on_window_event(|window, event| match event {
            WindowEvent::CloseRequested { api, .. } => {
                api.prevent_close();
                tauri::async_runtime::spawn(window::close_asked(window.app_handle().clone()));
            }
            WindowEvent::Moved(_) | WindowEvent::Resized(_) => window::moved(window.app_handle()),
            _ => {}
        })
        .build(context)
        .map_err(|error| format!("Waxwing could not open its window: {error}"))?
        .run(|app, event| on_event(app, &event));
    Ok(())
}

/// Opens the window; what may take longer follows when it stands.
fn open(app: &AppHandle, start: Start) -> tauri::Result<()> {
    let Start { arguments, folder, backend, shell, notices, attention } = start;
    shell.arrive(app.clone());
    app.manage(backend);
    app.manage(ipc::Subscriptions::default());
    app.manage(ipc::Drawn::default());
    app.manage(pictures::Watched::default());
    app.manage(tray::Tray::default());
    app.manage(window::Settling::default());
    app.manage(Door::default());
    window::make(app, arguments.hidden)?;
    if let Some(client) = backend::client(app) {
        for link in &arguments.links {
            // The window says why one cannot be followed.
            let _ = client.follow(link);
        }
        tauri::async_runtime::spawn(accompany(app.clone(), client, notices, attention, arguments.hidden));
        let visited = app.clone();
        let receiving = async { instance::receive(&folder, move |visit| come_forward(&visited, &visit)) };
        match tauri::async_runtime::block_on(receiving) {
            Ok(receiving) => *app.state::<Door>().0.lock().unwrap_or_else(PoisonError::into_inner) = Some(receiving),
            Err(error) => tracing::warn!(%error, "a second start will not find this one"),
        }
    }
    Ok(())
}

/// Open for second starts, until this one ends.
#[derive(Default)]
struct Door(Mutex<Option<instance::Receiving>>);

/// Everything of the desktop that goes along with the window.
async fn accompany(
    app: AppHandle,
    client: waxwing_client::App,
    notices: mpsc::UnboundedSender<Attention>,
    attention: mpsc::UnboundedReceiver<Attention>,
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
    tauri::async_runtime::spawn(network::follow(client.clone()));
    tauri::async_runtime::spawn(end_when_told(app.clone()));
    if hidden {
        tauri::async_runtime::spawn(window::hidden_start(app.clone()));
    }
    if hidden {
        client.connect();
    }
    // Signing in and the tray would take the window's first picture their time.
    app.state::<ipc::Drawn>().wait().await;
    client.connect();
    client.ready().await;
    tray::follow(app, client).await;
}

/// The person logs out of their desktop, or the system shuts down: sign out in order.
#[cfg(unix)]
async fn end_when_told(app: AppHandle) {
    use tokio::signal::unix::{SignalKind, signal};
    let kinds = [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()];
    let [Ok(mut terminate), Ok(mut interrupt), Ok(mut hangup)] = kinds.map(signal) else { return };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        _ = hangup.recv() => {}
    }
    app.exit(0);
}

/// Windows tells the window itself.
#[cfg(not(unix))]
#[expect(clippy::unused_async, reason = "elsewhere it waits")]
async fn end_when_told(_: AppHandle) {}

fn come_forward(app: &AppHandle, visit: &Visit) {
    window::raise(app);
    if let Some(client) = backend::client(app) {
        for link in &visit.links {
            let _ = client.follow(link);
        }
    }
}

fn on_event(app: &AppHandle, event: &RunEvent) {
    match event {
        RunEvent::Exit => {
            // Who starts from now on is the next one, not a visitor.
            if let Some(door) = app.try_state::<Door>() {
                door.0.lock().unwrap_or_else(PoisonError::into_inner).take();
            }
            if let Some(backend) = app.try_state::<Backend>() {
                let close = async { tokio::time::timeout(ENDING, backend.close()).await };
                if tauri::async_runtime::block_on(close).is_err() {
                    tracing::warn!("an account took too long to end; what it keeps is safe");
                }
            }
        }
        #[cfg(target_os = "macos")]
        RunEvent::Opened { urls } => {
            come_forward(app, &Visit { links: urls.iter().map(ToString::to_string).collect() });
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
