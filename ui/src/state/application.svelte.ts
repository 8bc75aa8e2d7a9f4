/** Everything the window holds, made once in main.ts and handed down by context. */
import { getContext, setContext } from 'svelte';
import type { Account, AppInfo, Conversation, Failure, Settings } from '../ipc/contract';
import { asFailure, type Transport } from '../ipc/transport';
import { Avatars } from './avatars.svelte';
import { Drafts } from './drafts.svelte';
import { LiveView } from './live.svelte';
import { Notices } from './notices.svelte';
import { Place } from './place.svelte';

export const DEFAULT_SETTINGS: Settings = {
  theme: 'system',
  zoom: 100,
  language: 'system',
  density: 'comfortable',
  enterSends: true,
  sendReceipts: true,
  sendMarkers: true,
  sendChatStates: true,
};

export class Application {
  readonly accounts;
  readonly roster;
  readonly requests;
  readonly conversations;
  readonly avatars: Avatars;
  readonly drafts: Drafts;
  readonly place = new Place();
  readonly notices = new Notices();

  info = $state.raw<AppInfo | null>(null);
  settings = $state.raw<Settings>(DEFAULT_SETTINGS);
  failure = $state.raw<Failure | null>(null);
  /** Attempts to sign in that are under way: their form must stay, whatever the accounts do meanwhile. */
  entering = $state(0);
  /** The window has the person's attention. */
  focused = $state(true);

  accountList = $derived.by(() => [...this.accounts.records.values()].sort((a, b) => a.order - b.order));
  conversationList = $derived.by(() => [...this.conversations.records.values()].sort((a, b) => b.order - a.order));
  unread = $derived.by(() => this.conversationList.reduce((sum, conversation) => sum + conversation.unread, 0));

  constructor(readonly transport: Transport) {
    this.accounts = new LiveView(transport, { view: 'accounts' });
    this.roster = new LiveView(transport, { view: 'roster' });
    this.requests = new LiveView(transport, { view: 'requests' });
    this.conversations = new LiveView(transport, { view: 'conversations' });
    this.avatars = new Avatars(transport);
    this.drafts = new Drafts(transport);
  }

  async start(): Promise<void> {
    this.failure = null;
    try {
      const info = await this.transport.rpc('app.info', {});
      if (!info.fatal) {
        this.settings = await this.transport.rpc('settings.get', {});
        this.accounts.start();
        this.roster.start();
        this.requests.start();
        this.conversations.start();
      }
      this.info = info;
    } catch (thrown) {
      this.failure = asFailure(thrown);
    }
  }

  rpc: Transport['rpc'] = (name, request) => this.transport.rpc(name, request);

  account(id: string): Account | undefined {
    return this.accounts.records.get(id);
  }

  conversation(account: string, peer: string): Conversation | undefined {
    return this.conversations.records.get(`${account}/${peer}`);
  }

  contact(account: string, jid: string) {
    return this.roster.records.get(`${account}/${jid}`);
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

  /** Signs in by whichever way; for as long as it takes, the form that asked for it stays. */
  async enter<T>(attempt: () => Promise<T>): Promise<T> {
    this.entering += 1;
    try {
      return await attempt();
    } finally {
      this.entering -= 1;
    }
  }

  setFocused(focused: boolean): void {
    if (this.focused === focused) return;
    this.focused = focused;
    void this.rpc('app.focus', { focused }).catch(() => undefined);
  }
}

const KEY = Symbol('application');

export const provideApplication = (application: Application) => setContext(KEY, application);
export const useApplication = () => getContext<Application>(KEY);
