import { t } from '../../i18n/index.svelte';
import type { Presence } from '../../ipc/contract';

/** Presence in words, with the person's own where there are some. */
export const presenceWords = (presence: Presence): string =>
  presence.status.trim() === ''
    ? t(`show.${presence.show}`)
    : `${t(`show.${presence.show}`)}${t('word.separator')}${presence.status.trim()}`;
