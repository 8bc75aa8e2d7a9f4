//! Forms as the specifications show them, as servers and gateways write them, and as nobody should (tests/fixtures/forms): each
//! has beside it what is to be understood of it, and what is handed in if nobody touches it. `FORMS=write` writes that anew, to
//! be read before it is believed.

#![expect(clippy::unwrap_used, reason = "what is not there fails the test")]

mod rendering;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use waxwing_form::{Answers, Cut, Form, bound};
use waxwing_xml::Element;

fn forms() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/fixtures/forms");
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut forms: Vec<_> = paths.filter(|path| path.extension().is_some_and(|extension| extension == "xml")).collect();
    forms.sort();
    forms
}

#[test]
fn each_form_is_understood_as_is_written_beside_it() {
    let (forms, mut wrong) = (forms(), String::new());
    assert!(forms.len() >= 60);
    for path in forms {
        let form = Form::read(&std::fs::read_to_string(&path).unwrap().parse().unwrap()).unwrap();
        let (is, beside) = (rendering::render(&form), path.with_extension("expected"));
        if std::env::var_os("FORMS").is_some_and(|what| what == "write") {
            std::fs::write(&beside, &is).unwrap();
        }
        let expected = std::fs::read_to_string(&beside).unwrap_or_default();
        if is != expected {
            let line = is.lines().zip(expected.lines()).position(|(is, expected)| is != expected);
            writeln!(wrong, "{}, line {:?}:\n{is}", path.display(), line.map(|line| line + 1)).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Reads it, hands it in untouched, and does not take long about it: in a debug build on a busy machine.
fn read(kind: &str, inner: &str) -> Form {
    let xml = format!("<x xmlns='jabber:x:data' type='{kind}'>{inner}</x>");
    let element: Element = xml.parse().unwrap();
    let start = Instant::now();
    let form = Form::read(&element).unwrap();
    let _ = form.submit(&Answers::of(&form));
    assert!(start.elapsed() < Duration::from_secs(20), "{:?} for {} bytes", start.elapsed(), xml.len());
    form
}

fn many(count: usize, one: impl Fn(usize) -> String) -> String {
    (0..count).map(one).collect()
}

#[test]
fn as_many_fields_as_may_be_are_read_and_more_are_cut() {
    let field = |n| format!("<field var='f{n}' label='Field {n}'><value>{n}</value></field>");
    let form = read("form", &many(bound::FIELDS, field));
    assert_eq!((form.fields.len(), form.cut.is_empty()), (bound::FIELDS, true));
    let page = format!(
        "<page xmlns='http://jabber.org/protocol/xdata-layout'>{}</page>",
        many(bound::FIELDS, |n| format!("<fieldref var='f{n}'/>"))
    );
    let form = read("form", &format!("{}{page}", many(bound::FIELDS + 1, field)));
    assert_eq!((form.fields.len(), form.layout[0].parts.len()), (bound::FIELDS, bound::FIELDS));
    assert_eq!(form.cut, [Cut::Fields].into());
    let same = read("form", &"<field var='f'/>".repeat(bound::FIELDS));
    assert_eq!(same.fields.iter().filter(|field| field.is_asked()).count(), 1);
}

#[test]
fn a_large_value_is_read_and_a_larger_one_is_left_out() {
    let form = |length: usize| {
        read("form", &format!("<field var='a' type='text-multi'><value>{}</value></field>", "x".repeat(length)))
    };
    assert_eq!(form(bound::VALUE).fields[0].values[0].len(), bound::VALUE);
    let cut = form(bound::VALUE + 1);
    assert_eq!((cut.fields[0].values.len(), cut.fields[0].cut, cut.cut), (0, true, [Cut::Values].into()));
    let lines = read(
        "form",
        &format!("<field var='a' type='text-multi'><value>{}</value></field>", "x\n".repeat(bound::VALUE / 2)),
    );
    assert_eq!(lines.fields[0].start().len(), bound::VALUE / 2 + 1);
}

#[test]
fn many_options_and_many_that_are_chosen_do_not_take_long() {
    let options = many(10_000, |n| format!("<option label='Option {n}'><value>{n}</value></option>"));
    let chosen = many(10_000, |n| format!("<value>{}</value>", 10_000 - n));
    let form = read("form", &format!("<field var='a' type='list-multi'>{options}{chosen}</field>"));
    assert_eq!((form.fields[0].options.len(), form.fields[0].strays()), (10_000, vec!["10000"]));
    let mut answers = Answers::of(&form);
    answers.set("a", (0..10_000).step_by(2).map(|n| n.to_string()).collect());
    assert!(form.check(&answers).is_empty());
    let more = "<option><value>x</value></option>".repeat(bound::OPTIONS + 1);
    assert_eq!(read("form", &format!("<field var='a' type='list-single'>{more}</field>")).cut, [Cut::Options].into());
}

#[test]
fn many_jids_do_not_take_long() {
    let jids = many(10_000, |n| format!("<value>Person{}@example.org</value>", n / 2));
    let form = read("form", &format!("<field var='a' type='jid-multi'>{jids}</field>"));
    assert_eq!(Answers::of(&form).get("a").len(), 5_000);
}

#[test]
fn long_tables_are_read_and_longer_ones_are_cut() {
    let item =
        |n| format!("<item><field var='a'><value>{n}</value></field><field var='b'><value>x</value></field></item>");
    let form = read("result", &many(bound::ROWS, item));
    assert_eq!((form.table.unwrap().rows.len(), form.cut.is_empty()), (bound::ROWS, true));
    let form = read("result", &many(bound::ROWS + 1, item));
    assert_eq!((form.table.unwrap().rows.len(), form.cut), (bound::ROWS, [Cut::Rows].into()));
    let ragged = read("result", &many(5_000, |n| format!("<item><field var='c{n}'><value>x</value></field></item>")));
    assert_eq!((ragged.table.unwrap().columns.len(), ragged.cut), (bound::COLUMNS, [Cut::Columns].into()));
}

#[test]
fn what_is_more_than_a_stanza_holds_is_cut_somewhere() {
    let values =
        read("form", &format!("<field var='a' type='hidden'>{}</field>", "<value/>".repeat(bound::VALUES + 1)));
    assert_eq!((values.fields[0].values.len(), values.cut), (bound::VALUES, [Cut::Values].into()));
    let words = read("form", &many(1_200, |n| format!("<instructions>{n}</instructions>")));
    assert_eq!((words.instructions.len(), words.cut), (bound::INSTRUCTIONS, [Cut::Instructions].into()));
    let title = read("form", &format!("<title>{}</title>", "x".repeat(bound::VALUE)));
    assert_eq!((title.title.map(|title| title.len()), title.cut), (Some(bound::TEXT), [Cut::Text].into()));
}

/// The largest that are followed, as many as are tried, and values they all but match.
#[test]
fn many_expressions_do_not_keep_us_busy() {
    let validate = |regex: &str| {
        format!("<validate xmlns='http://jabber.org/protocol/xdata-validate'><regex>{regex}</regex></validate>")
    };
    for regex in [r"[\w\W]{3}\pL{2}", "([a-z0-9]+[.-]?)*@", &"(a?b?)".repeat(80), "(.*.*.*.*)*x", &r"\w".repeat(240)] {
        let form =
            read("form", &many(bound::PATTERNS + 1, |n| format!("<field var='f{n}'>{}</field>", validate(regex))));
        assert_eq!(form.cut, [Cut::Patterns].into());
        let (mut answers, start) = (Answers::of(&form), Instant::now());
        for n in 0..=bound::PATTERNS {
            answers.set(&format!("f{n}"), vec!["ab".repeat(5_000)]);
        }
        form.check(&answers);
        assert!(start.elapsed() < Duration::from_secs(60), "{:?} for {regex:.40}", start.elapsed());
    }
}
