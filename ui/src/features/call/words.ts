/** Calls in words: how far they are, how they went, how well they go. */
import { t } from '../../i18n/index.svelte';
import type { Call, CallQuality, CallRecord, CallTrouble } from '../../ipc/contract';

/** Minutes and seconds, as a clock shows them. */
export function clock(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0
    ? `${hours}:${two(minutes)}:${two(seconds % 60)}`
    : `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`;
}

/** How far a call is; without the time, which nobody wants read out every second. */
export function phaseWords(call: Call): string {
  const { phase } = call;
  switch (phase.phase) {
    case 'calling':
      return phase.reached ? t('call.phase.reached') : t('call.phase.calling');
    case 'ringing':
      return t(call.video ? 'call.incomingVideo' : 'call.incoming', { name: call.name });
    case 'connecting':
      return t('call.phase.connecting');
    case 'active':
      return phase.interrupted ? t('call.phase.interrupted') : t('call.phase.active');
    case 'ended':
      return endWords(call);
  }
}

function endWords({ name, phase }: Call): string {
  const outcome = phase.phase === 'ended' ? phase.outcome : null;
  if (outcome === 'busy') return t('call.ended.busy', { name });
  if (outcome === 'declinedThere') return t('call.ended.declinedThere', { name });
  if (outcome === 'noAnswer') return t('call.ended.noAnswer', { name });
  return t('call.ended.failed', { name });
}

/** Why it failed, and what to try. */
export function troubleWords(trouble: CallTrouble): { what: string; advice: string } {
  const key = trouble.trouble === 'noWay' && trouble.relay ? 'noWayRelayed' : trouble.trouble;
  return { what: t(`call.trouble.${key}.what`), advice: t(`call.trouble.${key}.do`) };
}

/** How well it goes, and which way. */
export function qualityWords(quality: CallQuality): string[] {
  return [t(`call.verdict.${quality.verdict}`), t(quality.relayed ? 'call.relayed' : 'call.direct')];
}

/** The call of a conversation that goes on at this moment: its row tells so far what it would be, should we end here. */
export const goesOn = (call: Call | null, { account, peer }: { account: string; peer: string }, record: CallRecord) =>
  call !== null &&
  call.phase.phase === 'active' &&
  call.account === account &&
  call.peer === peer &&
  record.outcome === 'completed' &&
  record.seconds === 0;

/** A call of the history. */
export function recordWords(record: CallRecord, name: string): string {
  const kind = t(record.video ? 'call.kind.video' : 'call.kind.audio');
  const how = record.outcome ? t(`call.record.${record.outcome}`, { name }) : t('call.record.goesOn');
  const parts = [kind, how];
  if (record.seconds > 0) parts.push(lengthWords(record.seconds));
  return parts.join(t('word.separator'));
}

function lengthWords(seconds: number): string {
  return seconds < 60 ? t('call.seconds', { count: seconds }) : t('call.minutes', { count: Math.round(seconds / 60) });
}

/** It needs the person's eye. */
export const isMissed = (record: CallRecord) =>
  !record.outgoing && (record.outcome === 'missed' || record.outcome === 'missedBusy');
