/** Failures of small actions that have no place of their own on the page. */
import type { Failure } from '../ipc/contract';
import { asFailure } from '../ipc/transport';

export interface Notice {
  id: number;
  failure: Failure;
}

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
    const others = this.list.filter((notice) => notice.failure.code !== failure.code);
    this.list = [...others.slice(-2), { id: ++this.#next, failure }];
  }

  dismiss(id: number): void {
    this.list = this.list.filter((notice) => notice.id !== id);
  }
}
