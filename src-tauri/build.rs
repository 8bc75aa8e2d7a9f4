fn main() {
    let manifest = tauri_build::AppManifest::new().commands(&[
        "rpc",
        "subscribe",
        "cancel",
        "watch_pictures",
        "next_picture",
        "ask_key",
        "leave_pictures",
    ]);
    let attributes = tauri_build::Attributes::new().app_manifest(manifest);
    if let Err(error) = tauri_build::try_build(attributes) {
        println!("cargo::error={error:#}");
    }
}
