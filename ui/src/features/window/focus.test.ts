import { describe, expect, it, vi } from 'vitest';
import { failure } from '../../ipc/fake/world';
import { ACCOUNT, all, find, JULIET, openChat, openWindow, press, settle, type } from '../../test-window';

const NURSE = 'nurse@capulet.example';

/** Three times as large: one column, as in a narrow window. */
const NARROW = { settings: { zoom: 300 } };

const focused = () => document.activeElement as HTMLElement | null;

describe('the focus', () => {
  it('skips what repeats', async () => {
    const { app } = await openWindow();
    await openChat(app);
    const skip = find('skip');
    expect(document.querySelector('a, button, input, [tabindex="0"]')).toBe(skip);
    skip.focus();
    skip.click();
    expect(document.querySelector('main')?.contains(focused())).toBe(true);
  });

  it('has one stop in a list, and walks it with the arrow keys', async () => {
    await openWindow();
    const rows = all('conversation-row');
    expect(rows.filter((row) => row.tabIndex === 0)).toHaveLength(1);
    rows[0]?.focus();
    press(rows[0] ?? document.body, 'ArrowDown');
    await settle();
    expect(focused()).toBe(all('conversation-row')[1]);
    press(focused() ?? document.body, 'End');
    await settle();
    expect(focused()).toBe(all('conversation-row').at(-1));
    expect(all('conversation-row').filter((row) => row.tabIndex === 0)).toHaveLength(1);
  });

  it('goes to the neighbour of a row that is taken away', async () => {
    const { app } = await openWindow();
    const [, second, third] = all('conversation-row');
    second?.focus();
    await app.rpc('conversation.close', { account: ACCOUNT, peer: second?.dataset['peer'] ?? '' });
    await settle(10);
    expect(focused()?.dataset['peer']).toBe(third?.dataset['peer']);
  });

  it('goes back into the list when a conversation is left', async () => {
    const { app } = await openWindow();
    await openChat(app);
    expect(focused()).toBe(find('composer-input'));
    press(focused() ?? document.body, 'Escape');
    await settle(10);
    expect(app.place.conversation).toBeNull();
    expect(focused()).toBe(find('conversation-row', `[data-peer="${JULIET}"]`));
  });

  it('is kept when a conversation is hidden from its own menu', async () => {
    const { app } = await openWindow();
    await openChat(app);
    find('chat-menu').focus();
    find('chat-menu').click();
    await settle();
    const hide = [...document.querySelectorAll<HTMLElement>('[role=menuitem]')].find((item) =>
      item.textContent?.includes('Hide'),
    );
    hide?.click();
    await settle(20);
    expect(app.place.conversation).toBeNull();
    expect(focused()?.dataset['testid']).toBe('conversation-row');
  });

  it('comes back to the button when the details are closed', async () => {
    const { app } = await openWindow();
    await openChat(app);
    find('details-button').focus();
    find('details-button').click();
    await settle();
    const close = document.querySelector<HTMLElement>('aside .close button');
    close?.focus();
    close?.click();
    await settle();
    expect(focused()).toBe(find('details-button'));
  });

  it('goes into the details where they cover the page, and back', async () => {
    const { app } = await openWindow(NARROW);
    await openChat(app);
    find('details-button').focus();
    find('details-button').click();
    await settle();
    expect(document.querySelector('aside')?.contains(focused())).toBe(true);
    press(focused() ?? document.body, 'Escape');
    await settle();
    expect(focused()).toBe(find('details-button'));
  });

  it('goes from a request that was answered to what is next', async () => {
    const { app, fake } = await openWindow();
    const request = fake.world.requests.values().next().value;
    if (!request) throw new Error('the fake has no request');
    const other = { ...request, id: `${ACCOUNT}/peter@mantua.example`, jid: 'peter@mantua.example', order: 2 };
    fake.world.requests.set(other.id, other);
    app.requests.start();
    app.place.section = 'people';
    await settle();
    all('request-accept')[0]?.focus();
    all('request-accept')[0]?.click();
    await settle(10);
    expect(all('request')).toHaveLength(1);
    expect(focused()).toBe(find('request-accept'));
    find('request-decline').focus();
    find('request-decline').click();
    await settle(10);
    expect(all('request')).toEqual([]);
    expect(find('people-row').closest('section')?.contains(focused())).toBe(true);
  });

  it('stays on the message whose failure is dealt with, or goes to its neighbour', async () => {
    const { app } = await openWindow();
    await openChat(app, 'tybalt@capulet.example');
    find('message-retry').focus();
    find('message-retry').click();
    await settle(10);
    expect(focused()).toBe(find('message', '[data-message-id="tybalt-failed"]'));
    press(focused() ?? document.body, 'Enter');
    await settle();
    const discard = [...document.querySelectorAll<HTMLElement>('[role=menuitem]')].find((item) =>
      item.textContent?.includes('Discard'),
    );
    discard?.click();
    await settle(20);
    expect(document.querySelector('[data-message-id="tybalt-failed"]')).toBeNull();
    expect(focused()?.dataset['testid']).toBe('message');
  });

  it('is in the composer after sending with the button', async () => {
    const { app } = await openWindow();
    await openChat(app, NURSE);
    type(find<HTMLTextAreaElement>('composer-input'), 'hello');
    find('composer-send').focus();
    find('composer-send').click();
    await settle();
    expect(focused()).toBe(find('composer-input'));
  });

  it('goes to the field that is wrong', async () => {
    const { app } = await openWindow();
    app.place.overlay = { kind: 'addContact' };
    await settle();
    find('add-name').focus();
    find('add-submit').click();
    await settle();
    const field = find<HTMLInputElement>('add-address');
    expect(focused()).toBe(field);
    expect(field.getAttribute('aria-invalid')).toBe('true');
    const error = document.getElementById(field.getAttribute('aria-describedby')?.split(' ')[0] ?? '');
    expect(error?.textContent).toContain('An address has a name');
  });

  it('comes back from a dialog, also where what opened it is gone', async () => {
    const { app, fake } = await openWindow();
    await openChat(app, 'stranger@elsewhere.example');
    const add = [...document.querySelectorAll<HTMLElement>('.bar button')].at(-1);
    add?.focus();
    add?.click();
    await settle();
    find('add-submit').click();
    await settle(20);
    expect(app.place.section).toBe('people');
    expect(focused()).not.toBe(document.body);
    expect(fake.calls.some((call) => call.name === 'roster.add')).toBe(true);
  });

  it('is somewhere after every change of section by keyboard', async () => {
    const { app } = await openWindow();
    await openChat(app);
    press(document.body, ',', { ctrlKey: true });
    await settle(10);
    expect(app.place.section).toBe('settings');
    expect(focused()).not.toBe(document.body);
    press(document.body, 'k', { ctrlKey: true });
    await settle();
    type(find<HTMLInputElement>('palette-input'), 'go to people');
    press(find('palette-input'), 'Enter');
    await settle(10);
    expect(app.place.section).toBe('people');
    expect(focused()).not.toBe(document.body);
  });

  it('is kept while a button is busy', async () => {
    const { app, fake } = await openWindow();
    app.place.overlay = { kind: 'newChat' };
    await settle();
    let answer: (value: null) => void = () => undefined;
    fake.overrides['conversation.open'] = () => new Promise((resolve) => (answer = resolve));
    type(find<HTMLInputElement>('new-chat-address'), 'peter@mantua.example');
    const button = find<HTMLButtonElement>('new-chat-submit');
    button.focus();
    button.click();
    await settle();
    expect(button.disabled).toBe(false);
    expect(button.getAttribute('aria-disabled')).toBe('true');
    button.click();
    await settle();
    expect(fake.calls.filter((call) => call.name === 'conversation.open')).toHaveLength(1);
    expect(focused()).toBe(button);
    answer(null);
    await settle(10);
    expect(app.place.conversation?.peer).toBe('peter@mantua.example');
  });

  it('walks the parts of the window with F6, what is covered left out', async () => {
    const { app } = await openWindow();
    await openChat(app);
    app.place.details = true;
    await settle();
    const parts = new Set<string | undefined>();
    for (let round = 0; round < 8; round++) {
      press(document.body, 'F6');
      parts.add(focused()?.closest<HTMLElement>('[data-region]')?.dataset['region']);
    }
    expect([...parts].sort()).toEqual(['composer', 'details', 'list', 'page', 'rail', 'timeline']);
  });
});

describe('motion', () => {
  it('is not asked of those who do not want it', async () => {
    const calls: (ScrollBehavior | undefined)[] = [];
    const scroll = vi
      .spyOn(Element.prototype, 'scrollIntoView')
      .mockImplementation((how) => void calls.push(typeof how === 'object' ? how.behavior : undefined));
    const media = vi.spyOn(window, 'matchMedia').mockImplementation(
      (query) =>
        Object.assign(new EventTarget(), {
          matches: query.includes('reduced-motion'),
          media: query,
        }) as MediaQueryList,
    );
    const { app } = await openWindow();
    app.notices.show(failure('offline'));
    await settle(40);
    expect(calls).toContain('auto');
    expect(calls).not.toContain('smooth');
    scroll.mockRestore();
    media.mockRestore();
  });
});
