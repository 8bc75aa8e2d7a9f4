//! What is wrong with an answer, as data that an interface puts into words. No value is repeated in it: it may be a password.

/// Why an answer will not do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    #[error("an answer is required")]
    Required,
    #[error("more than one line")]
    NotOneLine,
    #[error("not a number")]
    NotANumber,
    #[error("not a whole number")]
    NotAWholeNumber,
    #[error("neither yes nor no")]
    NotABoolean,
    #[error("not a date")]
    NotADate,
    #[error("not a time")]
    NotATime,
    #[error("not a date with a time")]
    NotADateTime,
    #[error("not a URI")]
    NotAUri,
    #[error("not a language")]
    NotALanguage,
    #[error("not a JID")]
    NotAnAddress,
    /// The service did not offer it.
    #[error("not one of the options")]
    NotAnOption,
    /// A number below, or a date before; as the form writes it.
    #[error("less than {min}")]
    TooSmall { min: String },
    /// A number above, or a date after; as the form writes it.
    #[error("more than {max}")]
    TooLarge { max: String },
    /// Fewer values than there have to be.
    #[error("fewer than {min} values")]
    TooFew { min: usize },
    /// More values than there may be.
    #[error("more than {max} values")]
    TooMany { max: usize },
    /// The pattern of the field does not fit; its description has to say what is wanted.
    #[error("not of the form that is wanted")]
    NotMatching,
    #[error("longer than {most} bytes")]
    TooLong { most: usize },
    /// The form was too large to be taken as a whole, and what is missing would have to be sent back.
    #[error("not known as a whole")]
    Cut,
    /// There is no such field, or it is not for people to answer.
    #[error("not asked")]
    NotAsked,
}

/// Which answer will not do, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{var}: {trouble}")]
pub struct Fault {
    pub var: String,
    /// Which of the values (of `text-multi`: which line), from 0; `None` where it is about all of them.
    pub at: Option<usize>,
    pub trouble: Trouble,
}
