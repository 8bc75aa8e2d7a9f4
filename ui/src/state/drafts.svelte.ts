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

export class Drafts {
  #texts = new Map<string, string>();
  #pending = new Map<string, Pending>();

  constructor(private readonly transport: Transport) {}

  /** What the composer of this conversation begins with. */
  text(conversation: Pick<Conversation, 'id' | 'draft'>): string {
    return this.#texts.get(conversation.id) ?? conversation.draft;
  }

  set(conversation: Pick<Conversation, 'id' | 'account' | 'peer'>, text: string): void {
    const { id, account, peer } = conversation;
    this.#texts.set(id, text);
    const earlier = this.#pending.get(id);
    if (earlier) clearTimeout(earlier.timer);
    this.#pending.set(id, { account, peer, text, timer: setTimeout(() => this.flush(id), PAUSE) });
  }

  /** Sends what is pending now: on leaving the conversation and on closing the window. */
  flush(id?: string): void {
    const ids = id === undefined ? [...this.#pending.keys()] : [id];
    for (const key of ids) {
      const pending = this.#pending.get(key);
      if (!pending) continue;
      clearTimeout(pending.timer);
      this.#pending.delete(key);
      const { account, peer, text } = pending;
      // A draft that could not be stored stays in memory; saying so at every key would help nobody.
      void this.transport.rpc('conversation.draft', { account, peer, text }).catch(() => undefined);
    }
  }
}
