//! The contract's commands, as far as they are the application's.

use std::path::Path;

use serde::Serialize;
use serde_json::Value;
use waxwing_contract::{
    AnyCommand, AppInfo, Code, Excerpt, Failure, Log, PasswordStore, SearchHit, SearchHits, SearchMessages,
};

use crate::app::{App, locked};
use crate::colour::hue;
use crate::failure::{fail, of_history};
use crate::{log, people};

/// The file in the data folder that tells of the last crash.
pub const CRASH_REPORT: &str = "crash-report.txt";

/// How long a keyring may take to show that it is there.
const KEYRING: std::time::Duration = std::time::Duration::from_secs(1);

fn answer(value: impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(value).map_err(|error| fail(Code::Internal, error.to_string()))
}

impl App {
    pub(crate) async fn dispatch(&self, command: AnyCommand) -> Result<Value, Failure> {
        match command {
            AnyCommand::SignIn(request) => answer(self.sign_in(request).await?),
            AnyCommand::RegistrationFields(request) => answer(self.registration_fields(request).await?),
            AnyCommand::Register(request) => answer(self.register(request).await?),
            AnyCommand::RemoveAccount(request) => answer(self.remove_account(&request.0.account).await?),
            AnyCommand::SearchMessages(request) => answer(self.search(request).await?),
            AnyCommand::GetSettings(_) => answer(self.settings()),
            AnyCommand::SetSettings(settings) => answer(self.set_settings(settings.0)?),
            AnyCommand::SetFocus(focus) => {
                self.focus(focus);
                answer(())
            }
            AnyCommand::ListShowables(_) => answer(self.showables().await?),
            AnyCommand::ListDevices(_) => answer(self.media_devices().await?),
            AnyCommand::TryDevices(request) => answer(self.try_devices(request.what)?),
            AnyCommand::AcceptCall(request) => self.accept_call(request).await,
            AnyCommand::PickFiles(pick) => answer(self.pick_files(pick).await?),
            AnyCommand::PutFile(put) => answer(self.put_file(put).await?),
            AnyCommand::StageFile(stage) => answer(self.stage_file(stage.0).await?),
            AnyCommand::Unstage(unstage) => {
                self.0.shared.staging.forget(&unstage.id);
                answer(())
            }
            AnyCommand::OpenFile(open) => answer(self.open_file(&open.0).await?),
            AnyCommand::ShowFile(show) => answer(self.show_file(&show.0).await?),
            AnyCommand::SaveFile(save) => answer(self.save_file(&save.0).await?),
            AnyCommand::GetGallery(get) => answer(self.gallery(get).await?),
            AnyCommand::RecordVoice(_) => answer(self.record().await?),
            AnyCommand::StopRecording(stop) => answer(self.stop_recording(stop.keep).await?),
            AnyCommand::SetPassword(request) => answer(self.set_password(request).await?),
            AnyCommand::SignOut(request) => self.sign_out(request).await,
            AnyCommand::GetAppInfo(_) => answer(self.info().await?),
            AnyCommand::GetLog(_) => answer(Log { lines: log::newest(&self.0.folder.join("log"), 500) }),
            AnyCommand::DismissCrashReport(_) => {
                let _ = std::fs::remove_file(self.0.folder.join(CRASH_REPORT));
                answer(())
            }
            AnyCommand::StartDemo(_) => answer(self.start_demo().await?),
            AnyCommand::ExportAccount(request) => answer(self.export(&request.0.account).await?),
            AnyCommand::GetStorage(_) => answer(self.storage().await?),
            AnyCommand::GetDesktop(_) => answer(self.desktop(|desktop| Ok(desktop.state())).await?),
            AnyCommand::SetStartAtLogin(set) => {
                answer(self.desktop(move |desktop| desktop.set_start_at_login(set.start)).await?)
            }
            AnyCommand::CloseWindow(close) => answer(self.close_window(close.hide).await?),
            AnyCommand::Quit(_) => answer(
                self.desktop(|desktop| {
                    desktop.quit();
                    Ok(())
                })
                .await?,
            ),
            AnyCommand::TryNotification(_) => answer(self.try_notification().await?),
            AnyCommand::OpenLink(open) => {
                // The errand says why it cannot be followed: nobody else needs to.
                let _ = self.follow(&open.uri);
                answer(())
            }
            AnyCommand::ErrandDone(done) => {
                self.0.shared.views.change_errands(Vec::new(), vec![done.id]);
                answer(())
            }
            command => match self.service_command(command).await {
                Ok(answered) => answered,
                Err(command) => match account_of(&command).map(str::to_owned) {
                    Some(account) => self.ask(&account, command).await,
                    None => Err(fail(Code::Internal, "a command without an answer")),
                },
            },
        }
    }

    async fn search(&self, request: SearchMessages) -> Result<SearchHits, Failure> {
        let limit = request.limit.clamp(1, 100);
        let before = request.cursor.as_deref().and_then(|cursor| cursor.parse::<i64>().ok());
        let ids: Vec<String> = match &request.within {
            Some(within) => vec![within.account.clone()],
            None => self.account_ids(),
        };
        let mut hits = Vec::new();
        for id in ids {
            let reader = match self.readers(&id).await {
                Ok(readers) => readers.search,
                // One account that cannot be opened does not hide what the others hold.
                Err(_) if request.within.is_none() => continue,
                Err(failure) => return Err(failure),
            };
            let (query, within) = (request.query.clone(), request.within.as_ref().map(|w| w.peer.clone()));
            let found = tokio::task::spawn_blocking(move || {
                locked(&reader).read().search(&query, within.as_deref(), before, limit)
            });
            let found = found.await.map_err(|error| fail(Code::Internal, error.to_string()))?;
            let found = found.map_err(|error| of_history(&error))?;
            hits.extend(found.into_iter().map(|found| self.hit(&id, found)));
        }
        hits.sort_by_key(|hit| std::cmp::Reverse(hit.message.order));
        let more = hits.len() >= limit as usize;
        hits.truncate(limit as usize);
        let cursor = hits.last().filter(|_| more).map(|hit| hit.message.id.clone());
        Ok(SearchHits { hits, cursor })
    }

    fn hit(&self, account: &str, found: waxwing_history::Found) -> SearchHit {
        let peer = found.message.peer.clone();
        SearchHit {
            account: account.to_owned(),
            name: self.0.shared.views.name_of(account, &peer).unwrap_or_else(|| peer.clone()),
            hue: hue(&peer),
            peer,
            message: people::message(found.message),
            excerpt: found.excerpt.into_iter().map(|p| Excerpt { text: p.text, found: p.found }).collect(),
        }
    }

    async fn info(&self) -> Result<AppInfo, Failure> {
        let secrets = self.0.shared.secrets.clone();
        // A keyring that takes its time is no reason to show nothing.
        let asked = tokio::time::timeout(KEYRING, blocking(move || Ok(secrets.store()))).await;
        Ok(AppInfo {
            version: env!("CARGO_PKG_VERSION").into(),
            data_folder: self.0.folder.display().to_string(),
            demo_available: self.0.demo.as_deref().is_some_and(Path::exists),
            crash_report: std::fs::read_to_string(self.0.folder.join(CRASH_REPORT)).ok(),
            passwords: asked.unwrap_or(Ok(PasswordStore::Nowhere))?,
            reset_settings: self.0.reset_settings.clone(),
            fatal: None,
        })
    }
}

/// Runs what may block where nothing waits for it but us.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.map_err(|error| fail(Code::Internal, error.to_string()))?
}

/// The account a command names.
fn account_of(command: &AnyCommand) -> Option<&str> {
    Some(match command {
        AnyCommand::SignOut(c) => &c.0.account,
        AnyCommand::Connect(c) => &c.0.account,
        AnyCommand::GetAccountDetails(c) => &c.0.account,
        AnyCommand::SetColour(c) => &c.account,
        AnyCommand::SetRoute(c) => &c.account,
        AnyCommand::SetNotify(c) => &c.account,
        AnyCommand::WipeMessages(c) => &c.0.account,
        AnyCommand::PinCertificate(c) => &c.account,
        AnyCommand::SetPresence(c) => &c.account,
        AnyCommand::AddContact(c) => &c.account,
        AnyCommand::UpdateContact(c) => &c.account,
        AnyCommand::RemoveContact(c) => &c.0.account,
        AnyCommand::Subscribe(c) => &c.account,
        AnyCommand::GetContactDetails(c) => &c.0.account,
        AnyCommand::GetAvatar(c) => &c.account,
        AnyCommand::SetBlocked(c) => &c.account,
        AnyCommand::GetBlockList(c) => &c.0.account,
        AnyCommand::OpenConversation(c) => &c.0.account,
        AnyCommand::CloseConversation(c) => &c.0.account,
        AnyCommand::SetDraft(c) => &c.account,
        AnyCommand::SetTyping(c) => &c.account,
        AnyCommand::MarkRead(c) => &c.account,
        AnyCommand::GetPage(c) => &c.account,
        AnyCommand::SendMessage(c) => &c.account,
        AnyCommand::RetryMessage(c) => &c.0.account,
        AnyCommand::DiscardMessage(c) => &c.0.account,
        AnyCommand::GetMessageSource(c) => &c.0.account,
        AnyCommand::SendXml(c) => &c.account,
        AnyCommand::StartCall(c) => &c.account,
        AnyCommand::DeclineCall(c) => &c.0.account,
        AnyCommand::HangUp(c) => &c.0.account,
        AnyCommand::MuteCall(c) => &c.account,
        AnyCommand::HoldCall(c) => &c.account,
        AnyCommand::DialTone(c) => &c.account,
        AnyCommand::SetCamera(c) => &c.account,
        AnyCommand::ShareScreen(c) => &c.account,
        AnyCommand::StopSharing(c) => &c.0.account,
        AnyCommand::DismissCall(c) => &c.0.account,
        AnyCommand::SendFiles(c) => &c.account,
        AnyCommand::StartFile(c) => &c.0.account,
        AnyCommand::PauseFile(c) => &c.0.account,
        AnyCommand::CancelFile(c) => &c.0.account,
        AnyCommand::TestAccount(c) => &c.0.account,
        AnyCommand::ImportPart(c) => &c.account,
        _ => return None,
    })
}
