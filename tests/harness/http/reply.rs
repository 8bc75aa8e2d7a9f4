//! What is answered to one request.

use std::sync::Arc;

/// One answer, and what goes wrong with it. Without anything said it is whole and true.
#[derive(Clone, Debug)]
pub struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Arc<[u8]>,
    pub(super) length: Length,
    pub(super) end: End,
    pub(super) etag: Option<String>,
    pub(super) ranges: Ranges,
    pub(super) request: Request,
}

/// What is said of the body's length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    True,
    Claimed(u64),
    /// In pieces that say theirs.
    Chunked,
    /// It ends with the connection.
    Unsaid,
}

/// After how much of the body what happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Whole,
    Stalls(u64),
    Closes(u64),
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ranges {
    /// Gives the part that is asked for, where `If-Range` allows it.
    Given,
    /// Always the whole.
    Ignored,
    /// The part that is asked for, whatever `If-Range` says.
    Blindly,
    /// A part, but not the one that is asked for: it begins so many bytes later.
    Shifted(u64),
}

/// What becomes of the request's own body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    Read,
    /// Answered after so many bytes.
    Answered(u64),
    Stalls(u64),
    Closes(u64),
}

impl Reply {
    /// An empty answer. What is put with 200, 201 or 204 is kept, and found there afterwards.
    pub fn status(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Arc::from([]),
            length: Length::True,
            end: End::Whole,
            etag: None,
            ranges: Ranges::Ignored,
            request: Request::Read,
        }
    }

    /// A file, of which parts can be asked for.
    pub fn file(media_type: &str, bytes: impl Into<Arc<[u8]>>) -> Self {
        let whole = Self { body: bytes.into(), ranges: Ranges::Given, ..Self::status(200) };
        whole.header("Content-Type", media_type)
    }

    /// Sends the client elsewhere: a whole link, or a path here.
    pub fn redirect(status: u16, to: &str) -> Self {
        Self::status(status).header("Location", to)
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn body(mut self, bytes: impl Into<Arc<[u8]>>) -> Self {
        self.body = bytes.into();
        self
    }

    /// Asks to be asked again in so many seconds.
    pub fn retry_after(self, seconds: u64) -> Self {
        self.header("Retry-After", &seconds.to_string())
    }

    /// Which version of the file it is; several replies in turn are a file that changes.
    pub fn etag(mut self, tag: &str) -> Self {
        self.etag = Some(format!("\"{tag}\""));
        self
    }

    /// Gives the whole, whatever part is asked for.
    pub fn ignores_ranges(mut self) -> Self {
        self.ranges = Ranges::Ignored;
        self
    }

    /// Gives the part that is asked for even where the file has changed since.
    pub fn ignores_if_range(mut self) -> Self {
        self.ranges = Ranges::Blindly;
        self
    }

    /// Gives, and says so, a part that begins so many bytes after the one that is asked for.
    pub fn shifts_ranges(mut self, by: u64) -> Self {
        self.ranges = Ranges::Shifted(by);
        self
    }

    /// Says that the body has another length than it has.
    pub fn claims(mut self, length: u64) -> Self {
        self.length = Length::Claimed(length);
        self
    }

    /// Says nothing of the length, in chunks.
    pub fn chunked(mut self) -> Self {
        self.length = Length::Chunked;
        self
    }

    /// Says nothing of the length; the body ends with the connection.
    pub fn without_length(mut self) -> Self {
        self.length = Length::Unsaid;
        self
    }

    /// Sends so many bytes of the body, and nothing more for as long as the client waits.
    pub fn stalls_after(mut self, bytes: u64) -> Self {
        self.end = End::Stalls(bytes);
        self
    }

    /// Sends so many bytes of the body and breaks the connection.
    pub fn closes_after(mut self, bytes: u64) -> Self {
        self.end = End::Closes(bytes);
        self
    }

    /// Repeats the body for as long as anyone reads; without a body, zeros. Of its length it says nothing, unless it
    /// [claims](Self::claims) one.
    pub fn endless(mut self) -> Self {
        self.end = End::Never;
        if self.length == Length::True {
            self.length = Length::Chunked;
        }
        self
    }

    /// Answers as soon as so many bytes of the request's body have come. What still comes is thrown away, and with it the
    /// connection.
    pub fn early(mut self, bytes: u64) -> Self {
        self.request = Request::Answered(bytes);
        self
    }

    /// Reads so many bytes of the request's body, and neither reads nor says anything from then on.
    pub fn stalls_reading_after(mut self, bytes: u64) -> Self {
        self.request = Request::Stalls(bytes);
        self
    }

    /// Reads so many bytes of the request's body and breaks the connection.
    pub fn closes_reading_after(mut self, bytes: u64) -> Self {
        self.request = Request::Closes(bytes);
        self
    }
}
