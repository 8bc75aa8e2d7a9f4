/** What was typed and not sent, per conversation: kept here at once, in the backend shortly after. */
import type { Conversation } from '../ipc/contract';
import type { Transport } from '../ipc/transport';

const PAUSE = 500;

interface Pending {
  account: string;
  peer: string;
  text: string;
  timer: ReturnType<typeof setTimeout>;
}

export const joined = (before: string, text: string) => (before.trim() === '' ? text : `${before}\n${text}`);

export class Drafts {
  #texts = new Map<string, string>();
  #pending = new Map<string, Pending>();
  /** The composers on the page: what is in them is newer than what is held here. */
  #writing = new Map<string, (text: string) => void>();

  constructor(private readonly transport: Transport) {}

  /** What the composer of this conversation begins with. */
  text(conversation: Pick<Conversation, 'id' | 'draft'>): string {
    return this.#texts.get(conversation.id) ?? conversation.draft;
  }

  /** Whether something was typed (or taken out) since the start; the backend's draft is older then. */
  has(id: string): boolean {
    return this.#texts.has(id);
  }

  /** A composer takes additions itself for as long as it is there. Answers what ends that. */
  writeIn(id: string, add: (text: string) => void): () => void {
    this.#writing.set(id, add);
    return () => {
      if (this.#writing.get(id) === add) this.#writing.delete(id);
    };
  }

  /** Puts words below what was typed already; nothing is sent. */
  add(conversation: Pick<Conversation, 'id' | 'account' | 'peer' | 'draft'>, text: string): void {
    const writing = this.#writing.get(conversation.id);
    if (writing) writing(text);
    else this.set(conversation, joined(this.text(conversation), text));
  }

  set(conversation: Pick<Conversation, 'id' | 'account' | 'peer'>, text: string): void {
    const { id, account, peer } = conversation;
    this.#texts.set(id, text);
    const earlier = this.#pending.get(id);
    if (earlier) clearTimeout(earlier.timer);
    this.#pending.set(id, { account, peer, text, timer: setTimeout(() => void this.flush(id), PAUSE) });
  }

  /** Sends what is pending now: on leaving the conversation and on closing the window. */
  async flush(id?: string): Promise<void> {
    const sending: Promise<unknown>[] = [];
    const ids = id === undefined ? [...this.#pending.keys()] : [id];
    for (const key of ids) {
      const pending = this.#pending.get(key);
      if (!pending) continue;
      clearTimeout(pending.timer);
      this.#pending.delete(key);
      const { account, peer, text } = pending;
      // A draft that could not be stored stays in memory; saying so at every key would help nobody.
      sending.push(this.transport.rpc('conversation.draft', { account, peer, text }).catch(() => undefined));
    }
    await Promise.all(sending);
  }
}
