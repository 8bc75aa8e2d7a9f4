import { describe, expect, it } from 'vitest';
import { en } from '../../i18n/en';
import { failure } from '../../ipc/fake/world';
import { ACCOUNT, all, find, openWindow, settle, type } from '../../test-window';
import { lastCall, openSettings } from './test-settings';

describe('accounts and security', () => {
  it('turns an account off and on, and says how its connection is secured', async () => {
    const { fake } = await openSettings({ two: true });
    expect(all('account-row')).toHaveLength(2);
    const row = find('account-row');
    expect(row.textContent).toContain('TLS 1.3');
    expect(row.textContent).toContain(en['account.securedBound']);
    const enabled = () => find('account-row').querySelector<HTMLElement>('[data-testid=account-enabled]');
    enabled()?.click();
    await settle();
    expect(lastCall(fake, 'account.signOut')).toEqual({ account: ACCOUNT });
    expect(enabled()?.getAttribute('aria-checked')).toBe('false');
    expect(find('account-row').textContent).toContain(en['account.securedLater']);
    enabled()?.click();
    await settle();
    expect(lastCall(fake, 'account.connect')).toEqual({ account: ACCOUNT });
  });

  it.each([
    [false, 0],
    [true, 1],
  ])('tells accounts apart by a colour where there are several: %s', async (two, marks) => {
    await openSettings({ two });
    expect(find('account-row').querySelectorAll('[data-testid=account-mark]')).toHaveLength(marks);
  });

  it('colours an account, and lets it be as by itself again', async () => {
    const { app, fake } = await openSettings();
    find('account-open').click();
    await settle();
    const colour = (hue: string) =>
      find('account-colour').querySelector<HTMLInputElement>(`[data-hue="${hue}"] input`) ?? undefined;
    expect(colour('none')?.checked).toBe(true);
    const names = [...find('account-colour').querySelectorAll('label')].map((label) => label.textContent.trim());
    expect(new Set(names).size).toBe(names.length);
    colour('257')?.click();
    await settle();
    expect(lastCall(fake, 'account.setColour')).toEqual({ account: ACCOUNT, hue: 257 });
    expect(app.account(ACCOUNT)?.coloured).toBe(true);
    colour('none')?.click();
    await settle();
    expect(lastCall(fake, 'account.setColour')).toEqual({ account: ACCOUNT, hue: null });
    find('back').click();
    await settle();
    expect(find('settings-page')).toBeTruthy();
  });

  it('says that the keyring keeps passwords, and offers nothing else then', async () => {
    await openSettings();
    expect(find('passwords').dataset['store']).toBe('keyring');
    expect(all('setting-password-file')).toEqual([]);
  });

  it('keeps passwords in a file where the person wants that', async () => {
    const { fake } = await openSettings({ info: { passwords: 'nowhere' } });
    expect(find('passwords').textContent).toBe(en['passwords.nowhere']);
    expect(find('settings-page').textContent).toContain(en['passwords.useFileWarning']);
    find('setting-password-file').click();
    await settle();
    expect(lastCall(fake, 'settings.set')).toMatchObject({ passwordFile: true });
    expect(find('passwords').dataset['store']).toBe('file');
  });

  it('has nothing to choose where the file was named at the start', async () => {
    await openSettings({ info: { passwords: 'namedFile' } });
    expect(find('passwords').textContent).toBe(en['passwords.namedFile']);
    expect(all('setting-password-file')).toEqual([]);
  });

  it('stays signed in by a file named at the start, and says so without a second switch', async () => {
    await openWindow({ fresh: true, info: { passwords: 'namedFile' } });
    expect(find<HTMLButtonElement>('sign-in-remember').disabled).toBe(false);
    expect(document.body.textContent).toContain(en['signIn.rememberFile']);
    expect(all('setting-password-file')).toEqual([]);
  });

  it('can stay signed in once there is a file, chosen before signing in', async () => {
    const { fake } = await openWindow({ fresh: true, info: { passwords: 'nowhere' } });
    expect(find<HTMLButtonElement>('sign-in-remember').disabled).toBe(true);
    find('setting-password-file').click();
    await settle();
    expect(find<HTMLButtonElement>('sign-in-remember').disabled).toBe(false);
    type(find<HTMLInputElement>('sign-in-address'), 'a@b.example');
    type(find<HTMLInputElement>('sign-in-password'), 'x');
    find('sign-in-submit').click();
    await settle();
    expect(lastCall(fake, 'account.signIn')).toMatchObject({ remember: true });
    const names = fake.calls.map((call) => call.name);
    expect(names.indexOf('settings.set')).toBeLessThan(names.indexOf('account.signIn'));
  });

  it('takes the password where the keyring does not give it out', async () => {
    const { fake } = await openWindow({ session: { state: 'stopped', failure: failure('keyring') } });
    expect(find('session-unlock')).toBeTruthy();
    type(find<HTMLInputElement>('session-password'), 'secret');
    find('session-retry').click();
    await settle();
    expect(lastCall(fake, 'account.setPassword')).toEqual({ account: ACCOUNT, password: 'secret', remember: false });
  });

  it('says that it waits for the keyring', async () => {
    await openSettings({ session: { state: 'connecting', step: 'keyring' } });
    expect(find('account-row').textContent).toContain(en['session.connecting.keyring']);
  });
});
