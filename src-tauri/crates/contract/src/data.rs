//! An account's data in a file, and back out of one (XEP-0227).

border! {
    /// What was written, and where.
    pub struct Exported {
        /// Its path.
        pub file: String,
        pub contacts: u32,
        #[ts(type = "number")]
        pub messages: u64,
    }

    /// The next part of a file that is taken over; a file goes over the border in parts, in their order.
    pub struct ImportPart {
        pub account: String,
        pub text: String,
        /// It begins a file; one that was begun before is over.
        pub first: bool,
        /// It ends the file.
        pub last: bool,
    }

    /// What has been taken over so far.
    #[derive(Default)]
    pub struct Imported {
        /// Whose file it is; may be another address of the person's.
        pub from: Option<String>,
        /// People who were put into the roster, and asked where they had been.
        pub contacts: u32,
        /// Addresses that are blocked now.
        pub blocked: u32,
        /// Messages that were not here.
        #[ts(type = "number")]
        pub messages: u64,
        /// Messages that were.
        #[ts(type = "number")]
        pub known: u64,
        /// What Waxwing cannot take over.
        #[ts(type = "number")]
        pub left_out: u64,
        /// Where the file cannot be read any further: nothing more is taken over.
        pub failure: Option<crate::Failure>,
    }
}
