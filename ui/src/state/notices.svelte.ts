/** What is said in a corner until it is dismissed: failures of small actions that have no place of their own, and news. */
import type { Failure } from '../ipc/contract';
import { asFailure } from '../ipc/transport';

/** News that need no answer, by the words there are for them (`news.<about>`); the address is shown as text. */
export interface News {
  about: 'rooms' | 'later' | 'saved';
  address: string;
}

export type Notice = { id: number } & ({ failure: Failure; news?: never } | { news: News; failure?: never });

/** More would cover the page; the oldest give way. */
const LIMIT = 3;

export class Notices {
  list = $state.raw<readonly Notice[]>([]);
  #next = 0;

  /** Runs an action; its failure becomes a notice. Answers whether it worked. */
  async watch(action: Promise<unknown>): Promise<boolean> {
    try {
      await action;
      return true;
    } catch (thrown) {
      this.show(asFailure(thrown));
      return false;
    }
  }

  show(failure: Failure): void {
    // The same words twice help nobody.
    this.#put({ id: ++this.#next, failure }, (notice) => notice.failure?.code === failure.code);
  }

  tell(news: News): void {
    this.#put({ id: ++this.#next, news }, (notice) => notice.news?.about === news.about);
  }

  #put(notice: Notice, same: (other: Notice) => boolean): void {
    const others = this.list.filter((other) => !same(other));
    this.list = [...others.slice(1 - LIMIT), notice];
  }

  dismiss(id: number): void {
    this.list = this.list.filter((notice) => notice.id !== id);
  }

  /** Takes news back that are news no longer. */
  forget(about: News['about']): void {
    if (this.list.some((notice) => notice.news?.about === about))
      this.list = this.list.filter((notice) => notice.news?.about !== about);
  }
}
