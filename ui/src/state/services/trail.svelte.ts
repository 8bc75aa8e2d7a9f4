/** Where one went among services, with a way back and forth, as in a browser. */
export type ServiceView = 'look' | 'command' | 'search' | 'register';

export interface ServicePlace {
  account: string;
  /** Empty for the account's own server. */
  address: string;
  node: string | null;
  view: ServiceView;
  /** As it was called where it was found. */
  name?: string | undefined;
}

export interface Visit {
  id: number;
  place: ServicePlace;
}

const same = (a: ServicePlace, b: ServicePlace) =>
  a.account === b.account && a.address === b.address && a.node === b.node && a.view === b.view;

/** More steps back nobody takes. */
const MOST = 100;

export class Trail {
  #visits = $state.raw<readonly Visit[]>([]);
  #index = $state(-1);
  #next = 0;
  /** Told of visits that cannot be come back to. */
  onforget: (visit: Visit) => void = () => undefined;

  get at(): Visit | null {
    return this.#visits[this.#index] ?? null;
  }

  get canBack(): boolean {
    return this.#index > 0;
  }

  get canForward(): boolean {
    return this.#index < this.#visits.length - 1;
  }

  go(place: ServicePlace): void {
    if (this.at && same(this.at.place, place)) return;
    const before = this.#leave();
    const kept = this.#visits.slice(0, before + 1).slice(1 - MOST);
    this.#set([...kept, { id: ++this.#next, place }], kept.length);
  }

  back(): boolean {
    if (!this.canBack) return false;
    const at = this.#index;
    this.#leave();
    this.#index = at - 1;
    return true;
  }

  forward(): boolean {
    if (!this.canForward) return false;
    // A command that is left is not there any more, so what followed it stands in its place.
    this.#index = this.#leave() + 1;
    return true;
  }

  /** Back to where nothing was looked at. */
  clear(): void {
    this.#set([], -1);
  }

  /** What belonged to an account goes with it. */
  keepAccounts(has: (account: string) => boolean): void {
    if (this.#visits.some(({ place }) => !has(place.account))) this.clear();
  }

  /** A command is never come back to: that would begin it once more. Answers the place before what follows. */
  #leave(): number {
    const { at } = this;
    if (at?.place.view !== 'command') return this.#index;
    const index = this.#index;
    this.#set(
      this.#visits.filter((visit) => visit !== at),
      index - 1,
    );
    return index - 1;
  }

  #set(visits: readonly Visit[], index: number): void {
    const gone = this.#visits.filter((visit) => !visits.includes(visit));
    this.#visits = visits;
    this.#index = index;
    for (const visit of gone) this.onforget(visit);
  }
}
