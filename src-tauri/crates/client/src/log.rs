//! The log: rotated, and without what people said or who they are.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// Days of log that are kept.
const DAYS: usize = 7;

/// Starts logging into `folder`; once in a process.
///
/// # Errors
/// The folder cannot be written, or logging has started before.
pub fn start(folder: &Path) -> io::Result<()> {
    let appender = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("waxwing")
        .filename_suffix("log")
        .max_log_files(DAYS)
        .build(folder)
        .map_err(io::Error::other)?;
    // tokio-xmpp logs whole stanzas, passwords' proofs included: that target stays off whatever is asked for.
    let filter = EnvFilter::try_from_env("WAXWING_LOG")
        .unwrap_or_else(|_| EnvFilter::new("warn,zbus=error,waxwing=info,waxwing_client=info,waxwing_session=info"))
        .add_directive("tokio_xmpp=off".parse().map_err(io::Error::other)?)
        .add_directive("rxml=off".parse().map_err(io::Error::other)?);
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(Redacted(std::sync::Mutex::new(appender)))
        .try_init()
        .map_err(io::Error::other)
}

/// The newest lines of the log in `folder`, oldest first.
pub fn newest(folder: &Path, lines: usize) -> Vec<String> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "log"))
        .collect();
    files.sort();
    let text = files.pop().and_then(|path| std::fs::read_to_string(path).ok()).unwrap_or_default();
    let all: Vec<_> = text.lines().map(str::to_owned).collect();
    all[all.len().saturating_sub(lines)..].to_vec()
}

struct Redacted(std::sync::Mutex<RollingFileAppender>);

/// One line on its way.
pub struct Line<'a>(&'a std::sync::Mutex<RollingFileAppender>);

impl<'a> MakeWriter<'a> for Redacted {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line(&self.0)
    }
}

impl Write for Line<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let redacted = redact(&String::from_utf8_lossy(line));
        let mut file = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        file.write_all(redacted.as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).flush()
    }
}

/// Shortens the local part of addresses to its first character, and takes their resource away.
pub fn redact(text: &str) -> String {
    let is_part = |c: char| !c.is_whitespace() && !"\"'<>()[]{},;=".contains(c);
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('@') {
        let local =
            rest[..at].rfind(|c| !is_part(c)).map_or(0, |i| i + rest[i..].chars().next().map_or(1, char::len_utf8));
        let end = rest[at + 1..].find(|c| !is_part(c)).map_or(rest.len(), |i| at + 1 + i);
        out.push_str(&rest[..local]);
        if local < at {
            out.extend(rest[local..at].chars().next());
            out.push('…');
        }
        out.push_str(rest[at..end].split('/').next().unwrap_or_default());
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::redact;

    #[test]
    fn addresses_are_shortened() {
        assert_eq!(redact("from juliet@capulet.test/balcony, x"), "from j…@capulet.test, x");
        assert_eq!(redact("jid=\"ünal@x.test\" y@z"), "jid=\"ü…@x.test\" y…@z");
        assert_eq!(redact("no address here @ all"), "no address here @ all");
    }
}
