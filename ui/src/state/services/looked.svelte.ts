/** What an entity says it is, and what is there: asked for once, and again when the person wants it. */
import { SvelteMap } from 'svelte/reactivity';
import type { Failure, Service, ServiceItem, ServiceItems, ServiceKind } from '../../ipc/contract';
import { asFailure, type Transport } from '../../ipc/transport';

/** Of a server's own services so many are asked what they are, so many at a time. */
const MOST = 60;
const AT_ONCE = 4;

/** A list that comes a page at a time. */
export class Listed {
  items = $state.raw<readonly ServiceItem[]>([]);
  /** One page is here. */
  ready = $state(false);
  loading = $state(false);
  failure = $state.raw<Failure | null>(null);
  count = $state<number | null>(null);
  cut = $state(false);
  #after = $state<string | null>(null);

  constructor(private readonly page: (after: string | null) => Promise<ServiceItems>) {}

  get more(): boolean {
    return this.ready && this.#after !== null;
  }

  async load(): Promise<void> {
    if (this.loading || (this.ready && this.#after === null)) return;
    this.loading = true;
    this.failure = null;
    try {
      const { items, after, count, cut } = await this.page(this.#after);
      this.items = [...this.items, ...items];
      // A service that begins anew would never end.
      this.#after = after === this.#after || items.length === 0 ? null : after;
      this.count = count;
      this.cut ||= cut;
      this.ready = true;
    } catch (thrown) {
      this.failure = asFailure(thrown);
    } finally {
      this.loading = false;
    }
  }
}

export class Looked {
  service = $state.raw<Service | null>(null);
  failure = $state.raw<Failure | null>(null);
  loading = $state(false);
  items: Listed = $state.raw(this.#listed());
  commands: Listed = $state.raw(this.#commands());
  /** What the services of a server are, by their address. */
  readonly kinds = new SvelteMap<string, ServiceKind>();

  constructor(
    private readonly rpc: Transport['rpc'],
    private readonly account: string,
    private readonly address: string,
    private readonly node: string | null,
  ) {}

  #listed(): Listed {
    return new Listed((after) =>
      this.rpc('service.items', { account: this.account, address: this.address, node: this.node, after }),
    );
  }

  #commands(): Listed {
    return new Listed(async () => {
      const { account, address, node } = this;
      const { commands } = await this.rpc('service.commands', { account, address, node });
      return { items: commands, after: null, count: commands.length, cut: false };
    });
  }

  /** Asks, where that was not done yet. */
  want(): void {
    if (!this.service && !this.loading && !this.failure) void this.load();
  }

  async load(): Promise<void> {
    if (this.loading) return;
    this.loading = true;
    this.failure = null;
    try {
      const { account, address, node } = this;
      const service = await this.rpc('service.look', { account, address, node });
      this.close();
      this.service = service;
      this.items = this.#listed();
      this.commands = this.#commands();
      const lists = [];
      if (service.offers.includes('browse')) lists.push(this.items.load());
      if (service.offers.includes('commands')) lists.push(this.commands.load());
      void Promise.all(lists).then(() => this.#askKinds());
    } catch (thrown) {
      this.failure = asFailure(thrown);
    } finally {
      this.loading = false;
    }
  }

  async #askKinds(): Promise<void> {
    if (this.service?.kind !== 'server' || this.node !== null) return;
    const waiting = this.items.items
      .filter(({ node, address }) => node === null && !this.kinds.has(address))
      .slice(0, MOST);
    const ask = async (): Promise<void> => {
      for (let item = waiting.shift(); item; item = waiting.shift()) {
        const { address } = item;
        try {
          const service = await this.rpc('service.look', { account: this.account, address, node: null });
          this.kinds.set(address, service.kind);
          this.#put(service);
        } catch {
          // One that does not answer is still there, as something else.
          this.kinds.set(address, 'other');
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, ask));
  }

  /** The forms with it are not looked at any more. */
  close(): void {
    if (this.service) this.#put(this.service);
  }

  #put(service: Service): void {
    for (const { id } of service.forms) void this.rpc('form.close', { form: id }).catch(() => undefined);
  }
}
