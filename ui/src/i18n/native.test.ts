import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { de } from './de';
import { en, type Key } from './en';
import { setLanguage, t } from './index.svelte';

const read = (name: string) =>
  JSON.parse(readFileSync(join(import.meta.dirname, name), 'utf8')) as Record<string, unknown>;
const files = { en: read('native.en.json'), de: read('native.de.json') };
const catalogues = { en, de };
const holes = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

describe('the texts the shell speaks', () => {
  it('are the same in every language', () => {
    expect(Object.keys(files.de)).toEqual(Object.keys(files.en));
    expect(Object.keys(files.en).length).toBeGreaterThan(10);
  });

  it('are plain texts: the shell knows no plural forms', () => {
    for (const [language, file] of Object.entries(files))
      for (const [key, text] of Object.entries(file)) {
        expect(typeof text, `${language} ${key}`).toBe('string');
        expect(String(text).trim(), `${language} ${key}`).not.toBe('');
      }
  });

  it('have the same placeholders', () => {
    for (const [key, text] of Object.entries(files.en))
      expect(holes(String(files.de[key])), key).toEqual(holes(String(text)));
  });

  it('are part of the one catalogue, and stand nowhere else', () => {
    const sources = ['en.ts', 'de.ts'].map((name) => readFileSync(join(import.meta.dirname, name), 'utf8'));
    for (const key of Object.keys(files.en)) {
      for (const language of ['en', 'de'] as const)
        expect(catalogues[language][key as Key], key).toBe(files[language][key]);
      for (const source of sources) expect(source, key).not.toContain(`'${key}'`);
    }
  });

  it('are spoken by the interface as well', () => {
    setLanguage('de');
    expect(t('show.dnd')).toBe(files.de['show.dnd']);
    setLanguage('en');
    expect(t('notification.replyPlaceholder', { name: 'Juliet' })).toBe('Write to Juliet');
  });
});
