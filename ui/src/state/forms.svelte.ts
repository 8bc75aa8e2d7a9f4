/** What is typed into forms that are open, per form: whoever looks elsewhere and comes back finds it as it was. */
import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import type { Field, FieldFault, Form } from '../ipc/contract';
import { apart } from './apart.svelte';

export class FormDraft {
  /** The page that is shown, and the farthest that was. */
  page = $state(0);
  farthest = $state(0);
  /** What is wrong, by field. */
  readonly faults = new SvelteMap<number, readonly FieldFault[]>();
  /** Fields that were answered here. */
  readonly touched = new SvelteSet<number>();
  /** What the service had against it the last time, once it was said. */
  said: readonly FieldFault[] | null = null;
  #values = new SvelteMap<number, readonly string[]>();

  values(field: Field): readonly string[] {
    return this.#values.get(field.id) ?? field.values;
  }

  set(field: Field, values: readonly string[]): void {
    this.#values.set(field.id, values);
    this.touched.add(field.id);
  }

  /** Takes over what was typed into the same form when it was asked for before. */
  take(form: Form, before: Form, draft: FormDraft): void {
    for (const field of form.fields) {
      const same = before.fields.find(
        ({ var: name, kind }) => name !== null && name === field.var && kind === field.kind,
      );
      if (same && draft.touched.has(same.id)) this.set(field, draft.values(same));
    }
    const last = form.pages.length - 1;
    this.page = Math.min(draft.page, last);
    this.farthest = Math.min(draft.farthest, last);
  }

  /** Replaces what is said of these fields. */
  tell(fields: readonly number[], faults: readonly FieldFault[]): void {
    for (const id of fields) {
      const own = faults.filter(({ field }) => field === id);
      if (own.length > 0) this.faults.set(id, own);
      else this.faults.delete(id);
    }
  }
}

export class FormDrafts {
  #drafts = new Map<string, FormDraft>();

  of(form: string): FormDraft {
    let draft = this.#drafts.get(form);
    if (!draft) {
      draft = apart(() => new FormDraft());
      this.#drafts.set(form, draft);
    }
    return draft;
  }

  /** The form is put away. */
  drop(form: string): void {
    this.#drafts.delete(form);
  }
}
