use super::*;

fn part(folder: &Path, bytes: &[u8]) -> Part {
    let part = Part::create(folder).unwrap();
    fs::write(part.path(), bytes).unwrap();
    part
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_name_is_given_once_and_never_taken() {
    let folder = tempfile::tempdir().unwrap();
    let (parts, kept) = (folder.path().join("parts"), folder.path().join("kept"));
    for text in ["one", "two", "three"] {
        let part = part(&parts, text.as_bytes());
        part.set_note(&Note { source: "s".into(), ..Note::default() }).unwrap();
        part.keep(&kept, "../a.txt").await.unwrap();
    }
    assert_eq!(names(&kept), ["a (2).txt", "a (3).txt", "a.txt"]);
    assert_eq!(fs::read(kept.join("a (2).txt")).unwrap(), b"two");
    assert!(names(&parts).is_empty(), "no part and no note is left");
    // A link that leads nowhere is a name too.
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("/nonexistent", kept.join("b")).unwrap();
        assert!(part(&parts, b"x").keep(&kept, "b").await.unwrap().ends_with("b (2)"));
    }
}

#[cfg(unix)]
#[tokio::test]
async fn only_for_the_person() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let parts = folder.path().join("a/b");
    let part = part(&parts, b"x");
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    part.set_note(&Note::default()).unwrap();
    assert_eq!((mode(&parts), mode(part.path()), mode(&part.note_path())), (0o700, 0o600, 0o600));
    let kept = part.keep(folder.path(), "x").await.unwrap();
    assert_eq!(mode(&kept), 0o600);
}

#[tokio::test]
async fn what_was_noted_survives() {
    let folder = tempfile::tempdir().unwrap();
    let part = part(folder.path(), b"abc");
    assert_eq!(part.note(), None);
    let note = Note { source: "s".into(), validator: Some("\"v\"".into()), total: Some(9) };
    part.set_note(&note).unwrap();
    let path = part.path().to_owned();
    drop(part);
    let part = Part::reopen(&path).unwrap();
    assert_eq!((part.note(), part.size()), (Some(note), 3));
    fs::write(part.note_path(), vec![b'['; 20_000]).unwrap();
    assert_eq!(part.note(), None);
    part.discard();
    assert!(names(folder.path()).is_empty());
    assert_eq!(Part::reopen(&path).unwrap_err(), Error::NoFile);
}

#[cfg(unix)]
#[tokio::test]
async fn links_are_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("target");
    fs::write(&target, b"precious").unwrap();
    let link = folder.path().join("x.part");
    std::os::unix::fs::symlink(&target, &link).unwrap();
    assert_eq!(Part::reopen(&link).unwrap_err(), Error::NoFile);
    assert_eq!(Part::reopen(folder.path()).unwrap_err(), Error::NoFile);
    // Swapped in the meantime.
    let part = part(folder.path(), b"x");
    fs::remove_file(part.path()).unwrap();
    std::os::unix::fs::symlink(&target, part.path()).unwrap();
    let (_, error) = part.keep(folder.path(), "kept").await.unwrap_err();
    assert_eq!(error, Error::NoFile);
    assert!(!folder.path().join("kept").exists());
    assert_eq!(fs::read(&target).unwrap(), b"precious");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn from_one_file_system_to_another() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir_in("/dev/shm").unwrap());
    let kept = part(here.path(), b"far").keep(there.path(), "a").await.unwrap();
    assert_eq!(fs::read(kept).unwrap(), b"far");
    assert_eq!((names(here.path()).len(), names(there.path())), (0, vec!["a".to_owned()]));
}

#[tokio::test]
async fn the_abandoned_are_swept() {
    let folder = tempfile::tempdir().unwrap();
    let part = part(folder.path(), b"x");
    part.set_note(&Note::default()).unwrap();
    fs::write(folder.path().join("a.txt"), b"mine").unwrap();
    fs::write(folder.path().join("orphan.note"), b"{}").unwrap();
    assert_eq!(sweep(folder.path(), Duration::from_secs(3600)), 0);
    assert_eq!(names(folder.path()).len(), 3);
    assert_eq!(sweep(folder.path(), Duration::ZERO), 1);
    assert_eq!(names(folder.path()), ["a.txt"]);
}

#[test]
fn what_is_brought_replaces_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("files");
    for (bytes, name) in [("one", "a.txt"), ("two", "a (2).txt"), ("three", "a (3).txt")] {
        let staged = folder.path().join("staged");
        fs::write(&staged, bytes).unwrap();
        assert_eq!(bring(&staged, &to, "a.txt").unwrap(), to.join(name));
        assert!(!staged.exists());
        assert_eq!(fs::read_to_string(to.join(name)).unwrap(), bytes);
    }
    assert!(bring(&folder.path().join("none"), &to, "a.txt").is_err());
}
