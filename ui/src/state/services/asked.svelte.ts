/** A form that was asked for and is handed in: to search a directory, or to register somewhere. */
import type { Answer, Failure, FieldFault, Form, ServiceForm } from '../../ipc/contract';
import { asFailure, type Transport } from '../../ipc/transport';
import type { FormDrafts } from '../forms.svelte';

const COMMANDS = {
  search: { form: 'directory.form', submit: 'directory.search' },
  register: { form: 'registration.form', submit: 'registration.submit' },
} as const;

export class Asked {
  given = $state.raw<ServiceForm | null>(null);
  /** What was found. */
  result = $state.raw<Form | null>(null);
  faults = $state.raw<readonly FieldFault[]>([]);
  failure = $state.raw<Failure | null>(null);
  loading = $state(false);
  busy = $state(false);
  /** It was taken, and that is all. */
  done = $state(false);

  constructor(
    private readonly rpc: Transport['rpc'],
    private readonly forms: FormDrafts,
    private readonly what: keyof typeof COMMANDS,
    private readonly at: { account: string; address: string; node: string | null },
  ) {}

  want(): void {
    if (!this.given && !this.loading && !this.failure) void this.load();
  }

  async load(): Promise<void> {
    this.loading = true;
    this.failure = null;
    try {
      const given = await this.rpc(COMMANDS[this.what].form, this.at);
      this.#close(this.given?.form);
      this.given = given;
    } catch (thrown) {
      this.failure = asFailure(thrown);
    } finally {
      this.loading = false;
    }
  }

  async submit(answers: Answer[]): Promise<void> {
    const form = this.given?.form;
    if (this.busy || !form) return;
    this.busy = true;
    this.failure = null;
    try {
      const { account, address } = this.at;
      const handed = await this.rpc(COMMANDS[this.what].submit, { account, address, form: form.id, answers });
      this.faults = handed.faults;
      this.failure = handed.failure;
      if (handed.form?.kind === 'result') {
        this.#close(this.result);
        this.result = handed.form;
      } else if (handed.form && this.given) {
        this.#close(form);
        this.given = { ...this.given, form: handed.form };
      } else {
        this.done = handed.faults.length === 0 && handed.failure === null;
        // What was found before is not what was found now.
        if (this.done) this.#forgetResult();
      }
    } catch (thrown) {
      this.failure = asFailure(thrown);
    } finally {
      this.busy = false;
    }
    if (this.done && this.what === 'register') await this.load();
  }

  /** Is not registered any more. Answers whether that worked. */
  async end(): Promise<void> {
    this.busy = true;
    this.failure = null;
    this.done = false;
    try {
      await this.rpc('registration.end', this.at);
      if (this.given) this.given = { ...this.given, registered: false };
      await this.load();
    } catch (thrown) {
      this.failure = asFailure(thrown);
    } finally {
      this.busy = false;
    }
  }

  #forgetResult(): void {
    this.#close(this.result);
    this.result = null;
  }

  leave(): void {
    this.#close(this.given?.form);
    this.#close(this.result);
  }

  #close(form: Form | null | undefined): void {
    if (!form) return;
    this.forms.drop(form.id);
    void this.rpc('form.close', { form: form.id }).catch(() => undefined);
  }
}
