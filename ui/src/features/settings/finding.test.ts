import { describe, expect, it } from 'vitest';
import { en } from '../../i18n/en';
import { find, press, settle } from '../../test-window';
import { occurrences } from './highlight';
import { enter, openSettings, search, shown } from './test-settings';

describe('finding a setting', () => {
  it('goes by label, by help and by words that stand nowhere', async () => {
    await openSettings();
    expect(await search('density')).toEqual(['density']);
    expect(await search('over your shoulder')).toEqual(['preview']);
    expect(await search('RETENTION')).toEqual(['keepDays']);
    expect(await search('autostart')).toEqual(['login']);
    expect(shown('settings-section', 'section')).toEqual(['window']);
    expect(await search('mira@orchard')).toContain('accounts');
  });

  it('goes by German words in German, whatever the accents', async () => {
    await openSettings({ settings: { language: 'de' }, language: 'de' });
    expect(await search('farben')).toContain('theme');
    expect(await search('grosse')).toContain('zoom');
    expect(await search('große')).toContain('zoom');
    expect(await search('schulter')).toEqual(['preview']);
    expect(await search('aufbewahrung')).toEqual(['keepDays']);
    expect(await search('shoulder')).toEqual([]);
  });

  it('wants every word', async () => {
    await openSettings();
    expect(await search('quiet night')).toEqual(['quietHours']);
    expect(await search('quiet licence')).toEqual([]);
  });

  it('says when nothing matches, and shows everything again', async () => {
    const { app } = await openSettings();
    await search('xyzzy');
    expect(find('settings-page').textContent).toContain(en['settings.foundNoneLead']);
    find('settings-show-all').click();
    await settle();
    expect(app.place.settingsQuery).toBe('');
    expect(shown('settings-section', 'section')).toHaveLength(12);
  });

  it('goes on by keyboard: down into what was found, Enter to the control, Escape back', async () => {
    const { app } = await openSettings();
    await search('sound');
    press(find('settings-search'), 'ArrowDown');
    expect(document.activeElement).toBe(find('settings-result', '[data-setting="sound"]'));
    find('settings-result', '[data-setting="quietHours"]').click();
    await settle();
    expect(document.activeElement).toBe(find('setting-quiet'));
    find('settings-search').focus();
    press(find('settings-search'), 'Enter');
    await settle();
    expect(document.activeElement).toBe(find('setting-sound'));
    press(find('setting-sound'), 'Escape');
    expect(app.place.settingsQuery).toBe('');
    press(find('setting-sound'), 'Escape');
    expect(app.place.settings).toBeNull();
  });

  it('leaves an account’s own page for what is found', async () => {
    const { app } = await openSettings();
    app.place.openSettings({ page: 'account', account: 'fake-1' });
    await settle();
    expect(await search('density')).toEqual(['density']);
    expect(app.place.settings).toBeNull();
  });

  it('keeps what is typed in a setting that is hidden meanwhile', async () => {
    await openSettings({ settings: { quietHours: { from: 60, to: 120 } } });
    enter('setting-quiet-to', 'soon');
    await search('density');
    await search('');
    expect(find<HTMLInputElement>('setting-quiet-to').value).toBe('soon');
  });
});

describe('the one page', () => {
  it('marks the section that was chosen, and leaves the focus in the list', async () => {
    const { app } = await openSettings();
    const row = find('settings-item', '[data-page="privacy"]');
    row.focus();
    row.click();
    await settle();
    expect(app.place.settingsSection).toBe('privacy');
    expect(find('settings-item', '[data-page="privacy"]').getAttribute('aria-current')).toBe('true');
    expect(document.activeElement).toBe(row);
  });

  it('opens at a setting that is asked for', async () => {
    const { app } = await openSettings();
    app.place.openSettings({ page: 'storage', setting: 'keepDays' });
    await settle();
    expect(document.activeElement).toBe(find('setting-keep-days'));
  });

  it('names the settings that could not be read', async () => {
    await openSettings({ info: { resetSettings: ['theme', 'quietHours'] } });
    const note = find('settings-reset');
    expect(note.textContent).toContain(en['settings.theme']);
    expect(note.textContent).toContain(en['settings.quietHours']);
    expect(note.textContent).not.toContain(en['settings.density']);
  });

  it('says when none of them could be read', async () => {
    await openSettings({ info: { resetSettings: ['settings'] } });
    expect(find('settings-reset').textContent).toContain(en['settings.resetAll']);
  });
});

describe('a word that was found', () => {
  it('is marked where it stands, whatever its case and accents', () => {
    expect(occurrences('Größe von allem', 'GROSSE')).toEqual([[0, 5]]);
    expect(occurrences('Play a sound; no sound', 'sound')).toEqual([
      [7, 12],
      [17, 22],
    ]);
    expect(occurrences('🌿 Café', 'cafe')).toEqual([[3, 7]]);
    expect(occurrences('Density', '')).toEqual([]);
  });
});
