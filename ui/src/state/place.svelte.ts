/** Where the person is: section, open conversation, panels and overlays. Holds nothing that is the backend's. */
import type { ConversationId, File } from '../ipc/contract';
import { Trail, type ServicePlace } from './services/trail.svelte';

export type Section = 'chats' | 'people' | 'services' | 'settings';

/** The sections of the one page of settings, from top to bottom. */
export const SETTINGS_SECTIONS = [
  'appearance',
  'language',
  'notifications',
  'calls',
  'privacy',
  'accounts',
  'window',
  'chat',
  'files',
  'storage',
  'keyboard',
  'about',
] as const;
export type SettingsSection = (typeof SETTINGS_SECTIONS)[number];

/** A place in the settings: a section of the one page (perhaps a setting in it), or a page of its own. */
export type SettingsPage =
  | { page: SettingsSection; setting?: string }
  | { page: 'addAccount' }
  | { page: 'account'; account: string }
  | { page: 'console'; account: string };

export type Overlay =
  | { kind: 'palette' }
  | { kind: 'shortcuts' }
  /** With the address already in it; `body` goes into the composer of whichever account is chosen. */
  | { kind: 'newChat'; jid?: string; body?: string }
  | { kind: 'addContact'; account?: string; jid?: string; name?: string }
  | { kind: 'notify'; account: string; peer: string }
  | { kind: 'source'; account: string; id: string }
  /** A picture of a conversation, large; `order` is its message's. */
  | { kind: 'viewer'; account: string; peer: string; file: File; order: number }
  | { kind: 'forward'; account: string; files: readonly string[] }
  | null;

export interface Jump {
  order: number;
  /** Grows with each jump, so that the same place can be jumped to twice. */
  turn: number;
}

/** The person asked from outside for a conversation: it must be seen, perhaps with the cursor in its composer. */
export interface Summons extends ConversationId {
  compose: boolean;
}

export interface PersonId {
  account: string;
  jid: string;
}

export class Place {
  #section = $state<Section>('chats');
  /** The call is the page. */
  onStage = $state(false);
  conversation = $state.raw<ConversationId | null>(null);
  jump = $state.raw<Jump | null>(null);
  #details = $state(false);
  /** That panel shows the conversation's files instead. */
  gallery = $state(false);
  summons = $state.raw<Summons | null>(null);
  person = $state.raw<PersonId | null>(null);
  /** Services that were looked at. */
  readonly services = new Trail();
  settings = $state.raw<SettingsPage | null>(null);
  /** The section of the settings that is in view. */
  settingsSection = $state<SettingsSection>('appearance');
  /** Text of the field that finds a setting. */
  settingsQuery = $state('');
  overlay = $state.raw<Overlay>(null);
  /** The window is to be closed and the person must say what that means. Above whatever else is there. */
  closing = $state(false);
  /** A server a link named for a new account: what the form for one begins with. */
  registerServer = $state<string | null>(null);
  /** Text of the find box above the list. */
  query = $state('');
  /** The find box looks into this conversation alone. */
  within = $state.raw<(ConversationId & { name: string }) | null>(null);

  #turn = 0;
  /** The gallery took the place of the person's details. */
  #fromDetails = false;

  get section(): Section {
    return this.#section;
  }

  /** Whoever goes somewhere else leaves the stage. */
  set section(section: Section) {
    this.#section = section;
    this.onStage = false;
  }

  /** The side panel beside the conversation. */
  get details(): boolean {
    return this.#details;
  }

  /** It opens with the person again. */
  set details(open: boolean) {
    this.#details = open;
    if (!open) this.gallery = false;
  }

  /** Whether the page (not the list) is what one column shows. */
  get onPage(): boolean {
    if (this.section === 'chats') return this.conversation !== null;
    if (this.section === 'people') return this.person !== null;
    if (this.section === 'services') return this.services.at !== null;
    return this.settings !== null;
  }

  /** Nothing is open above the page, or what is holds nothing the person typed: another may take its place. */
  get free(): boolean {
    return this.overlay === null || ['palette', 'shortcuts', 'source', 'viewer'].includes(this.overlay.kind);
  }

  openConversation(account: string, peer: string, order?: number): void {
    this.onStage = false;
    const same = this.conversation?.account === account && this.conversation.peer === peer;
    this.section = 'chats';
    if (!same) {
      this.conversation = { account, peer };
      this.details = false;
    }
    this.jump = order === undefined ? null : { order, turn: ++this.#turn };
  }

  /** As a notification or a link asks for it. */
  summon(account: string, peer: string, compose: boolean): void {
    this.openConversation(account, peer);
    this.summons = { account, peer, compose };
  }

  openPerson(account: string, jid: string): void {
    this.onStage = false;
    this.section = 'people';
    this.person = { account, jid };
  }

  openService(place: ServicePlace): void {
    this.section = 'services';
    this.services.go(place);
  }

  /** What a conversation has of files and links. */
  openGallery(): void {
    this.#fromDetails = this.details;
    this.gallery = true;
    this.details = true;
  }

  /** Back to the person, or to the page where it was opened from there. */
  closeGallery(): void {
    this.gallery = false;
    this.details = this.#fromDetails;
  }

  openSettings(page: SettingsPage): void {
    this.onStage = false;
    this.section = 'settings';
    // A new object each time: asking again for the same section scrolls to it again.
    this.settings = { ...page };
  }

  searchWithin(conversation: ConversationId, name: string): void {
    this.section = 'chats';
    this.within = { ...conversation, name };
    this.query = '';
  }

  clearSearch(): void {
    this.query = '';
    this.within = null;
  }

  /** One step back, as Escape and the back button mean it. Answers whether there was one. */
  back(): boolean {
    if (this.overlay) this.overlay = null;
    else if (this.onStage) this.onStage = false;
    else if (this.section === 'chats' && this.details && this.gallery) this.closeGallery();
    else if (this.section === 'chats' && this.details) this.details = false;
    else if (this.section === 'chats' && (this.query !== '' || this.within)) this.clearSearch();
    else if (this.section === 'chats' && this.conversation) this.conversation = null;
    else if (this.section === 'people' && this.person) this.person = null;
    else if (this.section === 'services' && this.services.back()) return true;
    else if (this.section === 'services' && this.services.at) this.services.clear();
    else if (this.section === 'settings') return this.#backInSettings();
    else return false;
    return true;
  }

  #backInSettings(): boolean {
    const apart = this.settings?.page === 'account' || this.settings?.page === 'addAccount';
    if (this.settings?.page === 'console') this.settings = { page: 'account', account: this.settings.account };
    else if (apart) this.settings = null;
    else if (this.settingsQuery !== '') this.settingsQuery = '';
    else if (this.settings) this.settings = null;
    else return false;
    return true;
  }
}
