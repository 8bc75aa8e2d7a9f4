/** What the timeline draws: messages grouped by sender and time, days, and the divider before what is new. Pure. */
import type { File, Message } from '../../ipc/contract';
import { frameOf, isFramed } from '../file/frame';

export type TimelineRow =
  | { key: string; kind: 'start' }
  | { key: string; kind: 'day'; at: number }
  | { key: string; kind: 'unread' }
  | {
      key: string;
      kind: 'message';
      message: Message;
      /** Begins a group: shows who. */
      first: boolean;
      /** Ends a group, or differs in state from the next: shows when, and how far it came. */
      last: boolean;
    };

const GROUP_SPAN = 5 * 60_000;

/** Keys of rows that are not messages begin with this; message ids are the backend's and get another beginning. */
export const keyOf = (message: Message) => `m:${message.id}`;
export const isMessageKey = (key: string) => key.startsWith('m:');

function dayOf(at: number): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}

export const isAction = (message: Message) => message.body.startsWith('/me ');

function together(a: Message, b: Message): boolean {
  return (
    a.call === null &&
    b.call === null &&
    a.outgoing === b.outgoing &&
    a.otherDevice === b.otherDevice &&
    Math.abs(b.at - a.at) < GROUP_SPAN &&
    !isAction(a) &&
    !isAction(b)
  );
}

export function timelineRows(
  messages: readonly Message[],
  firstUnread: number | null,
  atStart: boolean,
): TimelineRow[] {
  const rows: TimelineRow[] = [];
  if (atStart && messages.length > 0) rows.push({ key: 'start', kind: 'start' });
  messages.forEach((message, index) => {
    const previous = messages[index - 1];
    const next = messages[index + 1];
    const newDay = !previous || dayOf(previous.at) !== dayOf(message.at);
    // The day repeats in the key's order part: a clock set back may bring the same day twice.
    if (newDay) rows.push({ key: `d:${dayOf(message.at)}:${message.order}`, kind: 'day', at: message.at });
    // Where it lies before everything held, there is no place for it here.
    const unread =
      firstUnread !== null &&
      message.order >= firstUnread &&
      (previous ? previous.order < firstUnread : message.order === firstUnread || atStart);
    if (unread) rows.push({ key: 'unread', kind: 'unread' });
    const nextStarts =
      !next ||
      !together(message, next) ||
      dayOf(next.at) !== dayOf(message.at) ||
      (firstUnread !== null && message.order < firstUnread && next.order >= firstUnread);
    rows.push({
      key: keyOf(message),
      kind: 'message',
      message,
      first: newDay || unread || !previous || !together(previous, message),
      last: nextStarts || message.delivery === 'failed' || message.delivery !== next.delivery,
    });
  });
  return rows;
}

const fileHeight = (file: File) =>
  (isFramed(file) ? frameOf(file).height : 0) + (isFramed(file) && file.state === 'here' ? 0.5 : 3.5);

/** Height in rem before a row was measured: near enough that the scrollbar does not jump. */
export function guessedHeight(row: TimelineRow): number {
  if (row.kind !== 'message') return row.kind === 'start' ? 4 : 2.4;
  const { body, files } = row.message;
  const shared = files.reduce((sum, file) => sum + fileHeight(file), 0);
  const lines =
    shared > 0 && body === ''
      ? 0
      : body.split('\n').reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / 70)), 0);
  return 1.2 + shared + lines * 1.27 + (row.first ? 0.8 : 0.2) + (row.last ? 1.2 : 0);
}

/** What a link is: of the web, which can be copied, or of this network, which the application follows itself. */
export type LinkKind = 'web' | 'xmpp';

const LINK = /\b(?:https?:\/\/|xmpp:)[^\s<>"'\u2068\u2069\u202a-\u202e\u2066\u2067]+/gi;

/** Text in pieces, links apart: web links are shown and can be copied, never followed inside the window. */
export function pieces(body: string): { text: string; link: LinkKind | null }[] {
  const found: { text: string; link: LinkKind | null }[] = [];
  let from = 0;
  for (const match of body.matchAll(LINK)) {
    // A sentence's own punctuation is not the link's; a bracket is, where the link opened it.
    let url = match[0].replace(/[.,;:!?…]+$/u, '');
    if (url.endsWith(')') && !url.includes('(')) url = url.slice(0, -1);
    const link = /^xmpp:/i.test(url) ? 'xmpp' : 'web';
    // The scheme alone is a word, not a link.
    if (/^(?:https?:\/*|xmpp:*)$/i.test(url)) continue;
    if (match.index > from) found.push({ text: body.slice(from, match.index), link: null });
    found.push({ text: url, link });
    from = match.index + url.length;
  }
  if (from < body.length) found.push({ text: body.slice(from), link: null });
  return found;
}

/** The links of a message, each once. */
export function linksOf(body: string): { text: string; link: LinkKind }[] {
  const found = new Map<string, LinkKind>();
  for (const { text, link } of pieces(body)) if (link) found.set(text, link);
  return [...found].map(([text, link]) => ({ text, link }));
}
