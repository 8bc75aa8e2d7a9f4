/** The message catalogue. `t('key')` is the only way a text comes into the window. */
import { de } from './de';
import { en, type Key } from './en';
import { pseudo } from './pseudo';
import { fill, type Params, type Text } from './text';

export type { Key } from './en';

/** Languages the settings offer, in their own words. */
export const LANGUAGES = [
  { code: 'en', name: 'English' },
  { code: 'de', name: 'Deutsch' },
] as const;

type Language = 'en' | 'de' | 'pseudo';

const catalogues: Record<'en' | 'de', Readonly<Record<Key, Text>>> = { en, de };
let turned: Record<Key, Text> | null = null;

let language = $state<Language>('en');
/** With region where the system names one for this language: decides dates and numbers. */
let formats = $state('en');

const systemLanguages = () => (typeof navigator === 'undefined' ? ['en'] : navigator.languages);

/** `en`, `de`, `system`, or (tests and the fake backend only) `pseudo`. */
export function setLanguage(wanted: string): void {
  const system = systemLanguages();
  const chosen = wanted === 'system' ? system.find((tag) => tag.slice(0, 2) in catalogues)?.slice(0, 2) : wanted;
  language = chosen === 'de' || chosen === 'pseudo' ? chosen : 'en';
  formats = language === 'pseudo' ? 'en' : (system.find((tag) => tag.startsWith(language)) ?? language);
  if (typeof document !== 'undefined') {
    document.documentElement.lang = language === 'pseudo' ? 'ar' : language;
    document.documentElement.dir = language === 'pseudo' ? 'rtl' : 'ltr';
  }
}

/** For Intl. */
export const locale = () => formats;
export const isRtl = () => language === 'pseudo';

export function t(key: Key, params?: Params): string {
  const catalogue = language === 'pseudo' ? (turned ??= pseudo(en)) : catalogues[language];
  return fill(catalogue[key], params, formats, language === 'pseudo');
}
