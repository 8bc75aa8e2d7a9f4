/** A search in messages as the person types: only the newest question's answer counts. */
import type { ConversationId, Failure, SearchHit } from '../../ipc/contract';
import { asFailure, type Transport } from '../../ipc/transport';

const PAUSE = 180;

export class MessageSearch {
  hits = $state.raw<readonly SearchHit[]>([]);
  /** The text the hits belong to. */
  answered = $state('');
  busy = $state(false);
  failure = $state.raw<Failure | null>(null);
  more = $state(false);

  #cursor: string | null = null;
  #question = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #within: ConversationId | null = null;

  constructor(
    private readonly transport: Transport,
    private readonly limit = 30,
  ) {}

  ask(query: string, within: ConversationId | null): void {
    clearTimeout(this.#timer);
    const question = ++this.#question;
    const text = query.trim();
    this.failure = null;
    if (text.length < 2) {
      this.busy = false;
      this.hits = [];
      this.answered = '';
      this.more = false;
      return;
    }
    this.busy = true;
    this.#within = within;
    this.#timer = setTimeout(() => void this.#run(question, text, null), PAUSE);
  }

  async older(): Promise<void> {
    if (this.busy || this.#cursor === null) return;
    this.busy = true;
    await this.#run(++this.#question, this.answered, this.#cursor);
  }

  async #run(question: number, query: string, cursor: string | null): Promise<void> {
    try {
      const within = this.#within && { account: this.#within.account, peer: this.#within.peer };
      const answer = await this.transport.rpc('search.messages', { query, within, cursor, limit: this.limit });
      if (question !== this.#question) return;
      this.hits = cursor === null ? answer.hits : [...this.hits, ...answer.hits];
      this.answered = query;
      this.#cursor = answer.cursor;
      this.more = answer.cursor !== null;
    } catch (thrown) {
      if (question === this.#question) this.failure = asFailure(thrown);
    } finally {
      if (question === this.#question) this.busy = false;
    }
  }
}
