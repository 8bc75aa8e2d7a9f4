/** The timeline of one open conversation: a stretch of messages fed by the live view and by pages. */
import type { Failure, Message, Page, PageAt, Update } from '../ipc/contract';
import { asFailure, type Transport } from '../ipc/transport';
import { EMPTY_STRETCH, ofPage, withDelta, withPage, withSnapshot, type Stretch } from './stretch';

const PAGE = 60;

export class Timeline {
  /** The first page is here. */
  ready = $state(false);
  loading = $state<'none' | 'before' | 'after' | 'jump'>('none');
  failure = $state.raw<Failure | null>(null);
  /** Order of the first message that was unread when the conversation was opened: where the divider stays. */
  firstUnread = $state<number | null>(null);

  /** Called before the messages change, while what is drawn is still what was. */
  onBeforeChange: () => void = () => undefined;

  /** Called with messages that came in at the live edge, for announcing. */
  onArrival: (messages: Message[]) => void = () => undefined;

  #stretch = $state.raw<Stretch>(EMPTY_STRETCH);
  #rev: number | null = null;
  #end: (() => void) | null = null;
  #ended = false;
  /** What deltas said while a page was under way: the page may have been read before them. */
  #meanwhile: { upsert: Map<string, Message>; gone: Set<string> } | null = null;
  /** Grows with every jump, so that an answer to an older question is dropped. */
  #question = 0;

  constructor(
    private readonly transport: Transport,
    readonly account: string,
    readonly peer: string,
  ) {}

  get stretch(): Stretch {
    return this.#stretch;
  }

  #show(next: Stretch): void {
    if (next === this.#stretch) return;
    this.onBeforeChange();
    this.#stretch = next;
  }

  get newestOrder(): number | null {
    return this.stretch.messages.at(-1)?.order ?? null;
  }

  /** Opens at the newest page, or with `order` in the middle. */
  async open(order: number | null = null): Promise<void> {
    this.#subscribe();
    await this.#load(order === null ? { kind: 'newest' } : { kind: 'around', order }, 'jump', true);
    const unread = this.firstUnread;
    const first = this.stretch.messages[0];
    // More unread than a page: begin where the person left off.
    if (order === null && unread !== null && first && first.order > unread && !this.stretch.atStart)
      await this.#load({ kind: 'around', order: unread }, 'jump', false);
  }

  close(): void {
    this.#ended = true;
    this.#end?.();
    this.#end = null;
  }

  async older(): Promise<void> {
    const first = this.stretch.messages[0];
    if (this.loading !== 'none' || this.stretch.atStart || !first) return;
    await this.#load({ kind: 'before', order: first.order }, 'before', false);
  }

  async newer(): Promise<void> {
    const last = this.stretch.messages.at(-1);
    if (this.loading !== 'none' || this.stretch.atEnd || !last) return;
    await this.#load({ kind: 'after', order: last.order }, 'after', false);
  }

  /** Shows the place of `order`; at once where it is held already. */
  async jump(order: number): Promise<void> {
    const first = this.stretch.messages[0];
    const last = this.stretch.messages.at(-1);
    if (first && last && first.order <= order && order <= last.order) return;
    await this.#load({ kind: 'around', order }, 'jump', false);
  }

  async newest(): Promise<void> {
    if (!this.stretch.atEnd) await this.#load({ kind: 'newest' }, 'jump', false);
  }

  /** After a failure. */
  async again(): Promise<void> {
    this.failure = null;
    if (!this.ready) await this.open();
    else if (!this.stretch.atStart) await this.older();
  }

  async #load(at: PageAt, how: 'before' | 'after' | 'jump', opening: boolean): Promise<void> {
    const question = ++this.#question;
    this.loading = how;
    this.#meanwhile = { upsert: new Map(), gone: new Set() };
    try {
      const page = await this.transport.rpc('timeline.page', {
        account: this.account,
        peer: this.peer,
        at,
        limit: PAGE,
      });
      if (question !== this.#question || this.#ended) return;
      this.#take(page, how, opening);
      this.failure = null;
    } catch (thrown) {
      if (question !== this.#question || this.#ended) return;
      this.failure = asFailure(thrown);
    } finally {
      if (question === this.#question) {
        this.loading = 'none';
        this.#meanwhile = null;
      }
    }
  }

  #take(page: Page, how: 'before' | 'after' | 'jump', opening: boolean): void {
    const meanwhile = this.#meanwhile;
    const live = new Map(this.stretch.messages.map((message) => [message.id, message]));
    const messages = page.messages
      .filter((message) => !meanwhile?.gone.has(message.id))
      .map((message) => meanwhile?.upsert.get(message.id) ?? live.get(message.id) ?? message);
    const current = { ...page, messages };
    let next = how === 'jump' ? ofPage(current) : withPage(this.stretch, current, how);
    if (meanwhile) next = withDelta(next, [...meanwhile.upsert.values()], [...meanwhile.gone]);
    this.#show(next);
    if (opening) this.firstUnread = page.firstUnread;
    this.ready = true;
  }

  #subscribe(): void {
    this.#end?.();
    this.#rev = null;
    let current = true;
    const end = this.transport.subscribe(
      { view: 'timeline', account: this.account, peer: this.peer },
      (updates) => {
        if (current) this.#receive(updates);
      },
      (failure) => {
        if (current) this.failure = failure;
      },
    );
    this.#end = () => {
      current = false;
      end();
    };
  }

  #receive(updates: Update<Message>[]): void {
    for (const update of updates) {
      if (update.kind === 'snapshot') {
        // Before the first page the snapshot would only flash: the page knows the ends and the divider.
        if (this.ready) this.#show(withSnapshot(this.stretch, update.items));
        else for (const item of update.items) this.#meanwhile?.upsert.set(item.id, item);
      } else {
        if (this.#rev === null || update.rev > this.#rev + 1) {
          this.#subscribe();
          return;
        }
        if (update.rev <= this.#rev) continue;
        this.#delta(update.upsert, update.remove);
      }
      this.#rev = update.rev;
    }
  }

  #delta(upsert: Message[], remove: string[]): void {
    for (const message of upsert) {
      this.#meanwhile?.upsert.set(message.id, message);
      this.#meanwhile?.gone.delete(message.id);
    }
    for (const id of remove) {
      this.#meanwhile?.gone.add(id);
      this.#meanwhile?.upsert.delete(id);
    }
    const before = this.newestOrder ?? -Infinity;
    this.#show(withDelta(this.stretch, upsert, remove));
    const arrived = upsert.filter((message) => !message.outgoing && message.order > before);
    if (this.ready && arrived.length > 0) this.onArrival(arrived);
  }
}
