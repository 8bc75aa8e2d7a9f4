import axe from 'axe-core';
import { describe, expect, it, vi } from 'vitest';
import { ask } from '../../ipc/fake/errands';
import { transfer } from '../../ipc/fake/files';
import { message } from '../../ipc/fake/talk';
import { failure, NOTIFY } from '../../ipc/fake/world';
import { ACCOUNT, find, JULIET, openChat, openWindow, settle } from '../../test-window';

const NURSE = 'nurse@capulet.example';
const ID = `${ACCOUNT}/${JULIET}`;

/** Three times as large: one column, as in a narrow window. */
const NARROW = { settings: { zoom: 300 } };

/** All rules that need no layout, the experimental ones about names and focus included. */
const OPTIONS: axe.RunOptions = {
  rules: {
    'color-contrast': { enabled: false },
    'target-size': { enabled: false },
    'label-content-name-mismatch': { enabled: true },
    'table-fake-caption': { enabled: true },
    'p-as-heading': { enabled: true },
    'hidden-content': { enabled: true },
  },
};

async function wrong(): Promise<string[]> {
  const { violations } = await axe.run(document.body, OPTIONS);
  return violations.flatMap((found) => found.nodes.map((node) => `${found.id}: ${node.html.slice(0, 160)}`));
}
const landmarks = (role: string, tag: string) =>
  [...document.querySelectorAll(`${tag}, [role="${role}"]`)].filter(
    (element) => element.getAttribute('role') === role || !element.hasAttribute('role'),
  );

describe('what there is to hear', () => {
  it('is sound in every place of the wide window', async () => {
    const { app, fake } = await openWindow();
    expect(await wrong(), 'chats').toEqual([]);
    await openChat(app);
    app.place.details = true;
    await settle();
    expect(await wrong(), 'a conversation with details').toEqual([]);
    fake.world.changeConversation(ID, { notify: { ...NOTIFY, muted: true }, blocked: true });
    app.notices.show(failure('offline'));
    app.notices.tell({ about: 'rooms', address: 'orchard@rooms.verona.example' });
    await settle();
    expect(await wrong(), 'muted, blocked, with notices').toEqual([]);
    app.place.query = 'arrival';
    await vi.waitFor(() => find('search-hit'));
    expect(await wrong(), 'a search').toEqual([]);
    app.place.openPerson(ACCOUNT, JULIET);
    await settle();
    expect(await wrong(), 'people').toEqual([]);
  }, 30_000);

  it('is sound with files everywhere', async () => {
    const { app, fake } = await openWindow({ files: true, long: 20 });
    await openChat(app);
    transfer(fake.world, ACCOUNT, 'large', { stage: { stage: 'moving' }, done: 1000 });
    await settle(20);
    expect(await wrong(), 'files in the timeline').toEqual([]);
    find('transfers-open').click();
    find('attach').click();
    await settle();
    find('attach-files').click();
    await settle(20);
    expect(await wrong(), 'what is to be sent, and what is on its way').toEqual([]);
    app.place.openGallery();
    await settle(40);
    expect(await wrong(), 'the gallery').toEqual([]);
    const file = fake.world.messages.get(ID)?.flatMap(({ files }) => files)[0];
    if (!file) throw new Error('there is no file');
    app.place.overlay = { kind: 'viewer', account: ACCOUNT, peer: JULIET, file, order: 2_000_001 };
    await settle(40);
    expect(await wrong(), 'the viewer').toEqual([]);
    app.place.overlay = { kind: 'forward', account: ACCOUNT, files: ['herbs'] };
    await settle(40);
    expect(await wrong(), 'forwarding').toEqual([]);
    app.place.overlay = null;
    for (const { id } of [...app.stagings.of({ account: ACCOUNT, peer: JULIET }).files])
      app.stagings.of({ account: ACCOUNT, peer: JULIET }).remove(id);
    await settle();
    find('voice-record').click();
    await settle(20);
    expect(await wrong(), 'a voice message').toEqual([]);
  }, 60_000);

  it('is sound with several accounts', async () => {
    const { app, fake } = await openWindow();
    fake.world.populate('mira.second@work.example');
    for (const view of ['accounts', 'roster', 'conversations', 'requests'] as const) app[view].start();
    await openChat(app);
    app.place.details = true;
    await settle();
    expect(await wrong(), 'a conversation').toEqual([]);
    app.place.section = 'people';
    await settle();
    expect(await wrong(), 'people').toEqual([]);
    app.place.overlay = { kind: 'newChat', jid: 'peter@mantua.example', body: 'Hello' };
    await settle();
    expect(await wrong(), 'new chat').toEqual([]);
  }, 30_000);

  it('is sound in one column', async () => {
    const { app } = await openWindow(NARROW);
    expect(landmarks('main', 'main')).toHaveLength(1);
    expect(await wrong(), 'the list').toEqual([]);
    await openChat(app);
    expect(landmarks('main', 'main')).toHaveLength(1);
    expect(await wrong(), 'a conversation').toEqual([]);
    app.place.details = true;
    await settle();
    expect(await wrong(), 'the details').toEqual([]);
  }, 30_000);

  it('is sound in every dialog', async () => {
    const { app, fake } = await openWindow();
    await openChat(app);
    for (const overlay of [
      { kind: 'palette' },
      { kind: 'newChat' },
      { kind: 'addContact' },
      { kind: 'notify', account: ACCOUNT, peer: JULIET },
      { kind: 'source', account: ACCOUNT, id: 'j-1' },
      { kind: 'shortcuts' },
    ] as const) {
      app.place.overlay = overlay;
      await settle(10);
      expect(await wrong(), overlay.kind).toEqual([]);
    }
    app.place.overlay = null;
    ask(fake.world, { task: 'askClose' });
    await settle(10);
    expect(await wrong(), 'closing').toEqual([]);
  }, 30_000);

  it('has one main part, one navigation, and the details beside', async () => {
    const { app } = await openWindow();
    await openChat(app);
    app.place.details = true;
    await settle();
    expect(landmarks('main', 'main')).toHaveLength(1);
    expect(landmarks('navigation', 'nav')).toHaveLength(1);
    expect(landmarks('complementary', 'aside')).toHaveLength(1);
    const log = find('timeline');
    expect(log.getAttribute('role')).toBe('log');
    expect(log.getAttribute('aria-label')).toContain('Juliet');
  });
});

describe('announcements', () => {
  const spoken = () => [...document.querySelectorAll('.frame [role=status] p')].map((part) => part.textContent);

  it('tell each new message once, the same words twice as well', async () => {
    const { app, fake } = await openWindow();
    await openChat(app);
    expect(spoken()).toEqual([]);
    for (const [id, order] of [
      ['x1', 2_000_000],
      ['x2', 2_000_001],
    ] as const) {
      fake.world.put(ID, message({ id, order, at: Date.now(), body: 'ok' }));
      await settle();
    }
    expect(spoken()).toEqual(['Juliet Capulet: ok', 'Juliet Capulet: ok']);
  });

  it('tell many at once by their number', async () => {
    const { app, fake } = await openWindow();
    await openChat(app);
    const many = Array.from({ length: 9 }, (_, index) =>
      message({ id: `y${index}`, order: 2_000_000 + index, at: Date.now(), body: `${index}` }),
    );
    fake.world.timeline(ID).delta(many);
    await settle();
    expect(spoken()).toEqual(['9 new messages from Juliet Capulet']);
  });

  it('tell that a message could not be sent, but not those that failed long ago', async () => {
    const { app, fake } = await openWindow();
    await openChat(app, 'tybalt@capulet.example');
    expect(spoken()).toEqual([]);
    const id = `${ACCOUNT}/tybalt@capulet.example`;
    const item = message({ id: 'z', order: 5000, at: Date.now(), body: 'hello?', outgoing: true, delivery: 'queued' });
    fake.world.put(id, item);
    await settle();
    expect(spoken()).toEqual([]);
    fake.world.put(id, { ...item, delivery: 'failed', failure: failure('refused') });
    await settle();
    expect(spoken()).toEqual(['Not sent: hello?']);
  });

  it('tell of typing once, however often it comes and goes', async () => {
    const { app, fake } = await openWindow();
    await openChat(app, NURSE);
    const status = () => document.querySelector('p.typing + [role=status]')?.textContent;
    const told: string[] = [];
    for (let round = 0; round < 4; round++) {
      fake.world.changeConversation(`${ACCOUNT}/${NURSE}`, { chatState: 'composing' });
      await settle();
      expect(document.querySelector('p.typing')?.textContent).toBe('Nurse is typing…');
      if (status()) told.push(status() ?? '');
      fake.world.changeConversation(`${ACCOUNT}/${NURSE}`, { chatState: 'paused' });
      await settle();
    }
    expect(told).toEqual(['Nurse is typing…']);
  });

  it('leave the steps of connecting out, and tell only what takes long', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const { app, fake } = await openWindowNow();
      const status = () => document.querySelector('#app-test > .visually-hidden[role=status]')?.textContent;
      for (const step of ['lookup', 'tcp', 'tls', 'signIn'] as const) {
        fake.world.changeAccount(ACCOUNT, { session: { state: 'connecting', step } });
        await vi.advanceTimersByTimeAsync(400);
        expect(status()).toBe('');
      }
      await vi.advanceTimersByTimeAsync(3000);
      expect(status()).toBe('Connecting…');
      fake.world.changeAccount(ACCOUNT, { session: { state: 'online', catchingUp: false } });
      await vi.advanceTimersByTimeAsync(10);
      expect(status()).toBe('Connected.');
      void app;
    } finally {
      vi.useRealTimers();
    }
  });

  /** As `openWindow`, while the clock stands still. */
  async function openWindowNow() {
    const opening = openWindow();
    await vi.advanceTimersByTimeAsync(1500);
    const opened = await opening;
    opened.target.id = 'app-test';
    return opened;
  }
});
