/** What jsdom lacks and the interface needs. Nothing here changes what is tested. */
import { afterEach } from 'vitest';
import { loadLanguages } from './i18n/index.svelte';

// In the window a language is fetched when it is wanted; here each is spoken at once.
await loadLanguages();

if (typeof globalThis.CSS === 'undefined' || !CSS.escape)
  Object.assign(globalThis, { CSS: { escape: (text: string) => text.replace(/["\\\]]/g, '\\$&') } });

globalThis.ResizeObserver ??= class {
  observe = () => undefined;
  unobserve = () => undefined;
  disconnect = () => undefined;
};

// There is no layout: everything is as large as the window.
Object.defineProperty(HTMLElement.prototype, 'clientWidth', { get: () => 1280 });
Object.defineProperty(HTMLElement.prototype, 'clientHeight', { get: () => 800 });

HTMLDialogElement.prototype.showModal ??= function (this: HTMLDialogElement) {
  this.open = true;
};
// axe asks for it; without layout there is nothing to measure.
HTMLCanvasElement.prototype.getContext = () => null;

// Without layout nothing is hidden either.
Element.prototype.checkVisibility ??= () => true;
Element.prototype.scrollIntoView ??= () => undefined;
Element.prototype.animate ??= () => ({ cancel: () => undefined }) as unknown as Animation;

afterEach(() => {
  document.body.innerHTML = '';
});

// jsdom has no media queries: the system is light here.
window.matchMedia ??= (query: string) =>
  ({
    matches: false,
    media: query,
    addEventListener: () => {},
    removeEventListener: () => {},
  }) as unknown as MediaQueryList;
