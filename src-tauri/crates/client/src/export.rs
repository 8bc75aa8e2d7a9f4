//! Writing an account's data into a file (XEP-0227): what is kept here, and never a password.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use waxwing_contract::{AccountId, AnyCommand, BlockList, Code, Exported, Failure, GetBlockList};
use waxwing_history::{Delivery, Message, Read, Reader};
use waxwing_session::jid::BareJid;
use waxwing_session::ns;
use waxwing_session::xep::roster::{Item, Subscription};
use waxwing_session::xep::{pie, time::format_stamp};
use waxwing_session::xml::{El, el, to_string};

use crate::app::App;
use crate::commands::blocking;
use crate::failure::{fail, of_history};
use crate::now;

/// Messages read at once.
const AT_ONCE: u32 = 1000;

impl App {
    /// Writes the file into the person's folder for downloads.
    pub(crate) async fn export(&self, account: &str) -> Result<Exported, Failure> {
        let accounts = self.0.shared.views.accounts_snapshot();
        let jid = accounts.into_iter().find(|a| a.id == account).map(|a| a.jid);
        let own = jid.and_then(|jid| BareJid::new(&jid).ok()).ok_or_else(|| fail(Code::NotFound, "no such account"))?;
        let list = AnyCommand::GetBlockList(GetBlockList(AccountId { account: account.to_owned() }));
        let list: BlockList = serde_json::from_value(self.ask(account, list).await?)
            .map_err(|error| fail(Code::Internal, error.to_string()))?;
        let blocked = list.jids;
        // One of its own: it takes a while, and searching goes on.
        let history = self.0.shared.accounts_folder.join(account).join("history.sqlite");
        let folder = self.0.downloads.clone();
        blocking(move || {
            let reader = Reader::open(&history).map_err(|error| of_history(&error))?;
            let (file, path) = create(&folder, &own).map_err(|error| storage(&folder, &error))?;
            let written = write(file, &own, &blocked, reader.read());
            let (contacts, messages) = written.map_err(|error| {
                // Half a file would look like a whole one.
                let _ = std::fs::remove_file(&path);
                of_history(&error)
            })?;
            Ok(Exported { file: path.display().to_string(), contacts, messages })
        })
        .await
    }
}

fn storage(at: &Path, error: &io::Error) -> Failure {
    Failure { message: format!("{}: {error}", at.display()), ..of_history(&io::Error::from(error.kind()).into()) }
}

/// A file nobody else can read, under a name that is free.
fn create(folder: &Path, own: &BareJid) -> io::Result<(File, PathBuf)> {
    std::fs::create_dir_all(folder)?;
    // An address may hold what a file's name may not, and be longer; 50 characters are 200 bytes at most.
    let safe = |c: char| if c.is_alphanumeric() || matches!(c, '@' | '.' | '-' | '_') { c } else { '_' };
    let name: String = own.to_string().chars().map(safe).take(50).collect();
    let day = format_stamp(now());
    let day = day.get(..10).unwrap_or_default();
    for number in 1..100 {
        let again = if number == 1 { String::new() } else { format!("-{number}") };
        let path = folder.join(format!("{name}-{day}{again}.xml"));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            other => return other.map(|file| (file, path)),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// Answers how many contacts and messages are in it.
fn write(file: File, own: &BareJid, blocked: &[String], read: Read<'_>) -> waxwing_history::Result<(u32, u64)> {
    let mut out = BufWriter::new(file);
    out.write_all(pie::begin(own).as_bytes())?;
    let items: Vec<Item> = read.roster()?.into_iter().filter_map(item).collect();
    put(&mut out, pie::roster(&items))?;
    if !blocked.is_empty() {
        put(&mut out, pie::blocked(blocked))?;
    }
    for request in read.requests()? {
        put(&mut out, pie::request(&request.jid, &request.message))?;
    }
    out.write_all(pie::ARCHIVE.as_bytes())?;
    let (mut messages, mut after) = (0, i64::MIN);
    loop {
        let page = read.all_after(after, AT_ONCE)?;
        let Some(last) = page.last() else { break };
        after = last.id;
        for message in page.iter().filter(|message| was_said(message)) {
            put(&mut out, archived(own, message))?;
            messages += 1;
        }
    }
    out.write_all((pie::ARCHIVE_END.to_owned() + pie::END).as_bytes())?;
    out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    Ok((u32::try_from(items.len()).unwrap_or(u32::MAX), messages))
}

fn put(out: &mut impl io::Write, element: El) -> io::Result<()> {
    writeln!(out, "{}", to_string(&element.into()))
}

fn item(contact: waxwing_history::Contact) -> Option<Item> {
    Some(Item {
        jid: BareJid::new(&contact.jid).ok()?,
        name: contact.name,
        subscription: Subscription::parse(&contact.subscription),
        pending: contact.pending,
        approved: contact.approved,
        groups: serde_json::from_str(&contact.groups).unwrap_or_default(),
    })
}

/// What waits to be sent, or was refused, nobody has heard; and a call is no message.
fn was_said(message: &Message) -> bool {
    message.call.is_none() && message.delivery.is_none_or(|delivery| delivery >= Delivery::OnServer)
}

fn archived(own: &BareJid, message: &Message) -> El {
    let full = |bare: &str, resource: &str| {
        if resource.is_empty() { bare.to_owned() } else { format!("{bare}/{resource}") }
    };
    let own = own.to_string();
    let (from, to) = if message.outgoing {
        (full(&own, &message.resource), message.peer.clone())
    } else {
        (full(&message.peer, &message.resource), own)
    };
    let said = el("message", ns::CLIENT)
        .attr("type", "chat")
        .attr("from", from)
        .attr("to", to)
        .attr_opt("id", message.message_id.as_ref())
        .child(el("body", ns::CLIENT).text(&message.body));
    let id = message.stanza_id.clone().unwrap_or_else(|| format!("waxwing-{}", message.id));
    pie::archived(&id, message.stamp, said)
}
