// Written from src-tauri/crates/contract by `make contract`. Do not edit.

/**
 * Takes a call, with the camera or without.
 */
export type AcceptCall = { account: string, id: string, video: boolean, };

/**
 * One account, as the rail and the settings show it.
 */
export type Account = { 
/**
 * A UUID; also the name of its folder.
 */
id: string, order: number, 
/**
 * Bare JID.
 */
jid: string, name: string, 
/**
 * The colour that tells this account from the others: the person's choice, else XEP-0392's. Hue angle, 0–359.
 */
hue: number, 
/**
 * The person chose the colour.
 */
coloured: boolean, 
/**
 * Key for `avatar.get`, where one is known.
 */
avatar: string | null, session: SessionState, 
/**
 * What the person chose, kept over restarts; sent whenever online.
 */
presence: Presence, };

/**
 * The account a command made.
 */
export type AccountAdded = { account: string, };

/**
 * What was found, in the order it is shown.
 */
export type AccountCheck = { checks: Array<Check>, };

/**
 * What is known of an account's server and connection.
 */
export type AccountDetails = { account: string, 
/**
 * Full JID while online.
 */
bound: string | null, connection: Connection | null, 
/**
 * Software name and version the server told (XEP-0092).
 */
serverSoftware: string | null, 
/**
 * While offline, as it was the last time.
 */
capabilities: Array<ServerCapability>, 
/**
 * Stanzas refused for depth or size since the application started.
 */
skippedStanzas: number, 
/**
 * Difference of the server's clock to ours in milliseconds (XEP-0202), where it was asked.
 */
clockOffset: number | null, 
/**
 * The pinned certificate's fingerprint.
 */
pin: string | null, 
/**
 * As the person chose.
 */
endpoint: Endpoint | null, proxy: Proxy | null, };

/**
 * Names an account.
 */
export type AccountId = { account: string, };

/**
 * Puts a person into the roster and asks to see their presence; they may see ours at once.
 */
export type AddContact = { account: string, jid: string, name: string, groups: Array<string>, 
/**
 * Words for the request; may be empty.
 */
message: string, };

/**
 * What is answered to one field.
 */
export type Answer = { 
/**
 * [`Field::id`].
 */
field: number, 
/**
 * None: it is cleared.
 */
values: Array<string>, };

export type AppInfo = { version: string, dataFolder: string, 
/**
 * `demo.start` can work here.
 */
demoAvailable: boolean, 
/**
 * The report of the last crash, where there was one that nobody has read.
 */
crashReport: string | null, 
/**
 * Where passwords are kept.
 */
passwords: PasswordStore, 
/**
 * Names of settings that were nonsense and are as new.
 */
resetSettings: Array<string>, 
/**
 * Why the application's own data could not be opened; nothing else works then.
 */
fatal: Failure | null, };

/**
 * A picture as a `data:` URL of an image type that was sniffed from its bytes (PNG, JPEG, WebP or GIF).
 */
export type Avatar = { url: string, };

export type BlockList = { jids: Array<string>, };

/**
 * A call that rings, goes on, or has just ended.
 */
export type Call = { id: string, 
/**
 * When it began here, in milliseconds since 1970, UTC.
 */
order: number, account: string, 
/**
 * Bare JID.
 */
peer: string, name: string, hue: number, avatar: string | null, outgoing: boolean, 
/**
 * It was begun with video.
 */
video: boolean, phase: CallPhase, ours: OurSide, theirs: TheirSide, 
/**
 * Since it is on.
 */
quality: CallQuality | null, 
/**
 * They are no contact: nothing tells them where we are.
 */
stranger: boolean, };

/**
 * Names a call.
 */
export type CallId = { account: string, id: string, };

/**
 * How a call ended.
 */
export type CallOutcome = "completed" | "missed" | "noAnswer" | "cancelled" | "declinedHere" | "declinedThere" | "busy" | "missedBusy" | "answeredElsewhere" | "declinedElsewhere" | "failed";

/**
 * How far a call is.
 */
export type CallPhase = { "phase": "calling", reached: boolean, } | { "phase": "ringing" } | { "phase": "connecting" } | { "phase": "active", since: number, interrupted: boolean, } | { "phase": "ended", outcome: CallOutcome, trouble: CallTrouble | null, };

/**
 * How well it goes.
 */
export type CallQuality = { verdict: Verdict, 
/**
 * Share of what they sent that did not come, of the last seconds, in per cent.
 */
lostHere: number, 
/**
 * Of what we sent.
 */
lostThere: number, 
/**
 * Round trip, in milliseconds.
 */
roundTrip: number | null, 
/**
 * How long sound is held back against jitter, in milliseconds.
 */
heldBack: number, 
/**
 * Share of their sound that did not come in time and was made up, since the call began, in per cent.
 */
concealed: number, 
/**
 * Share of the time in which their picture stood still, since it was first seen, in per cent.
 */
frozen: number, 
/**
 * Kilobits a second.
 */
received: number, sent: number, 
/**
 * It goes through a relay.
 */
relayed: boolean, };

/**
 * How a call went, in the timeline.
 */
export type CallRecord = { outgoing: boolean, video: boolean, 
/**
 * `None` while it goes on.
 */
outcome: CallOutcome | null, 
/**
 * Seconds that were spoken.
 */
seconds: number, 
/**
 * It was made or taken on this device.
 */
here: boolean, };

/**
 * Why a call failed, as far as it is known.
 */
export type CallTrouble = { "trouble": "noWay", relay: boolean, } | { "trouble": "noRelay" } | { "trouble": "notEncrypted" } | { "trouble": "incompatible" } | { "trouble": "unreachable" } | { "trouble": "proxy" } | { "trouble": "ours", message: string, } | { "trouble": "theirs", condition: string, };

/**
 * Whether somebody can be called.
 */
export type Callable = "no" | "audio" | "video" | "unknown";

/**
 * Does not want it, or takes it back.
 */
export type CancelFile = FileId;

/**
 * The first thing wrong with a certificate.
 */
export type CertificateFault = "expired" | "notYetValid" | "wrongName" | "unknownIssuer" | "selfSigned" | "revoked" | "pinMismatch" | "unusable";

/**
 * A certificate that did not convince, as a person can judge it.
 */
export type CertificateProblem = { fault: CertificateFault, 
/**
 * The name that was asked for (the account's domain).
 */
host: string, 
/**
 * SHA-256 of the DER, hex in pairs with colons; also what a pin holds.
 */
fingerprint: string, subject: string, issuer: string, 
/**
 * The names it is valid for.
 */
names: Array<string>, 
/**
 * Milliseconds since 1970, UTC.
 */
notBefore: number, 
/**
 * Milliseconds since 1970, UTC.
 */
notAfter: number, };

/**
 * XEP-0085 §5.1.
 */
export type ChatState = "active" | "composing" | "paused" | "inactive" | "gone";

/**
 * One thing that was tried. Its words are in the catalogue: `check.<checked>.<outcome>`.
 */
export type Check = { checked: Checked, outcome: Outcome, 
/**
 * Who can mend it; nobody where nothing is to be mended.
 */
fixer: Fixer | null, 
/**
 * Milliseconds of [`Checked::RoundTrip`], bytes of the largest file with [`Checked::Upload`], relays of
 * [`Checked::Relay`].
 */
value: number | null, 
/**
 * What the server answered, where that was an error.
 */
failure: Failure | null, };

/**
 * Looks at some answers, as they are typed.
 */
export type CheckForm = { form: string, answers: Array<Answer>, };

export type Checked = "signIn" | "roundTrip" | "resuming" | "archive" | "carbons" | "upload" | "relay";

/**
 * Takes the conversation out of the list; its messages stay.
 */
export type CloseConversation = ConversationId;

/**
 * Puts a form away.
 */
export type CloseForm = { form: string, };

/**
 * The person closed the window: hides or quits, and keeps the choice where it is to be remembered.
 */
export type CloseWindow = { hide: boolean, };

/**
 * Kinds of failure; each has words of its own in the interface's catalogue (`failure.<code>`).
 */
export type Code = "unknownCommand" | "invalidRequest" | "forbidden" | "invalidAddress" | "notAuthorized" | "passwordNeeded" | "alreadySignedIn" | "hostNotFound" | "endpointNotFound" | "unreachable" | "proxy" | "needsTor" | "timeout" | "certificate" | "tlsFailed" | "noMechanism" | "bindingLost" | "protocol" | "conflict" | "streamEnded" | "offline" | "refused" | "theirServerUnreachable" | "notSupported" | "notFound" | "empty" | "invalidStanza" | "invalidFile" | "tooLong" | "registrationClosed" | "nameTaken" | "diskFull" | "databaseTooNew" | "databaseDamaged" | "storage" | "keyring" | "passwordNotKept" | "secretNotRemoved" | "inUse" | "readOnly" | "invalidLink" | "tooManyLinks" | "inCall" | "cannotBeCalled" | "noCallsOverProxy" | "noCamera" | "noMicrophone" | "noScreen" | "noWayForFiles" | "fileTooLarge" | "fileNotAsPromised" | "fileForged" | "fileGone" | "fileChanged" | "notAFile" | "folderTooLarge" | "unsafeLink" | "serviceFull" | "serviceBusy" | "serviceSilent" | "serviceRefused" | "interrupted" | "noWay" | "declinedByThem" | "cancelled" | "overQuota" | "unreadablePhoto" | "noDesktop" | "noDemo" | "internal";

/**
 * XEP-0050 §3.4.
 */
export type CommandAction = "cancel" | "prev" | "next" | "complete";

export type CommandNote = { kind: NoteKind, text: string, };

export type CommandState = "executing" | "completed" | "canceled";

/**
 * Where a command is.
 */
export type CommandStep = { session: string | null, state: CommandState, notes: Array<CommandNote>, 
/**
 * In their order; one of them can be filled in.
 */
forms: Array<Form>, 
/**
 * Addresses to look at (XEP-0066).
 */
links: Array<WebLink>, 
/**
 * What can be done next, besides [`CommandAction::Cancel`].
 */
actions: Array<CommandAction>, 
/**
 * What Enter does.
 */
usual: CommandAction | null, 
/**
 * What was wrong with the answers: nothing was handed in, or the service did not take them.
 */
faults: Array<FieldFault>, 
/**
 * Why the service did not take it; the form of the step before still stands.
 */
failure: Failure | null, };

/**
 * Connects (again) now.
 */
export type Connect = AccountId;

/**
 * The step a connection attempt is at.
 */
export type ConnectStep = "keyring" | "lookup" | "tcp" | "tls" | "signIn";

/**
 * How the stream is secured.
 */
export type Connection = { 
/**
 * Host and port that answered.
 */
endpoint: string, directTls: boolean, 
/**
 * Such as `TLS 1.3`.
 */
tls: string, cipher: string, 
/**
 * SASL mechanism that was used.
 */
mechanism: string, 
/**
 * Channel binding type, where one protected the sign-in.
 */
channelBinding: string | null, 
/**
 * SASL2 with Bind 2 rather than RFC 6120's own.
 */
sasl2: boolean, 
/**
 * The stream management session was resumed rather than bound anew.
 */
resumed: boolean, certificateFingerprint: string, };

/**
 * Someone in the roster, or known otherwise.
 */
export type Contact = { 
/**
 * `account/jid`.
 */
id: string, order: number, account: string, 
/**
 * Bare JID.
 */
jid: string, 
/**
 * The roster's name, else what they call themselves, else the JID.
 */
name: string, groups: Array<string>, subscription: Subscription, 
/**
 * We asked to see their presence and they have not answered.
 */
pending: boolean, 
/**
 * They may see our presence as soon as they ask (RFC 6121 §3.4).
 */
preApproved: boolean, blocked: boolean, 
/**
 * XEP-0392 hue angle, 0–359.
 */
hue: number, avatar: string | null, 
/**
 * The most available of their resources.
 */
presence: Presence, };

/**
 * A person at a closer look.
 */
export type ContactDetails = { contact: Contact, 
/**
 * From their vCard (XEP-0054), where they have one.
 */
fullName: string | null, nickname: string | null, email: string | null, organisation: string | null, birthday: string | null, url: string | null, note: string | null, devices: Array<Device>, };

/**
 * Names one person of one account.
 */
export type ContactId = { account: string, jid: string, };

/**
 * One row of the list of conversations.
 */
export type Conversation = { 
/**
 * `account/peer`.
 */
id: string, 
/**
 * Newest activity; larger is newer.
 */
order: number, account: string, 
/**
 * Bare JID.
 */
peer: string, name: string, hue: number, avatar: string | null, presence: Presence, last: LastMessage | null, unread: number, 
/**
 * Text typed and not sent; may be empty.
 */
draft: string, 
/**
 * What the peer does just now (XEP-0085).
 */
chatState: ChatState, blocked: boolean, 
/**
 * The peer is in the roster.
 */
inRoster: boolean, notify: ConversationNotify, callable: Callable, };

/**
 * Names a conversation.
 */
export type ConversationId = { account: string, peer: string, };

/**
 * How one conversation differs from the settings for all.
 */
export type ConversationNotify = { 
/**
 * Nothing is told of it.
 */
muted: boolean, 
/**
 * Milliseconds since 1970, UTC, when that ends by itself.
 */
mutedUntil: number | null, 
/**
 * What its notifications say; `None` as everywhere.
 */
preview: Preview | null, 
/**
 * Whether they sound; `None` as everywhere.
 */
sound: boolean | null, };

/**
 * What values are (XEP-0122 §3.1), as far as it matters to how they are asked for.
 */
export type Datatype = "text" | "whole" | "decimal" | "date" | "time" | "dateTime" | "uri" | "language" | "boolean";

/**
 * Does not take a call.
 */
export type DeclineCall = CallId;

/**
 * How far an own message came.
 */
export type Delivery = "queued" | "sending" | "onServer" | "delivered" | "read" | "failed";

export type Density = "comfortable" | "compact";

/**
 * What this desktop can do for us; what it lacks is said in words.
 */
export type Desktop = { 
/**
 * There is a tray with our icon. Without one, closing the window quits.
 */
tray: boolean, 
/**
 * What shows notifications; `None` where nothing does.
 */
notifications: NotificationService | null, 
/**
 * Whether Waxwing starts at login; `None` where it cannot be arranged.
 */
startAtLogin: StartAtLogin | null, };

/**
 * One resource of a person.
 */
export type Device = { resource: string, presence: Presence, 
/**
 * Client name from disco identity (XEP-0115), or XEP-0092.
 */
client: string | null, };

/**
 * Sends a tone of a telephone's keypad: one of `0`–`9`, `*`, `#`, `A`–`D`.
 */
export type DialTone = { account: string, id: string, tone: string, };

/**
 * Forgets a failed or queued message.
 */
export type DiscardMessage = MessageId;

/**
 * Takes a call that has ended out of sight.
 */
export type DismissCall = CallId;

/**
 * Forgets the crash report after it was read.
 */
export type DismissCrashReport = Nothing;

/**
 * RFC 6120 §8; what is none of the three is `Other`, such as acknowledgements (XEP-0198).
 */
export type ElementKind = "message" | "presence" | "iq" | "other";

/**
 * Where to connect instead of what DNS says. The certificate must still match the account's domain.
 */
export type Endpoint = { 
/**
 * Name or IP address.
 */
host: string, port: number, 
/**
 * TLS from the first byte (XEP-0368) instead of STARTTLS.
 */
directTls: boolean, };

/**
 * Something asked from outside the window, waiting until the window has done it.
 */
export type Errand = { id: string, order: number, task: Task, };

/**
 * The window has done an errand.
 */
export type ErrandDone = { id: string, };

export type Excerpt = { text: string, found: boolean, };

/**
 * Writes what is kept of the account into a file.
 */
export type ExportAccount = AccountId;

/**
 * What was written, and where.
 */
export type Exported = { 
/**
 * Its path.
 */
file: string, contacts: number, messages: number, };

/**
 * What went wrong, for the interface to choose words and a way out by `code`; never by text.
 */
export type Failure = { code: Code, 
/**
 * RFC 6120 §8.3.3 (stanza) or §4.9.3 (stream) or §6.5 (SASL) condition, where one was received.
 */
condition: string | null, 
/**
 * Which service failed or refused, where it is none that the person would think of: a name or an address.
 */
host: string | null, 
/**
 * RFC 6120 §8.3.2 error type of a stanza error.
 */
retry: Retry | null, 
/**
 * English, technical: shown behind a disclosure and copied, not the person's first sentence.
 */
message: string, 
/**
 * With [`Code::Certificate`]: what the server showed.
 */
certificate: CertificateProblem | null, };

/**
 * What a person gains from a server's feature; each has words in the catalogue (`feature.<name>`).
 */
export type Feature = "archive" | "carbons" | "streamManagement" | "pep" | "blocking" | "rosterVersions" | "preApproval" | "clientState" | "sasl2" | "channelBinding";

/**
 * One thing that is asked or told.
 */
export type Field = { 
/**
 * Its place in [`Form::fields`] and unique in its form: names may be missing or come twice.
 */
id: number, 
/**
 * `None` where there is none; such a field is only shown.
 */
var: string | null, kind: FieldKind, 
/**
 * As the service calls it, else its name; may be empty.
 */
label: string, 
/**
 * Explains it.
 */
desc: string | null, required: boolean, 
/**
 * It can be answered; others are shown.
 */
asked: boolean, 
/**
 * What it holds to begin with: lines, where there can be several.
 */
values: Array<string>, options: Array<FieldOption>, 
/**
 * Other values than the options are taken as well.
 */
open: boolean, datatype: Datatype, 
/**
 * Of a number or a date, as the form writes it.
 */
min: string | null, max: string | null, 
/**
 * How many are to be chosen.
 */
least: number | null, most: number | null, media: Array<FieldMedia>, 
/**
 * A rule of the service for it cannot be followed here: the service will look itself.
 */
unchecked: boolean, };

/**
 * Why an answer will not do.
 */
export type FieldFault = { 
/**
 * [`Field::id`].
 */
field: number, 
/**
 * Which of its values, or lines; `None` where it is about all of them.
 */
at: number | null, trouble: FieldTrouble, };

/**
 * XEP-0004 §3.3.
 */
export type FieldKind = "boolean" | "fixed" | "jidMulti" | "jidSingle" | "listMulti" | "listSingle" | "textMulti" | "textPrivate" | "textSingle";

/**
 * A picture, sound or film of a field (XEP-0221).
 */
export type FieldMedia = { kind: MediaKind, 
/**
 * Points; a hint, and perhaps absurd.
 */
width: number | null, height: number | null, 
/**
 * What can be shown at once: a `data:` URL. Asked for with `form.media` where it is not here yet.
 */
data: string | null, 
/**
 * It is at this address, of which the person decides: looking tells that host who looks.
 */
elsewhere: string | null, };

/**
 * What can be chosen.
 */
export type FieldOption = { label: string, value: string, };

export type FieldTrouble = { "trouble": "required" } | { "trouble": "notOneLine" } | { "trouble": "notANumber" } | { "trouble": "notAWholeNumber" } | { "trouble": "notABoolean" } | { "trouble": "notADate" } | { "trouble": "notATime" } | { "trouble": "notADateTime" } | { "trouble": "notAUri" } | { "trouble": "notALanguage" } | { "trouble": "notAnAddress" } | { "trouble": "notAnOption" } | { "trouble": "tooSmall", min: string, } | { "trouble": "tooLarge", max: string, } | { "trouble": "tooFew", min: number, } | { "trouble": "tooMany", max: number, } | { "trouble": "notMatching" } | { "trouble": "tooLong", most: number, } | { "trouble": "cut" } | { "trouble": "refused", text: string, };

/**
 * A file of a message.
 */
export type File = { 
/**
 * Unique in its account.
 */
id: string, 
/**
 * Without paths, controls and the like; never empty.
 */
name: string, 
/**
 * As its first bytes say where it is here, else as the sender does; may be empty.
 */
mediaType: string, kind: FileKind, 
/**
 * Bytes.
 */
size: number | null, 
/**
 * Points.
 */
width: number | null, height: number | null, 
/**
 * Milliseconds of sound or video.
 */
length: number | null, 
/**
 * A small picture as a `data:` URL.
 */
thumbnail: string | null, state: FileState, 
/**
 * With [`FileState::Failed`] and [`FileState::Cancelled`], and where something else stands in its way.
 */
failure: Failure | null, 
/**
 * How it went, or goes.
 */
way: FileWay | null, 
/**
 * Why it went that way, where another is usual.
 */
why: WayReason | null, 
/**
 * It can be shown in place: a picture, sound or video that is what it seems to be.
 */
inline: boolean, };

/**
 * Names a file.
 */
export type FileId = { account: string, id: string, };

/**
 * What it is for the person.
 */
export type FileKind = "image" | "audio" | "video" | "archive" | "text" | "other";

/**
 * How far that is.
 */
export type FilePut = { id: string, 
/**
 * With the last part.
 */
staged: Staged | null, };

/**
 * Where a copy is now.
 */
export type FileSaved = { 
/**
 * `None` where the person thought better of it.
 */
path: string | null, };

/**
 * Where it is.
 */
export type FileState = "announced" | "offered" | "moving" | "here" | "failed" | "cancelled" | "missing";

/**
 * By which way bytes go.
 */
export type FileWay = "upload" | "dataChannel" | "direct" | "proxy" | "inBand";

export type Fixer = "you" | "operator";

/**
 * A form. The client keeps it, by its id, until it is handed in or put away.
 */
export type Form = { 
/**
 * Unique among all forms.
 */
id: string, kind: FormKind, title: string | null, 
/**
 * In paragraphs.
 */
instructions: Array<string>, 
/**
 * In the order they came; those that are hidden are left out.
 */
fields: Array<Field>, table: FormTable | null, 
/**
 * At least one; where the form says nothing of it, everything is on one.
 */
pages: Array<FormPage>, 
/**
 * There was more of it than is taken; what is missing here is missing in what is handed in.
 */
cut: boolean, };

/**
 * Nothing where all of them will do.
 */
export type FormChecked = { faults: Array<FieldFault>, };

export type FormColumn = { var: string, label: string, kind: FieldKind, datatype: Datatype, };

/**
 * What is done with it (XEP-0004 §3.1).
 */
export type FormKind = "form" | "result";

/**
 * A `data:` URL.
 */
export type FormMedia = { data: string, };

/**
 * A step of a form (XEP-0141).
 */
export type FormPage = { label: string | null, parts: Array<FormPart>, };

/**
 * What stands on a page.
 */
export type FormPart = { "part": "text", text: string, } | { "part": "field", field: number, } | { "part": "table" } | { "part": "section", label: string | null, parts: Array<FormPart>, };

/**
 * A cell for each column: its values, one a line.
 */
export type FormRow = { cells: Array<string>, };

/**
 * What was found (XEP-0004 §3.4).
 */
export type FormTable = { columns: Array<FormColumn>, rows: Array<FormRow>, };

export type Gallery = { items: Array<GalleryItem>, 
/**
 * Nothing is older.
 */
atStart: boolean, };

export type GalleryItem = { 
/**
 * The message's id, and its place.
 */
message: string, order: number, at: number, outgoing: boolean, file: File | null, link: string | null, };

export type GalleryOf = "media" | "files" | "links";

/**
 * Connection, server and what it lacks.
 */
export type GetAccountDetails = AccountId;

/**
 * The application.
 */
export type GetAppInfo = Nothing;

/**
 * Asks for a picture by the key an item carried.
 */
export type GetAvatar = { account: string, key: string, };

/**
 * All blocked addresses of an account.
 */
export type GetBlockList = AccountId;

/**
 * vCard and devices.
 */
export type GetContactDetails = ContactId;

/**
 * What the desktop offers.
 */
export type GetDesktop = Nothing;

/**
 * Gets a picture, sound or film of a field; where it is elsewhere, the person agreed to that.
 */
export type GetFormMedia = { form: string, 
/**
 * [`Field::id`].
 */
field: number, 
/**
 * Its place in [`Field::media`].
 */
media: number, };

/**
 * What a conversation has of files and links, newest first.
 */
export type GetGallery = { account: string, peer: string, what: GalleryOf, 
/**
 * Older than this message's order.
 */
before: number | null, 
/**
 * 1–200.
 */
limit: number, };

/**
 * The newest lines of the log, redacted.
 */
export type GetLog = Nothing;

/**
 * The stanza as XML, for those who want it.
 */
export type GetMessageSource = MessageId;

/**
 * A page of a timeline, read from history and, where that ends, from the archive (XEP-0313).
 */
export type GetPage = { account: string, peer: string, at: PageAt, limit: number, };

/**
 * The settings.
 */
export type GetSettings = Nothing;

/**
 * What is kept on this computer.
 */
export type GetStorage = Nothing;

/**
 * Hands in answers.
 */
export type HandIn = { account: string, address: string, form: string, answers: Array<Answer>, };

/**
 * Registers there.
 */
export type HandInRegistration = HandIn;

/**
 * What came of it: exactly one of `form`, `failure` and `faults` says more, or all went well and that is all.
 */
export type HandedIn = { 
/**
 * What was found, or what is asked next.
 */
form: Form | null, faults: Array<FieldFault>, failure: Failure | null, };

/**
 * Ends a call, however far it is.
 */
export type HangUp = CallId;

/**
 * Puts them on hold: neither hears the other, and the call stays.
 */
export type HoldCall = { account: string, id: string, held: boolean, };

export type Identity = { category: string, kind: string, name: string | null, };

/**
 * The next part of a file that is taken over; a file goes over the border in parts, in their order.
 */
export type ImportPart = { account: string, text: string, 
/**
 * It begins a file; one that was begun before is over.
 */
first: boolean, 
/**
 * It ends the file.
 */
last: boolean, };

/**
 * What has been taken over so far.
 */
export type Imported = { 
/**
 * Whose file it is; may be another address of the person's.
 */
from: string | null, 
/**
 * People who were put into the roster, and asked where they had been.
 */
contacts: number, 
/**
 * Addresses that are blocked now.
 */
blocked: number, 
/**
 * Messages that were not here.
 */
messages: number, 
/**
 * Messages that were.
 */
known: number, 
/**
 * What Waxwing cannot take over.
 */
leftOut: number, 
/**
 * Where the file cannot be read any further: nothing more is taken over.
 */
failure: Failure | null, };

/**
 * The first file of a message.
 */
export type LastFile = { name: string, kind: FileKind, };

export type LastMessage = { body: string, 
/**
 * Milliseconds since 1970, UTC.
 */
at: number, 
/**
 * Present on messages of our own.
 */
delivery: Delivery | null, 
/**
 * It is a call.
 */
call: CallRecord | null, 
/**
 * It is a file.
 */
file: LastFile | null, };

/**
 * An `xmpp:` link as it was understood (RFC 5122, XEP-0147).
 */
export type Link = { 
/**
 * Bare JID.
 */
jid: string, action: LinkAction, };

/**
 * What a link wants done.
 */
export type LinkAction = { "action": "message", body: string, } | { "action": "subscribe", name: string, } | { "action": "join" } | { "action": "register" };

/**
 * The commands of an entity.
 */
export type ListCommands = ServiceId;

/**
 * Microphones, loudspeakers and cameras.
 */
export type ListDevices = Nothing;

/**
 * What is at a service, a page at a time (XEP-0030 §4, XEP-0059).
 */
export type ListServiceItems = { account: string, address: string, node: string | null, 
/**
 * Where the page before ended.
 */
after: string | null, };

/**
 * Screens and windows that can be shown.
 */
export type ListShowables = Nothing;

export type Log = { lines: Array<string>, };

/**
 * What an entity, or a node of it, says it is.
 */
export type LookAtService = ServiceId;

/**
 * The person has seen everything up to `order` with the window focused.
 */
export type MarkRead = { account: string, peer: string, order: number, };

export type MediaDevice = { 
/**
 * Stays the same when it is plugged in again.
 */
id: string, name: string, 
/**
 * Taken where none is chosen.
 */
isDefault: boolean, };

/**
 * What there is at the moment.
 */
export type MediaDevices = { microphones: Array<MediaDevice>, loudspeakers: Array<MediaDevice>, cameras: Array<MediaDevice>, 
/**
 * The sound system cannot be reached, and why.
 */
silent: string | null, };

export type MediaKind = "image" | "audio" | "video" | "other";

/**
 * One message of a timeline.
 */
export type Message = { id: string, 
/**
 * Place in the timeline: unique in its conversation, larger is newer.
 */
order: number, 
/**
 * Milliseconds since 1970, UTC: the archive's or sender's time where that may be trusted, else ours.
 */
at: number, outgoing: boolean, 
/**
 * Plain text as it was sent. Begins with `/me ` for an action (XEP-0245).
 */
body: string, 
/**
 * Present on messages of our own.
 */
delivery: Delivery | null, 
/**
 * With [`Delivery::Failed`]: why.
 */
failure: Failure | null, 
/**
 * Sent by another device of ours.
 */
otherDevice: boolean, 
/**
 * It is a call; the body is empty.
 */
call: CallRecord | null, 
/**
 * Files that are shared with it; the body is empty where it only says where they are.
 */
files: Array<File>, };

export type MessageId = { account: string, id: string, };

/**
 * Nothing is heard of us while it is muted.
 */
export type MuteCall = { account: string, id: string, muted: boolean, };

export type NoteKind = "info" | "warn" | "error";

/**
 * A request that carries nothing.
 */
export type Nothing = Record<symbol, never>;

export type NotificationService = { 
/**
 * Such as `dunst 1.9.0`; empty where the system's own has no name.
 */
name: string, 
/**
 * It shows buttons.
 */
actions: boolean, 
/**
 * It takes an answer in place.
 */
inlineReply: boolean, 
/**
 * It plays sounds.
 */
sound: boolean, 
/**
 * The person told it to hold notifications back.
 */
doNotDisturb: boolean, };

/**
 * What closing the window means, where there is a tray to hide in.
 */
export type OnClose = "ask" | "hide" | "quit";

/**
 * Makes the conversation appear in the list.
 */
export type OpenConversation = ConversationId;

/**
 * Opens a file with what the desktop has for it.
 */
export type OpenFile = FileId;

/**
 * Follows an `xmpp:` link; the window gets an errand.
 */
export type OpenLink = { uri: string, };

/**
 * The form to register at a service with.
 */
export type OpenRegistration = ServiceId;

/**
 * The form to search a directory with.
 */
export type OpenSearch = ServiceId;

/**
 * What we send.
 */
export type OurSide = { muted: boolean, 
/**
 * We have put them on hold.
 */
holding: boolean, 
/**
 * The camera is on.
 */
camera: boolean, 
/**
 * The screen is shown.
 */
screen: boolean, 
/**
 * There is no microphone: we only listen.
 */
listeningOnly: boolean, 
/**
 * A device is gone, and another is used.
 */
changedDevice: boolean, };

export type Outcome = "good" | "lacking" | "failed" | "off";

/**
 * A stretch of a timeline without holes, oldest first.
 */
export type Page = { messages: Array<Message>, 
/**
 * Nothing is older, neither here nor in the archive.
 */
atStart: boolean, 
/**
 * Nothing is newer.
 */
atEnd: boolean, 
/**
 * The first message that is unread, where the conversation has unread ones.
 */
firstUnread: number | null, };

/**
 * Where a page lies.
 */
export type PageAt = { "kind": "newest" } | { "kind": "before", order: number, } | { "kind": "after", order: number, } | { "kind": "around", order: number, };

/**
 * Where passwords outlive the process.
 */
export type PasswordStore = "keyring" | "file" | "namedFile" | "refused" | "nowhere";

/**
 * Stops for a while.
 */
export type PauseFile = FileId;

/**
 * Lets the person choose files, or one folder. Answers without any where they think better of it.
 */
export type PickFiles = { folder: boolean, };

/**
 * Pictures of a call.
 */
export type PictureOf = "theirCamera" | "theirScreen" | "ourCamera" | "ourScreen";

/**
 * Accepts a certificate by its fingerprint, for this account alone, and tries again.
 */
export type PinCertificate = { account: string, fingerprint: string, };

/**
 * A presence, own or another's.
 */
export type Presence = { show: Show, 
/**
 * The person's own words; may be empty.
 */
status: string, priority: number, };

/**
 * What a notification says.
 */
export type Preview = "nameAndText" | "name" | "nothing";

/**
 * A SOCKS5 proxy on the way to the server, such as Tor's at 127.0.0.1:9050. It looks up names itself.
 */
export type Proxy = { 
/**
 * Name or IP address.
 */
host: string, port: number, };

/**
 * Brings in a part of a file that the window has and the disk has not: dropped, pasted or recorded.
 */
export type PutFile = { 
/**
 * As the first part was answered; `None` begins one.
 */
id: string | null, name: string, 
/**
 * Base64, in order; at most 1 MiB of bytes at once.
 */
data: string, 
/**
 * Nothing follows.
 */
last: boolean, };

/**
 * From one time of day to another, in minutes after midnight by the local clock; past midnight where `to` is
 * smaller.
 */
export type QuietHours = { from: number, to: number, };

/**
 * Ends the application.
 */
export type Quit = Nothing;

/**
 * Begins to record a voice message.
 */
export type RecordVoice = Nothing;

/**
 * A voice message while it is spoken.
 */
export type Recording = { 
/**
 * `recording`.
 */
id: string, order: number, 
/**
 * Milliseconds until now.
 */
length: number, 
/**
 * How loud it is, 0–1.
 */
level: number, 
/**
 * Nothing is heard: there is no microphone, or it went.
 */
failure: Failure | null, };

/**
 * Creates an account with the legacy fields, then signs in as `account.signIn` does.
 */
export type Register = { domain: string, endpoint: Endpoint | null, proxy: Proxy | null, pin: string | null, fields: Array<RegistrationField>, 
/**
 * Keep the password for the next start.
 */
remember: boolean, };

/**
 * The legacy fields of XEP-0077 §3.1.
 */
export type Registration = { instructions: string, 
/**
 * Names from XEP-0077 §14.1 such as `username`, `password`, `email`, in the server's order.
 */
fields: Array<string>, };

export type RegistrationField = { name: string, value: string, };

/**
 * Asks `domain` what it wants to know of a new account (XEP-0077 §3.1).
 */
export type RegistrationFields = { domain: string, endpoint: Endpoint | null, proxy: Proxy | null, pin: string | null, };

/**
 * Removes the account, its folder and its secrets.
 */
export type RemoveAccount = AccountId;

/**
 * Takes a person out of the roster and ends both subscriptions.
 */
export type RemoveContact = ContactId;

/**
 * RFC 6120 §8.3.2.
 */
export type Retry = "auth" | "cancel" | "continue" | "modify" | "wait";

/**
 * Sends a failed message again with the same id.
 */
export type RetryMessage = MessageId;

/**
 * Begins a command, or goes on with one.
 */
export type RunCommand = { account: string, address: string, node: string, 
/**
 * As the step before said; `None` to begin.
 */
session: string | null, 
/**
 * `None`: what the service has as its usual.
 */
action: CommandAction | null, 
/**
 * The form of the step before, by its id.
 */
form: string | null, answers: Array<Answer>, };

/**
 * Copies a file to where the person wants it.
 */
export type SaveFile = FileId;

/**
 * Looks for people.
 */
export type Search = HandIn;

export type SearchHit = { account: string, peer: string, name: string, hue: number, message: Message, 
/**
 * An excerpt in pieces, the found words marked.
 */
excerpt: Array<Excerpt>, };

export type SearchHits = { hits: Array<SearchHit>, cursor: string | null, };

/**
 * Finds messages by words: every word must occur, the last one as a beginning. Newest first.
 */
export type SearchMessages = { query: string, 
/**
 * Only this conversation.
 */
within: ConversationId | null, 
/**
 * From the previous answer, for the hits after those.
 */
cursor: string | null, 
/**
 * 1–100.
 */
limit: number, };

/**
 * Sends files, each as a message of its own, and then the words. Answers as soon as they are kept.
 */
export type SendFiles = { account: string, peer: string, 
/**
 * Ids of staged ones.
 */
files: Array<string>, 
/**
 * What is said to them; may be empty.
 */
caption: string, 
/**
 * Photos keep what they tell of their camera and place.
 */
original: boolean, 
/**
 * Not over an upload service.
 */
direct: boolean, };

/**
 * Sends text. Answers as soon as the message is kept here; its progress shows in the timeline.
 */
export type SendMessage = { account: string, peer: string, body: string, };

/**
 * Sends one stanza as it was written, without keeping it. An IQ without an id gets one.
 */
export type SendXml = { account: string, xml: string, };

/**
 * One thing a server can offer.
 */
export type ServerCapability = { feature: Feature, offered: boolean, };

/**
 * What it says it is (XEP-0030 §3).
 */
export type Service = { address: string, node: string | null, 
/**
 * As it calls itself in the person's language, else its address.
 */
name: string, kind: ServiceKind, identities: Array<Identity>, 
/**
 * In order, each once.
 */
features: Array<string>, 
/**
 * What can be done there.
 */
offers: Array<ServiceOffer>, 
/**
 * What else it tells (XEP-0128).
 */
forms: Array<Form>, 
/**
 * Whom to turn to (XEP-0157): addresses with their scheme, `mailto:…`, `xmpp:…`, `https:…`.
 */
contacts: Array<ServiceContact>, };

/**
 * The commands of an entity (XEP-0050 §2.2).
 */
export type ServiceCommands = { commands: Array<ServiceItem>, };

export type ServiceContact = { 
/**
 * `admin`, `abuse`, `support` …: XEP-0157 §3.
 */
role: string, addresses: Array<string>, };

/**
 * A form that was asked for, to be handed in with [`HandIn`].
 */
export type ServiceForm = { form: Form | null, 
/**
 * It is done in a browser (XEP-0077 §5).
 */
link: WebLink | null, 
/**
 * One is registered there.
 */
registered: boolean, };

/**
 * An entity, or a node of it.
 */
export type ServiceId = { account: string, 
/**
 * A JID; empty for the account's own server.
 */
address: string, node: string | null, };

export type ServiceItem = { address: string, node: string | null, 
/**
 * As it is called there, else its node or address.
 */
name: string, };

export type ServiceItems = { items: Array<ServiceItem>, 
/**
 * Where the next page begins, where there is one.
 */
after: string | null, 
/**
 * Of all, where it says.
 */
count: number | null, 
/**
 * There were more than are taken.
 */
cut: boolean, };

/**
 * What it is for the person.
 */
export type ServiceKind = "server" | "rooms" | "room" | "gateway" | "publishing" | "directory" | "upload" | "proxy" | "bot" | "person" | "other";

export type ServiceOffer = "browse" | "commands" | "search" | "register";

/**
 * Where the session of an account is.
 */
export type SessionState = { "state": "offline" } | { "state": "connecting", step: ConnectStep, } | { "state": "online", catchingUp: boolean, } | { "state": "waiting", failure: Failure, 
/**
 * Milliseconds since 1970, UTC, of the next attempt.
 */
retryAt: number, } | { "state": "stopped", failure: Failure, };

/**
 * Blocks or unblocks an address (XEP-0191): a bare JID, a full JID or a domain.
 */
export type SetBlocked = { account: string, jid: string, blocked: boolean, };

/**
 * Shows the camera, or nothing.
 */
export type SetCamera = { account: string, id: string, on: boolean, };

/**
 * The colour that tells an account from the others: a hue angle, 0–359, or `None` for XEP-0392's own.
 */
export type SetColour = { account: string, hue: number | null, };

export type SetDraft = { account: string, peer: string, text: string, };

/**
 * The window gained or lost the person's attention: drives XEP-0352, read markers and notifications.
 */
export type SetFocus = { focused: boolean, 
/**
 * The conversation on the page, where there is one.
 */
conversation: ConversationId | null, };

/**
 * Keeps how a conversation differs.
 */
export type SetNotify = { account: string, peer: string, notify: ConversationNotify, };

/**
 * A new password for the next attempt (after it was changed elsewhere, or where no keyring holds it).
 */
export type SetPassword = { account: string, password: string, remember: boolean, };

/**
 * Own presence, kept and sent.
 */
export type SetPresence = { account: string, show: Show, status: string, priority: number, };

/**
 * How an account's server is reached from now on; connects anew.
 */
export type SetRoute = { account: string, endpoint: Endpoint | null, proxy: Proxy | null, };

/**
 * Stores the settings.
 */
export type SetSettings = Settings;

/**
 * Arranges (or ends) starting at login.
 */
export type SetStartAtLogin = { start: StartAtLogin, };

/**
 * What the person does in the composer; becomes a XEP-0085 state for peers who take it.
 */
export type SetTyping = { account: string, peer: string, typing: boolean, };

/**
 * What the person chose for the whole application.
 */
export type Settings = { theme: Theme, 
/**
 * Per cent: 50–200; for screens that have none of their own.
 */
zoom: number, 
/**
 * The same for one screen each, by its size as the interface sees it (`1280x800@1`).
 */
zoomByScreen: { [key in string]: number }, 
/**
 * `en`, `de`, or `system`.
 */
language: string, density: Density, 
/**
 * Enter sends and Shift+Enter breaks the line; the other way round when false.
 */
enterSends: boolean, 
/**
 * Tell peers that a message arrived (XEP-0184).
 */
sendReceipts: boolean, 
/**
 * Tell peers that a message was seen (XEP-0333).
 */
sendMarkers: boolean, 
/**
 * Tell peers that we type (XEP-0085).
 */
sendChatStates: boolean, 
/**
 * Tell of new messages while nobody looks at them.
 */
notify: boolean, preview: Preview, notificationSound: boolean, 
/**
 * When nothing is told, whatever day it is.
 */
quietHours: QuietHours | null, 
/**
 * What closing the window means.
 */
onClose: OnClose, 
/**
 * Messages older than this many days are removed from this computer; `None` keeps all.
 */
keepDays: number | null, 
/**
 * Of the computer's devices, by their ids; `None` is the system's own choice.
 */
microphone: string | null, loudspeaker: string | null, camera: string | null, 
/**
 * It rings when somebody calls.
 */
ringtone: boolean, 
/**
 * What the loudspeaker plays is taken out of what the microphone hears.
 */
echoCancellation: boolean, 
/**
 * What sounds all the time is turned down.
 */
noiseSuppression: boolean, 
/**
 * Who speaks low is turned up.
 */
gainControl: boolean, 
/**
 * Calls go through relays only: nobody called learns our addresses.
 */
relayOnly: boolean, 
/**
 * Files of contacts up to so many MB come by themselves; 0 asks always.
 */
receiveMb: number, 
/**
 * How many MB files may take on this computer; `None` as much as there is.
 */
keepMb: number | null, 
/**
 * Photos are freed of what they tell of their camera and place before they are sent.
 */
stripPhotos: boolean, 
/**
 * Where no keyring answers: keep passwords in a file only the person can read.
 */
passwordFile: boolean, };

/**
 * Shows a screen or a window, by its id.
 */
export type ShareScreen = { account: string, id: string, showable: string, };

/**
 * Availability: RFC 6121 §4.7.2.1 plus the two ends.
 */
export type Show = "offline" | "online" | "chat" | "away" | "xa" | "dnd";

/**
 * Shows a file where it lies.
 */
export type ShowFile = FileId;

/**
 * A screen or a window.
 */
export type Showable = { id: string, title: string, 
/**
 * A whole screen.
 */
screen: boolean, 
/**
 * Whatever the person says when the desktop asks, which it does once it is to be shown; the rest says nothing then.
 */
asked: boolean, width: number, height: number, 
/**
 * A `data:` URL of what it shows, small.
 */
thumbnail: string | null, };

/**
 * Asks which of this computer's screens and windows can be shown.
 */
export type Showables = { list: Array<Showable>, };

/**
 * Signs in and keeps the account. Answers when the session is online, or fails and keeps nothing.
 */
export type SignIn = { jid: string, password: string, endpoint: Endpoint | null, proxy: Proxy | null, 
/**
 * Fingerprint of a certificate the person accepts for this account.
 */
pin: string | null, 
/**
 * Keep the password for the next start.
 */
remember: boolean, };

/**
 * Signs out and stays so.
 */
export type SignOut = AccountId;

/**
 * A file of a message, to be sent once more.
 */
export type StageFile = FileId;

/**
 * A file that can be sent: chosen, dropped, pasted, recorded, or of another message.
 */
export type Staged = { id: string, name: string, mediaType: string, kind: FileKind, 
/**
 * Bytes; of a folder, of all that is in it.
 */
size: number, width: number | null, height: number | null, 
/**
 * A small picture as a `data:` URL.
 */
thumbnail: string | null, 
/**
 * A folder: it is packed before it is sent.
 */
folder: boolean, };

export type StagedFiles = { files: Array<Staged>, };

export type StartAtLogin = "no" | "shown" | "hidden";

/**
 * Calls somebody; the call shows in the view.
 */
export type StartCall = { account: string, peer: string, video: boolean, };

/**
 * Starts the private demo server and contact and signs in there.
 */
export type StartDemo = Nothing;

/**
 * Gets a file, takes one that is offered, tries again, or goes on.
 */
export type StartFile = FileId;

/**
 * Ends a recording: it is a file to be sent, or nothing.
 */
export type StopRecording = { keep: boolean, };

/**
 * Does not show the screen any more.
 */
export type StopSharing = CallId;

/**
 * What is kept on this computer.
 */
export type Storage = { accounts: Array<StoredAccount>, };

export type StoredAccount = { account: string, jid: string, 
/**
 * Bytes of its folder.
 */
bytes: number, messages: number, 
/**
 * Milliseconds since 1970, UTC, of the oldest message.
 */
oldest: number | null, };

/**
 * An element that went over a stream while somebody looked. Secrets are taken out.
 */
export type StreamElement = { 
/**
 * A number that grows.
 */
id: string, order: number, 
/**
 * Milliseconds since 1970, UTC.
 */
at: number, 
/**
 * We sent it.
 */
outgoing: boolean, kind: ElementKind, 
/**
 * Who it is to or from, where it says.
 */
peer: string | null, 
/**
 * As XML text, cut where it is very long.
 */
xml: string, 
/**
 * How many went by just before that were too many to show.
 */
missed: number, };

/**
 * What to do about a subscription (RFC 6121 §3).
 */
export type Subscribe = { account: string, jid: string, action: SubscriptionAction, };

/**
 * RFC 6121 §2.1.2.5.
 */
export type Subscription = "none" | "to" | "from" | "both";

/**
 * RFC 6121 §3.1–3.4.
 */
export type SubscriptionAction = "request" | "unsubscribe" | "approve" | "deny";

/**
 * Someone asks to see our presence.
 */
export type SubscriptionRequest = { 
/**
 * `account/jid`.
 */
id: string, order: number, account: string, jid: string, 
/**
 * What they call themselves (XEP-0172), where the request said so; may be empty.
 */
name: string, 
/**
 * The words that came with the request; may be empty.
 */
message: string, hue: number, };

/**
 * What an errand asks.
 */
export type Task = { "task": "openConversation", account: string, peer: string, compose: boolean, } | { "task": "showRequests" } | { "task": "followLink", link: Link, } | { "task": "refuseLink", failure: Failure, } | { "task": "keyringRefused", failure: Failure, } | { "task": "askClose" };

/**
 * Tries what the account is used for.
 */
export type TestAccount = AccountId;

/**
 * What they send.
 */
export type TheirSide = { muted: boolean, camera: boolean, screen: boolean, 
/**
 * They have put us on hold.
 */
holding: boolean, };

export type Theme = "system" | "light" | "dark";

/**
 * A file that is on its way, or waits for it.
 */
export type Transfer = { 
/**
 * `account/file`.
 */
id: string, 
/**
 * When it began, in milliseconds since 1970, UTC.
 */
order: number, account: string, 
/**
 * Bare JID.
 */
peer: string, 
/**
 * The file's id.
 */
file: string, name: string, outgoing: boolean, stage: TransferStage, 
/**
 * Bytes that are where they should be.
 */
done: number, total: number | null, 
/**
 * Bytes per second, lately; 0 where nothing moves.
 */
speed: number, 
/**
 * Seconds until the end, at that speed.
 */
left: number | null, way: FileWay | null, why: WayReason | null, };

/**
 * How far a transfer is.
 */
export type TransferStage = { "stage": "preparing" } | { "stage": "waiting" } | { "stage": "later", at: number, } | { "stage": "asking" } | { "stage": "connecting" } | { "stage": "moving" } | { "stage": "paused" } | { "stage": "finishing" };

/**
 * What is tried.
 */
export type Trial = "microphone" | "loudspeaker" | "nothing";

export type TrialPhase = "recording" | "playing" | "done" | "noMicrophone" | "noLoudspeaker";

/**
 * How a trial goes: one item of its view.
 */
export type TrialStep = { id: string, order: number, step: TrialPhase, 
/**
 * How loud it is, from 0 to 1.
 */
level: number, 
/**
 * Milliseconds until the next phase.
 */
left: number, };

/**
 * Tries devices as they are chosen in the settings; ends what was being tried.
 */
export type TryDevices = { what: Trial, };

/**
 * Shows a notification as the settings would have it.
 */
export type TryNotification = Nothing;

/**
 * Ends that.
 */
export type Unregister = ServiceId;

/**
 * Forgets a file that was to be sent.
 */
export type Unstage = { id: string, };

/**
 * What a subscriber receives, in order. A gap in `rev` means: subscribe again.
 */
export type Update<T> = { "kind": "snapshot", 
/**
 * Revision this snapshot shows.
 */
rev: number, 
/**
 * The items, in no particular order.
 */
items: Array<T>, } | { "kind": "delta", 
/**
 * One more than the update before.
 */
rev: number, 
/**
 * New or changed items, whole.
 */
upsert: Array<T>, 
/**
 * Ids that are gone.
 */
remove: Array<string>, };

/**
 * Sets name and groups.
 */
export type UpdateContact = { account: string, jid: string, name: string, groups: Array<string>, };

/**
 * In a word.
 */
export type Verdict = "good" | "weakThere" | "weakHere" | "slow";

/**
 * What can be subscribed to.
 */
export type View = { "view": "accounts" } | { "view": "roster" } | { "view": "requests" } | { "view": "conversations" } | { "view": "calls" } | { "view": "transfers" } | { "view": "recording" } | { "view": "trial" } | { "view": "errands" } | { "view": "timeline", account: string, peer: string, } | { "view": "console", account: string, };

/**
 * Why a file goes another way than over the upload service.
 */
export type WayReason = { "reason": "tooLarge", limit: number, } | { "reason": "noService" } | { "reason": "chosen" };

export type WebLink = { 
/**
 * `https` only; others are left out.
 */
url: string, text: string | null, };

/**
 * Removes every message of an account from this computer; what its server keeps stays there.
 */
export type WipeMessages = AccountId;

/** Every command: its request and its response. */
export interface Commands {
  /** Signs in and keeps the account. */
  "account.signIn": { request: SignIn; response: AccountAdded };
  /** What a server asks of a new account. */
  "account.registrationFields": { request: RegistrationFields; response: Registration };
  /** Creates an account and signs in. */
  "account.register": { request: Register; response: AccountAdded };
  /** Removes an account with everything kept of it here. */
  "account.remove": { request: RemoveAccount; response: null };
  /** Signs out and stays so. */
  "account.signOut": { request: SignOut; response: null };
  /** Connects now. */
  "account.connect": { request: Connect; response: null };
  /** Replaces the password and connects. */
  "account.setPassword": { request: SetPassword; response: null };
  /** Accepts a certificate for this account and connects. */
  "account.pin": { request: PinCertificate; response: null };
  /** Reaches an account's server another way. */
  "account.setRoute": { request: SetRoute; response: null };
  /** Colours an account. */
  "account.setColour": { request: SetColour; response: null };
  /** Sets own presence. */
  "account.setPresence": { request: SetPresence; response: null };
  /** Connection and server at a closer look. */
  "account.details": { request: GetAccountDetails; response: AccountDetails };
  /** Looks an account over. */
  "account.test": { request: TestAccount; response: AccountCheck };
  /** Writes what is kept of an account into a file among the downloads. */
  "account.export": { request: ExportAccount; response: Exported };
  /** Takes over the next part of such a file. */
  "account.import": { request: ImportPart; response: Imported };
  /** Adds a person. */
  "roster.add": { request: AddContact; response: null };
  /** Renames and regroups. */
  "roster.update": { request: UpdateContact; response: null };
  /** Removes a person. */
  "roster.remove": { request: RemoveContact; response: null };
  /** Asks, approves, denies or ends a subscription. */
  "roster.subscribe": { request: Subscribe; response: null };
  /** vCard and devices of a person. */
  "contact.details": { request: GetContactDetails; response: ContactDetails };
  /** A picture by its key. */
  "avatar.get": { request: GetAvatar; response: Avatar };
  /** Blocks or unblocks. */
  "blocking.set": { request: SetBlocked; response: null };
  /** Everyone blocked. */
  "blocking.list": { request: GetBlockList; response: BlockList };
  /** Makes a conversation appear. */
  "conversation.open": { request: OpenConversation; response: null };
  /** Hides a conversation. */
  "conversation.close": { request: CloseConversation; response: null };
  /** Keeps what was typed. */
  "conversation.draft": { request: SetDraft; response: null };
  /** Tells that the person types, or stopped. */
  "conversation.typing": { request: SetTyping; response: null };
  /** Mutes a conversation, or lets it speak again. */
  "conversation.notify": { request: SetNotify; response: null };
  /** Marks as read up to a place. */
  "conversation.read": { request: MarkRead; response: null };
  /** A page of messages. */
  "timeline.page": { request: GetPage; response: Page };
  /** Sends text. */
  "message.send": { request: SendMessage; response: MessageId };
  /** Tries a failed message again. */
  "message.retry": { request: RetryMessage; response: null };
  /** Forgets a message that was not sent. */
  "message.discard": { request: DiscardMessage; response: null };
  /** The stanza as XML. */
  "message.source": { request: GetMessageSource; response: string };
  /** Calls somebody. */
  "call.start": { request: StartCall; response: CallId };
  /** Takes a call. */
  "call.accept": { request: AcceptCall; response: null };
  /** Does not take it. */
  "call.decline": { request: DeclineCall; response: null };
  /** Ends it. */
  "call.hangUp": { request: HangUp; response: null };
  /** Mutes the microphone, or lets it be heard again. */
  "call.mute": { request: MuteCall; response: null };
  /** Puts them on hold, or goes on talking. */
  "call.hold": { request: HoldCall; response: null };
  /** Shows the camera, or nothing. */
  "call.camera": { request: SetCamera; response: null };
  /** Shows a screen or a window. */
  "call.share": { request: ShareScreen; response: null };
  /** Ends that. */
  "call.stopSharing": { request: StopSharing; response: null };
  /** What can be shown. */
  "call.showables": { request: ListShowables; response: Showables };
  /** Sends a keypad's tone. */
  "call.dial": { request: DialTone; response: null };
  /** An ended call was seen. */
  "call.dismiss": { request: DismissCall; response: null };
  /** What calls can be made with. */
  "devices.list": { request: ListDevices; response: MediaDevices };
  /** Tries microphone or loudspeaker; the steps show in a view. */
  "devices.try": { request: TryDevices; response: null };
  /** Chooses files. */
  "file.pick": { request: PickFiles; response: StagedFiles };
  /** Brings one in. */
  "file.put": { request: PutFile; response: FilePut };
  /** Takes one of another message. */
  "file.stage": { request: StageFile; response: StagedFiles };
  /** Begins to record a voice message. */
  "voice.record": { request: RecordVoice; response: null };
  /** Ends it. */
  "voice.stop": { request: StopRecording; response: StagedFiles };
  /** Forgets one that was to be sent. */
  "file.unstage": { request: Unstage; response: null };
  /** Sends files. */
  "file.send": { request: SendFiles; response: null };
  /** Gets one, or goes on. */
  "file.start": { request: StartFile; response: null };
  /** Stops for a while. */
  "file.pause": { request: PauseFile; response: null };
  /** Does not want it. */
  "file.cancel": { request: CancelFile; response: null };
  /** Opens it. */
  "file.open": { request: OpenFile; response: null };
  /** Shows where it lies. */
  "file.show": { request: ShowFile; response: null };
  /** Copies it to another place. */
  "file.save": { request: SaveFile; response: FileSaved };
  /** Looks at answers, as they are typed. */
  "form.check": { request: CheckForm; response: FormChecked };
  /** Puts a form away. */
  "form.close": { request: CloseForm; response: null };
  /** Gets what a field shows. */
  "form.media": { request: GetFormMedia; response: FormMedia };
  /** What an entity says it is. */
  "service.look": { request: LookAtService; response: Service };
  /** What is there. */
  "service.items": { request: ListServiceItems; response: ServiceItems };
  /** Its commands. */
  "service.commands": { request: ListCommands; response: ServiceCommands };
  /** Begins one, or goes on with it. */
  "service.command": { request: RunCommand; response: CommandStep };
  /** The form of a directory. */
  "directory.form": { request: OpenSearch; response: ServiceForm };
  /** Looks for people there. */
  "directory.search": { request: Search; response: HandedIn };
  /** The form of a registration. */
  "registration.form": { request: OpenRegistration; response: ServiceForm };
  /** Registers. */
  "registration.submit": { request: HandInRegistration; response: HandedIn };
  /** Ends a registration. */
  "registration.end": { request: Unregister; response: null };
  /** Files and links of a conversation. */
  "gallery.page": { request: GetGallery; response: Gallery };
  /** Sends a stanza as written. */
  "console.send": { request: SendXml; response: null };
  /** Finds messages by words. */
  "search.messages": { request: SearchMessages; response: SearchHits };
  /** Reads the settings. */
  "settings.get": { request: GetSettings; response: Settings };
  /** Stores the settings. */
  "settings.set": { request: SetSettings; response: null };
  /** The window's attention. */
  "app.focus": { request: SetFocus; response: null };
  /** The application. */
  "app.info": { request: GetAppInfo; response: AppInfo };
  /** The log's newest lines. */
  "app.log": { request: GetLog; response: Log };
  /** The crash report was read. */
  "app.dismissCrashReport": { request: DismissCrashReport; response: null };
  /** What is kept here. */
  "storage.get": { request: GetStorage; response: Storage };
  /** Removes an account's messages from this computer. */
  "storage.wipe": { request: WipeMessages; response: null };
  /** What the desktop offers. */
  "desktop.get": { request: GetDesktop; response: Desktop };
  /** Arranges starting at login. */
  "desktop.setStartAtLogin": { request: SetStartAtLogin; response: null };
  /** Hides the window or ends the application, and keeps the choice. */
  "desktop.close": { request: CloseWindow; response: null };
  /** Ends the application. */
  "desktop.quit": { request: Quit; response: null };
  /** Shows how a notification looks. */
  "desktop.tryNotification": { request: TryNotification; response: null };
  /** Follows an `xmpp:` link. */
  "link.open": { request: OpenLink; response: null };
  /** An errand is done. */
  "errand.done": { request: ErrandDone; response: null };
  /** Starts the demo. */
  "demo.start": { request: StartDemo; response: AccountAdded };
}
