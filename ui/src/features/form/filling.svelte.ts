/** A form while it is filled in: answers go into its draft and are looked at shortly after. */
import { getContext, setContext } from 'svelte';
import { locale } from '../../i18n/index.svelte';
import type { Field, FieldFault, Form } from '../../ipc/contract';
import type { Transport } from '../../ipc/transport';
import type { FormDraft } from '../../state/forms.svelte';
import { answersOf, askedIn } from './wire';

/** Typing pauses for so long before it is looked at. */
const PAUSE = 400;

export class Filling {
  #timer: ReturnType<typeof setTimeout> | null = null;
  #changed = new Set<Field>();

  constructor(
    readonly form: Form,
    readonly draft: FormDraft,
    readonly account: string | null,
    private readonly rpc: Transport['rpc'],
  ) {}

  answer(field: Field, values: readonly string[]): void {
    this.draft.set(field, values);
    this.#changed.add(field);
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#lookAtChanged(), PAUSE);
  }

  /** The person goes on to something else: what they typed is looked at now. */
  settle(): void {
    if (this.#changed.size > 0) this.#lookAtChanged();
  }

  #lookAtChanged(): void {
    this.stop();
    const fields = [...this.#changed];
    this.#changed.clear();
    void this.check(fields);
  }

  /** Answers what is wrong with the answers to these fields, and says it beside them. */
  async check(fields: readonly Field[]): Promise<readonly FieldFault[]> {
    const before = new Map(fields.map((field) => [field, this.draft.values(field)]));
    const answers = answersOf(fields, this.draft, locale());
    if (answers.length === 0) return [];
    try {
      const { faults } = await this.rpc('form.check', { form: this.form.id, answers });
      // What was changed meanwhile is looked at again.
      const still = fields.filter((field) => this.draft.values(field) === before.get(field));
      this.draft.tell(
        still.map(({ id }) => id),
        faults,
      );
      return faults.filter(({ field }) => still.some(({ id }) => id === field));
    } catch {
      // Handing it in will say what is wrong.
      return [];
    }
  }

  checkAll = () => this.check(askedIn(this.form));

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }
}

const KEY = Symbol('filling');
export const provideFilling = (get: () => Filling) => setContext(KEY, get);
export const useFilling = () => getContext<() => Filling>(KEY);
