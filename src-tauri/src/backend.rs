//! The client behind the window, or the reason why there is none.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;
use waxwing_client::secrets::{Keyring, SecretFile, Secrets};
use waxwing_client::{App, Limits, Options, Subscription, log};
use waxwing_contract::{AnyCommand, AppInfo, Code, Failure, Settings, View};

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
    pub fn open(folder: PathBuf, arguments: &Arguments) -> Self {
        match Self::try_open(&folder, arguments) {
            Ok(app) => Self::Ready(app),
            Err(failure) => {
                tracing::error!(%failure, "the application's data could not be opened");
                Self::Broken { failure, folder }
            }
        }
    }

    fn try_open(folder: &Path, arguments: &Arguments) -> Result<App, Failure> {
        let storage = |error: std::io::Error| Failure::new(Code::Storage, format!("{}: {error}", folder.display()));
        std::fs::create_dir_all(folder.join("log")).map_err(storage)?;
        crash::report_into(folder);
        if let Err(error) = log::start(&folder.join("log")) {
            // Without a log there is still everything else.
            tracing::warn!(%error, "no log");
        }
        tracing::info!(version = env!("CARGO_PKG_VERSION"), "starting");
        let secrets: Arc<dyn Secrets> = match &arguments.secrets {
            Some(path) => Arc::new(SecretFile::new(path)),
            None => Arc::new(Keyring::default()),
        };
        let extra_roots = match &arguments.trust {
            Some(path) => certificates(path)?,
            None => Vec::new(),
        };
        App::open(Options { folder: folder.to_owned(), secrets, extra_roots, limits: Limits::default(), demo: demo() })
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
                    keyring: false,
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
    pub fn subscribe(&self, view: &View) -> Result<Subscription, Failure> {
        match self {
            Self::Ready(app) => app.subscribe(view),
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

fn json(value: &impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(value).map_err(|error| Failure::new(Code::Internal, error.to_string()))
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
