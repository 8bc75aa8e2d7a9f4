//! The shell: one window in front of the client.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod arguments;
mod backend;
mod crash;
mod ipc;

use std::process::ExitCode;

use arguments::Arguments;
use backend::Backend;
use tauri::{Manager as _, RunEvent};

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
    let app = tauri::Builder::default()
        .invoke_handler(tauri::generate_handler![ipc::rpc, ipc::subscribe, ipc::cancel])
        .setup(move |app| {
            let folder = match &arguments.data {
                Some(folder) => folder.clone(),
                None => app.path().app_data_dir()?,
            };
            app.manage(tauri::async_runtime::block_on(async { Backend::open(folder, &arguments) }));
            app.manage(ipc::Subscriptions::default());
            Ok(())
        })
        .build(tauri::generate_context!());
    match app {
        Ok(app) => {
            app.run(|app, event| {
                if let RunEvent::Exit = event
                    && let Some(backend) = app.try_state::<Backend>()
                {
                    tauri::async_runtime::block_on(backend.close());
                }
            });
            ExitCode::SUCCESS
        }
        Err(error) => say(&format!("Waxwing could not open its window: {error}")),
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
