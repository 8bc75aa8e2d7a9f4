//! One Waxwing for a data folder: a second start hands its links to the first, which comes forward.

use std::path::{Path, PathBuf};
use std::time::Duration;

use interprocess::local_socket::tokio::{Listener, Stream, prelude::*};
use interprocess::local_socket::{ListenerOptions, Name};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};

/// Bytes a second start may send.
const LONGEST: u64 = 256 * 1024;
/// How long either side waits for the other.
const PATIENCE: Duration = Duration::from_secs(5);
/// Ends an answer.
const RAISED: &str = "raised\n";

/// What a second start asks of the first.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// `xmpp:` links.
    pub links: Vec<String>,
}

/// Asks a Waxwing that runs on `folder` to come forward. False where none answers.
pub async fn visit(folder: &Path, visit: &Visit) -> bool {
    let asking = async {
        let mut stream = Stream::connect(name(folder).ok()?).await.ok()?;
        let mut line = serde_json::to_vec(visit).ok()?;
        line.push(b'\n');
        stream.write_all(&line).await.ok()?;
        let mut answer = String::new();
        BufReader::new(&stream).take(16).read_line(&mut answer).await.ok()?;
        (answer == RAISED).then_some(())
    };
    tokio::time::timeout(PATIENCE, asking).await.ok().flatten().is_some()
}

/// Receives visits until this is dropped: whoever comes later finds nobody, and waits for the folder.
pub struct Receiving(tokio::task::AbortHandle);

impl Drop for Receiving {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Receives visits. The folder must be ours: what an earlier process left behind is replaced. Needs a runtime.
///
/// # Errors
/// The folder takes no socket.
pub fn receive(folder: &Path, on_visit: impl Fn(Visit) + Send + Sync + 'static) -> std::io::Result<Receiving> {
    let listener = ListenerOptions::new().name(name(folder)?).try_overwrite(true).create_tokio()?;
    Ok(Receiving(tokio::spawn(serve(listener, std::sync::Arc::new(on_visit))).abort_handle()))
}

async fn serve(listener: Listener, on_visit: std::sync::Arc<impl Fn(Visit) + Send + Sync + 'static>) {
    loop {
        match listener.accept().await {
            Ok(stream) => {
                let on_visit = on_visit.clone();
                tokio::spawn(async move {
                    match tokio::time::timeout(PATIENCE, read(&stream)).await {
                        Ok(Ok(visit)) => {
                            on_visit(visit);
                            let _ = (&stream).write_all(RAISED.as_bytes()).await;
                        }
                        Ok(Err(error)) => tracing::warn!(%error, "a visitor spoke in riddles"),
                        Err(_) => tracing::warn!("a visitor said nothing"),
                    }
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a visitor was not let in");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

async fn read(stream: &Stream) -> std::io::Result<Visit> {
    let mut line = String::new();
    BufReader::new(stream).take(LONGEST).read_line(&mut line).await?;
    Ok(serde_json::from_str(&line)?)
}

/// A socket in the data folder, which only its owner may enter.
#[cfg(unix)]
fn name(folder: &Path) -> std::io::Result<Name<'static>> {
    use interprocess::local_socket::GenericFilePath;
    socket(folder)?.to_fs_name::<GenericFilePath>()
}

/// A pipe named after the folder.
#[cfg(not(unix))]
fn name(folder: &Path) -> std::io::Result<Name<'static>> {
    use interprocess::local_socket::GenericNamespaced;
    format!("im.waxwing.Waxwing-{:016x}", hash(folder)).to_ns_name::<GenericNamespaced>()
}

/// Longest path of a socket: 108 bytes on Linux, 104 on macOS, its end included.
#[cfg(unix)]
const LONGEST_PATH: usize = 103;

#[cfg(unix)]
fn socket(folder: &Path) -> std::io::Result<PathBuf> {
    let path = folder.join("instance.sock");
    if path.as_os_str().len() <= LONGEST_PATH {
        return Ok(path);
    }
    let runtime = dirs::runtime_dir().ok_or_else(|| std::io::Error::other("no place for a socket"))?;
    Ok(runtime.join(format!("waxwing-{:016x}.sock", hash(folder))))
}

fn hash(folder: &Path) -> u64 {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let mut hasher = DefaultHasher::new();
    folder.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_visit_arrives_and_riddles_do_not() {
        let folder = std::env::temp_dir().join(format!("waxwing-instance-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let nobody = visit(&folder, &Visit::default()).await;
        assert!(!nobody, "nobody is there");
        let (sender, mut visits) = tokio::sync::mpsc::unbounded_channel();
        let receiving = receive(&folder, move |visit| drop(sender.send(visit))).unwrap();
        let mut riddle = Stream::connect(name(&folder).unwrap()).await.unwrap();
        riddle.write_all(b"{\"links\": 17}\n").await.unwrap();
        let asked = Visit { links: vec!["xmpp:juliet@capulet.test".into()] };
        assert!(visit(&folder, &asked).await);
        assert_eq!(visits.recv().await, Some(asked));
        assert!(visits.try_recv().is_err(), "the riddle is no visit");
        drop(receiving);
        while visit(&folder, &Visit::default()).await {
            tokio::task::yield_now().await;
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
