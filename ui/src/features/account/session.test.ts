import { describe, expect, it } from 'vitest';
import { en } from '../../i18n/en';
import { failure } from '../../ipc/fake/world';
import { ACCOUNT, all, find, JULIET, openChat, openWindow, settle } from '../../test-window';

const waiting = () => ({ state: 'waiting' as const, failure: failure('unreachable'), retryAt: Date.now() + 8000 });

describe('the bar of an account that cannot connect', () => {
  it('stays, and what was opened from it, while it tries again', async () => {
    const { fake } = await openWindow({ session: waiting() });
    const why = [...find('session-bar').querySelectorAll('button')].find(
      (button) => button.textContent.trim() === en['session.why'],
    );
    why?.click();
    await settle();
    const bar = find('session-bar');
    fake.world.changeAccount(ACCOUNT, { session: { state: 'connecting', step: 'tcp' } });
    await settle();
    expect(find('session-bar')).toBe(bar);
    expect(document.querySelector('dialog')?.textContent).toContain(en['failure.unreachable.what']);
    fake.world.changeAccount(ACCOUNT, { session: waiting() });
    await settle();
    expect(document.querySelector('dialog')?.textContent).toContain(en['failure.unreachable.what']);
    fake.world.changeAccount(ACCOUNT, { session: { state: 'online', catchingUp: false } });
    await settle();
    expect(all('session-bar')).toEqual([]);
    expect(document.querySelector('dialog')).toBeNull();
  });

  it('is not there while an account connects for the first time', async () => {
    await openWindow({ session: { state: 'connecting', step: 'tls' } });
    expect(all('session-bar')).toEqual([]);
  });
});

describe('an account that is signed out', () => {
  it('says so where somebody is written to, and of nobody that they are offline', async () => {
    const { app } = await openWindow({ session: { state: 'offline' } });
    expect(all('session-bar')).toEqual([]);
    await openChat(app);
    expect(find('session-bar').textContent).toContain(en['session.offlineMeans']);
    const heading = document.querySelector('main header')?.textContent;
    expect(heading).toContain(JULIET);
    expect(heading).not.toContain(en['show.offline']);
  });
});
