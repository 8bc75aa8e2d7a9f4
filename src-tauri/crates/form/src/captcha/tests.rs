use super::*;

const HIDDEN: &str = "<field type='hidden' var='FORM_TYPE'><value>urn:xmpp:captcha</value></field>\
    <field type='hidden' var='from'><value>innocent@victim.example</value></field>\
    <field type='hidden' var='challenge'><value>73DE28A2</value></field>\
    <field type='hidden' var='sid'><value>spam2</value></field>";
const ASKED: &str = "<field var='ocr'/><field var='audio_recog'/><field var='qa'><required/></field><field var='SHA-256' label='e03d7'/>";
const TWO: &str = "<field type='hidden' var='answers'><value>2</value></field>";

fn form(inner: &str) -> Form {
    Form::read(&format!("<x xmlns='jabber:x:data' type='form'>{inner}</x>").parse().unwrap()).unwrap()
}

fn missing(form: &Form, answered: &[&str]) -> (Vec<String>, usize) {
    let mut answers = Answers::of(form);
    for var in answered {
        assert!(answers.set(var, vec!["something".into()]));
    }
    let missing = Challenge::read(form).unwrap().missing(form, &answers);
    assert_eq!(missing.is_nothing(), missing.required.is_empty() && missing.more == 0);
    (missing.required, missing.more)
}

#[test]
fn the_hidden_fields_say_which_challenge_it_is() {
    let challenge = Challenge::read(&form(&format!("{HIDDEN}{TWO}{ASKED}"))).unwrap();
    assert_eq!((challenge.id.as_str(), challenge.sid.as_deref(), challenge.answers), ("73DE28A2", Some("spam2"), 2));
    assert_eq!(challenge.from, Jid::new("innocent@victim.example").ok());
    for none in [
        HIDDEN.replace("urn:xmpp:captcha", "urn:x"),
        HIDDEN.replace("73DE28A2", ""),
        HIDDEN.replace("hidden", "text-single"),
    ] {
        assert_eq!(Challenge::read(&form(&none)), None);
    }
    for odd in ["0", "-1", "many", ""] {
        let odd = format!("{HIDDEN}{}", TWO.replace('2', odd));
        assert_eq!(Challenge::read(&form(&odd)).unwrap().answers, 1);
    }
}

/// XEP-0158 §3.1.3.
#[test]
fn it_comes_from_whom_was_written_to_or_their_server() {
    let challenge = Challenge::read(&form(HIDDEN)).unwrap();
    for (sender, is) in [
        ("innocent@victim.example", true),
        ("innocent@victim.example/pda", true),
        ("victim.example", true),
        ("victim.example/x", false),
        ("other@victim.example", false),
        ("abuser.example", false),
        ("innocent@abuser.example", false),
    ] {
        assert_eq!(challenge.is_from(&Jid::new(sender).unwrap()), is, "{sender}");
    }
    let nobody = form(&HIDDEN.replace("innocent@victim.example", "@"));
    assert!(!Challenge::read(&nobody).unwrap().is_from(&Jid::new("victim.example").unwrap()));
}

/// XEP-0158 §3.2.
#[test]
fn what_is_required_is_answered_and_others_up_to_the_number() {
    let form = form(&format!("{HIDDEN}{TWO}{ASKED}"));
    assert_eq!(missing(&form, &[]), (vec!["qa".to_owned()], 1));
    assert_eq!(missing(&form, &["ocr", "audio_recog"]), (vec!["qa".to_owned()], 0));
    assert_eq!(missing(&form, &["qa"]), (vec![], 1));
    assert_eq!(missing(&form, &["qa", "SHA-256"]), (vec![], 0));
}

#[test]
fn a_box_that_nobody_ticked_is_no_answer() {
    let form = form(&format!("{HIDDEN}<field var='news' type='boolean'/><field var='qa'/>"));
    assert_eq!((missing(&form, &[]), missing(&form, &["qa"])), ((vec![], 1), (vec![], 0)));
}

#[test]
fn one_answer_is_enough_where_no_number_is_said() {
    let form = form(&format!("{HIDDEN}<field var='ocr'/><field var='qa'/>"));
    assert_eq!((missing(&form, &[]), missing(&form, &["qa"])), ((vec![], 1), (vec![], 0)));
}

/// XEP-0158 §4: three answers are the name, the password and one of two challenges.
#[test]
fn a_registration_counts_all_its_fields() {
    let form = form(
        "<field type='hidden' var='FORM_TYPE'><value>jabber:iq:register</value></field>\
         <field type='hidden' var='challenge'><value>F3A6292C</value></field><field type='hidden' var='sid'><value>reg1</value></field>\
         <field type='hidden' var='answers'><value>3</value></field><field var='ocr'/><field var='SHA-256' label='93C7A'/>\
         <field var='username'><required/></field><field var='password' type='text-private'><required/></field>",
    );
    assert_eq!(Challenge::read(&form).unwrap().from, None);
    assert_eq!(missing(&form, &["username"]), (vec!["password".to_owned()], 1));
    assert_eq!(missing(&form, &["username", "password", "ocr"]), (vec![], 0));
}

#[test]
fn it_can_be_met_by_who_can_answer_what_is_required_and_enough_others() {
    let form = form(&format!("{HIDDEN}{TWO}{ASKED}"));
    let challenge = Challenge::read(&form).unwrap();
    let can = |can: &'static [&str]| {
        challenge.can_be_met(&form, |field| field.var.as_deref().is_some_and(|var| can.contains(&var)))
    };
    assert!(can(&["qa", "ocr"]) && can(&CHALLENGES));
    assert!(!can(&["qa"]) && !can(&["ocr", "audio_recog", SHA_256]));
}

#[test]
fn the_end_of_the_hash_has_to_be_the_label() {
    let hashcash = Hashcash::read("e03d7").unwrap();
    assert_eq!(hashcash.bits(), 20);
    assert!(hashcash.is_met("innocent@victim.com", "innocent@victim.com16b146"));
    assert!(!hashcash.is_met("innocent@victim.com", "innocent@victim.com16b147"));
    assert!(!hashcash.is_met("somebody@victim.com", "innocent@victim.com16b146"));
    assert!(Hashcash::read(" 93C7A ").unwrap().is_met("innocent@victim.com", "innocent@victim.com1327c3"));
    let three = Hashcash::read("5").unwrap();
    assert_eq!((three.bits(), three.is_met("innocent@victim.com", "innocent@victim.com2")), (3, true));
}

#[test]
fn bits_are_counted_from_the_first_that_is_set() {
    for (label, bits) in [("1", Some(1)), ("0e03d7", Some(20)), ("80", Some(8)), ("100", Some(9)), ("1fffff", Some(21))]
    {
        assert_eq!(Hashcash::read(label).map(|hashcash| hashcash.bits()), bits, "{label}");
    }
    let whole = "f".repeat(64);
    assert_eq!(
        Hashcash::read(&whole).map(|hashcash| (
            hashcash.bits(),
            hashcash.fits(&[0xff; 32]),
            hashcash.fits(&[0x7f; 32])
        )),
        Some((256, true, false))
    );
    for none in ["", "0", "xyz", "-1", &"f".repeat(65), "12 34"] {
        assert_eq!(Hashcash::read(none), None, "{none}");
    }
}
