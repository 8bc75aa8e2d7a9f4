import { afterEach, describe, expect, it, vi } from 'vitest';
import { tick } from 'svelte';

afterEach(() => {
  vi.resetModules();
  vi.unstubAllGlobals();
});

/** The catalogue as it is at the start: English alone. */
async function fresh() {
  vi.resetModules();
  return import('./index.svelte');
}

describe('a language', () => {
  it('is spoken as soon as it is here, and the old one until then', async () => {
    const { setLanguage, languageReady, t } = await fresh();
    setLanguage('de');
    expect(languageReady()).toBe(false);
    expect(t('section.people')).toBe('People');
    await vi.waitFor(() => expect(languageReady()).toBe(true));
    expect(t('section.people')).toBe('Leute');
    expect(document.documentElement.lang).toBe('de');
    setLanguage('en');
    expect(t('section.people')).toBe('People');
    setLanguage('de');
    expect(t('section.people')).toBe('Leute');
  });

  it('that is no longer wanted when it comes is not spoken', async () => {
    const { setLanguage, languageReady, loadLanguages, t } = await fresh();
    setLanguage('de');
    setLanguage('en');
    expect(languageReady()).toBe(true);
    await loadLanguages();
    await tick();
    expect(t('section.people')).toBe('People');
  });

  it('is the system’s first that there is, else English', async () => {
    vi.stubGlobal('navigator', { languages: ['fr-FR', 'de-AT', 'en-GB'] });
    const { setLanguage, loadLanguages, locale, t } = await fresh();
    await loadLanguages();
    setLanguage('system');
    expect(t('section.people')).toBe('Leute');
    expect(locale()).toBe('de-AT');
    vi.stubGlobal('navigator', { languages: ['fr-FR'] });
    setLanguage('system');
    expect(t('section.people')).toBe('People');
    setLanguage('xx');
    expect(t('section.people')).toBe('People');
  });
});
