import { describe, expect, it } from 'vitest';
import { t } from '../../i18n/index.svelte';
import { labelWords } from './words';

describe('What a field is called', () => {
  it('is what the service says, else what people say for a name of old, else that name', () => {
    expect(labelWords({ label: 'Alias', var: 'nick' })).toBe('Alias');
    expect(labelWords({ label: '', var: 'nick' })).toBe(t('register.field.nick'));
    expect(labelWords({ label: 'jid', var: 'jid' })).toBe(t('form.jid'));
    expect(labelWords({ label: ' ', var: 'muc#x' })).toBe('muc#x');
    expect(labelWords({ label: '', var: null })).toBe(t('form.nameless'));
  });
});
