//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

const USAGE: &str = "usage: waxwing [--hidden] [--data FOLDER] [--secrets FILE] [--trust CERTIFICATES] [xmpp:LINK …]

  --hidden              start in the tray, without the window
  --data FOLDER         keep everything there instead of the usual place
  --secrets FILE        keep passwords in this file, readable by its owner, instead of the system's keyring
  --trust CERTIFICATES  trust these certificate authorities (PEM) beside the system's";

/// What was asked for.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Arguments {
    pub data: Option<PathBuf>,
    pub secrets: Option<PathBuf>,
    pub trust: Option<PathBuf>,
    /// Start in the tray.
    pub hidden: bool,
    /// `xmpp:` links to follow.
    pub links: Vec<String>,
    /// What to print instead of opening a window.
    pub answer: Option<String>,
}

impl Arguments {
    /// Reads the words after the program's name.
    ///
    /// # Errors
    /// What to tell whoever typed something else.
    pub fn read(words: impl Iterator<Item = OsString>) -> Result<Self, String> {
        let mut arguments = Self::default();
        let mut words = words;
        while let Some(word) = words.next() {
            let place = match word.to_str() {
                Some("--help") => {
                    arguments.answer = Some(USAGE.into());
                    continue;
                }
                Some("--version") => {
                    arguments.answer = Some(concat!("Waxwing ", env!("CARGO_PKG_VERSION")).into());
                    continue;
                }
                Some("--hidden") => {
                    arguments.hidden = true;
                    continue;
                }
                Some(link) if link.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("xmpp:")) => {
                    arguments.links.push(link.to_owned());
                    continue;
                }
                Some("--data") => &mut arguments.data,
                Some("--secrets") => &mut arguments.secrets,
                Some("--trust") => &mut arguments.trust,
                _ => return Err(format!("“{}” is not known.\n{USAGE}", word.to_string_lossy())),
            };
            match words.next() {
                Some(value) => *place = Some(value.into()),
                None => return Err(format!("{} wants a value.\n{USAGE}", word.to_string_lossy())),
            }
        }
        Ok(arguments)
    }
}

impl Arguments {
    /// The words that say where things are, for another start from another folder.
    pub fn places(&self) -> Vec<String> {
        let places = [("--data", &self.data), ("--secrets", &self.secrets), ("--trust", &self.trust)];
        let told = places.into_iter().filter_map(|(word, path)| Some((word, path.as_ref()?)));
        told.flat_map(|(word, path)| {
            let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
            [word.to_owned(), path.display().to_string()]
        })
        .collect()
    }

    /// What keeps the window from opening, as far as it can be known before.
    pub fn complaint(&self) -> Option<String> {
        if let Some(path) = &self.trust
            && let Err(error) = waxwing_client::read_certificates(path)
        {
            return Some(format!("The certificates in {} cannot be read: {error}", path.display()));
        }
        let unset = |name| std::env::var_os(name).is_none_or(|value| value.is_empty());
        let no_display = cfg!(target_os = "linux") && unset("DISPLAY") && unset("WAYLAND_DISPLAY");
        no_display.then(|| "There is no display to open a window on: DISPLAY and WAYLAND_DISPLAY are not set.".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> Result<Arguments, String> {
        Arguments::read(words.iter().map(OsString::from))
    }

    #[test]
    fn reads_places_and_refuses_the_rest_in_words() {
        assert_eq!(read(&["--data", "/x"]).unwrap().data, Some("/x".into()));
        assert!(read(&["--data"]).unwrap_err().contains("wants a value"));
        assert!(read(&["--help"]).unwrap().answer.unwrap().contains("--data"));
        assert!(read(&["--frobnicate"]).unwrap_err().contains("usage"));
        let placed = read(&["--hidden", "--secrets", "/my secrets", "--data", "/x"]).unwrap();
        assert_eq!(placed.places(), ["--data", "/x", "--secrets", "/my secrets"]);
        let started = read(&["--hidden", "xmpp:juliet@capulet.test?message", "XMPP:nurse@capulet.test"]).unwrap();
        assert!(started.hidden);
        assert_eq!(started.links, ["xmpp:juliet@capulet.test?message", "XMPP:nurse@capulet.test"]);
    }
}
