//! The demo's server and the people on it.

use std::time::{SystemTime, UNIX_EPOCH};

use harness::{At, Bench, Headless, Prosody, Result, seed};
use waxwing_contract::{AddContact, SetPresence, Show, SignIn};

use crate::contact;

/// Who is there: name, address, group, availability, status.
const CAST: [(&str, &str, &str, Show, &str); 4] = [
    ("Juliet Capulet", "juliet.capulet", "Friends", Show::Online, "On the balcony"),
    ("Benvolio", "benvolio.m", "Friends", Show::Away, "In the orchard"),
    ("Nurse", "nurse", "Family", Show::Dnd, "Baking, do not knock"),
    ("Tybalt", "tybalt", "Acquaintances", Show::Offline, ""),
];

/// What was said before today: who, from them, minutes ago, text.
const PAST: [(&str, bool, i64, &str); 19] = [
    ("tybalt", true, 5900, "You left your glove at the fencing hall."),
    ("tybalt", false, 5890, "Keep it until Sunday, please."),
    ("nurse", true, 3000, "Your herbs have arrived: rosemary, thyme and a jar of honey."),
    ("nurse", false, 2990, "Wonderful. I will fetch them tomorrow."),
    ("nurse", true, 2985, "Come before noon, the oven is hot then."),
    ("benvolio.m", true, 1500, "The orchard is in bloom at last."),
    ("benvolio.m", false, 1495, "How many of us are going?"),
    ("benvolio.m", true, 1494, "Seven, if it does not rain."),
    ("benvolio.m", true, 1493, "/me looks at the sky"),
    ("juliet.capulet", true, 1600, "Did the new form come through?"),
    ("juliet.capulet", false, 1590, "Yes, filled it in on the train. Two fields were already right."),
    ("juliet.capulet", true, 1588, "The orchard wants everyone's arrival time before noon."),
    ("juliet.capulet", false, 1580, "Then let us say half past ten."),
    ("juliet.capulet", true, 1575, "Half past ten it is 🌿"),
    ("juliet.capulet", false, 130, "Is the gate open?"),
    ("juliet.capulet", true, 128, "It was when I came by."),
    ("juliet.capulet", true, 127, "There is a waxwing on the fence, eating all the rowan berries."),
    ("juliet.capulet", false, 120, "Leave it some!"),
    ("juliet.capulet", true, 118, "I took a picture of it. Ask, and it is yours."),
];

/// A running server with accounts, rosters and a past.
pub struct World {
    pub server: Prosody,
}

/// The contacts that are online, until [`Life::end`].
pub struct Life {
    contacts: Vec<Headless>,
}

impl Life {
    /// Everyone signs out.
    pub async fn end(self) {
        for contact in self.contacts {
            contact.app.close().await;
        }
    }
}

impl World {
    pub async fn start() -> Result<Self> {
        let mut builder =
            Prosody::builder().account("mira", "pw-mira").account("rosaline", "pw-rosaline").registration();
        for (_, user, ..) in CAST {
            builder = builder.account(user, &format!("pw-{user}"));
        }
        let server = builder.start().await?;
        let contact = |(name, user, group): (&str, &str, &str)| (server.jid(user), name.to_owned(), group.to_owned());
        let everyone: Vec<_> = CAST.iter().map(|(name, user, group, ..)| contact((name, user, group))).collect();
        seed::roster(&server, "mira", &everyone)?;
        for (_, user, ..) in CAST {
            seed::roster(&server, user, &[contact(("Mira", "mira", "Friends"))])?;
        }
        let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())?;
        let mut past = PAST;
        past.sort_by_key(|(_, _, ago, _)| -ago);
        seed::archive(&server, "mira", past.len(), |n| {
            let (user, incoming, ago, body) = past[n];
            seed::Message { with: server.jid(user), incoming, body: body.into(), at: now - ago * 60 }
        })?;
        Ok(Self { server })
    }

    /// How to sign in as the person whose window this is. The certificate is the server's own: it is pinned.
    pub fn sign_in(&self) -> SignIn {
        let at = At::prosody(&self.server, "mira").expect("the server has a certificate");
        SignIn { pin: Some(self.server.certificate.fingerprint.clone()), ..at.request() }
    }

    /// Brings the contacts to life: the first one answers, the second has something to say, and someone new asks.
    pub async fn live(&self) -> Result<Life> {
        let mut contacts = Vec::new();
        for (_, user, _, show, status) in CAST.iter().filter(|(_, _, _, show, _)| *show != Show::Offline) {
            let headless = Headless::sign_in_with(&At::prosody(&self.server, user)?, Bench::singing()).await?;
            let account = headless.account.clone();
            headless.call(SetPresence { account, show: *show, status: (*status).into(), priority: 0 }).await?;
            tokio::spawn(contact::answer(headless.app.clone(), headless.account.clone(), self.server.jid("mira")));
            tokio::spawn(contact::take_calls(headless.app.clone()));
            contacts.push(headless);
        }
        contacts[1].say(&self.server.jid("mira"), "Seven of us then. Bring the big basket?").await?;
        let rosaline = Headless::sign_in(&At::prosody(&self.server, "rosaline")?).await?;
        let add = AddContact {
            account: rosaline.account.clone(),
            jid: self.server.jid("mira"),
            name: "Mira".into(),
            groups: Vec::new(),
            message: "We met at the orchard. May I?".into(),
        };
        rosaline.call(add).await?;
        contacts.push(rosaline);
        Ok(Life { contacts })
    }
}
