/** Draws the whole window over the fake, for tests. */
import { flushSync, mount, unmount } from 'svelte';
import { onTestFinished, vi } from 'vitest';
import App from './App.svelte';
import { fetchParts } from './features/window/parts';
import { setLanguage } from './i18n/index.svelte';
import { Fake } from './ipc/fake';
import type { WorldOptions } from './ipc/fake/world';
import { Application } from './state/application.svelte';

// As it is a moment after the start: whatever is opened is there at once.
await fetchParts();

export const ACCOUNT = 'fake-1';
export const JULIET = 'juliet@capulet.example';

export async function openWindow(options: WorldOptions & { language?: string } = {}) {
  const { language = 'en', ...world } = options;
  const fake = new Fake(world);
  const app = new Application(fake);
  setLanguage(language);
  const target = document.body.appendChild(document.createElement('div'));
  const component = mount(App, { target, props: { app, language } });
  onTestFinished(async () => {
    await unmount(component);
    setLanguage('en');
  });
  await app.start();
  await settle();
  // People come when the first picture stands.
  for (let turn = 0; turn < 50 && !app.roster.settled && !app.fatal; turn += 1) await settle(20);
  return { fake, app, target };
}

/** Lets answers of the fake arrive and be drawn. */
export async function settle(milliseconds = 0): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  flushSync();
  await new Promise((resolve) => setTimeout(resolve, 0));
  flushSync();
}

export function find<E extends HTMLElement = HTMLElement>(testid: string, extra = ''): E {
  const element = document.querySelector<E>(`[data-testid="${testid}"]${extra}`);
  if (!element) throw new Error(`nothing on the page has the test id ${testid}${extra}`);
  return element;
}

export const all = (testid: string) => [...document.querySelectorAll<HTMLElement>(`[data-testid="${testid}"]`)];

export function type(field: HTMLInputElement | HTMLTextAreaElement, text: string): void {
  field.focus();
  field.value = text;
  field.dispatchEvent(new InputEvent('input', { bubbles: true }));
  flushSync();
}

export function press(target: EventTarget, key: string, more: KeyboardEventInit = {}): KeyboardEvent {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more });
  target.dispatchEvent(event);
  flushSync();
  return event;
}

export async function openChat(app: Application, peer = JULIET): Promise<void> {
  app.place.openConversation(ACCOUNT, peer);
  await vi.waitFor(() => find('timeline'));
  await settle(60);
}
