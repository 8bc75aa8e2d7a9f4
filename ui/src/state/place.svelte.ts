/** Where the person is: section, open conversation, panels and overlays. Holds nothing that is the backend's. */
import type { ConversationId } from '../ipc/contract';

export type Section = 'chats' | 'people' | 'settings';

/** A page of the settings; an account's page carries its id. */
export type SettingsPage =
  { page: 'appearance' | 'chat' | 'privacy' | 'about' | 'addAccount' } | { page: 'account'; account: string };

export type Overlay =
  | { kind: 'palette' }
  | { kind: 'shortcuts' }
  | { kind: 'newChat' }
  | { kind: 'addContact'; account?: string; jid?: string }
  | { kind: 'source'; account: string; id: string }
  | null;

export interface Jump {
  order: number;
  /** Grows with each jump, so that the same place can be jumped to twice. */
  turn: number;
}

export interface PersonId {
  account: string;
  jid: string;
}

export class Place {
  section = $state<Section>('chats');
  conversation = $state.raw<ConversationId | null>(null);
  jump = $state.raw<Jump | null>(null);
  /** The side panel beside the conversation. */
  details = $state(false);
  person = $state.raw<PersonId | null>(null);
  settings = $state.raw<SettingsPage | null>(null);
  overlay = $state.raw<Overlay>(null);
  /** Text of the find box above the list. */
  query = $state('');
  /** The find box looks into this conversation alone. */
  within = $state.raw<(ConversationId & { name: string }) | null>(null);

  #turn = 0;

  /** Whether the page (not the list) is what one column shows. */
  get onPage(): boolean {
    if (this.section === 'chats') return this.conversation !== null;
    if (this.section === 'people') return this.person !== null;
    return this.settings !== null;
  }

  openConversation(account: string, peer: string, order?: number): void {
    const same = this.conversation?.account === account && this.conversation.peer === peer;
    this.section = 'chats';
    if (!same) {
      this.conversation = { account, peer };
      this.details = false;
    }
    this.jump = order === undefined ? null : { order, turn: ++this.#turn };
  }

  openPerson(account: string, jid: string): void {
    this.section = 'people';
    this.person = { account, jid };
  }

  openSettings(page: SettingsPage): void {
    this.section = 'settings';
    this.settings = page;
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
    else if (this.section === 'chats' && this.details) this.details = false;
    else if (this.section === 'chats' && (this.query !== '' || this.within)) this.clearSearch();
    else if (this.section === 'chats' && this.conversation) this.conversation = null;
    else if (this.section === 'people' && this.person) this.person = null;
    else if (this.section === 'settings' && this.settings) this.settings = null;
    else return false;
    return true;
  }
}
