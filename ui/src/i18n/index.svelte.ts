/** The message catalogue. `t('key')` is the only way a text comes into the window. */
import { en, type Key } from './en';
import { pseudo } from './pseudo';
import { fill, type Params, type Text } from './text';

export type { Key } from './en';

/** Languages the settings offer, in their own words. */
export const LANGUAGES = [
  { code: 'en', name: 'English' },
  { code: 'de', name: 'Deutsch' },
] as const;

type Catalogue = Readonly<Record<Key, Text>>;
type Written = (typeof LANGUAGES)[number]['code'];
type Language = Written | 'pseudo';

/** English is always here; another language is fetched when it is wanted. */
const loaders: Record<Exclude<Written, 'en'>, () => Promise<Catalogue>> = {
  de: async () => (await import('./de')).de,
};
const catalogues: { en: Catalogue } & Partial<Record<Written, Catalogue>> = { en };
let turned: Record<Key, Text> | null = null;

let language = $state<Language>('en');
/** With region where the system names one for this language: decides dates and numbers. */
let formats = $state('en');
/** Wanted, and on its way. */
let wanted = $state<Written | null>(null);

const systemLanguages = () => (typeof navigator === 'undefined' ? ['en'] : navigator.languages);
const isWritten = (code: string): code is Written => LANGUAGES.some((known) => known.code === code);

/** `en`, `de`, `system`, or (tests and the fake backend only) `pseudo`. Until its texts are here the old ones stay. */
export function setLanguage(choice: string): void {
  const code =
    choice === 'system'
      ? (systemLanguages()
          .map((tag) => tag.slice(0, 2))
          .find(isWritten) ?? 'en')
      : choice;
  const chosen = code === 'pseudo' || isWritten(code) ? code : 'en';
  if (chosen === 'en' || chosen === 'pseudo' || catalogues[chosen]) {
    wanted = null;
    speak(chosen);
    return;
  }
  wanted = chosen;
  load(chosen).then(
    () => {
      if (wanted === chosen) setLanguage(chosen);
    },
    // English is better than nothing.
    () => {
      if (wanted === chosen) wanted = null;
    },
  );
}

async function load(code: keyof typeof loaders): Promise<void> {
  catalogues[code] ??= await loaders[code]();
}

/** Fetches every language. */
export async function loadLanguages(): Promise<void> {
  await Promise.all(Object.keys(loaders).map((code) => load(code as keyof typeof loaders)));
}

/** The language that was set is the one that is spoken. */
export const languageReady = () => wanted === null;

function speak(chosen: Language): void {
  language = chosen;
  formats = language === 'pseudo' ? 'en' : (systemLanguages().find((tag) => tag.startsWith(language)) ?? language);
  if (typeof document !== 'undefined') {
    document.documentElement.lang = language === 'pseudo' ? 'ar' : language;
    document.documentElement.dir = language === 'pseudo' ? 'rtl' : 'ltr';
  }
}

/** For Intl. */
export const locale = () => formats;
export const isRtl = () => language === 'pseudo';

export function t(key: Key, params?: Params): string {
  const catalogue = language === 'pseudo' ? (turned ??= pseudo(en)) : (catalogues[language] ?? en);
  return fill(catalogue[key], params, formats, language === 'pseudo');
}
