/** The state behind the fake backend. */
import type {
  Account,
  AppInfo,
  Call,
  Contact,
  Conversation,
  ConversationNotify,
  Desktop,
  ElementKind,
  Errand,
  Failure,
  Form,
  Message,
  Recording,
  SessionState,
  Settings,
  Staged,
  StreamElement,
  SubscriptionRequest,
  Transfer,
  TrialStep,
} from '../contract';
import { account, contacts, hueOf, presence, requests } from './people';
import { Subscribers } from './subscribers';
import { fileTalk } from './fileTalk';
import { julietTalk, line, message } from './talk';

export const failure = (code: Failure['code'], part: Partial<Failure> = {}): Failure => ({
  code,
  condition: null,
  retry: null,
  message: `fake: ${code}`,
  host: null,
  certificate: null,
  ...part,
});

export const certificateFailure = (host: string, fault: 'selfSigned' | 'expired' | 'pinMismatch' = 'selfSigned') =>
  failure('certificate', {
    message: `invalid peer certificate: ${fault}`,
    certificate: {
      fault,
      host,
      fingerprint: '3A:7F:1C:09:D2:55:E1:88:4B:90:2E:6D:AF:13:C7:72:0B:5E:94:D8:61:AA:3C:F0:19:84:27:BD:E6:5A:C3:0F',
      subject: `CN=${host}, O=Verona Net`,
      issuer: `CN=${host}, O=Verona Net`,
      names: [host, `conference.${host}`],
      notBefore: Date.UTC(2025, 2, 1),
      notAfter: Date.UTC(2027, 2, 1),
    },
  });

const DEFAULTS: Settings = {
  theme: 'system',
  zoom: 100,
  language: 'en',
  density: 'comfortable',
  enterSends: true,
  sendReceipts: true,
  sendMarkers: true,
  sendChatStates: true,
  zoomByScreen: {},
  notify: true,
  preview: 'nameAndText',
  notificationSound: true,
  quietHours: null,
  onClose: 'ask',
  keepDays: null,
  microphone: null,
  loudspeaker: null,
  camera: null,
  ringtone: true,
  echoCancellation: true,
  noiseSuppression: true,
  gainControl: true,
  relayOnly: false,
  receiveMb: 10,
  keepMb: null,
  stripPhotos: true,
  passwordFile: false,
};

export const NOTIFY: ConversationNotify = { muted: false, mutedUntil: null, preview: null, sound: null };

const DESKTOP: Desktop = {
  tray: true,
  notifications: { name: 'dunst 1.9.0', actions: true, inlineReply: false, sound: true, doNotDisturb: false },
  startAtLogin: 'no',
};

export interface WorldOptions {
  /** No account yet. */
  fresh?: boolean;
  /** Two accounts. */
  two?: boolean;
  info?: Partial<AppInfo>;
  settings?: Partial<Settings>;
  desktop?: Partial<Desktop>;
  session?: SessionState;
  /** Messages in the conversation with Mercutio. */
  long?: number;
  now?: number;
  /** Files of every kind and state in the conversation with Juliet. */
  files?: boolean;
}

export class World {
  readonly now: number;
  info: AppInfo;
  settings: Settings;
  desktop: Desktop;
  accounts = new Map<string, Account>();
  roster = new Map<string, Contact>();
  requests = new Map<string, SubscriptionRequest>();
  conversations = new Map<string, Conversation>();
  messages = new Map<string, Message[]>();
  firstUnread = new Map<string, number>();
  errands = new Map<string, Errand>();
  calls = new Map<string, Call>();
  staged = new Map<string, Staged>();
  transfers = new Map<string, Transfer>();
  recording: Recording | null = null;
  /** Forms that are open, and what is registered (account/address). */
  forms = new Map<string, Form>();
  registered = new Set<string>();
  /** Transfers go on by themselves, for looking; else a test moves them. */
  hurries = false;

  #streamed = 0;

  views = {
    accounts: new Subscribers<Account>(),
    roster: new Subscribers<Contact>(),
    requests: new Subscribers<SubscriptionRequest>(),
    conversations: new Subscribers<Conversation>(),
    errands: new Subscribers<Errand>(),
    calls: new Subscribers<Call>(),
    trial: new Subscribers<TrialStep>(),
    transfers: new Subscribers<Transfer>(),
    recording: new Subscribers<Recording>(),
    timelines: new Map<string, Subscribers<Message>>(),
    console: new Subscribers<StreamElement>(),
  };

  constructor(private readonly options: WorldOptions = {}) {
    this.now = options.now ?? Date.now();
    this.info = {
      version: '0.1.0',
      dataFolder: '/home/mira/.local/share/waxwing',
      demoAvailable: true,
      crashReport: null,
      passwords: 'keyring',
      resetSettings: [],
      fatal: null,
      ...options.info,
    };
    this.settings = { ...DEFAULTS, ...options.settings };
    this.desktop = { ...DESKTOP, ...options.desktop };
    if (!options.fresh) this.populate('mira@orchard.example');
    if (options.two) this.populate('mira.second@work.example');
  }

  populate(jid: string): string {
    const id = `fake-${this.accounts.size + 1}`;
    const own = account(id, jid, this.accounts.size);
    if (this.options.session) own.session = this.options.session;
    this.accounts.set(id, own);
    for (const contact of contacts(id)) this.roster.set(contact.id, contact);
    for (const request of requests(id)) this.requests.set(request.id, request);
    const long = this.options.long ?? 3000;
    const fill = (peer: string, count: number) =>
      Array.from({ length: count }, (_, index) => line(peer, index, count, this.now));
    this.converse(id, 'mercutio@verona.example', fill('mercutio@verona.example', long), {});
    this.converse(id, 'friar.laurence@verona.example', fill('friar.laurence@verona.example', 3), {
      draft: 'Rosemary and',
    });
    const benvolio = fill('benvolio@montague.example', 40);
    this.converse(id, 'benvolio@montague.example', benvolio, { unread: 12 });
    const tybalt = fill('tybalt@capulet.example', 4);
    tybalt.push(
      message({
        id: 'tybalt-failed',
        order: 900,
        at: this.now - 3 * 86_400_000,
        body: 'Peace?',
        outgoing: true,
        delivery: 'failed',
        failure: failure('refused', { condition: 'service-unavailable', retry: 'cancel' }),
      }),
    );
    this.converse(id, 'tybalt@capulet.example', tybalt, { notify: { ...NOTIFY, muted: true } });
    this.converse(id, 'nurse@capulet.example', fill('nurse@capulet.example', 8), { unread: 1 });
    this.converse(id, 'ليلى@example.org', fill('ليلى@example.org', 6), {});
    this.converse(id, 'stranger@elsewhere.example', fill('stranger@elsewhere.example', 2), {});
    this.converse(
      id,
      'someone.with.a.very.long.name.indeed@a-rather-long-subdomain.of.an.even.longer.domain.example',
      [],
      {},
    );
    const juliet = [...julietTalk(this.now), ...(this.options.files ? fileTalk(this.now) : [])];
    this.converse(id, 'juliet@capulet.example', juliet, {
      unread: 2,
      chatState: 'composing',
      beforeUnread: 9,
    });
    return id;
  }

  private converse(
    owner: string,
    peer: string,
    messages: Message[],
    part: Partial<Conversation> & { beforeUnread?: number },
  ): void {
    const id = `${owner}/${peer}`;
    const { beforeUnread, ...rest } = part;
    this.messages.set(id, messages);
    const unread = part.unread ?? 0;
    const first = messages[beforeUnread ?? messages.length - unread];
    if (unread > 0 && first) this.firstUnread.set(id, first.order);
    this.conversations.set(id, { ...this.blank(owner, peer), ...rest, ...this.lastOf(id) });
  }

  blank(owner: string, peer: string): Conversation {
    const contact = this.roster.get(`${owner}/${peer}`);
    return {
      id: `${owner}/${peer}`,
      order: this.now,
      account: owner,
      peer,
      name: contact?.name ?? peer,
      hue: contact?.hue ?? hueOf(peer),
      avatar: null,
      presence: contact?.presence ?? presence('offline'),
      last: null,
      unread: 0,
      draft: '',
      chatState: 'active',
      blocked: contact?.blocked ?? false,
      inRoster: contact !== undefined,
      notify: NOTIFY,
      callable: 'video',
    };
  }

  lastOf(id: string): Pick<Conversation, 'last' | 'order'> {
    const last = this.messages.get(id)?.at(-1);
    if (!last) return { last: null, order: this.now - 9 * 86_400_000 };
    const { body, at, delivery, call, files } = last;
    const file = files[0] ? { name: files[0].name, kind: files[0].kind } : null;
    return { last: { body, at, delivery, call, file }, order: at };
  }

  /** Something goes over the stream. */
  streamed(xml: string, outgoing: boolean): void {
    const order = this.now * 1000 + (this.#streamed += 1);
    const name = /^<(message|presence|iq)\b/.exec(xml)?.[1] as ElementKind | undefined;
    const peer = (outgoing ? / to=["']([^"']*)/ : / from=["']([^"']*)/).exec(xml)?.[1] ?? null;
    const element = { id: String(order), order, at: this.now, outgoing, kind: name ?? 'other', peer, xml, missed: 0 };
    this.views.console.delta([element]);
  }

  timeline(id: string): Subscribers<Message> {
    let view = this.views.timelines.get(id);
    if (!view) {
      view = new Subscribers();
      this.views.timelines.set(id, view);
    }
    return view;
  }

  changeConversation(id: string, part: Partial<Conversation>): void {
    const old = this.conversations.get(id);
    if (!old) return;
    const next = { ...old, ...part };
    this.conversations.set(id, next);
    this.views.conversations.delta([next]);
  }

  changeAccount(id: string, part: Partial<Account>): void {
    const old = this.accounts.get(id);
    if (!old) return;
    const next = { ...old, ...part };
    this.accounts.set(id, next);
    this.views.accounts.delta([next]);
  }

  changeContact(id: string, part: Partial<Contact>): void {
    const old = this.roster.get(id);
    if (!old) return;
    const next = { ...old, ...part };
    this.roster.set(id, next);
    this.views.roster.delta([next]);
    this.changeConversation(id, { name: next.name, blocked: next.blocked, presence: next.presence, inRoster: true });
  }

  /** Puts a new or changed message in, and tells everyone. */
  put(id: string, item: Message): void {
    const list = this.messages.get(id) ?? [];
    const at = list.findIndex((held) => held.id === item.id);
    this.messages.set(id, at < 0 ? [...list, item] : list.with(at, item));
    this.timeline(id).delta([item]);
    this.changeConversation(id, this.lastOf(id));
  }

  drop(id: string, messageId: string): void {
    this.messages.set(
      id,
      (this.messages.get(id) ?? []).filter((item) => item.id !== messageId),
    );
    this.timeline(id).delta([], [messageId]);
    this.changeConversation(id, this.lastOf(id));
  }

  #errand = 0;
  nextErrand(): number {
    return ++this.#errand;
  }

  nextOrder(id: string): number {
    return (this.messages.get(id)?.at(-1)?.order ?? 0) + 10;
  }
}
