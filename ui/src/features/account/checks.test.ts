import { describe, expect, it } from 'vitest';
import { en } from '../../i18n/en';
import type { Check } from '../../ipc/contract';
import { ACCOUNT, all, find, openWindow, settle } from '../../test-window';
import { checkReport, checkWords, fixerWords } from './checks';

const check = (more: Partial<Check>): Check => ({
  checked: 'archive',
  outcome: 'good',
  fixer: null,
  value: null,
  failure: null,
  ...more,
});

describe('a check in words', () => {
  it('says what it means and who can mend it', () => {
    expect(checkWords(check({ checked: 'roundTrip', value: 34 }))).toContain('34');
    expect(checkWords(check({ checked: 'upload', value: 5_000_000 }))).toContain('5 MB');
    expect(checkWords(check({ checked: 'upload' }))).toBe(en['check.good.upload']);
    expect(checkWords(check({ outcome: 'off' }))).toBe(en['check.off']);
    expect(fixerWords(check({ fixer: 'operator' }))).toBe(en['check.fixer.operator']);
    expect(fixerWords(check({}))).toBeNull();
  });

  it('is a text to pass on', () => {
    const failed = check({
      outcome: 'failed',
      failure: { code: 'refused', condition: 'forbidden', retry: null, message: 'no', host: null, certificate: null },
    });
    expect(checkReport('mira@orchard.example', [check({}), failed]).split('\n')).toEqual([
      'mira@orchard.example',
      `${en['check.name.archive']}: ${en['check.good.archive']}`,
      `${en['check.name.archive']}: ${en['check.failed']} (forbidden: no)`,
    ]);
  });
});

describe('the account page', () => {
  it('checks the account when asked to', async () => {
    const { app } = await openWindow({ long: 20 });
    app.place.openSettings({ page: 'account', account: ACCOUNT });
    await settle(20);
    expect(all('account-check')).toEqual([]);
    find('account-test').click();
    await settle(20);
    const found = all('account-check').map((row) => [row.dataset['checked'], row.dataset['outcome']]);
    expect(found).toContainEqual(['archive', 'off']);
    expect(found).toContainEqual(['upload', 'failed']);
    expect(found).toHaveLength(7);
    const told = [...document.querySelectorAll('[role=status]')].map((one) => one.textContent.trim());
    expect(told).toContain('3 things could be better.');
  });
});
