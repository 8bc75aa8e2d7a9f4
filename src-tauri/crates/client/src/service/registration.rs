//! Registering at services (XEP-0077).

use waxwing_contract::{Code, Failure, HandIn, HandedIn, ServiceForm, ServiceId, WebLink};
use waxwing_session::IqError;
use waxwing_session::xep::registration::{self, Asked, Registration};

use super::directory::legacy_form;
use super::media::Enclosed;
use crate::app::App;
use crate::failure::{fail, of_iq};

impl App {
    pub(super) async fn open_registration(&self, service: &ServiceId) -> Result<ServiceForm, Failure> {
        let place = self.place_of(service)?;
        let iq = self.fetch(&service.account, &place, registration::get()).await?;
        let nothing = || fail(Code::NotSupported, "nobody can register there");
        let Registration { registered, asked, link } = Registration::read(&iq).ok_or_else(nothing)?;
        let form = match asked {
            Asked::Form(form) => self.shown(&service.account, &place, &form, &iq),
            Asked::Legacy { instructions, fields } => {
                let form = legacy_form(instructions, fields);
                Some(self.shown_form(&service.account, &place, form, true, Enclosed::default()))
            }
            Asked::Nothing => None,
        };
        // What can be filled in here need not be done elsewhere.
        let link = link.filter(|_| form.is_none()).map(|(url, text)| WebLink { url, text });
        Ok(ServiceForm { form, link, registered })
    }

    pub(super) async fn hand_in_registration(&self, hand_in: &HandIn) -> Result<HandedIn, Failure> {
        let open = self.open_form(&hand_in.form)?;
        let query = match open.hand_in(&hand_in.answers, registration::submit, registration::submit_legacy) {
            Ok(query) => query,
            Err(faults) => return Ok(HandedIn { form: None, faults, failure: None }),
        };
        let answer = self.question(&open.account, &open.of, query, true).await?;
        let Err(error) = answer else {
            self.0.forms.close(&hand_in.form);
            return Ok(HandedIn { form: None, faults: Vec::new(), failure: None });
        };
        let asked = match &error {
            IqError::Refused(refusal) => refusal.form.as_deref(),
            _ => None,
        };
        let form = asked.and_then(|form| self.shown(&open.account, &open.of, form, form));
        Ok(HandedIn { form, faults: Vec::new(), failure: Some(of_iq(&error)) })
    }

    pub(super) async fn unregister(&self, service: &ServiceId) -> Result<(), Failure> {
        let place = self.place_of(service)?;
        let ended = self.question(&service.account, &place, registration::remove(), true).await?;
        ended.map(drop).map_err(|error| of_iq(&error))
    }
}
