//! Tasks around one file of a message: it is made ready, goes to an upload service, or is fetched from one.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::OnceCell;
use tokio::task::AbortHandle;
use waxwing_session::xep::upload::Slot;
use waxwing_transfer::file::{Algo, Hash, Part, Stop, Stripped, archive, hash, room, strip};
use waxwing_transfer::http::{Content, Download, Http, Sealed, Settings, Upload, file_name};
use waxwing_transfer::{Control, Error, Progress};

use super::look::{Look, look};
use super::twin::Twins;

/// Bytes of what a folder is packed into.
const ARCHIVE: u64 = 64 * 1024 * 1024 * 1024;
/// Bytes that may come where nobody says how many.
const UNKNOWN: u64 = 4 * 1024 * 1024 * 1024;

/// What a task tells.
#[derive(Debug)]
pub(crate) enum News {
    Progress(Progress),
    Prepared(Result<Box<Prepared>, Error>),
    Uploaded(Result<(), Error>),
    /// What comes is put there: the next try goes on with it.
    Part(PathBuf),
    /// It is larger than what comes unasked.
    Asks {
        size: Option<u64>,
    },
    Got(Result<Box<Got>, Error>),
    /// It was looked for, and does not lie here any more.
    Missing,
    /// What came is here twice, also there.
    Twice {
        came: PathBuf,
        twin: PathBuf,
    },
}

/// Where it is told.
pub(crate) type Tell = Arc<dyn Fn(News) + Send + Sync>;

/// A file to be made ready.
#[derive(Debug)]
pub(crate) struct ToPrepare {
    pub path: PathBuf,
    pub name: String,
    /// It is packed.
    pub folder: bool,
    /// A photo is freed of what it tells.
    pub strip: bool,
    /// The account's files.
    pub files: PathBuf,
    /// Bytes that they may take.
    pub quota: Option<u64>,
}

/// As it will be sent.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub path: PathBuf,
    pub name: String,
    pub size: u64,
    pub look: Look,
    /// SHA-256.
    pub hash: Vec<u8>,
}

/// A file to be fetched.
#[derive(Debug)]
pub(crate) struct ToGet {
    /// https, or aesgcm.
    pub url: String,
    /// Bytes, as promised.
    pub size: Option<u64>,
    pub hashes: Vec<Hash>,
    /// Bytes that come unasked, where the person has not asked for it.
    pub unasked: Option<u64>,
    /// What an earlier try left.
    pub part: Option<PathBuf>,
    pub files: PathBuf,
    /// Bytes that files may take.
    pub quota: Option<u64>,
    /// Bytes that others are still to take.
    pub reserved: u64,
    pub name: String,
    pub media_type: String,
    /// Where its bytes may be already.
    pub twins: Twins,
}

/// A file that came.
#[derive(Debug)]
pub(crate) struct Got {
    pub path: PathBuf,
    pub size: u64,
    pub look: Look,
    /// SHA-256.
    pub hash: Vec<u8>,
    /// Nothing came: it was here already.
    pub was_here: bool,
}

/// The account's HTTP, made when it is first wanted: that reads the system's certificates.
#[derive(Clone)]
pub(crate) struct Web {
    settings: Settings,
    made: Arc<OnceCell<Http>>,
}

impl Web {
    pub fn new(settings: Settings) -> Self {
        Self { settings, made: Arc::default() }
    }

    pub async fn http(&self) -> Result<&Http, Error> {
        self.made
            .get_or_try_init(|| async { blocking(self.settings.clone(), |settings| Http::new(&settings)).await })
            .await
    }
}

/// Runs `work`, and tells how far it is and what came of it. Aborting it ends both.
pub(crate) fn spawn<T: 'static>(
    control: Control,
    tell: Arc<dyn Fn(T) + Send + Sync>,
    how_far: fn(Progress) -> T,
    work: impl Future<Output = T> + Send + 'static,
) -> AbortHandle {
    let task = tokio::spawn(async move {
        let mut progress = control.progress();
        tokio::pin!(work);
        loop {
            tokio::select! {
                told = &mut work => break tell(told),
                Ok(()) = progress.changed() => {
                    let now = *progress.borrow_and_update();
                    tell(how_far(now));
                }
            }
        }
    });
    task.abort_handle()
}

async fn blocking<I: Send + 'static, T: Send + 'static>(
    with: I,
    work: impl FnOnce(I) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let done = tokio::task::spawn_blocking(move || work(with)).await;
    done.unwrap_or_else(|error| Err(Error::Disk { doing: "looking at a file", reason: error.to_string() }))
}

/// Packs, strips, measures and hashes.
pub(crate) async fn prepare(what: ToPrepare, control: Control) -> News {
    News::Prepared(prepared(what, &control).await.map(Box::new))
}

async fn prepared(what: ToPrepare, control: &Control) -> Result<Prepared, Error> {
    let ToPrepare { mut path, mut name, folder, strip: strips, files, quota } = what;
    let left = move |files: &Path| quota.map(|quota| quota.saturating_sub(used(files)));
    let mut made = Made(None);
    if folder {
        let left = blocking(files.clone(), move |files| Ok(left(&files))).await?;
        let packed = archive(&path, &files, ARCHIVE, left, control).await?;
        name = packed.name;
        path = made.keep(packed.part, &files, &name).await?;
    } else if strips {
        let both = (path.clone(), files.clone());
        let stripped = blocking(both, move |(path, files)| strip(&path, &files, left(&files))).await?;
        if let Stripped::Photo(part) = stripped {
            path = made.keep(part, &files, &name).await?;
        }
    }
    let stop = Stop::default();
    let prepared = blocking((path, name, stop.watch()), |(path, name, stopped)| {
        let look = look(&path, &name, None)?;
        let size = std::fs::metadata(&path).map_err(|_| Error::NoFile)?.len();
        let hash = first(hash(&path, &[Algo::Sha256], &stopped)?);
        Ok(Prepared { path, name, size, look, hash })
    });
    let prepared = prepared.await?;
    made.0 = None;
    Ok(prepared)
}

/// What was made to be sent; it goes where that comes to nothing.
struct Made(Option<PathBuf>);

impl Made {
    async fn keep(&mut self, part: Part, files: &Path, name: &str) -> Result<PathBuf, Error> {
        let path = keep(part, files, name).await?;
        self.0 = Some(path.clone());
        Ok(path)
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        if let Some(path) = self.0.take() {
            let _ = std::fs::remove_file(path);
        }
    }
}

async fn keep(part: Part, files: &Path, name: &str) -> Result<PathBuf, Error> {
    part.keep(files, name).await.map_err(|(part, error)| {
        part.discard();
        error
    })
}

fn first(hashes: Vec<Hash>) -> Vec<u8> {
    hashes.into_iter().find(|hash| hash.algo == Algo::Sha256).map(|hash| hash.value).unwrap_or_default()
}

/// Puts a file into a slot.
pub(crate) async fn upload(
    web: Web,
    slot: Slot,
    path: PathBuf,
    size: u64,
    media_type: String,
    control: Control,
) -> News {
    let headers = slot.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let upload = Upload {
        put: slot.put,
        headers,
        media_type,
        size,
        content: Content::File(path),
        secret: None,
        algorithms: Vec::new(),
    };
    let done = async { web.http().await?.upload(upload, &control).await.map(drop) };
    News::Uploaded(done.await)
}

/// Gets a file; where it would come unasked, only up to so many bytes. `own` is the host and port of the account's own service.
pub(crate) async fn get(web: Web, what: ToGet, own: Option<String>, control: Control, tell: Tell) -> News {
    let unasked = what.unasked.is_some();
    match got(&web, what, own, &control, &tell).await {
        Ok(Some(got)) => News::Got(Ok(Box::new(got))),
        Ok(None) => News::Asks { size: control.progress().borrow().total },
        Err(Error::TooLarge(size)) if unasked => News::Asks { size },
        Err(error) => News::Got(Err(error)),
    }
}

async fn got(
    web: &Web,
    what: ToGet,
    own: Option<String>,
    control: &Control,
    tell: &Tell,
) -> Result<Option<Got>, Error> {
    if let Some(path) = what.twins.clone().unchanged().await {
        let claimed = Some(what.media_type).filter(|claimed| !claimed.is_empty());
        let looked = blocking((path.clone(), what.name), move |(path, name)| {
            let size = std::fs::metadata(&path).map_err(|_| Error::NoFile)?.len();
            Ok((look(&path, &name, claimed.as_deref())?, size))
        });
        let (look, size) = looked.await?;
        return Ok(Some(Got { path, size, look, hash: what.twins.hash, was_here: true }));
    }
    let http = web.http().await?;
    own.iter().for_each(|host| http.allow(host));
    let sealed = Sealed::parse(&what.url);
    let url = sealed.as_ref().map_or(&what.url, |sealed| &sealed.url);
    let size = match what.size {
        Some(size) => Some(size),
        None => {
            http.probe(url, control).await?.size.map(|size| size.saturating_sub(if sealed.is_some() { 16 } else { 0 }))
        }
    };
    let limit = what.unasked.or(size).unwrap_or(UNKNOWN);
    if what.unasked.is_some() && size.is_none_or(|size| size > limit) {
        return Err(Error::TooLarge(size));
    }
    let (files, quota, reserved, left) = (what.files.clone(), what.quota, what.reserved, what.part);
    let (part, room_left) = blocking((), move |()| {
        let left = left.and_then(|path| Part::reopen(&path).ok());
        let there = left.as_ref().map_or(0, Part::size);
        let used = used(&files);
        room(&files, size.unwrap_or(0).saturating_sub(there).saturating_add(reserved), used, quota)?;
        let used = used.saturating_add(reserved);
        let part = left.map_or_else(|| Part::create(&files), Ok)?;
        Ok((part, quota.map(|quota| quota.saturating_sub(used).saturating_add(there))))
    })
    .await?;
    // Where nobody says a size, the quota is all there is.
    let limit = room_left.filter(|_| size.is_none()).map_or(limit, |left| left.min(limit));
    tell(News::Part(part.path().to_owned()));
    let download = match &sealed {
        Some(sealed) => Download::sealed(sealed, limit),
        None => Download::new(url, limit),
    };
    let mut algorithms = download.algorithms.clone();
    algorithms.retain(|algo| what.hashes.iter().all(|hash| hash.algo != *algo));
    let download = Download { size: what.size, hashes: what.hashes, algorithms, ..download };
    let done = http.download(&download, &part, control).await.map_err(|error| match (error, size, room_left) {
        (Error::TooLarge(_), Some(expected), _) if what.unasked.is_none() => Error::TooMuch { expected },
        (Error::TooLarge(Some(most)), None, Some(left)) if most == left => {
            Error::OverQuota { needed: left.saturating_add(1), left }
        }
        (error, ..) => error,
    })?;
    let name = if what.name.is_empty() { file_name(url) } else { what.name };
    let claimed = Some(what.media_type).filter(|claimed| !claimed.is_empty()).or(done.media_type.clone());
    let (path, shown) = (part.path().to_owned(), name.clone());
    let look = blocking((), move |()| look(&path, &shown, claimed.as_deref())).await?;
    let path = keep(part, &what.files, &name).await?;
    Ok(Some(Got { path, size: done.size, look, hash: first(done.hashes), was_here: false }))
}

/// Looks whether what came is here already, and tells where.
pub(crate) fn look_for(twins: Twins, came: PathBuf, tell: Tell) {
    tokio::spawn(async move {
        if let Some(twin) = twins.unchanged().await {
            tell(News::Twice { came, twin });
        }
    });
}

/// Bytes that files take already. Blocks.
pub(crate) fn used(files: &Path) -> u64 {
    let entries = std::fs::read_dir(files).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.metadata().ok()).map(|metadata| metadata.len()).sum()
}

/// Gives a part that a session brought its name, after a look at it.
pub(crate) async fn settle(
    part: Part,
    files: PathBuf,
    name: String,
    media_type: String,
    hash: Vec<u8>,
) -> Result<Got, Error> {
    let (path, shown) = (part.path().to_owned(), name.clone());
    let look =
        blocking((), move |()| look(&path, &shown, Some(media_type.as_str()).filter(|claimed| !claimed.is_empty())))
            .await?;
    let size = part.size();
    let path = keep(part, &files, &name).await?;
    Ok(Got { path, size, look, hash, was_here: false })
}
