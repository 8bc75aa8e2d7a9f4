import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { de } from './de';
import { en, type Key } from './en';
import { setLanguage, t } from './index.svelte';
import native from './native.en.json';
import { pseudo } from './pseudo';
import { fill, type Text } from './text';

const keys = Object.keys(en) as Key[];
const forms = (text: Text) => (typeof text === 'string' ? [text] : Object.values(text));
const holes = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();
const union = (text: Text) => [...new Set(forms(text).flatMap(holes))].sort();

describe('the catalogue', () => {
  it('has the same keys in every language', () => {
    expect(Object.keys(de).sort()).toEqual([...keys].sort());
  });

  it('has no empty text', () => {
    for (const catalogue of [en, de])
      for (const key of keys) for (const text of forms(catalogue[key])) expect(text.trim(), key).not.toBe('');
  });

  it('has the same placeholders in every language and form', () => {
    for (const key of keys) {
      expect(union(de[key]), key).toEqual(union(en[key]));
      for (const text of [...forms(en[key]), ...forms(de[key])])
        for (const hole of holes(text)) expect(union(en[key]), key).toContain(hole);
    }
  });

  it('has the plural forms its language needs', () => {
    for (const [language, catalogue] of [
      ['en', en],
      ['de', de],
    ] as const) {
      const needed = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
      for (const key of keys) {
        const text = catalogue[key];
        if (typeof text !== 'string') for (const form of needed) expect(text[form], `${language} ${key}`).toBeTruthy();
      }
    }
  });

  it('is used: no key is left over', () => {
    const source = sources(join(import.meta.dirname, '..'));
    const beginnings = [...source.matchAll(/`([\w.]+)\.\$\{/g)].map((match) => `${match[1]}.`);
    const unused = keys.filter(
      // The shell speaks these; the interface may.
      (key) =>
        !(key in native) && !source.includes(`'${key}'`) && !beginnings.some((beginning) => key.startsWith(beginning)),
    );
    expect(unused).toEqual([]);
  });
});

function sources(folder: string): string {
  return readdirSync(folder, { withFileTypes: true })
    .map((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return entry.name === 'i18n' ? '' : sources(path);
      return /\.(svelte|ts)$/.test(entry.name) && !entry.name.includes('.test.') ? readFileSync(path, 'utf8') : '';
    })
    .join('\n');
}

describe('texts in components', () => {
  it('come from the catalogue: no letters stand between tags', () => {
    const offenders: string[] = [];
    const walk = (folder: string) => {
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) walk(path);
        else if (entry.name.endsWith('.svelte')) {
          const markup = readFileSync(path, 'utf8')
            .replace(/<script[\s\S]*?<\/script>|<style[\s\S]*?<\/style>|<!--[\s\S]*?-->/g, '')
            .replace(/\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}/g, '')
            .replace(/=>/g, '');
          for (const match of markup.matchAll(/>([^<>]*\p{L}[^<>]*)</gu)) {
            const text = match[1]?.trim() ?? '';
            if (text !== '' && !/^(K|&\S+;)$/.test(text)) offenders.push(`${entry.name}: ${text}`);
          }
        }
      }
    };
    walk(join(import.meta.dirname, '..'));
    expect(offenders).toEqual([]);
  });
});

describe('fill', () => {
  it('puts values in and chooses the plural', () => {
    expect(fill(en['chats.unread'], { count: 1 }, 'en', false)).toBe('1 unread message');
    expect(fill(en['chats.unread'], { count: 1234 }, 'en', false)).toBe('1,234 unread messages');
    expect(fill(de['chats.unread'], { count: 1234 }, 'de', false)).toBe('1.234 ungelesene Nachrichten');
  });

  it('isolates what runs against the sentence', () => {
    expect(fill('Hi {name}!', { name: 'Juliet' }, 'en', false)).toBe('Hi Juliet!');
    expect(fill('Hi {name}!', { name: 'ليلى' }, 'en', false)).toBe('Hi \u2068ليلى\u2069!');
    expect(fill('Hi {name}!', { name: 'a\u202eb' }, 'en', false)).toBe('Hi \u2068a\u202eb\u2069!');
  });

  it('does not fill what a value contains', () => {
    expect(fill('{a} {b}', { a: '{b}', b: 'x' }, 'en', false)).toBe('{b} x');
  });
});

describe('the right-to-left pseudo-locale', () => {
  beforeEach(() => setLanguage('en'));

  it('turns every word and keeps the placeholders', () => {
    const turned = pseudo(en);
    for (const key of keys) {
      expect(union(turned[key]), key).toEqual(union(en[key]));
      for (const text of forms(turned[key]))
        for (const word of text
          .replace(/\{\w+\}/g, ' ')
          .split(/\s+/)
          .filter((part) => /\p{L}/u.test(part)))
          expect(word, key).toMatch(/^\u202e.*\u202c$/u);
    }
  });

  it('turns the document', () => {
    setLanguage('pseudo');
    expect(document.documentElement.dir).toBe('rtl');
    expect(t('section.chats')).toBe('\u202eChats\u202c');
    setLanguage('en');
    expect(document.documentElement.dir).toBe('ltr');
  });
});
