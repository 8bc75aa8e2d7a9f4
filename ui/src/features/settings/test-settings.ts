/** Opens the settings over the fake, and works their controls, for tests. */
import { vi } from 'vitest';
import type { Commands } from '../../ipc/contract';
import type { Fake } from '../../ipc/fake';
import type { WorldOptions } from '../../ipc/fake/world';
import { all, find, openWindow, settle, type } from '../../test-window';

export async function openSettings(options: WorldOptions & { language?: string } = {}) {
  const opened = await openWindow({ long: 20, ...options });
  opened.app.place.section = 'settings';
  // The last thing to answer is the disk.
  await vi.waitFor(() => find('stored'), 5000);
  await settle();
  return opened;
}

export const lastCall = <N extends keyof Commands>(fake: Fake, name: N) =>
  fake.calls.filter((call) => call.name === name).at(-1)?.request as Commands[N]['request'] | undefined;

/** Ids of the settings that show, or of the sections. */
export const shown = (testid: string, name: string) =>
  all(testid)
    .filter((element) => !element.closest('[hidden]'))
    .map((element) => element.dataset[name]);

export async function search(text: string) {
  type(find<HTMLInputElement>('settings-search'), text);
  await settle();
  return shown('setting', 'setting');
}

export function choose(testid: string, value: string): void {
  const field = find(testid);
  if (field instanceof HTMLSelectElement) {
    field.value = value;
    field.dispatchEvent(new Event('change', { bubbles: true }));
  } else field.querySelector<HTMLInputElement>(`input[value="${value}"]`)?.click();
}

export function enter(testid: string, text: string): void {
  const field = find<HTMLInputElement>(testid);
  type(field, text);
  field.dispatchEvent(new Event('change', { bubbles: true }));
}

export const described = (element: HTMLElement) =>
  (element.getAttribute('aria-describedby') ?? '')
    .split(' ')
    .map((id) => document.getElementById(id)?.textContent)
    .join(' ');
