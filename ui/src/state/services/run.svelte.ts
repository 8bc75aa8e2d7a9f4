/** A command while it is gone through (XEP-0050). */
import type { Answer, CommandAction, CommandStep, Failure, Form } from '../../ipc/contract';
import { asFailure, type Transport } from '../../ipc/transport';
import type { FormDraft, FormDrafts } from '../forms.svelte';

/** XEP-0050 §4.4: the service does not know the session, or not any more. */
const EXPIRED = ['session-expired', 'bad-sessionid'];

/** Two forms ask the same. */
const asks = (form: Form) =>
  JSON.stringify([form.title, form.fields.filter(({ asked }) => asked).map((field) => field.var)]);

export class Run {
  step = $state.raw<CommandStep | null>(null);
  failure = $state.raw<Failure | null>(null);
  busy = $state(false);
  /** The session is gone: the command has to begin again. */
  expired = $state(false);
  /** What was answered, to be taken over where the same is asked again. */
  #answered: { form: Form; draft: FormDraft }[] = [];
  #again = false;
  #left = false;

  constructor(
    private readonly rpc: Transport['rpc'],
    private readonly forms: FormDrafts,
    private readonly command: { account: string; address: string; node: string },
  ) {}

  /** The one that can be filled in. */
  get form(): Form | null {
    return this.step?.forms.find(({ kind }) => kind === 'form') ?? null;
  }

  get over(): boolean {
    return this.step !== null && this.step.state !== 'executing';
  }

  /** Begins, where that was not done yet. */
  want(): void {
    if (!this.step && !this.busy && !this.failure) void this.begin();
  }

  begin(): Promise<void> {
    return this.#send(null, null, null, []);
  }

  /** Begins once more; the answers are still there. */
  async beginAgain(): Promise<void> {
    this.#remember();
    this.#again = true;
    this.expired = false;
    await this.begin();
  }

  submit(action: CommandAction, answers: Answer[]): Promise<void> {
    this.#remember();
    return this.#send(this.step?.session ?? null, action, this.form?.id ?? null, answers);
  }

  prev(): Promise<void> {
    this.#remember();
    this.#again = true;
    return this.#send(this.step?.session ?? null, 'prev', null, []);
  }

  /** The person goes away from it: whoever waits for them is told. */
  leave(): void {
    this.#left = true;
    this.#cancel();
    this.#close(this.step?.forms ?? []);
  }

  #cancel(): void {
    const { step } = this;
    if (!step || this.over || this.expired || step.session === null) return;
    const request = { ...this.command, session: step.session, action: 'cancel' as const, form: null, answers: [] };
    void this.rpc('service.command', request).catch(() => undefined);
  }

  #remember(): void {
    const { form } = this;
    if (form)
      this.#answered = [
        ...this.#answered.filter((other) => other.form !== form),
        { form, draft: this.forms.of(form.id) },
      ];
  }

  async #send(
    session: string | null,
    action: CommandAction | null,
    form: string | null,
    answers: Answer[],
  ): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.failure = null;
    try {
      this.#take(await this.rpc('service.command', { ...this.command, session, action, form, answers }));
    } catch (thrown) {
      this.#fail(asFailure(thrown));
    } finally {
      this.busy = false;
    }
    if (this.#left) this.leave();
  }

  #fail(failure: Failure): void {
    this.failure = failure;
    if (failure.condition !== null && EXPIRED.includes(failure.condition)) this.expired = true;
  }

  #take(next: CommandStep): void {
    const { step } = this;
    if (next.failure) this.#fail(next.failure);
    // It did not even begin.
    if (!step && next.failure) return;
    // Nothing was handed in, or it was not taken: what stood there stands.
    if (step && (next.failure || next.faults.length > 0) && next.forms.length === 0) {
      this.step = { ...step, session: next.session ?? step.session, faults: next.faults, failure: next.failure };
      return;
    }
    this.step = next;
    this.#close((step?.forms ?? []).filter(({ id }) => !next.forms.some((form) => form.id === id)));
    const { form } = this;
    const before =
      form && this.#again ? this.#answered.findLast((other) => asks(other.form) === asks(form)) : undefined;
    if (form && before && before.form !== form) this.forms.of(form.id).take(form, before.form, before.draft);
  }

  #close(forms: readonly Form[]): void {
    for (const { id } of forms) {
      this.forms.drop(id);
      void this.rpc('form.close', { form: id }).catch(() => undefined);
    }
  }
}
