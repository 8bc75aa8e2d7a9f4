use super::*;
use crate::bound::Budget;

fn field(field_type: &str, inner: &str) -> Field {
    let xml = format!("<field xmlns='jabber:x:data' var='a' type='{field_type}'>{inner}</field>");
    let inner = xml.replace("<validate", "<validate xmlns='http://jabber.org/protocol/xdata-validate'");
    Field::read(&inner.parse().unwrap(), &mut Budget::new())
}

fn own(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}

fn check(field: &Field, values: &[&str]) -> Result<(), (Option<usize>, Trouble)> {
    field.check(&own(values)).map_err(|fault| (fault.at, fault.trouble))
}

fn sent(field: &Field, values: &[&str]) -> Vec<String> {
    field.entries(&own(values)).into_iter().map(|(_, value)| value).collect()
}

const COLOURS: &str = "<option label='Red'><value>r</value></option><option><value>g</value></option><option label='Blue'><value>b</value></option>";

#[test]
fn what_is_required_has_to_be_there() {
    for field_type in
        ["text-single", "text-private", "text-multi", "jid-single", "jid-multi", "list-single", "list-multi"]
    {
        let needed = field(field_type, "<required/>");
        for nothing in [&[][..], &[""], &["", ""]] {
            assert_eq!(check(&needed, nothing), Err((None, Trouble::Required)), "{field_type} {nothing:?}");
            assert_eq!(check(&field(field_type, ""), nothing), Ok(()), "{field_type} {nothing:?}");
        }
    }
    assert_eq!(check(&field("boolean", "<required/>"), &["0"]), Ok(()));
    assert_eq!(check(&field("text-multi", "<required/>"), &["\n\r\n"]), Err((None, Trouble::Required)));
}

#[test]
fn one_value_is_one_value_on_one_line() {
    for field_type in ["text-single", "text-private"] {
        assert_eq!(check(&field(field_type, ""), &["a", "b"]), Err((None, Trouble::TooMany { max: 1 })));
        assert_eq!(check(&field(field_type, ""), &["a\nb"]), Err((Some(0), Trouble::NotOneLine)));
    }
    let list = field("list-single", COLOURS);
    assert_eq!(check(&list, &["r", "b"]), Err((None, Trouble::TooMany { max: 1 })));
    assert_eq!(
        check(&field("jid-single", ""), &["a@x.example\nb@x.example"]),
        Err((None, Trouble::TooMany { max: 1 }))
    );
}

#[test]
fn the_lines_of_a_text_are_values() {
    let text = field("text-multi", "");
    assert_eq!(sent(&text, &["a\r\nb\rc\n\nd", "e\n"]), ["a", "b", "c", "", "d", "e", ""]);
    assert_eq!(sent(&text, &["\n", ""]), Vec::<String>::new());
    assert_eq!(field("text-multi", "<value>a</value><value/><value>b</value>").start(), ["a", "", "b"]);
}

/// XEP-0122 §3.2.2: an open-ended list.
#[test]
fn a_text_with_a_method_or_a_datatype_is_a_list_of_lines() {
    let numbers = field("text-multi", "<validate datatype='xs:integer'/>");
    assert_eq!(sent(&numbers, &[" 1\n\n2 \n"]), ["1", "2"]);
    assert_eq!(check(&numbers, &["1\n\nb"]), Err((Some(2), Trouble::NotAWholeNumber)));
    let ranged = field("text-multi", "<validate datatype='xs:integer'><range max='5'/></validate>");
    assert_eq!(check(&ranged, &["1", "6"]), Err((Some(1), Trouble::TooLarge { max: "5".into() })));
    let basic = field("text-multi", "<validate datatype='xs:string'><basic/></validate>");
    assert_eq!(sent(&basic, &[" 1\n\n2"]), [" 1", "", "2"]);
}

#[test]
fn jids_are_valid_and_each_is_there_once_however_it_is_written() {
    let many = field("jid-multi", "");
    let given =
        ["Romeo@Montague.Example", "romeo@montague.example", " juliet@capulet.example/Balcony\nroméo@montague.example"];
    assert_eq!(
        sent(&many, &given),
        ["romeo@montague.example", "juliet@capulet.example/Balcony", "roméo@montague.example"]
    );
    assert_eq!(check(&many, &given), Ok(()));
    for wrong in ["a@b@c", "@x.example", "x.example/", "a b@x.example"] {
        assert_eq!(check(&many, &["fine@x.example", wrong]), Err((Some(1), Trouble::NotAnAddress)), "{wrong}");
    }
    assert_eq!(sent(&field("jid-single", ""), &[" A@X.example "]), ["a@x.example"]);
}

#[test]
fn only_what_is_offered_can_be_chosen() {
    for field_type in ["list-single", "list-multi"] {
        let list = field(field_type, COLOURS);
        assert_eq!(check(&list, &["g"]), Ok(()));
        assert_eq!(check(&list, &["Red"]), Err((Some(0), Trouble::NotAnOption)));
    }
    assert_eq!(check(&field("list-multi", COLOURS), &["r", "x"]), Err((Some(1), Trouble::NotAnOption)));
}

#[test]
fn chosen_options_keep_their_order_and_are_chosen_once() {
    let list = field("list-multi", &format!("{COLOURS}<value>x</value>"));
    assert_eq!(sent(&list, &["x", "b", "r", "b"]), ["r", "b", "x"]);
    assert!(!list.is_changed(&own(&["x"])));
}

#[test]
fn an_empty_option_is_a_choice() {
    let list = field("list-single", "<required/><option label='None'><value/></option>");
    assert_eq!((check(&list, &[""]), sent(&list, &[""])), (Ok(()), own(&[""])));
    assert_eq!(check(&list, &[]), Err((None, Trouble::Required)));
}

/// XEP-0122 §3.2: each method but the basic one means open.
#[test]
fn an_open_list_takes_more_that_meets_its_rules() {
    let open = field("list-single", &format!("{COLOURS}<validate><open/></validate>"));
    assert_eq!(check(&open, &["other"]), Ok(()));
    let ranged = format!("{COLOURS}<validate datatype='xs:int'><range min='1' max='9'/></validate>");
    for field_type in ["list-single", "list-multi"] {
        let list = field(field_type, &ranged);
        assert_eq!((check(&list, &["r"]), check(&list, &["5"])), (Ok(()), Ok(())));
        assert_eq!(check(&list, &["10"]), Err((Some(0), Trouble::TooLarge { max: "9".into() })));
        assert_eq!(check(&list, &["x"]), Err((Some(0), Trouble::NotAWholeNumber)));
    }
    let basic = field("list-single", &format!("{COLOURS}<validate datatype='xs:string'><basic/></validate>"));
    assert_eq!(check(&basic, &["other"]), Err((Some(0), Trouble::NotAnOption)));
}

#[test]
fn how_many_are_chosen_is_counted() {
    let list = field("list-multi", &format!("{COLOURS}<validate><basic/><list-range min='1' max='2'/></validate>"));
    assert_eq!(check(&list, &[]), Err((None, Trouble::TooFew { min: 1 })));
    assert_eq!((check(&list, &["r"]), check(&list, &["r", "g", "r"])), (Ok(()), Ok(())));
    assert_eq!(check(&list, &["r", "g", "b"]), Err((None, Trouble::TooMany { max: 2 })));
    let more = field("list-multi", &format!("{COLOURS}<validate><basic/><list-range min='9'/></validate>"));
    assert_eq!(
        (check(&more, &["r", "g"]), check(&more, &["r", "g", "b"])),
        (Err((None, Trouble::TooFew { min: 3 })), Ok(()))
    );
}

#[test]
fn where_nothing_is_offered_anything_may_be_said() {
    let list = field("list-multi", "<required/>");
    assert_eq!((check(&list, &["friends"]), check(&list, &[])), (Ok(()), Err((None, Trouble::Required))));
}

#[test]
fn a_boolean_is_sent_as_a_digit() {
    let asked = field("boolean", "");
    assert_eq!(
        (sent(&asked, &["true"]), sent(&asked, &["1"]), sent(&asked, &["false"])),
        (own(&["1"]), own(&["1"]), own(&["0"]))
    );
    assert_eq!((sent(&asked, &[]), sent(&asked, &[""])), (own(&["0"]), own(&["0"])));
    assert_eq!(check(&asked, &["maybe"]), Err((Some(0), Trouble::NotABoolean)));
    assert_eq!((asked.start(), field("boolean", "<value>true</value>").start()), (own(&["0"]), own(&["1"])));
    assert_eq!(field("boolean", "<value>yes</value>").start(), ["0"]);
}

#[test]
fn what_the_service_filled_in_is_good() {
    let number = "<value>lots</value><validate datatype='xs:int'/>";
    for (field_type, inner, values) in [
        ("text-single", number, &["lots"][..]),
        ("list-single", "<value>gone</value><option><value>x</value></option>", &["gone"]),
        ("list-multi", "<value>gone</value><option><value>x</value></option>", &["gone", "x"]),
        ("jid-multi", "<value>not a jid</value>", &["not a jid", "a@x.example"]),
        ("text-single", "<value>a\nb</value>", &["a\nb"]),
    ] {
        assert_eq!(check(&field(field_type, inner), values), Ok(()), "{field_type} {inner}");
    }
    assert_eq!(check(&field("text-single", number), &["few"]), Err((Some(0), Trouble::NotAWholeNumber)));
    let several = field("text-single", "<value>one</value><value>two</value>");
    assert_eq!((several.start(), several.values.len()), (own(&["one"]), 2));
}

#[test]
fn values_with_a_datatype_lose_the_room_around_them() {
    let number = field("text-single", "<validate datatype='xs:integer'/>");
    assert_eq!((check(&number, &[" 5 "]), sent(&number, &[" 5 "])), (Ok(()), own(&["5"])));
    assert_eq!(sent(&field("text-single", ""), &[" 5 "]), [" 5 "]);
    assert_eq!(sent(&field("text-private", ""), &[" s3cret "]), [" s3cret "]);
}

#[test]
fn what_is_not_asked_is_not_answered() {
    for field_type in ["hidden", "fixed"] {
        assert_eq!(check(&field(field_type, ""), &["x"]), Err((None, Trouble::NotAsked)));
    }
}

#[test]
fn an_answer_has_a_length() {
    let long = "x".repeat(VALUE + 1);
    assert_eq!(check(&field("text-multi", ""), &["a", &long]), Err((Some(1), Trouble::TooLong { most: VALUE })));
    assert_eq!(check(&field("text-multi", ""), &[&"\n".repeat(VALUES - 1), ""]), Ok(()));
    assert_eq!(
        check(&field("text-multi", ""), &[&"x\n".repeat(VALUES)]),
        Err((None, Trouble::TooMany { max: VALUES }))
    );
}

#[test]
fn a_rule_that_cannot_be_followed_is_left_to_the_service() {
    let field = field("text-single", r"<validate><regex>(?&lt;=a)b(</regex></validate>");
    assert_eq!(check(&field, &["anything"]), Ok(()));
}
