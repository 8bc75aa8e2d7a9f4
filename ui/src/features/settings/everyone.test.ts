import axe from 'axe-core';
import { describe, expect, it } from 'vitest';
import type { WorldOptions } from '../../ipc/fake/world';
import { ACCOUNT, find, JULIET, settle } from '../../test-window';
import { enter, openSettings, search } from './test-settings';

/** Everything there is to show at once. */
const EVERYTHING: WorldOptions = {
  two: true,
  settings: { quietHours: { from: 1320, to: 420 } },
  info: { passwords: 'nowhere', resetSettings: ['theme'], crashReport: 'panicked at client/account.rs:42' },
  desktop: {
    notifications: { name: 'dunst', actions: true, inlineReply: false, sound: false, doNotDisturb: true },
  },
};

describe('for everyone', () => {
  const rules = { 'color-contrast': { enabled: false }, region: { enabled: false } };
  const violations = async () =>
    (await axe.run(document.body, { rules })).violations.map(
      (found) => `${found.id}: ${found.nodes[0]?.html.slice(0, 160)}`,
    );

  it('is accessible with everything shown', async () => {
    const { app, fake } = await openSettings(EVERYTHING);
    fake.world.changeContact(`${ACCOUNT}/${JULIET}`, { blocked: true });
    find('log-show').click();
    for (const details of document.querySelectorAll('details')) details.open = true;
    await settle(50);
    expect(await violations()).toEqual([]);
    enter('setting-quiet-to', 'never');
    await search('quiet');
    expect(await violations()).toEqual([]);
    await search('xyzzy');
    expect(await violations()).toEqual([]);
    app.place.settingsQuery = '';
    app.place.openSettings({ page: 'account', account: ACCOUNT });
    await settle(50);
    expect(await violations()).toEqual([]);
    app.place.openSettings({ page: 'addAccount' });
    await settle();
    expect(await violations()).toEqual([]);
  }, 60_000);

  /** Words that did not come from the catalogue: they are not turned around. */
  function unturned(root: Element): string[] {
    const found: string[] = [];
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode;
      if (node.parentElement?.closest('[dir], bdi, time, .avatar, option, kbd')) continue;
      const text = (node.textContent ?? '')
        .replace(/\u202e[^\u202c]*\u202c/g, '')
        .replace(/\u2068[^\u2069]*\u2069/g, '');
      if (/[A-Za-z]{2,}/.test(text)) found.push(text.trim());
    }
    return found;
  }

  it('shows nothing but texts of the catalogue', async () => {
    const { app, fake, target } = await openSettings({ ...EVERYTHING, language: 'pseudo' });
    fake.world.changeContact(`${ACCOUNT}/${JULIET}`, { blocked: true });
    await settle(50);
    expect(unturned(target)).toEqual([]);
    app.place.openSettings({ page: 'account', account: ACCOUNT });
    await settle(50);
    expect(unturned(target).filter((text) => !/TLS|SCRAM|Prosody|example|AES/.test(text))).toEqual([]);
  });
});
