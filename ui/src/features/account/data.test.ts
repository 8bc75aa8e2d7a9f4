import { describe, expect, it } from 'vitest';
import { en } from '../../i18n/en';
import { ACCOUNT, find, openWindow, settle } from '../../test-window';
import { importedWords, partsOf } from './data';

const told = {
  from: 'mira@orchard.example',
  contacts: 0,
  blocked: 0,
  messages: 0,
  known: 0,
  leftOut: 0,
  failure: null,
};

describe('a file in parts', () => {
  it('tears no character apart and is whole', async () => {
    // Three bytes each: the parts end within one.
    const text = 'あ'.repeat(400_000);
    const parts = [];
    for await (const part of partsOf(new Blob([text]))) parts.push(part);
    expect(parts.map((part) => [part.first, part.last])).toEqual([
      [true, false],
      [false, false],
      [false, true],
    ]);
    expect(parts.map((part) => part.text).join('')).toBe(text);
    expect(parts.at(-1)?.share).toBe(1);
  });

  it('is one part where it is empty', async () => {
    const parts = [];
    for await (const part of partsOf(new Blob([]))) parts.push(part);
    expect(parts).toEqual([{ text: '', first: true, last: true, share: 1 }]);
  });
});

describe('what was taken over', () => {
  it('says no more than happened', () => {
    expect(importedWords(told, 'mira@orchard.example')).toHaveLength(1);
    const all = importedWords(
      { from: 'a@b', contacts: 1, blocked: 1, messages: 1, known: 1, leftOut: 1, failure: null },
      'c@d',
    );
    expect(all).toHaveLength(6);
    expect(all[1]).toContain('a@b');
    const failure = {
      code: 'invalidFile' as const,
      condition: null,
      retry: null,
      message: '',
      host: null,
      certificate: null,
    };
    expect(importedWords({ ...told, failure }, 'c@d')).toEqual([en['data.importedNothing']]);
    expect(importedWords({ ...told, messages: 2, failure }, 'c@d')[0]).toContain('2');
  });
});

describe('the account page', () => {
  it('saves a copy and takes one over', async () => {
    const { app } = await openWindow({ long: 20 });
    app.place.openSettings({ page: 'account', account: ACCOUNT });
    await settle(20);
    find('account-export').click();
    await settle(20);
    expect(find('account-data').textContent).toContain('/home/mira/Downloads/');
    const input = find('account-import-file') as HTMLInputElement;
    const give = async (text: string): Promise<void> => {
      Object.defineProperty(input, 'files', { configurable: true, value: [new File([text], 'mira.xml')] });
      input.dispatchEvent(new Event('change', { bubbles: true }));
      await settle(20);
    };
    await give("<server-data xmlns='urn:xmpp:pie:0'/>");
    expect(find('account-data').textContent).toContain('mira@old.example');
    await give('<html/>');
    expect(document.body.textContent).toContain(en['failure.invalidFile.what']);
    expect(find('account-data').textContent).toContain(en['data.importedNothing']);
  });
});
