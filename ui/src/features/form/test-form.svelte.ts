/** Draws a form by itself over the fake, for tests. */
import { flushSync, mount, unmount } from 'svelte';
import { onTestFinished, vi } from 'vitest';
import { setLanguage } from '../../i18n/index.svelte';
import type { Answer, Field, FieldFault, Form } from '../../ipc/contract';
import { Fake } from '../../ipc/fake';
import { field, hold } from '../../ipc/fake/forms';
import { Application, applicationContext } from '../../state/application.svelte';
import { settle } from '../../test-window';
import FormView, { type FormAction } from './FormView.svelte';

export interface FormOptions {
  language?: string;
  actions?: FormAction[];
  onprev?: () => void;
  onperson?: (jid: string) => void;
  onadd?: (jid: string, name: string) => void;
}

export async function fillIn(make: (fake: Fake) => Form, options: FormOptions = {}) {
  const { language = 'en', ...more } = options;
  const fake = new Fake();
  const app = new Application(fake);
  setLanguage(language);
  await app.start();
  app.roster.start();
  await settle();
  const form = make(fake);
  const submitted: { answers: Answer[]; action: string }[] = [];
  const props = $state({ form, faults: [] as FieldFault[], ...more });
  let drawn: ReturnType<typeof draw>;
  function draw() {
    const target = document.body.appendChild(document.createElement('div'));
    return mount(FormView, {
      target,
      context: applicationContext(app),
      props: Object.assign(props, {
        onsubmit: (answers: Answer[], action: string) => submitted.push({ answers, action }),
      }),
    });
  }
  drawn = draw();
  flushSync();
  onTestFinished(async () => {
    await unmount(drawn);
    setLanguage('en');
  });
  return {
    fake,
    app,
    form,
    submitted,
    /** The service has something against it. */
    async refuse(faults: FieldFault[]) {
      props.faults = faults;
      await settle(5);
    },
    /** Looks elsewhere and comes back. */
    async again() {
      await unmount(drawn);
      document.body.innerHTML = '';
      drawn = draw();
      await settle();
    },
  };
}

/** A form of one field. */
export const ask = (part: Partial<Field>, options: FormOptions = {}) =>
  fillIn((fake) => hold(fake.world, { title: 'Asked', fields: [field(1, { label: 'Question', ...part })] }), options);

export const part = (id: number) => {
  const element = document.querySelector<HTMLElement>(`[data-testid="form-field"][data-field="${id}"]`);
  if (!element) throw new Error(`field ${id} is not drawn`);
  return element;
};

export function control<E extends HTMLElement = HTMLInputElement>(id = 1): E {
  const element = part(id).querySelector<E>('input, textarea, [role=switch]');
  if (!element) throw new Error(`field ${id} has no control`);
  return element;
}

export const described = (element: Element) =>
  (element.getAttribute('aria-describedby') ?? '')
    .split(' ')
    .map((id) => document.getElementById(id)?.textContent.trim() ?? '')
    .join(' | ');

export const fault = (id = 1) => part(id).querySelector('[data-testid="form-fault"]')?.textContent.trim() ?? null;

export async function submit(): Promise<void> {
  document.querySelector<HTMLFormElement>('[data-testid="form"]')?.requestSubmit();
  await settle(5);
}

/** Waits until what was typed has been looked at. */
export const looked = (id = 1) => vi.waitFor(() => void (fault(id) ?? raise()), { timeout: 2000 });
function raise(): never {
  throw new Error('nothing is said yet');
}
