/** A live view of the backend, held as keyed records: Snapshot replaces, Delta applies, a gap subscribes again. */
import type { Failure, Update, View } from '../ipc/contract';
import type { ItemOf, Transport } from '../ipc/transport';

interface Item {
  id: string;
}

/** The records after `updates`, or `'gap'` where a revision is missing. Pure, so that the rule can be tested alone. */
export function applyUpdates<T extends Item>(
  records: ReadonlyMap<string, T>,
  rev: number | null,
  updates: readonly Update<T>[],
): { records: ReadonlyMap<string, T>; rev: number } | 'gap' {
  let next: Map<string, T> | null = null;
  let at = rev;
  for (const update of updates) {
    if (update.kind === 'snapshot') {
      next = new Map(update.items.map((item) => [item.id, item]));
    } else {
      if (at === null || update.rev > at + 1) return 'gap';
      // Said already (the snapshot may overtake a delta): idempotent, nothing to do.
      if (update.rev <= at) continue;
      next ??= new Map(records);
      for (const item of update.upsert) next.set(item.id, item);
      for (const id of update.remove) next.delete(id);
    }
    at = update.rev;
  }
  if (at === null) return 'gap';
  return { records: next ?? records, rev: at };
}

export class LiveView<V extends View> {
  records = $state.raw<ReadonlyMap<string, ItemOf<V>>>(new Map());
  /** A first snapshot is here. */
  ready = $state(false);
  failure = $state.raw<Failure | null>(null);

  /** The first snapshot is here, or will not come. */
  get settled(): boolean {
    return this.ready || this.failure !== null;
  }

  #rev: number | null = null;
  #end: (() => void) | null = null;
  /** Who waits for a record to appear. */
  #waiting = new Set<() => void>();

  constructor(
    private readonly transport: Transport,
    private readonly view: V,
  ) {}

  start(): void {
    this.#end?.();
    this.#rev = null;
    this.failure = null;
    let current = true;
    const unsubscribe = this.transport.subscribe(
      this.view,
      (updates) => {
        if (current) this.#receive(updates);
      },
      (failure) => {
        if (current) this.failure = failure;
      },
    );
    this.#end = () => {
      current = false;
      unsubscribe();
    };
  }

  /** Waits until a record is here, for so long at most. Answers whether it is. */
  async appears(id: string, milliseconds: number): Promise<boolean> {
    if (this.records.has(id)) return true;
    await new Promise<void>((resolve) => {
      const look = () => {
        if (this.records.has(id)) end();
      };
      const end = () => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve();
      };
      const timer = setTimeout(end, milliseconds);
      this.#waiting.add(look);
    });
    return this.records.has(id);
  }

  stop(): void {
    this.#end?.();
    this.#end = null;
  }

  #receive(updates: Update<ItemOf<V>>[]): void {
    const result = applyUpdates(this.records, this.#rev, updates);
    if (result === 'gap') {
      this.start();
      return;
    }
    this.#rev = result.rev;
    this.records = result.records;
    this.ready = true;
    for (const look of [...this.#waiting]) look();
  }
}
