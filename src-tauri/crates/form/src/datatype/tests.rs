use super::*;

fn all(name: &str, good: &[&str], bad: &[(&str, Trouble)]) {
    let datatype = Datatype::read(Some(name));
    assert_eq!(datatype.name(), name);
    for text in good {
        assert!(datatype.value(text).is_ok(), "{name} {text:?}");
    }
    for (text, trouble) in bad {
        assert_eq!(datatype.value(text).as_ref(), Err(trouble), "{name} {text:?}");
    }
}

fn small(min: &str) -> Trouble {
    Trouble::TooSmall { min: min.into() }
}

fn large(max: &str) -> Trouble {
    Trouble::TooLarge { max: max.into() }
}

#[test]
fn whole_numbers_keep_within_their_kind() {
    all("xs:byte", &["-128", "127", "+7", " 5 ", "007"], &[("128", large("127")), ("-129", small("-128"))]);
    all("xs:short", &["-32768", "32767"], &[("32768", large("32767")), ("-32769", small("-32768"))]);
    all("xs:int", &["2147483647"], &[("2147483648", large("2147483647")), ("-2147483649", small("-2147483648"))]);
    let long = "9223372036854775807";
    all("xs:long", &[long, "-9223372036854775808"], &[("9223372036854775808", large(long))]);
    let none = |text| (text, Trouble::NotAWholeNumber);
    all("xs:integer", &["0", &"9".repeat(1000)], &[none("1.0"), none("1e3"), none("five"), none("")]);
    all("xs:nonNegativeInteger", &["0"], &[("-1", small("0"))]);
    all("xs:positiveInteger", &["1"], &[("0", small("1"))]);
    all("xs:unsignedInt", &["4294967295"], &[("4294967296", large("4294967295"))]);
}

#[test]
fn decimals_and_doubles_are_numbers_of_two_kinds() {
    let none = |text| (text, Trouble::NotANumber);
    all("xs:decimal", &["1.5", "-.5", "+2."], &[none("1e5"), none("INF"), none("1,5")]);
    all(
        "xs:double",
        &["1.5e3", "-INF", "NaN", "7", "1E-9"],
        &[none("inf"), none("infinity"), none("1e"), none("e5"), none("nan")],
    );
    let double = |text| Datatype::Double.value(text).unwrap();
    assert!(double("-INF").is_before(&double("1e308")) && !double("NaN").is_before(&double("1")));
}

#[test]
fn a_whole_number_may_be_the_most_there_is() {
    all(
        "pubsub:integer-or-max",
        &["max", "10", "-1"],
        &[("many", Trouble::NotAWholeNumber), ("1.5", Trouble::NotAWholeNumber)],
    );
    assert_eq!(Datatype::read(Some("integer-or-max")), Datatype::IntegerOrMax);
}

#[test]
fn dates_and_times_are_told_apart() {
    all("xs:date", &["2003-10-06", " 2003-10-06 "], &[("2003-10-06T11:22:00Z", Trouble::NotADate)]);
    all("xs:time", &["16:00:00"], &[("16:00", Trouble::NotATime)]);
    all("xs:dateTime", &["2003-10-06T11:22:00-07:00", "2003-10-06T11:22:00"], &[("2003-10-06", Trouble::NotADateTime)]);
}

#[test]
fn the_rest_is_looked_at_as_far_as_it_can_be() {
    all(
        "xs:anyURI",
        &["http://example.org/?a=%20", "xmpp:a@b", "../up", "urn:x:y"],
        &[("a b", Trouble::NotAUri), ("", Trouble::NotAUri)],
    );
    all(
        "xs:language",
        &["en", "de-CH-1996", "x-klingon"],
        &[("e1", Trouble::NotALanguage), ("en_GB", Trouble::NotALanguage)],
    );
    all("xs:boolean", &["0", "true"], &[("yes", Trouble::NotABoolean)]);
}

/// XEP-0122 §4.1.
#[test]
fn an_unknown_datatype_is_text() {
    for name in ["x:zip", "xs:gYearMonth", "isbn:ten", "x"] {
        all(name, &["anything", ""], &[]);
        assert!(Datatype::read(Some(name)).is_text() && !Datatype::read(Some(name)).is_ordered());
    }
    assert_eq!(Datatype::read(None), Datatype::String);
    assert_eq!(Datatype::read(Some(" ")), Datatype::String);
    assert_eq!(Datatype::read(Some(&"x".repeat(5000))).name().len(), 100);
}
