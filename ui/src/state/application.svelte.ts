/** Everything the window holds, made once in main.ts and handed down by context. */
import { getContext, setContext } from 'svelte';
import type { Account, AppInfo, Call, Conversation, Failure, Settings, Transfer } from '../ipc/contract';
import { asFailure, type Transport } from '../ipc/transport';
import { Avatars } from './avatars.svelte';
import { eachMinute } from './clock.svelte';
import { Drafts } from './drafts.svelte';
import { FormDrafts } from './forms.svelte';
import { LiveView } from './live.svelte';
import { isMuted } from './muting';
import { Notices } from './notices.svelte';
import { Place } from './place.svelte';
import { screenKey } from './screen';
import { Services } from './services/index.svelte';
import { Stagings } from './staging.svelte';

export const DEFAULT_SETTINGS: Settings = {
  theme: 'system',
  zoom: 100,
  zoomByScreen: {},
  language: 'system',
  density: 'comfortable',
  enterSends: true,
  sendReceipts: true,
  sendMarkers: true,
  sendChatStates: true,
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

export class Application {
  readonly accounts;
  readonly roster;
  readonly requests;
  readonly conversations;
  /** What the desktop asks of the window. */
  readonly errands;
  readonly calls;
  /** Files on their way. */
  readonly transfers;
  /** A voice message while it is spoken. */
  readonly recording;
  readonly avatars: Avatars;
  readonly drafts: Drafts;
  readonly stagings: Stagings;
  /** What is typed into forms that are open. */
  readonly forms = new FormDrafts();
  readonly place = new Place();
  readonly services: Services;
  readonly notices = new Notices();

  info = $state.raw<AppInfo | null>(null);
  settings = $state.raw<Settings>(DEFAULT_SETTINGS);
  failure = $state.raw<Failure | null>(null);
  /** Attempts to sign in that are under way: their form must stay, whatever the accounts do meanwhile. */
  entering = $state(0);
  /** The window has the person's attention. */
  focused = $state(true);
  /** The screen the window is on. */
  screen = $state(screenKey());

  accountList = $derived.by(() => [...this.accounts.records.values()].sort((a, b) => a.order - b.order));
  conversationList = $derived.by(() => [...this.conversations.records.values()].sort((a, b) => b.order - a.order));
  /** Unread messages that ask for attention: those of muted conversations do not. */
  unread = $derived.by(() => {
    const now = eachMinute();
    return this.conversationList.reduce((sum, { unread, notify }) => (isMuted(notify, now) ? sum : sum + unread), 0);
  });
  /** Files on their way, in the order they began. */
  transferList = $derived.by(() => [...this.transfers.records.values()].sort((a, b) => a.order - b.order));
  /** Calls that ring, in the order they came. */
  ringing = $derived.by(() => this.#calls((phase) => phase === 'ringing'));
  /** The call the person is in, or the one that has just ended with something to say. */
  call = $derived.by<Call | null>(() => {
    const all = this.#calls((phase) => phase !== 'ringing');
    return all.find(({ phase }) => phase.phase !== 'ended') ?? all.at(-1) ?? null;
  });
  /** The conversation on the page. */
  shown = $derived.by(() => (this.place.section === 'chats' ? this.place.conversation : null));

  /** The last attention the backend was told of. */
  #told = '';

  constructor(readonly transport: Transport) {
    this.accounts = new LiveView(transport, { view: 'accounts' });
    this.roster = new LiveView(transport, { view: 'roster' });
    this.requests = new LiveView(transport, { view: 'requests' });
    this.conversations = new LiveView(transport, { view: 'conversations' });
    this.errands = new LiveView(transport, { view: 'errands' });
    this.calls = new LiveView(transport, { view: 'calls' });
    this.transfers = new LiveView(transport, { view: 'transfers' });
    this.recording = new LiveView(transport, { view: 'recording' });
    this.avatars = new Avatars(transport);
    this.drafts = new Drafts(transport);
    this.stagings = new Stagings(transport);
    this.services = new Services(this.rpc, this.forms, this.place.services);
  }

  #calls(wanted: (phase: Call['phase']['phase']) => boolean): Call[] {
    return [...this.calls.records.values()]
      .filter((call) => wanted(call.phase.phase))
      .sort((a, b) => a.order - b.order);
  }

  async start(): Promise<void> {
    this.failure = null;
    // All at once: nothing here needs the answer to anything else.
    const settings = this.rpc('settings.get', {});
    // Where nothing can be opened they fail as well, and `app.info` says why.
    settings.catch(() => undefined);
    for (const view of [this.accounts, this.conversations, this.errands]) view.start();
    try {
      const info = await this.rpc('app.info', {});
      if (!info.fatal) this.settings = await settings;
      this.info = info;
    } catch (thrown) {
      this.failure = asFailure(thrown);
    }
  }

  /** Asks anew what the application knows of itself. */
  async askInfo(): Promise<void> {
    this.info = await this.rpc('app.info', {});
  }

  /** Why there is nothing to show, where there is not. */
  get fatal(): Failure | null {
    if (this.info?.fatal) return this.info.fatal;
    return this.failure ?? (this.info && !this.accounts.ready ? this.accounts.failure : null);
  }

  rpc: Transport['rpc'] = (name, request) => this.transport.rpc(name, request);

  /** Signed in and connected: presence is known, and what is sent goes. */
  isOnline(account: string): boolean {
    return this.account(account)?.session.state === 'online';
  }

  account(id: string): Account | undefined {
    return this.accounts.records.get(id);
  }

  conversation(account: string, peer: string): Conversation | undefined {
    return this.conversations.records.get(`${account}/${peer}`);
  }

  /** The own account behind something, where there are several to tell apart. */
  via(account: string): Account | null {
    return this.accounts.records.size > 1 ? (this.account(account) ?? null) : null;
  }

  contact(account: string, jid: string) {
    return this.roster.records.get(`${account}/${jid}`);
  }

  /** How a file is on its way, where it is. */
  transfer(account: string, file: string): Transfer | null {
    return this.transfers.records.get(`${account}/${file}`) ?? null;
  }

  /** Shows at once, stores after; goes back where storing failed. */
  async change(part: Partial<Settings>): Promise<void> {
    const before = this.settings;
    this.settings = { ...before, ...part };
    const stored = await this.notices.watch(this.rpc('settings.set', this.settings));
    if (!stored) this.settings = before;
  }

  /** Opens (and makes, where it is new) a conversation. */
  async chat(account: string, peer: string): Promise<boolean> {
    const opened = await this.notices.watch(this.rpc('conversation.open', { account, peer }));
    if (opened) this.place.openConversation(account, peer);
    return opened;
  }

  /** Opens a conversation with words for its composer: below what is in it already, and not sent. */
  async compose(account: string, peer: string, body: string): Promise<boolean> {
    if (!(await this.notices.watch(this.rpc('conversation.open', { account, peer })))) return false;
    const id = `${account}/${peer}`;
    // Where it was hidden, its draft comes with it; a backend that is slow to show it must not lose the words.
    await this.conversations.appears(id, 1000);
    const conversation = this.conversation(account, peer) ?? { id, account, peer, draft: '' };
    if (body.trim() !== '') this.drafts.add(conversation, body);
    this.place.summon(account, peer, true);
    return true;
  }

  /** Signs in by whichever way; for as long as it takes, the form that asked for it stays. */
  async enter<T>(attempt: () => Promise<T>): Promise<T> {
    this.entering += 1;
    try {
      return await attempt();
    } finally {
      this.entering -= 1;
    }
  }

  /** Per cent, on the screen the window is on. */
  get zoom(): number {
    return this.settings.zoomByScreen[this.screen] ?? this.settings.zoom;
  }

  setZoom(zoom: number): Promise<void> {
    return this.change({ zoomByScreen: { ...this.settings.zoomByScreen, [this.screen]: zoom } });
  }

  /** The window may have moved to another screen, or the screen changed. */
  readScreen(): void {
    this.screen = screenKey();
  }

  /** Ends Waxwing; what was typed a moment ago is kept first. */
  async quit(): Promise<void> {
    await this.drafts.flush();
    await this.notices.watch(this.rpc('desktop.quit', {}));
  }

  setFocused(focused: boolean): void {
    this.focused = focused;
  }

  /** Tells the backend where the person's attention is, when that is new. */
  tellAttention(): void {
    const { focused, shown } = this;
    const conversation = shown && { account: shown.account, peer: shown.peer };
    const attention = JSON.stringify([focused, conversation]);
    if (attention === this.#told) return;
    this.#told = attention;
    void this.rpc('app.focus', { focused, conversation }).catch(() => undefined);
  }
}

const KEY = Symbol('application');

export const provideApplication = (application: Application) => setContext(KEY, application);
/** For what is drawn by itself. */
export const applicationContext = (application: Application) => new Map([[KEY, application]]);
export const useApplication = () => getContext<Application>(KEY);
