//! An empty window with Waxwing's own settings: what a window and its page cost before Waxwing does anything. For
//! `make bench NAME=start`.

use tauri::http::Response;

/// A page of a colour of its own: the window is there before the webview has drawn anything.
const PAGE: &[u8] = b"<!doctype html><title>Empty</title><body style='background: rgb(26, 127, 75)'>";

fn main() -> tauri::Result<()> {
    tauri::Builder::default()
        .register_uri_scheme_protocol("empty", |_, _| {
            let mut page = Response::new(PAGE.to_vec());
            page.headers_mut().insert("content-type", tauri::http::HeaderValue::from_static("text/html"));
            page
        })
        .setup(|app| {
            let mut config = app.config().app.windows.first().cloned().unwrap_or_default();
            if let Ok(page) = "empty://localhost/".parse() {
                config.url = tauri::WebviewUrl::CustomProtocol(page);
            }
            tauri::WebviewWindowBuilder::from_config(app, &config)?.build()?;
            Ok(())
        })
        .run(tauri::generate_context!())
}
