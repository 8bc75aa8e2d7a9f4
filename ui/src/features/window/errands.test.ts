import { describe, expect, it, vi } from 'vitest';
import type { Task } from '../../ipc/contract';
import type { Fake } from '../../ipc/fake';
import { ask, understood } from '../../ipc/fake/errands';
import { failure } from '../../ipc/fake/world';
import { ACCOUNT, all, find, JULIET, openChat, openWindow, press, settle, type } from '../../test-window';

const NURSE = 'nurse@capulet.example';
const PETER = 'peter@mantua.example';

const open = (peer: string, compose = false, account = ACCOUNT): Task => ({
  task: 'openConversation',
  account,
  peer,
  compose,
});
function follow(uri: string): Task {
  const link = understood(uri);
  if (!link) throw new Error(`${uri} is no link`);
  return { task: 'followLink', link };
}
const done = (fake: Fake) =>
  fake.calls.filter((call) => call.name === 'errand.done').map((call) => (call.request as { id: string }).id);
const called = (fake: Fake, name: string) => fake.calls.filter((call) => call.name === name);
const dialogs = () => document.querySelectorAll('dialog').length;
const composer = () => find<HTMLTextAreaElement>('composer-input');

/** Nothing goes to anyone before the person says so. */
const sent = (fake: Fake) =>
  fake.calls.filter(({ name }) =>
    ['message.send', 'roster.add', 'roster.subscribe', 'account.register'].includes(name),
  );

describe('a conversation asked for from outside', () => {
  it('is opened once, and said to be', async () => {
    const { app, fake } = await openWindow();
    const ids = ask(fake.world, open(NURSE));
    await settle(20);
    expect(app.place.conversation?.peer).toBe(NURSE);
    expect(done(fake)).toEqual(ids);
    expect(app.errands.records.size).toBe(0);
    app.place.openConversation(ACCOUNT, JULIET);
    await settle(20);
    expect(app.place.conversation?.peer).toBe(JULIET);
  });

  it('has the cursor in its composer where that was asked', async () => {
    const { app, fake } = await openWindow();
    await openChat(app);
    find('section-people').focus();
    ask(fake.world, open(JULIET, true));
    await settle(20);
    expect(document.activeElement).toBe(composer());
  });

  it('comes back into the list where it was hidden', async () => {
    const { app, fake } = await openWindow();
    await app.rpc('conversation.close', { account: ACCOUNT, peer: NURSE });
    ask(fake.world, open(NURSE));
    await settle(20);
    expect(called(fake, 'conversation.open')).toHaveLength(1);
    expect(app.place.conversation?.peer).toBe(NURSE);
  });

  it('is forgotten where its account is gone', async () => {
    const { app, fake } = await openWindow();
    const ids = ask(fake.world, open(NURSE, false, 'fake-9'));
    await settle(20);
    expect(app.place.conversation).toBeNull();
    expect(done(fake)).toEqual(ids);
  });

  it('is the last one of a thousand, without opening the others', async () => {
    const { app, fake } = await openWindow();
    const tasks = Array.from({ length: 1000 }, (_, index) => open(index === 999 ? NURSE : JULIET));
    const ids = ask(fake.world, ...tasks);
    await vi.waitFor(() => expect(done(fake)).toHaveLength(1000), 5000);
    expect(app.place.conversation?.peer).toBe(NURSE);
    expect(new Set(done(fake))).toEqual(new Set(ids));
    // Only the one that is shown was ever asked for.
    const peers = called(fake, 'timeline.page').map((call) => (call.request as { peer: string }).peer);
    expect(new Set(peers)).toEqual(new Set([NURSE]));
  });

  it('is done once even where the backend keeps the errand', async () => {
    const { app, fake } = await openWindow();
    fake.overrides['errand.done'] = () => Promise.reject(failure('storage'));
    ask(fake.world, open(NURSE));
    await settle(20);
    app.place.openConversation(ACCOUNT, JULIET);
    ask(fake.world, { task: 'refuseLink', failure: failure('invalidLink') });
    await settle(20);
    expect(app.place.conversation?.peer).toBe(JULIET);
    expect(done(fake)).toHaveLength(2);
  });

  it('takes the place of the palette, and leaves a form as it is', async () => {
    const { app, fake } = await openWindow();
    app.place.overlay = { kind: 'palette' };
    ask(fake.world, open(NURSE));
    await settle(20);
    expect(app.place.overlay).toBeNull();
    app.place.overlay = { kind: 'newChat' };
    await settle();
    type(find<HTMLInputElement>('new-chat-address'), 'half typed');
    ask(fake.world, open(JULIET));
    await settle(20);
    expect(find<HTMLInputElement>('new-chat-address').value).toBe('half typed');
    expect(app.place.conversation?.peer).toBe(JULIET);
  });
});

describe('requests asked for from outside', () => {
  it('are shown in People, with the focus on the first', async () => {
    const { app, fake } = await openWindow();
    app.place.person = { account: ACCOUNT, jid: JULIET };
    const ids = ask(fake.world, { task: 'showRequests' });
    await settle(20);
    expect(app.place.section).toBe('people');
    expect(app.place.person).toBeNull();
    expect(document.activeElement).toBe(find('request-accept'));
    expect(done(fake)).toEqual(ids);
  });
});

describe('a link to write to someone', () => {
  it('opens the conversation and puts its words into the composer, not on the way', async () => {
    const { app, fake } = await openWindow();
    ask(fake.world, follow(`xmpp:${PETER}?message;body=Is%20it%20sold%3F`));
    await vi.waitFor(() => expect(composer().value).toBe('Is it sold?'));
    await settle(20);
    expect(app.place.conversation).toEqual({ account: ACCOUNT, peer: PETER });
    expect(document.activeElement).toBe(composer());
    expect(sent(fake)).toEqual([]);
    expect(called(fake, 'conversation.typing')).toEqual([]);
    expect(done(fake)).toHaveLength(1);
    app.drafts.flush();
    expect(called(fake, 'conversation.draft').at(-1)?.request).toMatchObject({ peer: PETER, text: 'Is it sold?' });
  });

  it('keeps what was typed and adds its words below', async () => {
    const { app, fake } = await openWindow();
    ask(fake.world, follow('xmpp:friar.laurence@verona.example?message;body=thyme'));
    await vi.waitFor(() => expect(composer().value).toBe('Rosemary and\nthyme'));
    // And in a composer that is on the page already.
    type(composer(), 'Rosemary, thyme and');
    ask(fake.world, follow('xmpp:friar.laurence@verona.example?message;body=sage'));
    await vi.waitFor(() => expect(composer().value).toBe('Rosemary, thyme and\nsage'));
    expect(app.drafts.text({ id: `${ACCOUNT}/friar.laurence@verona.example`, draft: '' })).toBe(
      'Rosemary, thyme and\nsage',
    );
    expect(sent(fake)).toEqual([]);
  });

  it('keeps the draft of a conversation that was hidden', async () => {
    const { app, fake } = await openWindow();
    const id = `${ACCOUNT}/friar.laurence@verona.example`;
    const hidden = fake.world.conversations.get(id);
    if (!hidden) throw new Error('the fake has no such conversation');
    fake.world.conversations.delete(id);
    fake.world.views.conversations.delta([], [id]);
    fake.overrides['conversation.open'] = () => {
      setTimeout(() => {
        fake.world.conversations.set(id, hidden);
        fake.world.changeConversation(id, {});
      }, 30);
      return Promise.resolve(null);
    };
    ask(fake.world, follow('xmpp:friar.laurence@verona.example?message;body=thyme'));
    await vi.waitFor(() => expect(composer().value).toBe('Rosemary and\nthyme'));
    expect(app.place.conversation?.peer).toBe('friar.laurence@verona.example');
  });

  it('uses the account that knows the address, where there are several', async () => {
    const { app, fake } = await openWindow();
    const second = fake.world.populate('mira.second@work.example');
    fake.world.roster.delete(`${second}/paris@verona.example`);
    for (const view of ['accounts', 'roster', 'conversations'] as const) app[view].start();
    await settle();
    ask(fake.world, follow('xmpp:paris@verona.example'));
    await vi.waitFor(() => expect(app.place.conversation?.peer).toBe('paris@verona.example'));
    expect(app.place.conversation?.account).toBe(ACCOUNT);
    expect(dialogs()).toBe(0);
  });

  it('asks which account writes where none knows the address', async () => {
    const { app, fake } = await openWindow();
    const second = fake.world.populate('mira.second@work.example');
    app.accounts.start();
    await settle();
    const ids = ask(fake.world, follow(`xmpp:${PETER}?message;body=Is%20it%20sold%3F`));
    await settle(20);
    expect(find<HTMLInputElement>('new-chat-address').value).toBe(PETER);
    expect(find('new-chat-dialog').textContent).toContain('Is it sold?');
    expect(done(fake)).toEqual([]);
    find('account-choice', `[data-account="${second}"]`).querySelector('input')?.click();
    find('new-chat-submit').click();
    await vi.waitFor(() => expect(composer().value).toBe('Is it sold?'));
    expect(app.place.conversation).toEqual({ account: second, peer: PETER });
    expect(done(fake)).toEqual(ids);
    expect(sent(fake)).toEqual([]);
  });

  it('waits for an account where there is none', async () => {
    const { app, fake } = await openWindow({ fresh: true });
    const ids = ask(fake.world, follow(`xmpp:${PETER}?message;body=hello`));
    await settle(20);
    expect(done(fake)).toEqual([]);
    expect(find('news').dataset['about']).toBe('later');
    expect(find('news').textContent).toContain(PETER);
    fake.world.populate('new@orchard.example');
    for (const view of ['accounts', 'roster', 'conversations'] as const) app[view].start();
    await vi.waitFor(() => expect(composer().value).toBe('hello'));
    expect(done(fake)).toEqual(ids);
    expect(all('news')).toEqual([]);
  });
});

describe('a link to add someone', () => {
  it('fills the dialog in and sends nothing before the person says so', async () => {
    const { fake } = await openWindow();
    const ids = ask(fake.world, follow(`xmpp:${PETER}?subscribe;name=Peter`));
    await settle(20);
    expect(find<HTMLInputElement>('add-address').value).toBe(PETER);
    expect(find<HTMLInputElement>('add-name').value).toBe('Peter');
    expect(sent(fake)).toEqual([]);
    expect(done(fake)).toEqual([]);
    find('add-submit').click();
    await settle(20);
    expect(called(fake, 'roster.add')[0]?.request).toMatchObject({ jid: PETER, name: 'Peter' });
    expect(done(fake)).toEqual(ids);
  });

  it('is done when the dialog is left', async () => {
    const { fake } = await openWindow();
    const ids = ask(fake.world, follow(`xmpp:${PETER}?subscribe`));
    await settle(20);
    press(find('add-dialog'), 'Escape');
    await settle(20);
    expect(dialogs()).toBe(0);
    expect(done(fake)).toEqual(ids);
    expect(sent(fake)).toEqual([]);
  });

  it('shows who is among the people already', async () => {
    const { app, fake } = await openWindow();
    ask(fake.world, follow(`xmpp:${NURSE}?subscribe`));
    await settle(20);
    expect(app.place.section).toBe('people');
    expect(app.place.person).toEqual({ account: ACCOUNT, jid: NURSE });
    expect(dialogs()).toBe(0);
    expect(done(fake)).toHaveLength(1);
  });
});

describe('other links', () => {
  it('to a room are told calmly, with the address as text', async () => {
    const { fake } = await openWindow();
    ask(fake.world, follow('xmpp:orchard@rooms.verona.example?join'));
    await settle(20);
    const news = find('news');
    expect(news.dataset['about']).toBe('rooms');
    expect(news.getAttribute('role')).toBe('status');
    expect(news.textContent).toContain('orchard@rooms.verona.example');
    expect(news.querySelector('a')).toBeNull();
    expect(dialogs()).toBe(0);
    expect(done(fake)).toHaveLength(1);
  });

  it('to create an account name the server for the form, first or further', async () => {
    const server = () => find<HTMLInputElement>('register-server').value;
    const fresh = await openWindow({ fresh: true });
    ask(fresh.fake.world, follow('xmpp:verona.example?register'));
    await settle(20);
    expect(server()).toBe('verona.example');
    expect(done(fresh.fake)).toHaveLength(1);
    document.body.innerHTML = '';
    const { app, fake } = await openWindow();
    ask(fake.world, follow('xmpp:verona.example?register'));
    await settle(20);
    expect(app.place.section).toBe('settings');
    expect(app.place.settings).toMatchObject({ page: 'addAccount' });
    expect(server()).toBe('verona.example');
    expect(sent(fake)).toEqual([]);
  });

  it('that were refused are told in the failure’s words', async () => {
    const { fake } = await openWindow();
    ask(fake.world, { task: 'refuseLink', failure: failure('tooManyLinks') });
    await settle(20);
    expect(find('failure').dataset['code']).toBe('tooManyLinks');
    expect(done(fake)).toHaveLength(1);
  });
});

describe('closing the window', () => {
  async function asked(times = 1) {
    const opened = await openWindow();
    const ids = ask(opened.fake.world, ...Array.from({ length: times }, (): Task => ({ task: 'askClose' })));
    await settle(20);
    return { ...opened, ids };
  }

  it.each([
    ['close-hide', true],
    ['close-quit', false],
  ])('asks once and does what is chosen (%s)', async (button, hide) => {
    const { app, fake, ids } = await asked(3);
    expect(all('close-question')).toHaveLength(1);
    find(button).click();
    await settle(20);
    await app.change({ theme: 'dark' });
    expect(fake.world.settings.onClose).toBe(hide ? 'hide' : 'quit');
    expect(called(fake, 'desktop.close').map((call) => call.request)).toEqual([{ hide }]);
    expect(done(fake)).toEqual(ids);
    expect(dialogs()).toBe(0);
  });

  it('does nothing on Escape', async () => {
    const { fake, ids } = await asked();
    press(find('close-question'), 'Escape');
    await settle(20);
    expect(called(fake, 'desktop.close')).toEqual([]);
    expect(done(fake)).toEqual(ids);
    expect(dialogs()).toBe(0);
  });

  it('takes the question back where it was settled elsewhere', async () => {
    const { fake, ids } = await asked();
    for (const id of ids) fake.world.errands.delete(id);
    fake.world.views.errands.delta([], ids);
    await settle(20);
    expect(all('close-question')).toEqual([]);
  });

  it('is asked above a form, which stays', async () => {
    const { app, fake } = await openWindow();
    app.place.overlay = { kind: 'newChat' };
    await settle();
    type(find<HTMLInputElement>('new-chat-address'), 'half typed');
    ask(fake.world, { task: 'askClose' });
    await settle(20);
    press(find('close-question'), 'Escape');
    await settle(20);
    expect(find<HTMLInputElement>('new-chat-address').value).toBe('half typed');
    expect(document.activeElement).toBe(find('new-chat-address'));
  });

  it('can be asked where nothing could be opened', async () => {
    const { fake } = await openWindow({ info: { fatal: failure('databaseTooNew') } });
    ask(fake.world, { task: 'askClose' });
    await settle(20);
    find('close-quit').click();
    await settle(20);
    expect(called(fake, 'desktop.close')).toHaveLength(1);
  });
});

describe('many errands', () => {
  it('never pile dialogs up', async () => {
    const { app, fake } = await openWindow();
    const ids = ask(
      fake.world,
      follow('xmpp:one@mantua.example?subscribe'),
      open(NURSE),
      { task: 'askClose' },
      follow('xmpp:two@mantua.example?subscribe'),
      follow('xmpp:orchard@rooms.verona.example?join'),
    );
    await settle(20);
    expect(dialogs()).toBe(1);
    press(find('close-question'), 'Escape');
    await settle(20);
    for (const jid of ['one@mantua.example', 'two@mantua.example']) {
      expect(dialogs()).toBe(1);
      expect(find<HTMLInputElement>('add-address').value).toBe(jid);
      press(find('add-dialog'), 'Escape');
      await settle(20);
    }
    expect(dialogs()).toBe(0);
    expect(app.place.conversation?.peer).toBe(NURSE);
    expect([...done(fake)].sort()).toEqual([...ids].sort());
  });

  it('wait for a question that belongs to the page', async () => {
    const { app, fake } = await openWindow();
    app.place.openPerson(ACCOUNT, JULIET);
    await settle();
    find('person-remove').click();
    await settle();
    ask(fake.world, follow(`xmpp:${PETER}?subscribe`));
    await settle(20);
    expect(all('add-dialog')).toEqual([]);
    press(document.querySelector('dialog') ?? document.body, 'Escape');
    await settle(20);
    expect(find<HTMLInputElement>('add-address').value).toBe(PETER);
  });
});
