/** Muting one conversation, in words and deeds. */
import { dateAndTime, daysBetween, timeOfDay } from '../../i18n/dates';
import { locale, t } from '../../i18n/index.svelte';
import type { ConversationId, ConversationNotify } from '../../ipc/contract';
import type { Application } from '../../state/application.svelte';
import { USUAL } from '../../state/muting';

const HOUR = 3_600_000;

/** How long one can mute: in hours, or for good. */
export const MUTES = [
  { key: 'hour', hours: 1 },
  { key: 'hours', hours: 8 },
  { key: 'forever', hours: null },
] as const;
export type Mute = (typeof MUTES)[number];

export const muting = ({ hours }: Mute, now: number): Partial<ConversationNotify> => ({
  muted: true,
  mutedUntil: hours === null ? null : now + hours * HOUR,
});

export const UNMUTED: Partial<ConversationNotify> = { muted: false, mutedUntil: null };

/** For a conversation that is muted. */
export function mutedWords({ mutedUntil }: ConversationNotify, now: number): string {
  if (mutedUntil === null) return t('notify.mutedAlways');
  const near = daysBetween(now, mutedUntil) === 0 || mutedUntil - now < 12 * HOUR;
  return t('notify.mutedUntil', { time: near ? timeOfDay(locale(), mutedUntil) : dateAndTime(locale(), mutedUntil) });
}

/** Changes how a conversation differs. Answers whether it could be kept. */
export async function changeNotify(
  app: Application,
  { account, peer }: ConversationId,
  part: Partial<ConversationNotify>,
): Promise<boolean> {
  const conversation = app.conversation(account, peer);
  // Hidden from the list, what is chosen would show nowhere.
  if (!conversation && !(await app.notices.watch(app.rpc('conversation.open', { account, peer })))) return false;
  const notify = { ...(conversation?.notify ?? USUAL), ...part };
  return app.notices.watch(app.rpc('conversation.notify', { account, peer, notify }));
}
