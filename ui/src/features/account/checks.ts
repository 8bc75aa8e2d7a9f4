/** What a check of an account found, in words: what it means for the person, and who can mend it. */
import { locale, t } from '../../i18n/index.svelte';
import { sizeWords } from '../../i18n/sizes';
import type { Check } from '../../ipc/contract';

export function checkWords(check: Check): string {
  switch (check.outcome) {
    case 'good':
      return check.checked === 'upload' && check.value !== null
        ? t('check.good.uploadUpTo', { size: sizeWords(locale(), check.value) })
        : t(`check.good.${check.checked}`, { count: check.value ?? 0 });
    case 'off':
      return t('check.off');
    case 'lacking':
      return check.checked === 'roundTrip' ? t('check.failed') : t(`check.lacking.${check.checked}`);
    case 'failed':
      return t('check.failed');
  }
}

export function fixerWords(check: Check): string | null {
  return check.fixer === null ? null : t(`check.fixer.${check.fixer}`);
}

/** Everything as plain text, to pass on to whoever runs the server. */
export function checkReport(address: string, checks: readonly Check[]): string {
  const line = (check: Check) => {
    const { failure } = check;
    const why = failure ? ` (${[failure.condition, failure.message].filter(Boolean).join(': ')})` : '';
    return `${t(`check.name.${check.checked}`)}: ${checkWords(check)}${why}`;
  };
  return [address, ...checks.map(line)].join('\n');
}
