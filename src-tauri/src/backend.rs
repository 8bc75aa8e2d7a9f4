//! The client behind the window, or the reason why there is none.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;
use tauri::{AppHandle, Manager as _};
use waxwing_client::secrets::{Keyring, SecretFile, Secrets};
use waxwing_client::{App, Desktop, Equipment, FolderLock, Limits, Options, SILENCE, Subscription, log};
use waxwing_contract::{AnyCommand, AppInfo, Code, Failure, PasswordStore, Settings, View};

use crate::arguments::Arguments;
use crate::crash;

/// What answers the window.
pub enum Backend {
    Ready(App),
    /// The application's own data could not be opened: the window says so and nothing is touched.
    Broken {
        failure: Failure,
        folder: PathBuf,
    },
}

impl Backend {
    /// Opens the client's data in `folder`. Needs a runtime.
    pub fn open(folder: PathBuf, arguments: &Arguments, desktop: Arc<dyn Desktop>) -> Self {
        match Self::try_open(&folder, arguments, desktop) {
            Ok(app) => Self::Ready(app),
            Err(failure) => {
                tracing::error!(%failure, "the application's data could not be opened");
                Self::Broken { failure, folder }
            }
        }
    }

    fn try_open(folder: &Path, arguments: &Arguments, desktop: Arc<dyn Desktop>) -> Result<App, Failure> {
        let storage = |error: std::io::Error| {
            use std::io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem};
            let sealed = matches!(error.kind(), PermissionDenied | ReadOnlyFilesystem);
            let code = if sealed { Code::ReadOnly } else { Code::Storage };
            Failure::new(code, format!("{}: {error}", folder.display()))
        };
        std::fs::create_dir_all(folder.join("log")).map_err(storage)?;
        // Log and crash report are the one's who has the folder.
        let lock = Some(FolderLock::take(folder)?);
        crash::report_into(folder);
        if let Err(error) = log::start(&folder.join("log")) {
            // Without a log there is still everything else.
            tracing::warn!(%error, "no log");
        }
        tracing::info!(version = env!("CARGO_PKG_VERSION"), "starting");
        let secrets: Arc<dyn Secrets> = match &arguments.secrets {
            Some(path) => Arc::new(SecretFile::new(path)),
            None => Arc::new(Keyring::new(&folder.join("passwords.json"))),
        };
        let extra_roots = match &arguments.trust {
            Some(path) => certificates(path)?,
            None => Vec::new(),
        };
        App::open(Options {
            folder: folder.to_owned(),
            secrets,
            extra_roots,
            limits: Limits::default(),
            silence: SILENCE,
            lock,
            desktop,
            equipment: Equipment::here(),
            // The window comes first: see `accompany`.
            connect: false,
            downloads: downloads(folder, arguments),
            demo: demo(),
        })
    }

    /// Answers a command.
    ///
    /// # Errors
    /// The command's own; where there is no client, why.
    pub async fn rpc(&self, name: &str, request: Value) -> Result<Value, Failure> {
        match self {
            Self::Ready(app) => app.rpc(name, request).await,
            Self::Broken { failure, folder } => match AnyCommand::decode(name, request)? {
                AnyCommand::GetAppInfo(_) => json(&AppInfo {
                    version: env!("CARGO_PKG_VERSION").into(),
                    data_folder: folder.display().to_string(),
                    demo_available: false,
                    crash_report: None,
                    passwords: PasswordStore::Nowhere,
                    reset_settings: Vec::new(),
                    fatal: Some(failure.clone()),
                }),
                AnyCommand::GetSettings(_) => json(&Settings::default()),
                _ => Err(failure.clone()),
            },
        }
    }

    /// Subscribes to a view.
    ///
    /// # Errors
    /// The view's own; where there is no client, why.
    pub async fn subscribe(&self, view: &View) -> Result<Subscription, Failure> {
        match self {
            Self::Ready(app) => {
                app.ready().await;
                app.subscribe(view)
            }
            Self::Broken { failure, .. } => Err(failure.clone()),
        }
    }

    /// Signs out and closes everything.
    pub async fn close(&self) {
        if let Self::Ready(app) = self {
            app.close().await;
        }
    }
}

/// The client, where there is one.
pub fn client(app: &AppHandle) -> Option<App> {
    match &*app.try_state::<Backend>()? {
        Backend::Ready(client) => Some(client.clone()),
        Backend::Broken { .. } => None,
    }
}

fn json(value: &impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(value).map_err(|error| Failure::new(Code::Internal, error.to_string()))
}

/// Where files go that the person asks for: whoever keeps everything in a folder of their own keeps them there, too.
fn downloads(folder: &Path, arguments: &Arguments) -> PathBuf {
    let usual = dirs::download_dir().or_else(dirs::home_dir).filter(|_| arguments.data.is_none());
    usual.unwrap_or_else(|| folder.join("downloads"))
}

/// The demo's program, built beside this one in a checkout and part of no package.
fn demo() -> Option<PathBuf> {
    let name = format!("waxwing-demo{}", std::env::consts::EXE_SUFFIX);
    std::env::current_exe().ok()?.parent().map(|folder| folder.join(name))
}

fn certificates(path: &Path) -> Result<Vec<Vec<u8>>, Failure> {
    waxwing_client::read_certificates(path)
        .map_err(|error| Failure::new(Code::Storage, format!("{}: {error}", path.display())))
}
