//! Files of the system as one program alone is to see them, in a mount namespace of its own: the system stays as it is.

use std::path::Path;

/// What `unshare` (util-linux) is to be told, to run a program with files of a test's own over some of the system's.
/// Who is not root has a user namespace for it, and stays in it who they are.
pub fn arguments(files: &[(&Path, &str)], program: &Path) -> Vec<String> {
    let mounts: String =
        files.iter().map(|(file, place)| format!("mount --bind '{}' {place} && ", file.display())).collect();
    let script = format!("{mounts}exec '{}' \"$@\"", program.display());
    let person: &[&str] = match rustix::process::geteuid().is_root() {
        true => &[],
        false => &["--user", "--map-current-user", "--keep-caps"],
    };
    [&["--mount"], person, &["sh", "-c", &script, "sh"]].concat().into_iter().map(str::to_owned).collect()
}
