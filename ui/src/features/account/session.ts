import { t } from '../../i18n/index.svelte';
import type { SessionState } from '../../ipc/contract';
import { failureWords } from '../failure/words';

/** The state of a session in a few words. */
export function sessionWords(session: SessionState): string {
  switch (session.state) {
    case 'offline':
      return t('session.offline');
    case 'connecting':
      return t(`session.connecting.${session.step}`);
    case 'online':
      return session.catchingUp ? t('session.catchingUp') : t('session.online');
    case 'waiting':
      return t('session.waitingWord');
    case 'stopped':
      // The certificate's own words are long; they are one click away.
      return session.failure.code === 'certificate'
        ? t('failure.certificate.what')
        : failureWords(session.failure).what;
  }
}

export function waitingWords(retryAt: number, now: number): string {
  const count = Math.max(0, Math.ceil((retryAt - now) / 1000));
  return count === 0 ? t('session.waitingNow') : t('session.waiting', { count });
}
