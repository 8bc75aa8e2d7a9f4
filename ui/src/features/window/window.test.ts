import axe from 'axe-core';
import { describe, expect, it, vi } from 'vitest';
import { certificateFailure, failure } from '../../ipc/fake/world';
import { en } from '../../i18n/en';
import { ACCOUNT, all, find, JULIET, openChat, openWindow, press, settle, type } from '../../test-window';

async function signIn(address: string, password: string) {
  type(find<HTMLInputElement>('sign-in-address'), address);
  type(find<HTMLInputElement>('sign-in-password'), password);
  find('sign-in-submit').click();
  await settle(450);
}

describe('first run', () => {
  it('says what is missing instead of asking the server', async () => {
    const { fake } = await openWindow({ fresh: true });
    find('sign-in-submit').click();
    await settle();
    const address = find<HTMLInputElement>('sign-in-address');
    expect(address.getAttribute('aria-invalid')).toBe('true');
    const described = (address.getAttribute('aria-describedby') ?? '')
      .split(' ')
      .map((id) => document.getElementById(id));
    expect(described.map((element) => element?.textContent).join(' ')).toContain(en['signIn.addressMissing']);
    expect(fake.calls.some((call) => call.name === 'account.signIn')).toBe(false);
  });

  it('explains a wrong password and keeps what was typed', async () => {
    await openWindow({ fresh: true });
    await signIn('a@b.example', 'wrong');
    expect(find('failure').dataset['code']).toBe('notAuthorized');
    expect(find<HTMLInputElement>('sign-in-password').value).toBe('wrong');
  });

  it('shows a certificate and signs in with its pin when it is trusted', async () => {
    const { fake } = await openWindow({ fresh: true });
    await signIn('a@selfsigned.example', 'x');
    const fingerprint = certificateFailure('x').certificate?.fingerprint;
    expect(find('failure').textContent).toContain(fingerprint);
    find('trust-certificate').click();
    await settle(450);
    const last = fake.calls.filter((call) => call.name === 'account.signIn').at(-1);
    expect(last?.request).toMatchObject({ pin: fingerprint, remember: true });
    expect(find('section-chats')).toBeTruthy();
  });

  it('does not offer to trust a withdrawn certificate', async () => {
    const { fake } = await openWindow({ fresh: true });
    const revoked = certificateFailure('b.example');
    if (revoked.certificate) revoked.certificate.fault = 'revoked';
    fake.overrides['account.signIn'] = () => Promise.reject(revoked);
    await signIn('a@b.example', 'x');
    expect(all('trust-certificate')).toEqual([]);
  });

  it('remembers only where there is a keyring, and offers the demo only where there is one', async () => {
    const { fake } = await openWindow({ fresh: true, info: { passwords: 'nowhere', demoAvailable: false } });
    expect(all('demo-start')).toEqual([]);
    await signIn('a@b.example', 'x');
    expect(fake.calls.find((call) => call.name === 'account.signIn')?.request).toMatchObject({ remember: false });
  });

  it('creates an account with the fields the server asks for', async () => {
    const { fake } = await openWindow({ fresh: true });
    find('register-tab').querySelector('input')?.click();
    await settle();
    type(find<HTMLInputElement>('register-server'), 'new.example');
    find('register-continue').click();
    await vi.waitFor(() => find('register-submit'));
    const fields = all('register-field') as HTMLInputElement[];
    expect(fields.map((field) => field.dataset['field'])).toEqual(['username', 'password', 'email']);
    fields.forEach((field, index) => type(field, `value${index}`));
    find('register-submit').click();
    await settle();
    expect(fake.calls.find((call) => call.name === 'account.register')?.request).toMatchObject({
      domain: 'new.example',
      fields: [
        { name: 'username', value: 'value0' },
        { name: 'password', value: 'value1' },
        { name: 'email', value: 'value2' },
      ],
    });
  });

  it('says why nothing can be opened', async () => {
    await openWindow({ info: { fatal: failure('databaseTooNew') } });
    expect(find('failure').dataset['code']).toBe('databaseTooNew');
  });
});

describe('the main window', () => {
  it('shows hostile names and messages as text', async () => {
    const { app } = await openWindow();
    await openChat(app);
    expect(find('timeline').textContent).toContain('<img src=x onerror=alert(1)>');
    const hostile = [...app.roster.records.values()].find((contact) => contact.name.includes('<script>'));
    app.place.openPerson(ACCOUNT, hostile?.jid ?? '');
    await settle();
    expect(find('person-panel').textContent).toContain('<script>alert(1)</script>');
    expect(document.querySelector('body script, [data-testid=person-panel] b, [data-testid=message] img')).toBeNull();
  });

  it('marks as read at the live edge of a focused window only', async () => {
    const { app, fake } = await openWindow();
    const reads = () => fake.calls.filter((call) => call.name === 'conversation.read');
    app.setFocused(false);
    await openChat(app);
    expect(reads()).toEqual([]);
    app.setFocused(true);
    await settle();
    expect(reads()).toHaveLength(1);
    expect(fake.world.conversations.get(`${ACCOUNT}/${JULIET}`)?.unread).toBe(0);
  });

  it('keeps the divider while the conversation is open', async () => {
    const { app } = await openWindow();
    await openChat(app);
    await settle(50);
    expect(find('unread-divider')).toBeTruthy();
  });

  it('offers Retry and Discard for a failed message', async () => {
    const { app, fake } = await openWindow();
    await openChat(app, 'tybalt@capulet.example');
    find('message-retry').click();
    await settle();
    expect(find('message', '[data-message-id="tybalt-failed"]').dataset['delivery']).toBe('queued');
    expect(fake.calls.at(-1)).toMatchObject({ name: 'message.retry' });
  });

  it('finds a message and jumps to its place', async () => {
    await openWindow();
    type(find<HTMLInputElement>('search-input'), 'arrival time');
    await vi.waitFor(() => expect(all('search-hit').length).toBeGreaterThan(0), 2000);
    const hit = all('search-hit')[0];
    expect(hit?.querySelector('mark')?.textContent).toBe('arrival');
    hit?.click();
    await vi.waitFor(() => find('message', `[data-message-id="${hit?.dataset['messageId']}"]`), 5000);
  });

  it('tells why it is not connected, and takes a new password', async () => {
    const { fake } = await openWindow({ session: { state: 'stopped', failure: failure('notAuthorized') } });
    expect(find('session-bar').dataset['code']).toBe('notAuthorized');
    type(find<HTMLInputElement>('session-password'), 'better');
    find('session-retry').click();
    await settle();
    expect(fake.calls.find((call) => call.name === 'account.setPassword')?.request).toMatchObject({
      password: 'better',
    });
    expect(all('session-bar')).toEqual([]);
  });

  it('answers requests', async () => {
    const { app, fake } = await openWindow();
    app.place.section = 'people';
    await settle();
    find('request-accept').click();
    await settle();
    const asked = fake.calls.filter((call) => call.name === 'roster.subscribe');
    expect(asked).toMatchObject([{ request: { action: 'approve' } }]);
    expect(all('request')).toEqual([]);
  });

  it('goes anywhere by keyboard', async () => {
    const { app } = await openWindow();
    press(document.body, 'k', { ctrlKey: true });
    await settle();
    type(find<HTMLInputElement>('palette-input'), 'nurse');
    press(find('palette-input'), 'Enter');
    await settle();
    expect(app.place.conversation?.peer).toBe('nurse@capulet.example');
    press(document.body, 'ArrowUp', { altKey: true });
    expect(app.place.conversation?.peer).not.toBe('nurse@capulet.example');
    press(document.body, '?');
    expect(find('shortcuts')).toBeTruthy();
    press(find('shortcuts'), 'Escape');
    expect(all('shortcuts')).toEqual([]);
    press(document.body, 'Escape');
    expect(app.place.conversation).toBeNull();
    press(document.body, '+', { ctrlKey: true });
    expect(app.zoom).toBe(110);
  });

  it('draws few rows of a long conversation', async () => {
    const { app } = await openWindow({ long: 5000 });
    await openChat(app, 'mercutio@verona.example');
    expect(all('message').length).toBeGreaterThan(3);
    expect(all('message').length).toBeLessThan(80);
  });
});

describe('accessibility', () => {
  // There is no layout: colours have a test of their own.
  const rules = { 'color-contrast': { enabled: false } };
  const violations = async () =>
    (await axe.run(document.body, { rules })).violations.map(
      (found) => `${found.id}: ${found.nodes[0]?.html.slice(0, 160)}`,
    );

  it('finds nothing wrong at first run', async () => {
    await openWindow({ fresh: true });
    expect(await violations()).toEqual([]);
  });

  it('finds nothing wrong in a conversation, in people and in the settings', async () => {
    const { app } = await openWindow();
    await openChat(app);
    app.place.details = true;
    await settle();
    expect(await violations()).toEqual([]);
    app.place.openPerson(ACCOUNT, JULIET);
    await settle();
    expect(await violations()).toEqual([]);
    for (const page of ['appearance', 'chat', 'privacy', 'about'] as const) {
      app.place.openSettings({ page });
      await settle();
      expect(await violations(), page).toEqual([]);
    }
    app.place.openSettings({ page: 'account', account: ACCOUNT });
    await settle();
    expect(await violations()).toEqual([]);
    app.place.overlay = { kind: 'palette' };
    await settle();
    expect(await violations()).toEqual([]);
  }, 30_000);
});

describe('in the right-to-left pseudo-locale', () => {
  /** Words of the window that did not come from the catalogue: they are not turned around. */
  function unturned(root: Element): string[] {
    const found: string[] = [];
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode;
      // What people wrote or are called stands in its own direction: dir=auto, bdi, isolates, code.
      if (node.parentElement?.closest('[dir], bdi, time, .avatar, .log .row, option, b, .day')) continue;
      const text = (node.textContent ?? '')
        .replace(/\u202e[^\u202c]*\u202c/g, '')
        .replace(/\u2068[^\u2069]*\u2069/g, '');
      if (/[A-Za-z]{2,}/.test(text)) found.push(text.trim());
    }
    return found;
  }

  it('shows nothing but texts of the catalogue', async () => {
    const { app, target } = await openWindow({ language: 'pseudo' });
    expect(document.documentElement.dir).toBe('rtl');
    await openChat(app);
    expect(unturned(target)).toEqual([]);
    app.place.openPerson(ACCOUNT, JULIET);
    await settle();
    expect(unturned(target)).toEqual([]);
    for (const page of ['appearance', 'chat', 'privacy'] as const) {
      app.place.openSettings({ page });
      await settle();
      expect(unturned(target), page).toEqual([]);
    }
  });

  it('is right to left from the first screen', async () => {
    const { target } = await openWindow({ language: 'pseudo', fresh: true });
    expect(unturned(target).filter((text) => !text.includes('example'))).toEqual([]);
  });
});
