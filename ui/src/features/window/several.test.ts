import { describe, expect, it, vi } from 'vitest';
import { personInks } from '../../components/colour';
import { ACCOUNT, all, find, JULIET, openChat, openWindow, settle, type } from '../../test-window';

const SECOND = 'mira.second@work.example';

async function several() {
  const opened = await openWindow();
  const second = opened.fake.world.populate(SECOND);
  for (const view of ['accounts', 'roster', 'conversations', 'requests'] as const) opened.app[view].start();
  await settle();
  return { ...opened, second };
}
const marks = (root: Element) => [...root.querySelectorAll<HTMLElement>('[data-testid=account-mark]')];
const markOf = (root: Element | undefined | null) => (root ? marks(root)[0]?.dataset['account'] : undefined);

describe('one account', () => {
  it('is marked nowhere', async () => {
    const { app } = await openWindow();
    await openChat(app);
    app.place.details = true;
    await settle();
    expect(all('account-mark')).toEqual([]);
    app.place.openPerson(ACCOUNT, JULIET);
    app.place.overlay = { kind: 'newChat' };
    await settle();
    expect(all('account-mark')).toEqual([]);
    expect(all('account-choice')).toEqual([]);
  });
});

describe('several accounts', () => {
  it('are told apart in the list, by colour and in words', async () => {
    const { app, second } = await several();
    const rows = all('conversation-row').filter((row) => row.dataset['peer'] === JULIET);
    expect(rows.map(markOf).sort()).toEqual([ACCOUNT, second].sort());
    for (const row of rows) {
      const account = app.account(markOf(row) ?? '');
      expect(row.textContent).toContain(account?.jid);
      expect(marks(row)[0]?.style.getPropertyValue('--light')).toBe(personInks(account?.hue ?? 0).light);
      expect(marks(row)[0]?.getAttribute('aria-hidden')).toBe('true');
    }
  });

  it('have the colour that was chosen for them at once', async () => {
    const { app, second } = await several();
    await app.rpc('account.setColour', { account: second, hue: 185 });
    await settle();
    const mark = find('account-mark', `[data-account="${second}"]`);
    expect(mark.style.getPropertyValue('--light')).toBe(personInks(185).light);
  });

  it('are told apart in the heading of a conversation, in its details and in People', async () => {
    const { app, second } = await several();
    app.place.openConversation(second, JULIET);
    app.place.details = true;
    await settle(20);
    expect(markOf(document.querySelector('main header'))).toBe(second);
    expect(document.querySelector('main header')?.textContent).toContain(`through ${SECOND}`);
    expect(markOf(find('person-panel'))).toBe(second);
    app.place.section = 'people';
    await settle();
    const box = document.querySelector<HTMLInputElement>('section.list input');
    if (box) type(box, 'juliet');
    await settle();
    const rows = all('people-row').filter((row) => row.dataset['jid'] === JULIET);
    expect(rows.map(markOf).sort()).toEqual([ACCOUNT, second].sort());
    expect(rows.every((row) => row.textContent?.includes(markOf(row) === second ? SECOND : 'mira@'))).toBe(true);
    expect(all('request').map(markOf).sort()).toEqual([ACCOUNT, second].sort());
    expect(find('request').textContent).toContain('asks mira');
  });

  it('are told apart in what was found', async () => {
    const { second } = await several();
    type(find<HTMLInputElement>('search-input'), 'arrival time');
    await vi.waitFor(() => expect(all('search-hit').length).toBeGreaterThan(1), 2000);
    expect(new Set(all('search-hit').map(markOf))).toEqual(new Set([ACCOUNT, second]));
  });

  it('are a choice by colour and address where one must act', async () => {
    const { app, fake, second } = await several();
    app.place.overlay = { kind: 'addContact' };
    await settle();
    const choices = all('account-choice');
    expect(choices.map((choice) => choice.dataset['account'])).toEqual([ACCOUNT, second]);
    expect(choices.map(markOf)).toEqual([ACCOUNT, second]);
    expect(choices[1]?.textContent).toContain(SECOND);
    choices[1]?.querySelector('input')?.click();
    type(find<HTMLInputElement>('add-address'), 'peter@mantua.example');
    find('add-submit').click();
    await settle(10);
    expect(fake.calls.find((call) => call.name === 'roster.add')?.request).toMatchObject({ account: second });
  });
});
