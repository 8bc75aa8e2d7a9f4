//! Data forms (XEP-0004): read leniently, as services write them, and answered strictly. With what they are for (XEP-0068), what
//! values have to be like (XEP-0122, and the dates of XEP-0082), how they are laid out (XEP-0141), pictures and sound in them
//! (XEP-0221), and challenges made of them (XEP-0158).
//!
//! [`Form::read`] takes whatever it is given, within [`bound`]s: what is odd is shown rather than dropped, and what is too much
//! is left out and said. [`Answers`] begin with what the service filled in; [`Form::check`] says what will not do, and
//! [`Form::submit`] writes nothing that has not been checked.

pub mod answers;
pub mod bound;
pub mod captcha;
mod check;
pub mod datatype;
pub mod date;
pub mod decimal;
pub mod field;
pub mod form;
pub mod layout;
pub mod media;
pub mod ns;
pub mod pattern;
pub mod table;
pub mod trouble;
pub mod validation;

pub use answers::{Answers, cancel, submission};
pub use bound::Cut;
pub use captcha::{Challenge, Hashcash};
pub use datatype::Datatype;
pub use field::{Field, FieldType, ListOption};
pub use form::{FORM_TYPE, Form, Kind};
pub use layout::{Page, Part, Section};
pub use media::{Media, Source, Uri};
pub use pattern::Pattern;
pub use table::{Column, Row, Table};
pub use trouble::{Fault, Trouble};
pub use validation::{Ignored, ListRange, Method, Validation};
