import { describe, expect, it, vi } from 'vitest';
import { en } from '../../i18n/en';
import { failure, NOTIFY } from '../../ipc/fake/world';
import { ACCOUNT, all, find, JULIET, press, settle, type } from '../../test-window';
import { choose, described, enter, lastCall, openSettings } from './test-settings';

describe('each control', () => {
  it.each([
    ['setting-notify', { notify: false }],
    ['setting-sound', { notificationSound: false }],
    ['setting-receipts', { sendReceipts: false }],
    ['setting-markers', { sendMarkers: false }],
    ['setting-typing', { sendChatStates: false }],
    ['setting-enter', { enterSends: false }],
    ['setting-quiet', { quietHours: { from: 1320, to: 420 } }],
  ])('%s switches', async (testid, part) => {
    const { fake } = await openSettings();
    find(testid).click();
    await settle();
    expect(lastCall(fake, 'settings.set')).toMatchObject(part);
  });

  it.each([
    ['setting-theme', 'dark', { theme: 'dark' }],
    ['setting-density', 'compact', { density: 'compact' }],
    ['setting-language', 'de', { language: 'de' }],
    ['setting-preview', 'nothing', { preview: 'nothing' }],
    ['setting-close', 'hide', { onClose: 'hide' }],
  ])('%s chooses %s', async (testid, value, part) => {
    const { fake } = await openSettings();
    choose(testid, value);
    await settle();
    expect(lastCall(fake, 'settings.set')).toMatchObject(part);
  });

  it('zooms the screen the window is on', async () => {
    const { app } = await openSettings();
    find('setting-zoom').querySelectorAll('button')[1]?.click();
    await settle();
    expect(app.zoom).toBe(110);
  });
});

describe('quiet hours', () => {
  const hours = (from: number, to: number) => ({ settings: { quietHours: { from, to } } });

  it('are kept as minutes after midnight, however they are written', async () => {
    const { fake } = await openSettings(hours(22 * 60, 7 * 60));
    for (const [text, from] of [
      ['23:15', 1395],
      ['21', 1260],
      ['1030', 630],
      ['9 pm', 1260],
    ] as const) {
      enter('setting-quiet-from', text);
      await settle();
      expect(lastCall(fake, 'settings.set')?.quietHours, text).toEqual({ from, to: 420 });
    }
  });

  it('say beside the field what is wrong, and keep what was', async () => {
    const { app, fake } = await openSettings(hours(22 * 60, 7 * 60));
    const to = find<HTMLInputElement>('setting-quiet-to');
    enter('setting-quiet-to', '25:99');
    await settle();
    expect(to.getAttribute('aria-invalid')).toBe('true');
    expect(described(to)).toContain('10:30');
    expect(to.value).toBe('25:99');
    enter('setting-quiet-to', '');
    await settle();
    expect(to.getAttribute('aria-invalid')).toBe('true');
    enter('setting-quiet-to', '10 pm');
    await settle();
    expect(described(to)).toContain(en['settings.quietSame']);
    expect(lastCall(fake, 'settings.set')).toBeUndefined();
    expect(app.settings.quietHours).toEqual({ from: 1320, to: 420 });
    enter('setting-quiet-to', '6:30');
    await settle();
    expect(to.getAttribute('aria-invalid')).toBe('false');
    expect(app.settings.quietHours).toEqual({ from: 1320, to: 390 });
  });

  it('come back as they were turned off', async () => {
    const { app } = await openSettings(hours(60, 120));
    find('setting-quiet').click();
    await settle();
    expect(app.settings.quietHours).toBeNull();
    find('setting-quiet').click();
    await settle();
    expect(app.settings.quietHours).toEqual({ from: 60, to: 120 });
  });
});

describe('notifications', () => {
  it('shows one, and says where that failed', async () => {
    const { fake } = await openSettings();
    find('setting-try-notification').click();
    await settle();
    expect(find('notification-service').textContent).toContain(en['settings.tryDone']);
    fake.overrides['desktop.tryNotification'] = () => Promise.reject(failure('noDesktop'));
    find('setting-try-notification').click();
    await settle();
    expect(find('notification-service').querySelector('[data-code="noDesktop"]')).not.toBeNull();
    expect(find('notification-service').textContent).not.toContain(en['settings.tryDone']);
  });

  it('says where nothing shows them, and what to do', async () => {
    await openSettings({ desktop: { notifications: null } });
    expect(find('notification-service').textContent).toContain(en['settings.serviceNoneLead']);
  });

  it('says what the service cannot do, and that it holds back', async () => {
    const notifications = { name: '', actions: false, inlineReply: false, sound: false, doNotDisturb: true };
    await openSettings({ desktop: { notifications } });
    const text = find('notification-service').textContent;
    for (const key of ['serviceSystem', 'serviceQuiet', 'serviceActionsNone', 'serviceSoundNone'] as const)
      expect(text).toContain(en[`settings.${key}`]);
    expect(described(find('setting-sound'))).toContain(en['settings.soundNone']);
  });

  it('lists muted conversations and lets them speak again', async () => {
    const { fake } = await openSettings();
    fake.world.changeConversation(`${ACCOUNT}/${JULIET}`, { notify: { ...NOTIFY, muted: true, preview: 'name' } });
    // A time that has passed mutes no more.
    const nurse = `${ACCOUNT}/nurse@capulet.example`;
    fake.world.changeConversation(nurse, { notify: { ...NOTIFY, muted: true, mutedUntil: Date.now() - 1000 } });
    await settle();
    expect(all('setting-unmute').map((button) => button.dataset['peer'])).toEqual([JULIET, 'tybalt@capulet.example']);
    find('setting-unmute', `[data-peer="${JULIET}"]`).click();
    await settle();
    expect(lastCall(fake, 'conversation.notify')).toEqual({
      account: ACCOUNT,
      peer: JULIET,
      notify: { muted: false, mutedUntil: null, preview: 'name', sound: null },
    });
    expect(all('setting-unmute')).toHaveLength(1);
  });
});

describe('privacy', () => {
  it('shows who sees the own presence, and stops showing it', async () => {
    const { app, fake } = await openSettings();
    const seeing = [...app.roster.records.values()].filter(({ subscription }) => /from|both/.test(subscription));
    expect(find('audience').dataset['count']).toBe(String(seeing.length));
    find('audience-stop', `[data-jid="${JULIET}"]`).click();
    await settle();
    expect(lastCall(fake, 'roster.subscribe')).toEqual({ account: ACCOUNT, jid: JULIET, action: 'deny' });
    expect(find('audience').dataset['count']).toBe(String(seeing.length - 1));
    type(find('audience').querySelector('input') ?? find<HTMLInputElement>('none'), 'nurse');
    await settle();
    expect(all('audience-stop').map((button) => button.dataset['jid'])).toEqual(['nurse@capulet.example']);
  });

  it('draws few of thousands', async () => {
    const { fake } = await openSettings();
    const juliet = fake.world.roster.get(`${ACCOUNT}/${JULIET}`);
    if (!juliet) throw new Error('no Juliet');
    const crowd = Array.from({ length: 5000 }, (_, index) => {
      const jid = `person${index}@example.org`;
      return { ...juliet, id: `${ACCOUNT}/${jid}`, jid, name: `Person ${index}` };
    });
    fake.world.views.roster.delta(crowd);
    await settle();
    expect(Number(find('audience').dataset['count'])).toBeGreaterThan(5000);
    expect(all('audience-stop').length).toBeLessThan(80);
  });

  it('unblocks', async () => {
    const { fake } = await openSettings();
    fake.world.changeContact(`${ACCOUNT}/${JULIET}`, { blocked: true });
    await settle();
    find('setting-unblock', `[data-jid="${JULIET}"]`).click();
    await settle();
    expect(lastCall(fake, 'blocking.set')).toEqual({ account: ACCOUNT, jid: JULIET, blocked: false });
    expect(all('setting-unblock')).toEqual([]);
  });
});

describe('window and start', () => {
  it('says what closing means without a tray, and offers no start into it', async () => {
    await openSettings({ desktop: { tray: false } });
    expect(find('setting-close-no-tray').textContent).toBe(en['settings.closeNoTray']);
    expect(all('setting-close')).toEqual([]);
    expect(find('setting-login').querySelectorAll('input')).toHaveLength(2);
  });

  it('arranges starting at login, and says where that failed', async () => {
    const { fake } = await openSettings();
    choose('setting-login', 'hidden');
    await settle();
    expect(lastCall(fake, 'desktop.setStartAtLogin')).toEqual({ start: 'hidden' });
    fake.overrides['desktop.setStartAtLogin'] = () => Promise.reject(failure('noDesktop'));
    choose('setting-login', 'no');
    await settle();
    expect(find('setting', '[data-setting="login"]').querySelector('[data-code="noDesktop"]')).not.toBeNull();
    expect(find('setting-login').querySelector<HTMLInputElement>('input:checked')?.value).toBe('hidden');
  });

  it('says where it cannot be arranged', async () => {
    await openSettings({ desktop: { startAtLogin: null } });
    expect(find('setting-login-none').textContent).toBe(en['settings.loginNone']);
  });
});

describe('storage', () => {
  it('asks before it shortens, and keeps everything where the answer is no', async () => {
    const { app, fake } = await openSettings();
    choose('setting-keep-days', '7');
    await settle();
    const question = document.querySelector('dialog');
    expect(question?.textContent).toContain('server keeps its own copy');
    expect(lastCall(fake, 'settings.set')).toBeUndefined();
    press(question ?? document.body, 'Escape');
    await settle();
    expect(find<HTMLSelectElement>('setting-keep-days').value).toBe('forever');
    choose('setting-keep-days', '365');
    await settle();
    find('confirm').click();
    await settle();
    expect(app.settings.keepDays).toBe(365);
    // Longer than before removes nothing, so nobody is asked.
    choose('setting-keep-days', 'forever');
    await settle();
    expect(document.querySelector('dialog')).toBeNull();
    expect(app.settings.keepDays).toBeNull();
  });

  it('measures anew after older messages went', async () => {
    const { fake } = await openSettings();
    const measured = () => fake.calls.filter((call) => call.name === 'storage.get').length;
    const before = measured();
    choose('setting-keep-days', '7');
    await settle();
    find('confirm').click();
    await vi.waitFor(() => expect(measured()).toBe(before + 1));
    expect(find<HTMLSelectElement>('setting-keep-days').value).toBe('7');
  });

  it('removes the messages of an account once that is confirmed', async () => {
    const { fake } = await openSettings();
    expect(find('stored').textContent).toMatch(/\d+ kB/);
    find('stored-wipe').click();
    await settle();
    expect(lastCall(fake, 'storage.wipe')).toBeUndefined();
    expect(document.querySelector('dialog')?.textContent).toContain('server keeps its own copy');
    find('confirm').click();
    await vi.waitFor(() => expect(find('stored').dataset['messages']).toBe('0'));
    expect(lastCall(fake, 'storage.wipe')).toEqual({ account: ACCOUNT });
    expect(find('stored').textContent).toContain(en['settings.keptNone']);
  });
});

describe('a report', () => {
  it('carries what helps and names nobody', async () => {
    const { app } = await openSettings({
      two: true,
      settings: { density: 'compact' },
      info: { crashReport: `panicked while talking to ${JULIET}/balcony at orchard.example` },
    });
    const text = find('report-text').textContent;
    for (const piece of ['Waxwing 0.1.0', 'online', 'density: "compact"', 'panicked', 'dunst'])
      expect(text).toContain(piece);
    for (const { jid } of [...app.accountList, ...app.roster.records.values()]) expect(text).not.toContain(jid);
    expect(text).not.toContain('orchard.example');
  });
});

describe('files', () => {
  it('come by themselves up to a size, within a room, and without what photos tell', async () => {
    const { app, fake } = await openSettings();
    choose('setting-receive', '0');
    await settle();
    expect(lastCall(fake, 'settings.set')?.receiveMb).toBe(0);
    choose('setting-keep-files', '5000');
    await settle();
    expect(lastCall(fake, 'settings.set')?.keepMb).toBe(5000);
    choose('setting-keep-files', 'all');
    await settle();
    expect(lastCall(fake, 'settings.set')?.keepMb).toBeNull();
    find('setting-strip').click();
    await settle();
    expect(app.settings.stripPhotos).toBe(false);
  });

  it('show a size from elsewhere as it is', async () => {
    await openSettings({ settings: { receiveMb: 25, keepMb: 1234 } });
    expect(find<HTMLSelectElement>('setting-receive').selectedOptions[0]?.textContent).toBe('Up to 25 MB');
    expect(find<HTMLSelectElement>('setting-keep-files').selectedOptions[0]?.textContent).toBe('1,234 MB');
  });
});
