//! Pictures and nicknames of people (XEP-0084, XEP-0153, XEP-0054).

use std::collections::HashMap;

use base64::Engine as _;
use waxwing_contract::{Avatar, Code, ContactDetails, Device, Presence};
use waxwing_history::{self as history, Batch, Result};
use waxwing_session::IqError;
use waxwing_session::jid::{BareJid, Jid};
use waxwing_session::xep::avatar::{self, Metadata, id_of};
use waxwing_session::xep::vcard::{self, VCard};
use waxwing_session::xml::Element;

use super::events::Awaiting;
use super::{Core, Reply};
use crate::failure::{fail, of_iq};
use crate::people::show;

type Answer = std::result::Result<Element, IqError>;

/// Who has which picture and calls themselves what.
#[derive(Default)]
pub(crate) struct Avatars {
    by_jid: HashMap<String, history::Avatar>,
}

impl Avatars {
    pub fn load(read: &history::Read<'_>) -> Result<Self> {
        Ok(Self { by_jid: read.avatars()?.into_iter().map(|a| (a.jid.clone(), a)).collect() })
    }

    pub fn picture(&self, jid: &str) -> Option<String> {
        self.by_jid.get(jid).map(|a| a.picture.clone()).filter(|picture| !picture.is_empty())
    }

    pub fn nickname(&self, jid: &str) -> Option<&str> {
        self.by_jid.get(jid).map(|a| a.nickname.as_str()).filter(|name| !name.is_empty())
    }

    fn entry(&mut self, jid: &str) -> &mut history::Avatar {
        self.by_jid.entry(jid.to_owned()).or_insert_with(|| history::Avatar {
            jid: jid.to_owned(),
            picture: String::new(),
            nickname: String::new(),
        })
    }
}

impl Core {
    /// A PEP event: the publisher's own picture.
    pub(super) fn avatar_event(&mut self, b: &Batch<'_>, jid: &BareJid, metadata: Metadata) -> Result<()> {
        if *jid != self.own && !self.people.roster.contains_key(jid) {
            return Ok(());
        }
        match metadata {
            Metadata::Disabled => self.set_picture(b, jid, ""),
            Metadata::Picture { id } => {
                if b.read().picture(&id)?.is_some() {
                    return self.set_picture(b, jid, &id);
                }
                let awaiting = Awaiting::Picture { jid: jid.clone(), id: id.clone() };
                self.ask(Some(Jid::from(jid.clone())), avatar::get(&id), false, awaiting);
                Ok(())
            }
        }
    }

    pub(super) fn picture_answer(&mut self, b: &Batch<'_>, jid: &BareJid, id: &str, answer: &Answer) -> Result<()> {
        let bytes = answer.as_ref().ok().and_then(avatar::data);
        self.keep_picture(b, jid, id, bytes)
    }

    /// A presence names the picture of a vCard; the one of PEP wins where both are the same.
    pub(super) fn vcard_avatar(&mut self, b: &Batch<'_>, jid: &BareJid, id: &str) -> Result<()> {
        let held = self.avatars.picture(&jid.to_string());
        if id.is_empty() || held.as_deref() == Some(id) || id.len() != 40 {
            return Ok(());
        }
        if b.read().picture(id)?.is_some() {
            return self.set_picture(b, jid, id);
        }
        let awaiting = Awaiting::VCardPicture { jid: jid.clone(), id: id.to_owned() };
        self.ask(Some(Jid::from(jid.clone())), vcard::get(), false, awaiting);
        Ok(())
    }

    pub(super) fn vcard_picture(&mut self, b: &Batch<'_>, jid: &BareJid, id: &str, answer: &Answer) -> Result<()> {
        let Ok(iq) = answer else { return Ok(()) };
        let card = VCard::read(iq);
        if let Some(nickname) = card.nickname.or(card.full_name) {
            self.avatars.entry(&jid.to_string()).nickname = nickname;
        }
        self.keep_picture(b, jid, id, card.photo.and_then(|photo| avatar::decode(&photo)))
    }

    /// Only bytes that hash to the promised id, and only pictures.
    fn keep_picture(&mut self, b: &Batch<'_>, jid: &BareJid, id: &str, bytes: Option<Vec<u8>>) -> Result<()> {
        let Some(bytes) = bytes.filter(|bytes| id_of(bytes) == id && media_type(bytes).is_some()) else {
            return Ok(());
        };
        b.put_picture(id, &bytes)?;
        self.set_picture(b, jid, id)
    }

    fn set_picture(&mut self, b: &Batch<'_>, jid: &BareJid, id: &str) -> Result<()> {
        let text = jid.to_string();
        let entry = self.avatars.entry(&text);
        id.clone_into(&mut entry.picture);
        b.put_avatar(&entry.clone())?;
        if *jid == self.own {
            self.out.changed.account = true;
        }
        self.out.changed.people.insert(text);
        Ok(())
    }

    pub(super) fn get_avatar(&mut self, b: &Batch<'_>, key: &str, reply: Reply) -> Result<()> {
        let picture = b.read().picture(key)?.and_then(|bytes| Some((media_type(&bytes)?, bytes)));
        match picture {
            Some((kind, bytes)) => {
                let data = base64::engine::general_purpose::STANDARD.encode(bytes);
                self.out.answer(reply, Avatar { url: format!("data:{kind};base64,{data}") });
            }
            None => self.out.reply(reply, Err(fail(Code::NotFound, "no such picture"))),
        }
        Ok(())
    }

    pub(super) fn contact_details(&mut self, b: &Batch<'_>, jid: &BareJid, reply: Reply) {
        if self.link.is_online() {
            let awaiting = Awaiting::VCard { jid: jid.clone(), reply };
            self.ask(Some(Jid::from(jid.clone())), vcard::get(), false, awaiting);
        } else {
            self.vcard(b, jid, reply, &Err(IqError::Disconnected));
        }
    }

    /// What the server told, beside what is known anyway.
    pub(super) fn vcard(&mut self, b: &Batch<'_>, jid: &BareJid, reply: Reply, answer: &Answer) {
        if let Err(error @ IqError::Timeout) = answer {
            self.out.reply(reply, Err(of_iq(error)));
            return;
        }
        let card = answer.as_ref().map(VCard::read).unwrap_or_default();
        if let Some(nickname) = card.nickname.as_ref().or(card.full_name.as_ref()) {
            let text = jid.to_string();
            let entry = self.avatars.entry(&text);
            entry.nickname.clone_from(nickname);
            if b.put_avatar(&entry.clone()).is_ok() {
                self.out.changed.people.insert(text);
            }
        }
        let devices = self.people.presence.get(jid).into_iter().flatten();
        let devices = devices.map(|(resource, p)| Device {
            resource: resource.clone(),
            presence: Presence { show: show(p.show), status: p.status.clone(), priority: p.priority },
            client: self.client_name(p),
        });
        let details = ContactDetails {
            devices: devices.collect(),
            contact: self.contact(jid),
            full_name: card.full_name,
            nickname: card.nickname,
            email: card.email,
            organisation: card.organisation,
            birthday: card.birthday,
            url: card.url,
            note: card.note,
        };
        self.out.answer(reply, details);
    }
}

/// The type of a picture by its first bytes; what is none of these is not shown.
fn media_type(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}
