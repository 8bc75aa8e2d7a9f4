import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Commands, View } from '../ipc/contract';
import { Fake, nothingToSee } from '../ipc/fake';
import { failure, NOTIFY } from '../ipc/fake/world';
import { ACCOUNT, all, find, JULIET, openChat, openWindow, press, settle } from '../test-window';
import { Application } from './application.svelte';

/** A fake that never answers, and remembers what it was asked. */
function silent() {
  const asked: string[] = [];
  const fake = new Fake();
  const app = new Application({
    look: nothingToSee,
    fileUrl: () => '',
    rpc: <N extends keyof Commands>(name: N) => {
      asked.push(name);
      return new Promise<Commands[N]['response']>(() => undefined);
    },
    subscribe: (view: View) => {
      asked.push(view.view);
      return () => undefined;
    },
  });
  return { app, asked, fake };
}

describe('the start', () => {
  it('asks at once for everything the first picture needs', () => {
    const { app, asked } = silent();
    void app.start();
    expect([...asked].sort()).toEqual(['accounts', 'app.info', 'conversations', 'errands', 'settings.get']);
  });

  it('shows nothing by settings that are not here yet', async () => {
    const fake = new Fake({ settings: { theme: 'dark' } });
    const app = new Application(fake);
    let answer: () => void = () => undefined;
    fake.overrides['settings.get'] = () => new Promise((resolve) => (answer = () => resolve(fake.world.settings)));
    const starting = app.start();
    await vi.waitFor(() => expect(app.accounts.ready).toBe(true));
    expect(app.info).toBeNull();
    answer();
    await starting;
    expect(app.info).not.toBeNull();
    expect(app.settings.theme).toBe('dark');
  });

  it('says why nothing can be opened, whatever else failed along with it', async () => {
    const { app, fake } = await openWindow({ info: { fatal: failure('databaseTooNew') } });
    fake.overrides['settings.get'] = () => Promise.reject(failure('storage'));
    await app.start();
    await settle();
    expect(app.fatal?.code).toBe('databaseTooNew');
    expect(find('failure').dataset['code']).toBe('databaseTooNew');
  });

  it('says why the settings could not be had, and tries again', async () => {
    const { app, fake } = await openWindow();
    fake.overrides['settings.get'] = () => Promise.reject(failure('storage'));
    await app.start();
    await settle();
    expect(find('failure').dataset['code']).toBe('storage');
    delete fake.overrides['settings.get'];
    [...document.querySelectorAll('button')].find((button) => button.textContent?.trim() === 'Try again')?.click();
    await settle(20);
    expect(all('conversation-row').length).toBeGreaterThan(0);
  });

  it('says why the accounts could not be had', async () => {
    const fake = new Fake();
    const app = new Application({
      look: nothingToSee,
      fileUrl: () => '',
      rpc: fake.rpc.bind(fake),
      subscribe: (view, onUpdates, onFailure) => {
        if (view.view !== 'accounts') return fake.subscribe(view, onUpdates);
        queueMicrotask(() => onFailure(failure('storage')));
        return () => undefined;
      },
    });
    await app.start();
    expect(app.fatal?.code).toBe('storage');
  });
});

describe('the attention', () => {
  const told = (fake: Fake) => fake.calls.filter((call) => call.name === 'app.focus').map((call) => call.request);

  it('is told with the conversation on the page, when either changes', async () => {
    const { app, fake } = await openWindow();
    // The first one says that the window is drawn.
    await vi.waitFor(() => expect(told(fake)).not.toEqual([]));
    const before = told(fake).length;
    const nothing = { focused: app.focused, conversation: null };
    expect(told(fake).at(-1)).toEqual(nothing);
    await openChat(app);
    const juliet = { focused: app.focused, conversation: { account: ACCOUNT, peer: JULIET } };
    expect(told(fake).slice(before)).toEqual([juliet]);
    // The details, a search, an overlay: the conversation is still the one on the page.
    app.place.details = true;
    app.place.overlay = { kind: 'palette' };
    app.place.query = 'arrival';
    app.place.openConversation(ACCOUNT, JULIET, 10);
    await settle(20);
    expect(told(fake).slice(before)).toEqual([juliet]);
    app.place.section = 'people';
    await settle();
    app.place.section = 'chats';
    await settle();
    app.setFocused(!app.focused);
    await settle();
    expect(told(fake).slice(before)).toEqual([juliet, nothing, juliet, { ...juliet, focused: !juliet.focused }]);
  });

  it('is told once where both change together', async () => {
    const { app, fake } = await openWindow();
    const before = told(fake).length;
    app.setFocused(false);
    app.place.openConversation(ACCOUNT, JULIET);
    app.place.openConversation(ACCOUNT, 'nurse@capulet.example');
    await settle(20);
    expect(told(fake).slice(before)).toEqual([
      { focused: false, conversation: { account: ACCOUNT, peer: 'nurse@capulet.example' } },
    ]);
  });

  it('leaves a conversation whose account is gone', async () => {
    const { app, fake } = await openWindow();
    fake.world.populate('mira.second@work.example');
    app.accounts.start();
    await openChat(app);
    await app.rpc('account.remove', { account: ACCOUNT });
    await settle();
    expect(app.place.conversation).toBeNull();
    expect(told(fake).at(-1)).toMatchObject({ conversation: null });
  });
});

describe('zoom', () => {
  afterEach(() => vi.unstubAllGlobals());
  const moveTo = (width: number, height: number, ratio: number) => {
    vi.stubGlobal('screen', { width, height });
    vi.stubGlobal('devicePixelRatio', ratio);
  };
  const size = () => document.documentElement.style.fontSize;

  it('is each screen’s own, where it has one', async () => {
    moveTo(1280, 800, 1);
    const { app, fake } = await openWindow({ settings: { zoom: 110, zoomByScreen: { '2560x1440@2': 150 } } });
    expect(size()).toBe('110%');
    press(document.body, '+', { ctrlKey: true });
    await settle();
    expect(size()).toBe('125%');
    expect(fake.world.settings).toMatchObject({
      zoom: 110,
      zoomByScreen: { '1280x800@1': 125, '2560x1440@2': 150 },
    });
    moveTo(2560, 1440, 2);
    window.dispatchEvent(new Event('resize'));
    await settle();
    expect(app.zoom).toBe(150);
    expect(size()).toBe('150%');
    moveTo(1280, 800, 1);
    window.dispatchEvent(new Event('focus'));
    await settle();
    expect(size()).toBe('125%');
    press(document.body, '0', { ctrlKey: true });
    await settle();
    expect(fake.world.settings.zoomByScreen).toEqual({ '1280x800@1': 100, '2560x1440@2': 150 });
  });

  it('goes back where it could not be kept', async () => {
    const { app, fake } = await openWindow();
    fake.overrides['settings.set'] = () => Promise.reject(failure('storage'));
    await app.setZoom(150);
    expect(app.zoom).toBe(100);
    await settle();
    expect(find('failure').dataset['code']).toBe('storage');
  });
});

describe('unread messages', () => {
  it('count for the rail where the conversation is not muted', async () => {
    const { app, fake } = await openWindow();
    expect(app.unread).toBe(15);
    const benvolio = `${ACCOUNT}/benvolio@montague.example`;
    fake.world.changeConversation(benvolio, { notify: { ...NOTIFY, muted: true } });
    await settle();
    expect(app.unread).toBe(3);
    expect(find('section-chats').getAttribute('aria-label')).toBe('Chats, 3 unread messages');
    fake.world.changeConversation(benvolio, { notify: { ...NOTIFY, muted: true, mutedUntil: Date.now() - 1 } });
    await settle();
    expect(app.unread).toBe(15);
    fake.world.changeConversation(benvolio, { notify: { ...NOTIFY, muted: true, mutedUntil: Date.now() + 60_000 } });
    await settle();
    expect(app.unread).toBe(3);
  });
});
