//! Directories (XEP-0055): what can be looked for, and who was found.

use waxwing_contract::{Code, Failure, HandIn, HandedIn, ServiceForm, ServiceId};
use waxwing_form::{Column, Field, FieldType, Form, Kind, Row, Table};
use waxwing_session::xep::directory::{self, Asked, Found, LEGACY};

use super::media::Enclosed;
use crate::app::App;
use crate::failure::{fail, of_iq};

impl App {
    pub(super) async fn open_search(&self, service: &ServiceId) -> Result<ServiceForm, Failure> {
        let place = self.place_of(service)?;
        let iq = self.fetch(&service.account, &place, directory::get()).await?;
        let asked = Asked::read(&iq).ok_or_else(|| fail(Code::NotSupported, "there is nothing to search for"))?;
        let form = match asked {
            Asked::Form(form) => self.shown(&service.account, &place, &form, &iq),
            Asked::Legacy { instructions, fields } => {
                let form = legacy_form(instructions, fields.into_iter().map(|name| (name, String::new())));
                Some(self.shown_form(&service.account, &place, form, true, Enclosed::default()))
            }
        };
        Ok(ServiceForm { form, link: None, registered: false })
    }

    pub(super) async fn search_directory(&self, search: &HandIn) -> Result<HandedIn, Failure> {
        let open = self.open_form(&search.form)?;
        let query = match open.hand_in(&search.answers, directory::search, directory::search_legacy) {
            Ok(query) => query,
            Err(faults) => return Ok(HandedIn { form: None, faults, failure: None }),
        };
        match self.question(&open.account, &open.of, query, true).await? {
            Ok(iq) => {
                let form = match Found::read(&iq) {
                    Found::Form(form) => self.shown(&open.account, &open.of, &form, &iq),
                    Found::Legacy(people) => {
                        let found = found_form(people);
                        Some(self.shown_form(&open.account, &open.of, found, true, Enclosed::default()))
                    }
                };
                Ok(HandedIn { form, faults: Vec::new(), failure: None })
            }
            Err(error) => Ok(HandedIn { form: None, faults: Vec::new(), failure: Some(of_iq(&error)) }),
        }
    }
}

/// The fields of old, as a form whose fields have but their names.
pub(super) fn legacy_form(instructions: String, fields: impl IntoIterator<Item = (&'static str, String)>) -> Form {
    let field = |(name, value): (&str, String)| Field {
        var: Some(name.to_owned()),
        field_type: match name {
            "password" => FieldType::TextPrivate,
            "key" => FieldType::Hidden,
            _ => FieldType::TextSingle,
        },
        values: if value.is_empty() { Vec::new() } else { vec![value] },
        ..Field::default()
    };
    let instructions = if instructions.is_empty() { Vec::new() } else { vec![instructions] };
    Form { kind: Kind::Form, instructions, fields: fields.into_iter().map(field).collect(), ..Form::default() }
}

fn found_form(people: Vec<[String; 5]>) -> Form {
    let column = |var: &str| Column {
        var: var.to_owned(),
        label: None,
        field_type: if var == "jid" { FieldType::JidSingle } else { FieldType::TextSingle },
        validation: None,
        reported: true,
    };
    let columns = std::iter::once("jid").chain(LEGACY).map(column).collect();
    let row = |person: [String; 5]| Row::of(person.into_iter().map(|cell| vec![cell]));
    Form {
        kind: Kind::Result,
        table: Some(Table { columns, rows: people.into_iter().map(row).collect() }),
        ..Form::default()
    }
}
