//! Files of messages: what is known of each, where it lies, and how far it came.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{OptionalExtension as _, Row, params};

use crate::error::Result;
use crate::message::Message;
use crate::{Batch, Read};

macro_rules! numbered {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $number:literal,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[$doc])* $variant = $number,)* }

        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok((*self as i64).into())
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                match i64::column_result(value)? {
                    $($number => Ok(Self::$variant),)*
                    other => Err(FromSqlError::OutOfRange(other)),
                }
            }
        }
    };
}

numbered! {
    /// Where a file is.
    FileState {
        /// The sender has not said yet where it is to be had.
        Announced = 0,
        /// It can be had; nobody has said that it is wanted.
        Offered = 1,
        /// It is wanted, and on its way or waiting for it.
        Moving = 2,
        /// It is here.
        Here = 3,
        Failed = 4,
        /// One of the two did not want it.
        Cancelled = 5,
        /// It was here, and is gone.
        Missing = 6,
    }
}

numbered! {
    /// What a file is for a person.
    FileKind { Other = 0, Image = 1, Audio = 2, Video = 3, Archive = 4, Text = 5, }
}

/// A file to keep with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile {
    pub share: Option<String>,
    pub name: String,
    /// Empty where it is not known.
    pub media_type: String,
    pub kind: FileKind,
    /// Bytes.
    pub size: Option<u64>,
    /// Points.
    pub width: Option<u32>,
    pub height: Option<u32>,
    /// Milliseconds.
    pub length: Option<u64>,
    /// SHA-256.
    pub hash: Option<Vec<u8>>,
    pub thumbnail: Option<Vec<u8>>,
    /// JSON of the caller's.
    pub facts: String,
    pub state: FileState,
    /// JSON.
    pub way: Option<String>,
    /// Relative to the account's folder, or in full.
    pub path: Option<String>,
}

/// A file as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub id: i64,
    /// The message, which may move.
    pub message: i64,
    pub file: NewFile,
    /// JSON.
    pub failure: Option<String>,
    pub part: Option<String>,
}

/// What a gallery shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GalleryOf {
    /// Pictures and videos.
    Media,
    /// All other files.
    Files,
}

const COLUMNS: &str = "f.id, f.message, f.share, f.name, f.media_type, f.kind, f.size, f.width, f.height, f.length, f.hash, \
     f.thumbnail, f.facts, f.state, f.failure, f.way, f.path, f.part";

fn read_row(row: &Row<'_>) -> rusqlite::Result<File> {
    Ok(File {
        id: row.get(0)?,
        message: row.get(1)?,
        file: NewFile {
            share: row.get(2)?,
            name: row.get(3)?,
            media_type: row.get(4)?,
            kind: row.get(5)?,
            size: row.get(6)?,
            width: row.get(7)?,
            height: row.get(8)?,
            length: row.get(9)?,
            hash: row.get(10)?,
            thumbnail: row.get(11)?,
            facts: row.get(12)?,
            state: row.get(13)?,
            way: row.get(15)?,
            path: row.get(16)?,
        },
        failure: row.get(14)?,
        part: row.get(17)?,
    })
}

impl Batch<'_> {
    /// Keeps the files of a message that has none yet; answers their ids.
    pub fn put_files(&self, message: i64, files: &[NewFile]) -> Result<Vec<i64>> {
        let mut insert = self.0.prepare_cached(
            "INSERT INTO file (message, position, share, name, media_type, kind, size, width, height, length, hash, \
             thumbnail, facts, state, way, path) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )?;
        let mut ids = Vec::new();
        for (position, f) in files.iter().enumerate() {
            let position = i64::try_from(position).unwrap_or(i64::MAX);
            insert.execute(params![
                message,
                position,
                f.share,
                f.name,
                f.media_type,
                f.kind,
                f.size,
                f.width,
                f.height,
                f.length,
                f.hash,
                f.thumbnail,
                f.facts,
                f.state,
                f.way,
                f.path
            ])?;
            ids.push(self.0.last_insert_rowid());
        }
        self.0
            .prepare_cached("UPDATE message SET files = ? WHERE id = ?")?
            .execute(params![i64::try_from(files.len()).unwrap_or(i64::MAX), message])?;
        Ok(ids)
    }

    /// What is known of a file, and how far it is, all at once. Its message stays.
    pub fn set_file(&self, file: &File) -> Result<()> {
        let f = &file.file;
        self.0
            .prepare_cached(
                "UPDATE file SET share = ?, name = ?, media_type = ?, kind = ?, size = ?, width = ?, height = ?, \
                 length = ?, hash = ?, thumbnail = ?, facts = ?, state = ?, failure = ?, way = ?, path = ?, part = ? \
                 WHERE id = ?",
            )?
            .execute(params![
                f.share,
                f.name,
                f.media_type,
                f.kind,
                f.size,
                f.width,
                f.height,
                f.length,
                f.hash,
                f.thumbnail,
                f.facts,
                f.state,
                file.failure,
                f.way,
                f.path,
                file.part,
                file.id
            ])?;
        Ok(())
    }
}

impl Read<'_> {
    /// One file, if it is there.
    pub fn file(&self, id: i64) -> Result<Option<File>> {
        self.one_file("f.id = ?", id)
    }

    /// The files of a message, in their order.
    pub fn files_of(&self, message: i64) -> Result<Vec<File>> {
        self.all_files("FROM file f WHERE f.message = ? ORDER BY f.position", params![message])
    }

    /// Those that are wanted and not here yet.
    pub fn files_moving(&self) -> Result<Vec<File>> {
        self.all_files("FROM file f INDEXED BY file_moving WHERE f.state = 2 ORDER BY f.id", params![])
    }

    /// Those of a peer's with this name and size that stopped on the way or were never answered, newest first.
    pub fn files_stopped(&self, peer: &str, name: &str, size: u64) -> Result<Vec<File>> {
        self.all_files(
            "FROM message m INDEXED BY message_files JOIN file f ON f.message = m.id \
             WHERE m.conversation = (SELECT id FROM conversation WHERE peer = ?1) AND m.files > 0 AND NOT m.outgoing \
             AND f.state IN (1, 2, 4, 5) AND f.name = ?2 AND f.size = ?3 ORDER BY m.id DESC LIMIT 8",
            params![peer, name, size],
        )
    }

    /// Those that had these bytes when they were last looked at and lie in the account's folder, newest first: what lies
    /// elsewhere is the person's own, and changes. With the peers they came from or went to.
    pub fn files_with(&self, hash: &[u8]) -> Result<Vec<(String, File)>> {
        let files = self.all_files(
            "FROM file f INDEXED BY file_hash WHERE f.hash = ? AND f.path IS NOT NULL AND f.state = 3 \
             AND (f.path GLOB 'files/*' OR f.path GLOB 'files\\*') ORDER BY f.id DESC LIMIT 8",
            params![hash],
        )?;
        files.into_iter().map(|file| Ok((self.message(file.message)?.peer, file))).collect()
    }

    /// Where all files lie that rows know of, and what has come of others.
    pub fn file_paths(&self) -> Result<Vec<String>> {
        let mut statement = self.0.prepare_cached(
            "SELECT path FROM file WHERE path IS NOT NULL UNION SELECT part FROM file WHERE part IS NOT NULL",
        )?;
        let rows = statement.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Files of a conversation, newest first, with their messages.
    pub fn gallery(&self, peer: &str, of: GalleryOf, before: i64, limit: u32) -> Result<Vec<(Message, File)>> {
        let kinds = match of {
            GalleryOf::Media => "f.kind IN (1, 3)",
            GalleryOf::Files => "f.kind NOT IN (1, 3)",
        };
        let files = self.all_files(
            &format!(
                "FROM message m INDEXED BY message_files JOIN file f ON f.message = m.id \
                 WHERE m.conversation = (SELECT id FROM conversation WHERE peer = ?1) AND m.files > 0 AND m.id < ?2 \
                 AND {kinds} ORDER BY m.id DESC, f.position LIMIT ?3"
            ),
            params![peer, before, limit],
        )?;
        files.into_iter().map(|file| Ok((self.message(file.message)?, file))).collect()
    }

    /// Messages of a conversation that name an address of the web, newest first.
    pub fn links(&self, peer: &str, before: i64, limit: u32) -> Result<Vec<Message>> {
        let mut statement = self.0.prepare_cached(
            "SELECT id FROM message INDEXED BY message_links WHERE instr(body, '://') > 0 \
             AND conversation = (SELECT id FROM conversation WHERE peer = ?1) AND id < ?2 ORDER BY id DESC LIMIT ?3",
        )?;
        let rows = statement.query_map(params![peer, before, limit], |row| row.get::<_, i64>(0))?;
        let ids = rows.collect::<rusqlite::Result<Vec<_>>>()?;
        ids.into_iter().map(|id| self.message(id)).collect()
    }

    fn one_file(&self, which: &str, value: impl ToSql) -> Result<Option<File>> {
        let sql = format!("SELECT {COLUMNS} FROM file f WHERE {which} LIMIT 1");
        Ok(self.0.prepare_cached(&sql)?.query_row([value], read_row).optional()?)
    }

    fn all_files(&self, rest: &str, values: impl rusqlite::Params) -> Result<Vec<File>> {
        let mut statement = self.0.prepare_cached(&format!("SELECT {COLUMNS} {rest}"))?;
        let rows = statement.query_map(values, read_row)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Learnt, NewMessage, PageAt, Sender, Store};

    const PEER: &str = "juliet@capulet.test";

    fn said<'a>(body: &'a str, id: &'a str, stamp: i64) -> NewMessage<'a> {
        NewMessage {
            peer: PEER,
            sender: Sender::Peer,
            resource: "",
            stanza_id: None,
            message_id: Some(id),
            stamp,
            body,
            markable: false,
            delivery: None,
            live: true,
            follows: None,
            precedes: None,
            unread: true,
        }
    }

    fn file(name: &str, kind: FileKind, state: FileState) -> NewFile {
        NewFile {
            share: Some(format!("share-{name}")),
            name: name.into(),
            media_type: String::new(),
            kind,
            size: Some(9),
            width: None,
            height: None,
            length: None,
            hash: Some(vec![7; 32]),
            thumbnail: None,
            facts: "{}".into(),
            state,
            way: None,
            path: None,
        }
    }

    fn put(store: &mut Store, id: &str, stamp: i64, files: &[NewFile]) -> Vec<i64> {
        store
            .commit(|b| {
                let Learnt::New(message) = b.learn(&said("", id, stamp))? else { panic!("known") };
                b.put_files(message, files)
            })
            .unwrap()
    }

    #[test]
    fn files_go_with_their_message_and_are_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join("history.sqlite")).unwrap();
        let picture = file("a.png", FileKind::Image, FileState::Moving);
        let ids = put(&mut store, "m1", 1000, &[picture, file("b.txt", FileKind::Text, FileState::Offered)]);
        let page = store.read().page(PEER, PageAt::Newest, 9).unwrap();
        assert_eq!(page.messages[0].files.iter().map(|file| file.id).collect::<Vec<_>>(), ids);
        assert_eq!(store.read().files_moving().unwrap().len(), 1);
        assert!(store.read().files_with(&[7; 32]).unwrap().is_empty(), "it is not here");
        let mut kept = store.read().file(ids[0]).unwrap().unwrap();
        (kept.file.state, kept.file.path) = (FileState::Here, Some("files/a.png".into()));
        store.commit(|b| b.set_file(&kept)).unwrap();
        assert_eq!(store.read().files_with(&[7; 32]).unwrap(), [(PEER.to_owned(), kept.clone())]);
        for elsewhere in ["/home/juliet/a.png", "C:\\a.png", "../a.png"] {
            let mut original = kept.clone();
            original.file.path = Some(elsewhere.into());
            store.commit(|b| b.set_file(&original)).unwrap();
            assert!(store.read().files_with(&[7; 32]).unwrap().is_empty(), "{elsewhere} is the person's own");
        }
        store.commit(|b| b.set_file(&kept)).unwrap();
        assert_eq!(store.read().file_paths().unwrap(), ["files/a.png"]);
        // The archive knows better when it was said.
        store.commit(|b| b.move_to(kept.message, 77_000_000, None).map(drop)).unwrap();
        assert_eq!(store.read().files_of(77_000_000).unwrap().len(), 2);
        store.commit(|b| b.remove_before(5000, 9).map(drop)).unwrap();
        assert!(store.read().file(ids[0]).unwrap().is_none());
    }

    #[test]
    fn a_gallery_has_what_was_asked_for_newest_first() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join("history.sqlite")).unwrap();
        for n in 1..=5_i64 {
            let kind = if n % 2 == 0 { FileKind::Audio } else { FileKind::Image };
            put(&mut store, &format!("m{n}"), n * 1000, &[file(&n.to_string(), kind, FileState::Here)]);
        }
        store.commit(|b| b.learn(&said("see https://example.test/", "m6", 6000)).map(drop)).unwrap();
        store.commit(|b| b.learn(&said("no link", "m7", 7000)).map(drop)).unwrap();
        let read = store.read();
        let names = |of, before| {
            let all = read.gallery(PEER, of, before, 2).unwrap();
            all.into_iter().map(|(_, file)| file.file.name).collect::<Vec<_>>()
        };
        assert_eq!(names(GalleryOf::Media, i64::MAX), ["5", "3"]);
        assert_eq!(names(GalleryOf::Media, 3_000_000), ["1"]);
        assert_eq!(names(GalleryOf::Files, i64::MAX), ["4", "2"]);
        assert_eq!(read.links(PEER, i64::MAX, 9).unwrap().len(), 1);
        assert!(read.gallery("nobody@x.test", GalleryOf::Media, i64::MAX, 9).unwrap().is_empty());
    }
}
