//! A panic leaves a message a person can read and copy.

use std::backtrace::Backtrace;
use std::fmt::Write as _;
use std::panic::PanicHookInfo;
use std::path::{Path, PathBuf};

use waxwing_client::{CRASH_REPORT, log};

/// From now on a panic is written to the crash report in `folder`, redacted, before it takes its course.
pub fn report_into(folder: &Path) {
    let path: PathBuf = folder.join(CRASH_REPORT);
    let previous = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        // Nothing can be done where even this fails.
        let _ = std::fs::write(&path, log::redact(&text(panic)));
        previous(panic);
    }));
}

fn text(panic: &PanicHookInfo<'_>) -> String {
    let mut text =
        format!("Waxwing {} met a fault of its own and stopped what it was doing.\n\n", env!("CARGO_PKG_VERSION"));
    let _ = writeln!(text, "System: {} {}", std::env::consts::OS, std::env::consts::ARCH);
    let _ = writeln!(text, "Thread: {}", std::thread::current().name().unwrap_or("unnamed"));
    let _ = writeln!(text, "What happened: {panic}\n\n{}", Backtrace::force_capture());
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_panic_leaves_a_report() {
        let folder = std::env::temp_dir().join(format!("waxwing-crash-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        super::report_into(&folder);
        let _ = std::thread::Builder::new()
            .name("doomed".into())
            .spawn(|| panic!("juliet@capulet.test broke it"))
            .unwrap()
            .join();
        let _ = std::panic::take_hook();
        let report = std::fs::read_to_string(folder.join(waxwing_client::CRASH_REPORT)).unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(report.contains("doomed") && report.contains("broke it"), "{report}");
        assert!(!report.contains("juliet@"), "addresses are redacted");
    }
}
