/** Pictures by key, each asked for once. */
import { SvelteMap } from 'svelte/reactivity';
import type { Transport } from '../ipc/transport';

const LIMIT = 500;

export class Avatars {
  #urls = new SvelteMap<string, string>();
  #asked = new Set<string>();

  constructor(private readonly transport: Transport) {}

  url(account: string, key: string | null): string | null {
    if (key === null) return null;
    const id = `${account}/${key}`;
    const url = this.#urls.get(id);
    if (url === undefined) this.#ask(account, key, id);
    return url ?? null;
  }

  #ask(account: string, key: string, id: string): void {
    if (this.#asked.has(id)) return;
    this.#asked.add(id);
    this.transport.rpc('avatar.get', { account, key }).then(
      ({ url }) => {
        // `data:` only: whatever else an answer held, it must not become a request.
        if (!url.startsWith('data:image/')) return;
        if (this.#urls.size >= LIMIT) {
          const oldest = this.#urls.keys().next().value;
          if (oldest !== undefined) {
            this.#urls.delete(oldest);
            this.#asked.delete(oldest);
          }
        }
        this.#urls.set(id, url);
      },
      // No picture is no failure: the initial stays.
      () => undefined,
    );
  }
}
