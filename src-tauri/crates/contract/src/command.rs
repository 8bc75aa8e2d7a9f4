//! The table of commands.

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    AcceptCall, AccountAdded, AccountCheck, AccountDetails, AccountId, AddContact, AppInfo, Avatar, BlockList, CallId,
    CheckForm, CloseForm, CloseWindow, Code, CommandStep, ContactDetails, ContactId, ConversationId, Desktop, DialTone,
    ErrandDone, Exported, Failure, FileId, FilePut, FileSaved, FormChecked, FormMedia, Gallery, GetAvatar,
    GetFormMedia, GetGallery, GetPage, HandIn, HandedIn, HoldCall, ImportPart, Imported, ListServiceItems, Log,
    MarkRead, MediaDevices, MessageId, MuteCall, Nothing, OpenLink, Page, PickFiles, PinCertificate, PutFile, Register,
    Registration, RegistrationFields, RunCommand, SearchHits, SearchMessages, SendFiles, SendMessage, SendXml, Service,
    ServiceCommands, ServiceForm, ServiceId, ServiceItems, SetBlocked, SetCamera, SetColour, SetDraft, SetFocus,
    SetNotify, SetPassword, SetPresence, SetRoute, SetStartAtLogin, SetTyping, Settings, ShareScreen, Showables,
    SignIn, StagedFiles, StartCall, StopRecording, Storage, Subscribe, TryDevices, Unstage, UpdateContact,
};

/// A request whose answer is `Response`.
pub trait Command: Serialize + DeserializeOwned {
    /// The name in the table.
    const NAME: &'static str;
    /// What the command answers.
    type Response: Serialize + DeserializeOwned;
}

/// A window, by its label in `tauri.conf.json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// The main window.
    Main,
}

impl Window {
    /// The label.
    pub fn label(self) -> &'static str {
        match self {
            Self::Main => "main",
        }
    }
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct CommandInfo {
    /// `noun.verb`.
    pub name: &'static str,
    /// Who may call it.
    pub windows: &'static [Window],
}

/// Requests named after what they carry need a type each; these do.
macro_rules! request_types {
    ($($(#[$meta:meta])* $name:ident($inner:ident);)*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, ts_rs::TS)]
        pub struct $name(pub $inner);
    )*};
}

request_types! {
    /// Removes the account, its folder and its secrets.
    RemoveAccount(AccountId);
    /// Signs out and stays so.
    SignOut(AccountId);
    /// Connects (again) now.
    Connect(AccountId);
    /// Tries what the account is used for.
    TestAccount(AccountId);
    /// Writes what is kept of the account into a file.
    ExportAccount(AccountId);
    /// Connection, server and what it lacks.
    GetAccountDetails(AccountId);
    /// Takes a person out of the roster and ends both subscriptions.
    RemoveContact(ContactId);
    /// vCard and devices.
    GetContactDetails(ContactId);
    /// All blocked addresses of an account.
    GetBlockList(AccountId);
    /// Makes the conversation appear in the list.
    OpenConversation(ConversationId);
    /// Takes the conversation out of the list; its messages stay.
    CloseConversation(ConversationId);
    /// Sends a failed message again with the same id.
    RetryMessage(MessageId);
    /// Forgets a failed or queued message.
    DiscardMessage(MessageId);
    /// The stanza as XML, for those who want it.
    GetMessageSource(MessageId);
    /// Does not take a call.
    DeclineCall(CallId);
    /// Ends a call, however far it is.
    HangUp(CallId);
    /// Takes a call that has ended out of sight.
    DismissCall(CallId);
    /// Does not show the screen any more.
    StopSharing(CallId);
    /// Begins to record a voice message.
    RecordVoice(Nothing);
    /// A file of a message, to be sent once more.
    StageFile(FileId);
    /// Gets a file, takes one that is offered, tries again, or goes on.
    StartFile(FileId);
    /// Stops for a while.
    PauseFile(FileId);
    /// Does not want it, or takes it back.
    CancelFile(FileId);
    /// Opens a file with what the desktop has for it.
    OpenFile(FileId);
    /// Shows a file where it lies.
    ShowFile(FileId);
    /// Copies a file to where the person wants it.
    SaveFile(FileId);
    /// What an entity, or a node of it, says it is.
    LookAtService(ServiceId);
    /// The commands of an entity.
    ListCommands(ServiceId);
    /// The form to search a directory with.
    OpenSearch(ServiceId);
    /// Looks for people.
    Search(HandIn);
    /// The form to register at a service with.
    OpenRegistration(ServiceId);
    /// Registers there.
    HandInRegistration(HandIn);
    /// Ends that.
    Unregister(ServiceId);
    /// Screens and windows that can be shown.
    ListShowables(Nothing);
    /// Microphones, loudspeakers and cameras.
    ListDevices(Nothing);
    /// The settings.
    GetSettings(Nothing);
    /// Stores the settings.
    SetSettings(Settings);
    /// The application.
    GetAppInfo(Nothing);
    /// The newest lines of the log, redacted.
    GetLog(Nothing);
    /// Forgets the crash report after it was read.
    DismissCrashReport(Nothing);
    /// What is kept on this computer.
    GetStorage(Nothing);
    /// Removes every message of an account from this computer; what its server keeps stays there.
    WipeMessages(AccountId);
    /// What the desktop offers.
    GetDesktop(Nothing);
    /// Ends the application.
    Quit(Nothing);
    /// Shows a notification as the settings would have it.
    TryNotification(Nothing);
    /// Starts the private demo server and contact and signs in there.
    StartDemo(Nothing);
}

commands! {
    /// Signs in and keeps the account.
    "account.signIn" SignIn => AccountAdded, [Main];
    /// What a server asks of a new account.
    "account.registrationFields" RegistrationFields => Registration, [Main];
    /// Creates an account and signs in.
    "account.register" Register => AccountAdded, [Main];
    /// Removes an account with everything kept of it here.
    "account.remove" RemoveAccount => (), [Main];
    /// Signs out and stays so.
    "account.signOut" SignOut => (), [Main];
    /// Connects now.
    "account.connect" Connect => (), [Main];
    /// Replaces the password and connects.
    "account.setPassword" SetPassword => (), [Main];
    /// Accepts a certificate for this account and connects.
    "account.pin" PinCertificate => (), [Main];
    /// Reaches an account's server another way.
    "account.setRoute" SetRoute => (), [Main];
    /// Colours an account.
    "account.setColour" SetColour => (), [Main];
    /// Sets own presence.
    "account.setPresence" SetPresence => (), [Main];
    /// Connection and server at a closer look.
    "account.details" GetAccountDetails => AccountDetails, [Main];
    /// Looks an account over.
    "account.test" TestAccount => AccountCheck, [Main];
    /// Writes what is kept of an account into a file among the downloads.
    "account.export" ExportAccount => Exported, [Main];
    /// Takes over the next part of such a file.
    "account.import" ImportPart => Imported, [Main];
    /// Adds a person.
    "roster.add" AddContact => (), [Main];
    /// Renames and regroups.
    "roster.update" UpdateContact => (), [Main];
    /// Removes a person.
    "roster.remove" RemoveContact => (), [Main];
    /// Asks, approves, denies or ends a subscription.
    "roster.subscribe" Subscribe => (), [Main];
    /// vCard and devices of a person.
    "contact.details" GetContactDetails => ContactDetails, [Main];
    /// A picture by its key.
    "avatar.get" GetAvatar => Avatar, [Main];
    /// Blocks or unblocks.
    "blocking.set" SetBlocked => (), [Main];
    /// Everyone blocked.
    "blocking.list" GetBlockList => BlockList, [Main];
    /// Makes a conversation appear.
    "conversation.open" OpenConversation => (), [Main];
    /// Hides a conversation.
    "conversation.close" CloseConversation => (), [Main];
    /// Keeps what was typed.
    "conversation.draft" SetDraft => (), [Main];
    /// Tells that the person types, or stopped.
    "conversation.typing" SetTyping => (), [Main];
    /// Mutes a conversation, or lets it speak again.
    "conversation.notify" SetNotify => (), [Main];
    /// Marks as read up to a place.
    "conversation.read" MarkRead => (), [Main];
    /// A page of messages.
    "timeline.page" GetPage => Page, [Main];
    /// Sends text.
    "message.send" SendMessage => MessageId, [Main];
    /// Tries a failed message again.
    "message.retry" RetryMessage => (), [Main];
    /// Forgets a message that was not sent.
    "message.discard" DiscardMessage => (), [Main];
    /// The stanza as XML.
    "message.source" GetMessageSource => String, [Main];
    /// Calls somebody.
    "call.start" StartCall => CallId, [Main];
    /// Takes a call.
    "call.accept" AcceptCall => (), [Main];
    /// Does not take it.
    "call.decline" DeclineCall => (), [Main];
    /// Ends it.
    "call.hangUp" HangUp => (), [Main];
    /// Mutes the microphone, or lets it be heard again.
    "call.mute" MuteCall => (), [Main];
    /// Puts them on hold, or goes on talking.
    "call.hold" HoldCall => (), [Main];
    /// Shows the camera, or nothing.
    "call.camera" SetCamera => (), [Main];
    /// Shows a screen or a window.
    "call.share" ShareScreen => (), [Main];
    /// Ends that.
    "call.stopSharing" StopSharing => (), [Main];
    /// What can be shown.
    "call.showables" ListShowables => Showables, [Main];
    /// Sends a keypad's tone.
    "call.dial" DialTone => (), [Main];
    /// An ended call was seen.
    "call.dismiss" DismissCall => (), [Main];
    /// What calls can be made with.
    "devices.list" ListDevices => MediaDevices, [Main];
    /// Tries microphone or loudspeaker; the steps show in a view.
    "devices.try" TryDevices => (), [Main];
    /// Chooses files.
    "file.pick" PickFiles => StagedFiles, [Main];
    /// Brings one in.
    "file.put" PutFile => FilePut, [Main];
    /// Takes one of another message.
    "file.stage" StageFile => StagedFiles, [Main];
    /// Begins to record a voice message.
    "voice.record" RecordVoice => (), [Main];
    /// Ends it.
    "voice.stop" StopRecording => StagedFiles, [Main];
    /// Forgets one that was to be sent.
    "file.unstage" Unstage => (), [Main];
    /// Sends files.
    "file.send" SendFiles => (), [Main];
    /// Gets one, or goes on.
    "file.start" StartFile => (), [Main];
    /// Stops for a while.
    "file.pause" PauseFile => (), [Main];
    /// Does not want it.
    "file.cancel" CancelFile => (), [Main];
    /// Opens it.
    "file.open" OpenFile => (), [Main];
    /// Shows where it lies.
    "file.show" ShowFile => (), [Main];
    /// Copies it to another place.
    "file.save" SaveFile => FileSaved, [Main];
    /// Looks at answers, as they are typed.
    "form.check" CheckForm => FormChecked, [Main];
    /// Puts a form away.
    "form.close" CloseForm => (), [Main];
    /// Gets what a field shows.
    "form.media" GetFormMedia => FormMedia, [Main];
    /// What an entity says it is.
    "service.look" LookAtService => Service, [Main];
    /// What is there.
    "service.items" ListServiceItems => ServiceItems, [Main];
    /// Its commands.
    "service.commands" ListCommands => ServiceCommands, [Main];
    /// Begins one, or goes on with it.
    "service.command" RunCommand => CommandStep, [Main];
    /// The form of a directory.
    "directory.form" OpenSearch => ServiceForm, [Main];
    /// Looks for people there.
    "directory.search" Search => HandedIn, [Main];
    /// The form of a registration.
    "registration.form" OpenRegistration => ServiceForm, [Main];
    /// Registers.
    "registration.submit" HandInRegistration => HandedIn, [Main];
    /// Ends a registration.
    "registration.end" Unregister => (), [Main];
    /// Files and links of a conversation.
    "gallery.page" GetGallery => Gallery, [Main];
    /// Sends a stanza as written.
    "console.send" SendXml => (), [Main];
    /// Finds messages by words.
    "search.messages" SearchMessages => SearchHits, [Main];
    /// Reads the settings.
    "settings.get" GetSettings => Settings, [Main];
    /// Stores the settings.
    "settings.set" SetSettings => (), [Main];
    /// The window's attention.
    "app.focus" SetFocus => (), [Main];
    /// The application.
    "app.info" GetAppInfo => AppInfo, [Main];
    /// The log's newest lines.
    "app.log" GetLog => Log, [Main];
    /// The crash report was read.
    "app.dismissCrashReport" DismissCrashReport => (), [Main];
    /// What is kept here.
    "storage.get" GetStorage => Storage, [Main];
    /// Removes an account's messages from this computer.
    "storage.wipe" WipeMessages => (), [Main];
    /// What the desktop offers.
    "desktop.get" GetDesktop => Desktop, [Main];
    /// Arranges starting at login.
    "desktop.setStartAtLogin" SetStartAtLogin => (), [Main];
    /// Hides the window or ends the application, and keeps the choice.
    "desktop.close" CloseWindow => (), [Main];
    /// Ends the application.
    "desktop.quit" Quit => (), [Main];
    /// Shows how a notification looks.
    "desktop.tryNotification" TryNotification => (), [Main];
    /// Follows an `xmpp:` link.
    "link.open" OpenLink => (), [Main];
    /// An errand is done.
    "errand.done" ErrandDone => (), [Main];
    /// Starts the demo.
    "demo.start" StartDemo => AccountAdded, [Main];
}
