/**
 * Does what the desktop asks of the window (notifications, `xmpp:` links, the closed window): each errand once, dialogs one
 * at a time. Nothing is sent to anyone from here: links fill in forms and drafts, the person does the rest.
 */
import { tick, untrack } from 'svelte';
import { openDialogs } from '../../components/dialogs.svelte';
import type { Errand, Link, Task } from '../../ipc/contract';
import { asFailure } from '../../ipc/transport';
import type { Application } from '../../state/application.svelte';
import type { Overlay } from '../../state/place.svelte';
import { enterRegion } from './regions';

/** What an errand comes to, as things are now. */
type Plan =
  /** Not yet: it is looked at again when something changed. */
  | { kind: 'wait' }
  /** What it is about is gone. */
  | { kind: 'nothing' }
  | { kind: 'go'; run: () => unknown }
  | { kind: 'dialog'; overlay: NonNullable<Overlay> };

const WAIT: Plan = { kind: 'wait' };

export class Errands {
  /** Begun or done. The record may stay a while until the backend has taken it away. */
  #taken = new Set<string>();
  #working = false;
  /** The errand whose dialog is open; it is done when the dialog is gone. */
  #asked: { id: string; overlay: Overlay } | null = null;
  /** Those that wait for the answer to what closing means. */
  #closing: string[] = [];
  #finished: string[] = [];
  #telling = false;

  constructor(private readonly app: Application) {}

  /** Looks at what there is to do. `inside`: the main window is drawn, not the welcome. Reads whatever decides that. */
  attend(inside: boolean): void {
    const { app } = this;
    const errands = [...app.errands.records.values()];
    const { overlay, closing } = app.place;
    const known = app.accounts.ready && app.roster.settled && app.conversations.settled;
    void [app.accountList, openDialogs()];
    untrack(() => {
      this.#forget();
      if (this.#asked && overlay !== this.#asked.overlay) {
        this.#finish([this.#asked.id]);
        this.#asked = null;
      }
      this.#askClose(errands, closing);
      if (known) void this.#work(inside);
    });
  }

  /** What closing the window means: hide, quit, or (null) nothing after all. */
  async answer(hide: boolean | null): Promise<void> {
    const ids = this.#closing;
    this.#closing = [];
    this.app.place.closing = false;
    if (hide !== null && (await this.app.notices.watch(this.app.rpc('desktop.close', { hide }))))
      // Kept there; the next change of any setting sends them all.
      this.app.settings = { ...this.app.settings, onClose: hide ? 'hide' : 'quit' };
    this.#finish(ids);
  }

  #askClose(errands: readonly Errand[], open: boolean): void {
    const { place } = this.app;
    const asking = errands.filter(({ id, task }) => task.task === 'askClose' && !this.#taken.has(id));
    for (const { id } of asking) {
      this.#taken.add(id);
      this.#closing.push(id);
    }
    if (asking.length > 0) place.closing = true;
    else if (open && !this.#closing.some((id) => this.app.errands.records.has(id))) place.closing = false;
  }

  async #work(inside: boolean): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    try {
      for (let next = this.#next(inside); next; next = this.#next(inside)) await this.#begin(next.errand, next.plan);
    } finally {
      this.#working = false;
    }
  }

  async #begin(errand: Errand, plan: Plan): Promise<void> {
    const { place, notices } = this.app;
    this.#taken.add(errand.id);
    if (plan.kind !== 'nothing' && place.free) place.overlay = null;
    if (plan.kind === 'dialog') {
      this.#asked = { id: errand.id, overlay: plan.overlay };
      place.overlay = plan.overlay;
      return;
    }
    try {
      if (plan.kind === 'go') await plan.run();
    } catch (thrown) {
      notices.show(asFailure(thrown));
    }
    this.#finish([errand.id]);
  }

  /** The first errand that can be begun now. */
  #next(inside: boolean): { errand: Errand; plan: Plan } | null {
    const { app } = this;
    const waiting = [...app.errands.records.values()]
      .filter(({ id, task }) => task.task !== 'askClose' && !this.#taken.has(id))
      .sort((a, b) => a.order - b.order);
    // Of many places to go to only the last is gone to.
    const places = waiting.filter(({ task }) => goesSomewhere(task));
    this.#skip(places.slice(0, -1));
    const free = this.#asked === null && !app.place.closing && app.place.free;
    let later: Link | null = null;
    for (const errand of waiting) {
      if (this.#taken.has(errand.id)) continue;
      const plan = this.#plan(errand.task, inside);
      if (plan.kind === 'wait') {
        if (errand.task.task === 'followLink' && app.accountList.length === 0) later = errand.task.link;
        continue;
      }
      // A dialog that is not an overlay (a question within a page) is in the way as well.
      if (plan.kind === 'dialog' && (!free || (openDialogs() > 0 && app.place.overlay === null))) continue;
      return { errand, plan };
    }
    if (later) app.notices.tell({ about: 'later', address: later.jid });
    else app.notices.forget('later');
    return null;
  }

  #skip(errands: readonly Errand[]): void {
    if (errands.length === 0) return;
    for (const { id } of errands) this.#taken.add(id);
    this.#finish(errands.map(({ id }) => id));
  }

  #plan(task: Task, inside: boolean): Plan {
    const { app } = this;
    switch (task.task) {
      case 'openConversation': {
        const { account, peer, compose } = task;
        if (!app.account(account)) return { kind: 'nothing' };
        return inside ? { kind: 'go', run: () => this.#open(account, peer, compose) } : WAIT;
      }
      case 'showRequests':
        if (app.accountList.length === 0) return { kind: 'nothing' };
        return inside ? { kind: 'go', run: () => this.#showRequests() } : WAIT;
      case 'followLink':
        return this.#planLink(task.link, inside);
      case 'refuseLink':
      case 'keyringRefused':
        return { kind: 'go', run: () => app.notices.show(task.failure) };
      case 'askClose':
        return { kind: 'nothing' };
    }
  }

  #planLink({ jid, action }: Link, inside: boolean): Plan {
    const { app } = this;
    switch (action.action) {
      case 'message': {
        if (!inside) return WAIT;
        const account = this.#accountFor(jid);
        return account === null
          ? { kind: 'dialog', overlay: { kind: 'newChat', jid, body: action.body } }
          : { kind: 'go', run: () => app.compose(account, jid, action.body) };
      }
      case 'subscribe': {
        if (!inside) return WAIT;
        const contact = app.accountList.map(({ id }) => app.contact(id, jid)).find(Boolean);
        return contact
          ? { kind: 'go', run: () => app.place.openPerson(contact.account, contact.jid) }
          : { kind: 'dialog', overlay: { kind: 'addContact', jid, name: action.name } };
      }
      case 'join':
        return { kind: 'go', run: () => app.notices.tell({ about: 'rooms', address: jid }) };
      case 'register':
        return {
          kind: 'go',
          run: () => {
            app.place.registerServer = jid.slice(jid.indexOf('@') + 1);
            if (app.accountList.length > 0) app.place.openSettings({ page: 'addAccount' });
          },
        };
    }
  }

  /** Who writes to this address: the only account, else the one that knows it; null where the person must choose. */
  #accountFor(jid: string): string | null {
    const { app } = this;
    const [only, ...others] = app.accountList;
    if (only && others.length === 0) return only.id;
    const talking = app.conversationList.find((conversation) => conversation.peer === jid);
    if (talking) return talking.account;
    const knowing = app.accountList.filter(({ id }) => app.contact(id, jid));
    return knowing.length === 1 ? (knowing[0]?.id ?? null) : null;
  }

  async #open(account: string, peer: string, compose: boolean): Promise<void> {
    const { app } = this;
    // Hidden from the list meanwhile: it comes back.
    const listed = app.conversation(account, peer) !== undefined;
    if (listed || (await app.notices.watch(app.rpc('conversation.open', { account, peer }))))
      app.place.summon(account, peer, compose);
  }

  async #showRequests(): Promise<void> {
    const { place } = this.app;
    place.section = 'people';
    // In one column a person would cover the list.
    place.person = null;
    await tick();
    enterRegion('requests');
  }

  /** One after the other: a thousand calls at once would hold up what the person does. */
  #finish(ids: readonly string[]): void {
    this.#finished.push(...ids);
    if (!this.#telling) void this.#tell();
  }

  async #tell(): Promise<void> {
    this.#telling = true;
    for (let id = this.#finished.shift(); id !== undefined; id = this.#finished.shift())
      // It stays taken: not doing it twice matters more than the record that stays behind.
      await this.app.rpc('errand.done', { id }).catch(() => undefined);
    this.#telling = false;
  }

  #forget(): void {
    for (const id of this.#taken)
      if (!this.app.errands.records.has(id) && this.#asked?.id !== id) this.#taken.delete(id);
  }
}

const goesSomewhere = (task: Task) => task.task === 'openConversation' || task.task === 'showRequests';
