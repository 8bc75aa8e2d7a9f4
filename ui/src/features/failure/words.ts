/** The words for a failure, chosen by its code alone. */
import type { Failure } from '../../ipc/contract';
import { locale, t } from '../../i18n/index.svelte';
import { sizeWords } from '../../i18n/sizes';

export interface FailureWords {
  what: string;
  advice: string;
}

export function failureWords(failure: Failure): FailureWords {
  if (failure.code === 'certificate' && failure.certificate) {
    const { fault, host } = failure.certificate;
    return { what: t(`certificate.${fault}`, { host }), advice: t('failure.certificate.do') };
  }
  // The condition is the limit in bytes, where the service told it.
  if (failure.code === 'fileTooLarge' && /^\d+$/.test(failure.condition ?? ''))
    return {
      what: t('file.tooLarge', { size: sizeWords(locale(), Number(failure.condition)) }),
      advice: t('failure.fileTooLarge.do'),
    };
  // Services of files are named: they may be anybody's.
  const host = failure.host ?? t('file.service');
  return { what: t(`failure.${failure.code}.what`, { host }), advice: t(`failure.${failure.code}.do`) };
}

/** What is copied for a report: the code, the conditions and the technical sentence. */
export function technical(failure: Failure): string {
  const lines = [`code: ${failure.code}`];
  if (failure.host) lines.push(`host: ${failure.host}`);
  if (failure.condition) lines.push(`condition: ${failure.condition}`);
  if (failure.retry) lines.push(`type: ${failure.retry}`);
  if (failure.message) lines.push(failure.message);
  return lines.join('\n');
}
