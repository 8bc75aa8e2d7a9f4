/** Whoever subscribed to a view of the fake: a snapshot, then deltas with rising revisions. */
import type { Update } from '../contract';

export class Subscribers<T extends { id: string }> {
  #rev = 0;
  #listeners = new Set<(updates: Update<T>[]) => void>();

  subscribe(items: () => T[], listener: (updates: Update<T>[]) => void): () => void {
    let current = true;
    queueMicrotask(() => {
      if (!current) return;
      listener([{ kind: 'snapshot', rev: this.#rev, items: items() }]);
      this.#listeners.add(listener);
    });
    return () => {
      current = false;
      this.#listeners.delete(listener);
    };
  }

  delta(upsert: T[], remove: string[] = []): void {
    this.#rev += 1;
    for (const listener of this.#listeners) listener([{ kind: 'delta', rev: this.#rev, upsert, remove }]);
  }

  /** A revision nobody gets, to show that a gap subscribes again. */
  skip(): void {
    this.#rev += 1;
  }
}
