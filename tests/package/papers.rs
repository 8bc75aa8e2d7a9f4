//! What the package says about itself.

use std::collections::BTreeSet;

use harness::{Context, Result, ensure, paths::Folder};

use crate::{ID, bundle, package, tool};

#[test]
fn the_same_build_gives_the_same_bytes() -> Result<()> {
    let first = std::fs::read(package()?)?;
    let second = std::fs::read(bundle("again.deb")?)?;
    ensure!(first == second, "two packages of one build differ: target/package/waxwing.deb and again.deb");
    Ok(())
}

#[test]
fn its_control_file_names_what_it_needs() -> Result<()> {
    let package = package()?;
    let control = tool("dpkg-deb", "dpkg", &["--field", &package.to_string_lossy()])?;
    let field = |name: &str| {
        let value = control.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        value.with_context(|| format!("no {name}:\n{control}"))
    };
    for (name, value) in [("Package", "waxwing"), ("Section", "net"), ("Priority", "optional")] {
        ensure!(field(name)? == value, "{name} should be {value}:\n{control}");
    }
    let needs: BTreeSet<&str> = field("Depends")?.split(", ").filter_map(|need| need.split(' ').next()).collect();
    for need in [
        "ca-certificates",
        "gstreamer1.0-libav",
        "gstreamer1.0-plugins-bad",
        "gstreamer1.0-plugins-base",
        "gstreamer1.0-plugins-good",
        "libayatana-appindicator3-1",
        "libc6",
        "libgtk-3-0",
        "libpipewire-0.3-0",
        "libwebkit2gtk-4.1-0",
    ] {
        ensure!(needs.contains(need), "it does not depend on {need}:\n{control}");
    }
    Ok(())
}

#[test]
fn menus_and_software_centres_can_read_it() -> Result<()> {
    let package = package()?;
    let folder = Folder::new("papers")?;
    let tree = folder.path();
    tool("dpkg-deb", "dpkg", &["--extract", &package.to_string_lossy(), &tree.to_string_lossy()])?;
    let entries = tree.join("usr/share/applications");
    let names: Vec<_> = std::fs::read_dir(&entries)?.map(|entry| entry.unwrap().file_name()).collect();
    ensure!(names == [format!("{ID}.desktop").as_str()], "one desktop entry is wanted: {names:?}");
    let entry = entries.join(format!("{ID}.desktop"));
    tool("desktop-file-validate", "desktop-file-utils", &[&entry.to_string_lossy()])?;
    let metainfo = tree.join(format!("usr/share/metainfo/{ID}.metainfo.xml"));
    tool("appstreamcli", "appstream", &["validate", "--no-net", &metainfo.to_string_lossy()])?;
    for icon in ["32x32", "64x64", "128x128", "256x256", "512x512", "scalable"] {
        let ending = if icon == "scalable" { "svg" } else { "png" };
        let file = tree.join(format!("usr/share/icons/hicolor/{icon}/apps/{ID}.{ending}"));
        ensure!(file.is_file(), "{} is missing", file.display());
    }
    let notices = tree.join("usr/share/doc/waxwing/THIRD-PARTY-NOTICES.gz");
    let notices = tool("zcat", "gzip", &[&notices.to_string_lossy()])?;
    ensure!(notices.contains("\ntokio ") && notices.contains("\nsvelte "), "the notices name too little");
    Ok(())
}
