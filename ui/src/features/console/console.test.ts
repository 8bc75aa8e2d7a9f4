import { describe, expect, it, vi } from 'vitest';
import { en } from '../../i18n/en';
import type { StreamElement } from '../../ipc/contract';
import { nothingToSee } from '../../ipc/fake';
import { ACCOUNT, all, find, openWindow, press, settle, type } from '../../test-window';
import { choose, lastCall } from '../settings/test-settings';
import { pretty } from './pretty';
import { chosen, KEPT, Watched } from './watched.svelte';

const element = (order: number, xml: string, kind: StreamElement['kind'] = 'message'): StreamElement => ({
  id: String(order),
  order,
  at: 0,
  outgoing: false,
  kind,
  peer: null,
  xml,
  missed: 0,
});

describe('what is shown of an element', () => {
  it('puts each element on a line of its own and says an inherited namespace once', () => {
    const xml =
      "<message xmlns='jabber:client' to='a@b.test'><body>x &amp; &lt;y&gt;</body><active xmlns='urn:test'/></message>";
    expect(pretty(xml)).toBe(
      '<message xmlns="jabber:client" to="a@b.test">\n  <body>x &amp; &lt;y&gt;</body>\n  <active xmlns="urn:test"/>\n</message>',
    );
  });

  it('leaves what is no whole XML as it is', () => {
    for (const xml of ['<message><body>cut…', 'hello', '', '<message><body>a</body>b</message>'])
      expect(pretty(xml).replaceAll(/ xmlns="[^"]*"/g, '')).toContain(xml);
  });

  it('is chosen by kind and text', () => {
    const elements = [element(1, '<a>Ping</a>', 'iq'), element(2, '<b>ping</b>'), element(3, '<b/>')];
    expect(chosen(elements, 'all', ' PING ').map((one) => one.order)).toEqual([1, 2]);
    expect(chosen(elements, 'message', 'ping').map((one) => one.order)).toEqual([2]);
  });
});

describe('what is kept', () => {
  it('is the newest, and waits while paused', () => {
    const watched = new Watched();
    let listener: (updates: unknown[]) => void = () => undefined;
    watched.start(
      {
        rpc: () => Promise.reject(new Error()),
        look: nothingToSee,
        fileUrl: () => '',
        subscribe: (_, on) => ((listener = on as never), () => undefined),
      },
      'a',
    );
    const come = (...orders: number[]) =>
      listener([{ kind: 'delta', rev: 1, upsert: orders.map((order) => element(order, '<b/>')), remove: [] }]);
    come(2, 1);
    expect(watched.elements.map((one) => one.order)).toEqual([1, 2]);
    watched.pause(true);
    come(3);
    expect(watched.elements).toHaveLength(2);
    watched.pause(false);
    expect(watched.elements).toHaveLength(3);
    come(...Array.from({ length: KEPT + 10 }, (_, index) => index + 10));
    expect(watched.elements).toHaveLength(KEPT);
    watched.clear();
    expect(watched.elements).toEqual([]);
  });
});

describe('the console', () => {
  async function open() {
    const opened = await openWindow({ long: 20 });
    opened.app.place.openSettings({ page: 'account', account: ACCOUNT });
    await settle(20);
    find('console-open').click();
    await settle(20);
    return opened;
  }

  it('shows what goes over the stream, filtered and searched', async () => {
    const { fake } = await open();
    expect(find('console').textContent).toContain(en['console.empty']);
    fake.world.streamed("<message from='juliet@capulet.example/x'><body>hello there</body></message>", false);
    fake.world.streamed("<r xmlns='urn:xmpp:sm:3'/>", true);
    await settle(20);
    expect(all('stream-element').map((one) => one.dataset['kind'])).toEqual(['message', 'other']);
    choose('console-kind', 'other');
    await settle();
    expect(all('stream-element')).toHaveLength(1);
    choose('console-kind', 'all');
    type(find<HTMLInputElement>('console-find'), 'HELLO');
    await settle();
    expect(all('stream-element')).toHaveLength(1);
    expect(find('stream-element').textContent).toContain('juliet@capulet.example/x');
    find('console-clear').click();
    await settle();
    expect(all('stream-element')).toHaveLength(0);
  });

  it('looks on without a break while the account connects', async () => {
    const { fake } = await open();
    const subscribe = vi.spyOn(fake, 'subscribe');
    fake.world.changeAccount(ACCOUNT, { session: { state: 'connecting', step: 'tls' } });
    await settle(20);
    fake.world.changeAccount(ACCOUNT, { session: { state: 'online', catchingUp: false } });
    await settle(20);
    expect(subscribe).not.toHaveBeenCalled();
  });

  it('sends what is written, by keyboard, and says what is wrong with it', async () => {
    const { fake } = await open();
    const field = find<HTMLTextAreaElement>('console-xml');
    choose('console-template', 'ping');
    await settle();
    expect(field.value).toContain('to="orchard.example"');
    press(field, 'Enter', { ctrlKey: true });
    await settle(20);
    expect(lastCall(fake, 'console.send')?.xml).toBe(field.value);
    expect(all('stream-element')).toHaveLength(1);
    type(field, 'hello');
    find('console-send').click();
    await settle(20);
    expect(find('failure').dataset['code']).toBe('invalidStanza');
    expect(find('console').textContent).toContain('only message, presence and iq can be sent');
  });

  it('goes back to the account, and nobody looks any more', async () => {
    const { app } = await open();
    find('back').click();
    await settle();
    expect(app.place.settings).toEqual({ page: 'account', account: ACCOUNT });
    expect(all('console')).toEqual([]);
  });
});
