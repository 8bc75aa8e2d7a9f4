/** Services that are looked at, and what is being done there. */
import type { Transport } from '../../ipc/transport';
import { apart } from '../apart.svelte';
import type { FormDrafts } from '../forms.svelte';
import { Asked } from './asked.svelte';
import { Looked } from './looked.svelte';
import { Run } from './run.svelte';
import type { Trail, Visit } from './trail.svelte';

/** So many entities stay known. */
const MOST = 50;

export class Services {
  /** Addresses the person asked for by name, newest first. */
  typed = $state.raw<readonly { account: string; address: string }[]>([]);
  #looked = new Map<string, Looked>();
  #runs = new Map<number, Run>();
  #asked = new Map<number, Asked>();

  constructor(
    private readonly rpc: Transport['rpc'],
    private readonly forms: FormDrafts,
    trail: Trail,
  ) {
    trail.onforget = (visit) => this.#forget(visit);
  }

  looked(account: string, address: string, node: string | null): Looked {
    const key = JSON.stringify([account, address, node]);
    const known = this.#looked.get(key);
    const looked = known ?? apart(() => new Looked(this.rpc, account, address, node));
    // The newest last.
    this.#looked.delete(key);
    this.#looked.set(key, looked);
    const [oldest] = this.#looked;
    if (this.#looked.size > MOST && oldest) {
      this.#looked.delete(oldest[0]);
      oldest[1].close();
    }
    return looked;
  }

  run({ id, place }: Visit): Run {
    let run = this.#runs.get(id);
    if (!run) {
      run = apart(
        () => new Run(this.rpc, this.forms, { account: place.account, address: place.address, node: place.node ?? '' }),
      );
      this.#runs.set(id, run);
    }
    return run;
  }

  asked({ id, place: { account, address, node, view } }: Visit): Asked {
    let asked = this.#asked.get(id);
    if (!asked) {
      asked = apart(
        () => new Asked(this.rpc, this.forms, view === 'search' ? 'search' : 'register', { account, address, node }),
      );
      this.#asked.set(id, asked);
    }
    return asked;
  }

  typedIn(account: string, address: string): void {
    const others = this.typed.filter((item) => item.account !== account || item.address !== address);
    this.typed = [{ account, address }, ...others].slice(0, 8);
  }

  #forget({ id }: Visit): void {
    this.#runs.get(id)?.leave();
    this.#asked.get(id)?.leave();
    this.#runs.delete(id);
    this.#asked.delete(id);
  }
}
