/** What goes over an account's stream while the console is open: the newest of it, never more. */
import type { ElementKind, Failure, StreamElement } from '../../ipc/contract';
import type { Transport } from '../../ipc/transport';

/** Elements kept; older ones go. */
export const KEPT = 2000;

export type Shown = ElementKind | 'all';

/** Those of a kind that contain a text, whatever its case. */
export function chosen(elements: readonly StreamElement[], kind: Shown, text: string): StreamElement[] {
  const wanted = text.trim().toLowerCase();
  return elements.filter(
    (element) =>
      (kind === 'all' || element.kind === kind) && (wanted === '' || element.xml.toLowerCase().includes(wanted)),
  );
}

export class Watched {
  elements = $state.raw<readonly StreamElement[]>([]);
  paused = $state(false);
  failure = $state.raw<Failure | null>(null);

  /** Called before what is shown changes. */
  onBeforeChange: (() => void) | null = null;

  /** Came while paused; shown when going on. */
  #held: StreamElement[] = [];

  /** Answers what ends it. */
  start(transport: Transport, account: string): () => void {
    return transport.subscribe(
      { view: 'console', account },
      (updates) => {
        for (const update of updates) this.#add(update.kind === 'snapshot' ? update.items : update.upsert);
      },
      (failure) => (this.failure = failure),
    );
  }

  #add(items: readonly StreamElement[]): void {
    const sorted = [...items].sort((a, b) => a.order - b.order);
    if (this.paused) this.#held = [...this.#held, ...sorted].slice(-KEPT);
    else if (sorted.length > 0) {
      this.onBeforeChange?.();
      this.elements = [...this.elements, ...sorted].slice(-KEPT);
    }
  }

  pause(paused: boolean): void {
    this.paused = paused;
    if (!paused) {
      const held = this.#held;
      this.#held = [];
      this.#add(held);
    }
  }

  clear(): void {
    this.elements = [];
    this.#held = [];
  }
}
