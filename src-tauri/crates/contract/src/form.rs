//! Data forms (XEP-0004) as they are filled in: what services, rooms and bots ask, and what they answer in tables.

border! {
    /// A form. The client keeps it, by its id, until it is handed in or put away.
    pub struct Form {
        /// Unique among all forms.
        pub id: String,
        pub kind: FormKind,
        pub title: Option<String>,
        /// In paragraphs.
        pub instructions: Vec<String>,
        /// In the order they came; those that are hidden are left out.
        pub fields: Vec<Field>,
        pub table: Option<FormTable>,
        /// At least one; where the form says nothing of it, everything is on one.
        pub pages: Vec<FormPage>,
        /// There was more of it than is taken; what is missing here is missing in what is handed in.
        pub cut: bool,
    }

    /// What is done with it (XEP-0004 §3.1).
    #[derive(Copy, Eq)]
    pub enum FormKind {
        /// It is to be filled in.
        Form,
        /// It tells something.
        Result,
    }

    /// One thing that is asked or told.
    pub struct Field {
        /// Its place in [`Form::fields`] and unique in its form: names may be missing or come twice.
        pub id: u32,
        /// `None` where there is none; such a field is only shown.
        pub var: Option<String>,
        pub kind: FieldKind,
        /// As the service calls it, else its name; may be empty.
        pub label: String,
        /// Explains it.
        pub desc: Option<String>,
        pub required: bool,
        /// It can be answered; others are shown.
        pub asked: bool,
        /// What it holds to begin with: lines, where there can be several.
        pub values: Vec<String>,
        pub options: Vec<FieldOption>,
        /// Other values than the options are taken as well.
        pub open: bool,
        pub datatype: Datatype,
        /// Of a number or a date, as the form writes it.
        pub min: Option<String>,
        pub max: Option<String>,
        /// How many are to be chosen.
        pub least: Option<u32>,
        pub most: Option<u32>,
        pub media: Vec<FieldMedia>,
        /// A rule of the service for it cannot be followed here: the service will look itself.
        pub unchecked: bool,
    }

    /// XEP-0004 §3.3.
    #[derive(Copy, Eq)]
    pub enum FieldKind { Boolean, Fixed, JidMulti, JidSingle, ListMulti, ListSingle, TextMulti, TextPrivate, TextSingle }

    /// What values are (XEP-0122 §3.1), as far as it matters to how they are asked for.
    #[derive(Copy, Eq)]
    pub enum Datatype { Text, Whole, Decimal, Date, Time, DateTime, Uri, Language, Boolean }

    /// What can be chosen.
    pub struct FieldOption {
        pub label: String,
        pub value: String,
    }

    /// A picture, sound or film of a field (XEP-0221).
    pub struct FieldMedia {
        pub kind: MediaKind,
        /// Points; a hint, and perhaps absurd.
        pub width: Option<u16>,
        pub height: Option<u16>,
        /// What can be shown at once: a `data:` URL. Asked for with `form.media` where it is not here yet.
        pub data: Option<String>,
        /// It is at this address, of which the person decides: looking tells that host who looks.
        pub elsewhere: Option<String>,
    }

    #[derive(Copy, Eq)]
    pub enum MediaKind { Image, Audio, Video, Other }

    /// A step of a form (XEP-0141).
    pub struct FormPage {
        pub label: Option<String>,
        pub parts: Vec<FormPart>,
    }

    /// What stands on a page.
    #[serde(tag = "part")]
    pub enum FormPart {
        Text { text: String },
        /// By [`Field::id`].
        Field { field: u32 },
        Table,
        Section { label: Option<String>, parts: Vec<FormPart> },
    }

    /// What was found (XEP-0004 §3.4).
    pub struct FormTable {
        pub columns: Vec<FormColumn>,
        pub rows: Vec<FormRow>,
    }

    pub struct FormColumn {
        pub var: String,
        pub label: String,
        pub kind: FieldKind,
        pub datatype: Datatype,
    }

    /// A cell for each column: its values, one a line.
    pub struct FormRow { pub cells: Vec<String> }

    /// What is answered to one field.
    pub struct Answer {
        /// [`Field::id`].
        pub field: u32,
        /// None: it is cleared.
        pub values: Vec<String>,
    }

    /// Why an answer will not do.
    pub struct FieldFault {
        /// [`Field::id`].
        pub field: u32,
        /// Which of its values, or lines; `None` where it is about all of them.
        pub at: Option<u32>,
        pub trouble: FieldTrouble,
    }

    #[serde(tag = "trouble")]
    pub enum FieldTrouble {
        Required,
        NotOneLine,
        NotANumber,
        NotAWholeNumber,
        NotABoolean,
        NotADate,
        NotATime,
        NotADateTime,
        NotAUri,
        NotALanguage,
        NotAnAddress,
        NotAnOption,
        TooSmall { min: String },
        TooLarge { max: String },
        TooFew { min: u32 },
        TooMany { max: u32 },
        /// The service's pattern does not fit; its explanation has to say what is wanted.
        NotMatching,
        /// Bytes.
        TooLong { most: u32 },
        /// The form was too large to be known as a whole.
        Cut,
        /// The service says so of this field, in its own words.
        Refused { text: String },
    }

    /// Looks at some answers, as they are typed.
    pub struct CheckForm {
        pub form: String,
        pub answers: Vec<Answer>,
    }

    /// Nothing where all of them will do.
    pub struct FormChecked { pub faults: Vec<FieldFault> }

    /// Puts a form away.
    pub struct CloseForm { pub form: String }

    /// Gets a picture, sound or film of a field; where it is elsewhere, the person agreed to that.
    pub struct GetFormMedia {
        pub form: String,
        /// [`Field::id`].
        pub field: u32,
        /// Its place in [`Field::media`].
        pub media: u32,
    }

    /// A `data:` URL.
    pub struct FormMedia { pub data: String }
}
