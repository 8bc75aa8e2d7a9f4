use super::*;

fn read(field_type: FieldType, datatype: &str, inner: &str) -> Validation {
    let xml = format!("<validate xmlns='{}' datatype='{datatype}'>{inner}</validate>", ns::VALIDATE);
    Validation::read(&xml.parse().unwrap(), field_type, &mut Budget::new())
}

fn text(datatype: &str, inner: &str) -> Validation {
    read(FieldType::TextSingle, datatype, inner)
}

fn small(min: &str) -> Result<(), Trouble> {
    Err(Trouble::TooSmall { min: min.into() })
}

fn large(max: &str) -> Result<(), Trouble> {
    Err(Trouble::TooLarge { max: max.into() })
}

#[test]
fn without_anything_it_is_basic_text() {
    let xml = format!("<validate xmlns='{}'/>", ns::VALIDATE);
    let validation = Validation::read(&xml.parse().unwrap(), FieldType::TextSingle, &mut Budget::new());
    assert_eq!(validation, Validation::default());
    assert_eq!(validation.check("anything"), Ok(()));
}

#[test]
fn a_range_holds_in_each_order() {
    let days = text("xs:date", "<range min='2003-10-05' max='2003-10-24'/>");
    assert_eq!(days.check("2003-10-05"), Ok(()));
    assert_eq!(days.check("2003-10-04"), small("2003-10-05"));
    assert_eq!(days.check("2003-10-25"), large("2003-10-24"));
    assert_eq!(days.check("tomorrow"), Err(Trouble::NotADate));
    let moments = text("xs:dateTime", "<range min='2003-10-05T00:00:00-07:00' max='2003-10-24T23:59:59-07:00'/>");
    assert_eq!(moments.check("2003-10-06T11:22:00-07:00"), Ok(()));
    assert_eq!(moments.check("2003-10-05T06:59:59Z"), small("2003-10-05T00:00:00-07:00"));
    let times = text("xs:time", "<range min='09:00:00' max='17:00:00'/>");
    assert_eq!(times.check("17:00:01"), large("17:00:00"));
    let decimals = text("xs:decimal", "<range min='-0.5' max='0.10'/>");
    assert_eq!((decimals.check("0.1"), decimals.check("0.11")), (Ok(()), large("0.10")));
    let doubles = text("xs:double", "<range max='1e3'/>");
    assert_eq!((doubles.check("1000"), doubles.check("INF")), (Ok(()), large("1e3")));
    let count = text("pubsub:integer-or-max", "<range min='1'/>");
    assert_eq!((count.check("max"), count.check("0")), (Ok(()), small("1")));
}

#[test]
fn each_end_of_a_range_may_be_open() {
    let least = text("xs:int", "<range min='1'/>");
    assert_eq!((least.check("1"), least.check("0"), least.check("2147483647")), (Ok(()), small("1"), Ok(())));
    assert_eq!(least.check("2147483648"), large("2147483647"));
    let most = text("xs:int", "<range max='9'/>");
    assert_eq!((most.check("-5"), most.check("10")), (Ok(()), large("9")));
    let none = text("xs:int", "<range/>");
    assert_eq!((none.check("5"), none.ignored.is_empty()), (Ok(()), true));
}

#[test]
fn a_range_that_cannot_be_kept_is_not_followed_and_that_is_said() {
    for (datatype, range) in [
        ("xs:int", "<range min='9' max='1'/>"),
        ("xs:int", "<range min='one'/>"),
        ("xs:string", "<range min='a' max='z'/>"),
        ("x:mine", "<range min='1'/>"),
        ("xs:date", "<range max='soon'/>"),
        ("xs:byte", "<range max='1000'/>"),
    ] {
        let validation = text(datatype, range);
        assert_eq!(validation.method, Method::Range { min: None, max: None }, "{range}");
        assert_eq!(validation.ignored, [Ignored::Range], "{range}");
    }
}

#[test]
fn an_expression_goes_for_the_datatype_as_well() {
    let code = text("xs:string", "<regex>[A-Z]{2}[0-9]+</regex>");
    assert_eq!((code.check("DE10"), code.check("de10")), (Ok(()), Err(Trouble::NotMatching)));
    let even = text("xs:integer", "<regex>[0-9]*[02468]</regex>");
    assert_eq!((even.check(" 4 "), even.check("5")), (Ok(()), Err(Trouble::NotMatching)));
    assert_eq!(even.check("four"), Err(Trouble::NotAWholeNumber));
    let broken = text("xs:integer", "<regex>(</regex>");
    assert_eq!((broken.check("5"), broken.check("x")), (Ok(()), Err(Trouble::NotAWholeNumber)));
    assert_eq!(broken.ignored, [Ignored::Regex]);
}

#[test]
fn there_is_one_method_and_an_unknown_one_is_basic() {
    let two = text("xs:int", "<range min='1'/><regex>.*</regex><list-range min='1'/>");
    assert!(matches!(two.method, Method::Range { .. }));
    assert_eq!(two.ignored, [Ignored::Methods, Ignored::ListRange]);
    let unknown = text("xs:int", "<dance/>");
    assert_eq!((unknown.method, unknown.ignored), (Method::Basic, vec![Ignored::Method]));
    let later = text("xs:int", "<dance/><open/>");
    assert_eq!(later.method, Method::Open);
}

/// As XEP-0122 itself writes it.
#[test]
fn a_method_in_the_forms_namespace_is_one() {
    let xml =
        format!("<v:validate xmlns:v='{}' xmlns='jabber:x:data' datatype='xs:date'><open/></v:validate>", ns::VALIDATE);
    let validation = Validation::read(&xml.parse().unwrap(), FieldType::TextSingle, &mut Budget::new());
    assert_eq!(validation.method, Method::Open);
    let other = text("xs:date", "<open xmlns='urn:other'/>");
    assert_eq!((other.method, other.ignored.len()), (Method::Basic, 0));
}

#[test]
fn how_many_is_only_asked_of_several() {
    let list = |inner: &str| read(FieldType::ListMulti, "xs:string", inner);
    assert_eq!(list("<list-range min='1' max='3'/>").list_range, Some(ListRange { min: Some(1), max: Some(3) }));
    assert_eq!(list("<list-range/>").list_range, Some(ListRange::default()));
    assert_eq!(list("<list-range max=' 2 '/>").list_range, Some(ListRange { min: None, max: Some(2) }));
    for bad in ["min='3' max='1'", "min='-1'", "max='many'", "max='0'", "min='99999999999'"] {
        let validation = list(&format!("<list-range {bad}/>"));
        assert_eq!((validation.list_range, validation.ignored), (None, vec![Ignored::ListRange]), "{bad}");
    }
    assert_eq!(read(FieldType::TextMulti, "xs:string", "<list-range min='1'/>").ignored, [Ignored::ListRange]);
}

#[test]
fn only_so_many_expressions_are_tried() {
    let xml = format!("<validate xmlns='{}'><regex>a</regex></validate>", ns::VALIDATE);
    let (element, mut budget) = (xml.parse().unwrap(), Budget::new());
    let usable = (0..80).map(|_| Validation::read(&element, FieldType::TextSingle, &mut budget));
    let usable = usable.filter(|read| read.check("b").is_err()).count();
    assert_eq!(usable, crate::bound::PATTERNS);
    assert_eq!(budget.cut, [Cut::Patterns].into());
}
