/** Files in words: what they are, where they are, how they go. */
import { sizeWords } from '../../i18n/sizes';
import { timeOfDay } from '../../i18n/dates';
import { locale, t } from '../../i18n/index.svelte';
import type { Conversation, File, FileWay, LastFile, Settings, Transfer, WayReason } from '../../ipc/contract';

const MB = 1_000_000;

/** Minutes and seconds of sound or video. */
export function lengthWords(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** Voice messages are called so by the clients that make them; there is no other sign of one. */
const isVoice = ({ name, kind }: LastFile) => kind === 'audio' && /^voice[-_ ]?message/i.test(name);

/** A file in a list of conversations, or read out: what it is, or its name where that says more. */
export function fileWords(file: LastFile): string {
  if (isVoice(file)) return t('file.kind.voice');
  if (file.kind === 'image' || file.kind === 'video') return t(`file.kind.${file.kind}`);
  return file.name;
}

/** As it is read out where it stands: kind, name, size. */
export function fileLabel(file: File): string {
  const parts = [isVoice(file) ? t('file.kind.voice') : t(`file.kind.${file.kind}`)];
  if (!isVoice(file)) parts.push(file.name);
  if (file.length !== null) parts.push(lengthWords(file.length));
  if (file.size !== null) parts.push(sizeWords(locale(), file.size));
  return parts.join(', ');
}

/** What a message is called where it cannot be drawn: its words, else its files. */
export function spokenBody(body: string, files: readonly File[]): string {
  return [...files.map(fileLabel), ...(body.trim() === '' ? [] : [body])].join('. ');
}

export const displayName = (file: LastFile) => (isVoice(file) ? t('file.kind.voice') : file.name);

/** Why a file waits for the person's word. */
export function whyAsked(file: File, conversation: Conversation, settings: Settings, outgoing = false): string {
  if (!outgoing && !conversation.inRoster) return t('file.asks.stranger', { name: conversation.name });
  if (settings.receiveMb === 0) return t('file.asks.always');
  if (file.size === null) return t('file.asks.unknown');
  if (file.size > settings.receiveMb * MB)
    return t('file.asks.large', { size: sizeWords(locale(), settings.receiveMb * MB) });
  if (settings.relayOnly && !outgoing) return t('file.asks.hidden');
  return t('file.asks.other');
}

/** Who did not want it; earlier versions did not keep that. */
export function cancelledWords({ failure }: File, outgoing: boolean, name: string): string {
  if (failure?.code === 'cancelled') return t(outgoing ? 'file.stoppedHere' : 'file.declinedHere');
  if (failure?.code === 'declinedByThem') return t(outgoing ? 'file.declinedThere' : 'file.takenBack', { name });
  return t('file.cancelled');
}

/** How far it is, as a stage. */
export function stageWords({ stage, outgoing }: Transfer): string {
  if (stage.stage === 'later') return t('file.stage.later', { time: timeOfDay(locale(), stage.at) });
  if (stage.stage === 'moving') return t(outgoing ? 'file.stage.sending' : 'file.stage.getting');
  return t(`file.stage.${stage.stage}`);
}

/** `1.2 of 3.4 MB · 400 kB/s · 6 seconds left`, as far as it is known. */
export function progressWords(transfer: Transfer): string {
  const { done, total, speed, left, stage } = transfer;
  const parts: string[] = [];
  if (total !== null)
    parts.push(t('file.doneOf', { done: sizeWords(locale(), done), total: sizeWords(locale(), total) }));
  else if (done > 0) parts.push(sizeWords(locale(), done));
  if (stage.stage === 'moving' && speed > 0) parts.push(t('file.speed', { size: sizeWords(locale(), speed) }));
  if (stage.stage === 'moving' && left !== null) parts.push(leftWords(left));
  return parts.join(t('word.separator'));
}

/** The same, to be broken between its parts and not within them. */
export const progressParts = (transfer: Transfer): string =>
  progressWords(transfer)
    .split(t('word.separator'))
    .map((part) => part.replaceAll(' ', '\u00a0'))
    .join(t('word.separator'));

function leftWords(seconds: number): string {
  if (seconds < 60) return t('file.secondsLeft', { count: Math.max(1, Math.ceil(seconds)) });
  if (seconds < 3600) return t('file.minutesLeft', { count: Math.ceil(seconds / 60) });
  return t('file.hoursLeft', { count: Math.ceil(seconds / 3600) });
}

/** How it goes and why so, where that is not the usual way. */
export function wayWords(way: FileWay | null, why: WayReason | null, outgoing: boolean): string {
  const reason =
    why?.reason === 'tooLarge'
      ? t('file.why.tooLarge', { size: sizeWords(locale(), why.limit) })
      : why?.reason === 'noService'
        ? t('file.why.noService')
        : why
          ? t(outgoing ? 'file.why.chosen' : 'file.why.chosenThere')
          : '';
  if (way === null || way === 'upload') return reason === '' ? '' : t('file.wayOpen', { why: reason });
  const name = t(`file.way.${way}`);
  return reason === '' ? name : t('file.wayWhy', { way: name, why: reason });
}

/** Whole per cent, for a progress bar; `null` where the end is not known. */
export const share = ({ done, total }: Pick<Transfer, 'done' | 'total'>): number | null =>
  total === null || total === 0 ? null : Math.min(100, Math.floor((done / total) * 100));
