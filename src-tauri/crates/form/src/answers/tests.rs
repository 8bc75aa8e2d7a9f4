use waxwing_xml::{Element, to_string};

use super::*;
use crate::bound::VALUE;

fn form(inner: &str) -> Form {
    let xml = format!("<x xmlns='jabber:x:data' type='form'>{inner}</x>");
    let xml = xml.replace("<validate", "<validate xmlns='http://jabber.org/protocol/xdata-validate'");
    Form::read(&xml.parse().unwrap()).unwrap()
}

/// The fields that are handed in.
fn handed_in(form: &Form, answered: &[(&str, &[&str])]) -> String {
    let mut answers = Answers::of(form);
    for (var, values) in answered {
        assert!(answers.set(var, values.iter().map(|value| (*value).to_owned()).collect()), "{var}");
    }
    let xml = to_string(&form.submit(&answers).unwrap().into()).replace('"', "'");
    let inner = xml.strip_prefix("<x xmlns='jabber:x:data' type='submit'").unwrap();
    inner.strip_suffix("/>").or_else(|| inner.strip_prefix('>')?.strip_suffix("</x>")).unwrap().to_owned()
}

#[test]
fn hidden_fields_come_back_as_they_came() {
    let form = form(
        "<field type='hidden' var='FORM_TYPE'><value>urn:x</value></field><field type='hidden' var='a'><value> 1 </value>\
         <value>2\n3</value></field><field type='hidden' var='b'/><field type='hidden' var='c'><value/></field><field type='hidden'/>",
    );
    assert_eq!(
        handed_in(&form, &[]),
        "<field type='hidden' var='FORM_TYPE'><value>urn:x</value></field><field type='hidden' var='a'><value> 1 </value>\
         <value>2\n3</value></field><field type='hidden' var='b'/><field type='hidden' var='c'><value/></field>"
    );
}

#[test]
fn only_what_was_asked_is_handed_in() {
    let form = form(
        "<field type='fixed' var='f'><value>Words</value></field><field><value>x</value></field><field var='a'/><field var='a'/>",
    );
    let mut answers = Answers::of(&form);
    assert!(answers.set("a", vec!["1".into()]) && !answers.set("f", vec![]) && !answers.set("other", vec![]));
    assert_eq!(handed_in(&form, &[("a", &["1"])]), "<field type='text-single' var='a'><value>1</value></field>");
}

/// XEP-0004 §3.5, 3.6.
#[test]
fn what_was_empty_is_left_out_and_what_was_emptied_is_sent_empty() {
    let empty = form("<field var='a'/><field var='b' type='text-multi'/><field var='c' type='list-single'/>");
    assert_eq!(handed_in(&empty, &[]), "");
    assert_eq!(handed_in(&empty, &[("a", &[""]), ("b", &[])]), "");
    let filled = form(
        "<field var='a'><value>1</value></field><field var='b' type='text-multi'><value>1</value><value>2</value></field>\
         <field var='c' type='list-single'><value>x</value></field><field var='d' type='jid-single'><value>x.example</value></field>",
    );
    assert_eq!(
        handed_in(&filled, &[("a", &[]), ("b", &[""]), ("c", &[]), ("d", &[""])]),
        "<field type='text-single' var='a'><value/></field><field type='text-multi' var='b'><value/></field>\
         <field type='list-single' var='c'><value/></field><field type='jid-single' var='d'><value/></field>"
    );
}

#[test]
fn emptied_lists_of_several_have_no_value() {
    let form = form(
        "<field var='a' type='jid-multi'><value>x.example</value></field>\
         <field var='b' type='list-multi'><value>x</value><option><value>x</value></option></field>",
    );
    let none = "<field type='jid-multi' var='a'/><field type='list-multi' var='b'/>";
    assert_eq!(handed_in(&form, &[("a", &[]), ("b", &[])]), none);
    assert_eq!(handed_in(&form, &[("a", &[""]), ("b", &[""])]), none);
}

#[test]
fn what_the_service_filled_in_is_handed_in_untouched() {
    let form = form(
        "<field var='a' type='list-single'><value>gone</value><option><value>x</value></option></field>\
         <field var='b' type='boolean'/><field var='c' type='boolean'><value>true</value></field>\
         <field var='d'><value>one</value><value>two</value></field>",
    );
    assert_eq!(
        handed_in(&form, &[]),
        "<field type='list-single' var='a'><value>gone</value></field><field type='boolean' var='b'><value>0</value></field>\
         <field type='boolean' var='c'><value>1</value></field>\
         <field type='text-multi' var='d'><value>one</value><value>two</value></field>"
    );
    assert!(!form.is_changed(&Answers::of(&form)));
}

#[test]
fn several_values_are_not_made_one_by_looking_at_them() {
    let two = "type='text-single'><value>one</value><value>two</value>";
    let both = form(&format!("<field var='a' {two}</field><field var='b' {two}<required/></field>"));
    assert_eq!(handed_in(&both, &[]), "<field type='text-single' var='b'><value>one</value></field>");
    assert!(
        handed_in(&both, &[("a", &["three"])]).starts_with("<field type='text-single' var='a'><value>three</value>")
    );
}

#[test]
fn answers_are_written_strictly() {
    let form = form(
        "<field var='t' type='text-multi'/><field var='j' type='jid-multi'/><field var='u' type='unheard-of'/>\
         <field var='l' type='list-multi'><option><value>1</value></option><option><value>2</value></option></field>",
    );
    assert_eq!(
        handed_in(
            &form,
            &[
                ("t", &["a\r\n\r\nb"]),
                ("j", &["A@x.example", "a@X.example"]),
                ("u", &["<&\u{1}>"]),
                ("l", &["2", "1", "2"])
            ]
        ),
        "<field type='text-multi' var='t'><value>a</value><value/><value>b</value></field>\
         <field type='jid-multi' var='j'><value>a@x.example</value></field>\
         <field type='text-single' var='u'><value>&lt;&amp;&gt;</value></field>\
         <field type='list-multi' var='l'><value>1</value><value>2</value></field>"
    );
}

#[test]
fn all_that_is_wrong_is_said_in_order_and_nothing_is_handed_in() {
    let form = form(
        "<field var='b'><required/></field><field var='a' type='jid-single'/><field var='n'><validate datatype='xs:int'/></field>",
    );
    let mut answers = Answers::of(&form);
    answers.set("a", vec!["@".into()]);
    answers.set("n", vec!["1".into()]);
    let faults = form.submit(&answers).unwrap_err();
    let faults: Vec<_> = faults.iter().map(|fault| (fault.var.as_str(), fault.at, &fault.trouble)).collect();
    assert_eq!(faults, [("b", None, &Trouble::Required), ("a", Some(0), &Trouble::NotAnAddress)]);
    assert!(form.is_changed(&answers));
}

#[test]
fn what_is_not_known_as_a_whole_is_not_sent_as_if_it_were() {
    let long = "x".repeat(VALUE + 1);
    let form_of = |attributes: &str, inner: &str| {
        form(&format!("<field var='b' {attributes}>{inner}<value>kept</value><value>{long}</value></field>"))
    };
    let optional = form_of("type='text-multi'", "");
    assert_eq!(handed_in(&optional, &[]), "");
    assert_eq!(handed_in(&optional, &[("b", &["new"])]), "<field type='text-multi' var='b'><value>new</value></field>");
    for form in [form_of("type='hidden'", ""), form_of("type='text-multi'", "<required/>")] {
        let faults = form.submit(&Answers::of(&form)).unwrap_err();
        assert_eq!(faults, [Fault { var: "b".into(), at: None, trouble: Trouble::Cut }]);
    }
}

#[test]
fn passwords_are_not_logged() {
    let form = form(
        "<field var='p' type='text-private'><value>s3cret</value></field><field var='q'><value>seen</value></field>",
    );
    let shown = format!("{:?} {form:?}", Answers::of(&form));
    assert!(shown.contains("seen") && !shown.contains("s3cret"), "{shown}");
}

#[test]
fn a_form_that_is_cancelled_has_no_fields() {
    assert_eq!(to_string(&cancel().into()).replace('"', "'"), "<x xmlns='jabber:x:data' type='cancel'/>");
}

#[test]
fn what_was_not_asked_for_says_what_it_is() {
    let options = submission("urn:x", [("a#b", vec!["open".to_owned()]), ("a#c", vec![])]);
    let form = Form::read(&Element::from(options)).unwrap();
    assert_eq!(
        (form.kind, form.form_type(), form.value("a#b"), form.value("a#c")),
        (Kind::Submit, Some("urn:x"), Some("open"), None)
    );
}
