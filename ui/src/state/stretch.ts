/**
 * One contiguous stretch of a conversation's messages. Pure: every step answers a new stretch, so that the rules about
 * holes can be tested without a window or a backend.
 */
import type { Message, Page } from '../ipc/contract';

export interface Stretch {
  /** Oldest first, by `order`, without holes. */
  readonly messages: readonly Message[];
  /** Nothing is older than the first. */
  readonly atStart: boolean;
  /** Nothing is newer than the last: the live edge. */
  readonly atEnd: boolean;
}

/** Held at most; beyond it the far end is let go. Enough for several screens, little enough to lay out in no time. */
export const STRETCH_LIMIT = 400;

export const EMPTY_STRETCH: Stretch = { messages: [], atStart: false, atEnd: false };

export const byOrder = (a: Message, b: Message) => a.order - b.order;

export function ofPage(page: Page): Stretch {
  return { messages: [...page.messages].sort(byOrder), atStart: page.atStart, atEnd: page.atEnd };
}

/** Applies a live delta. Messages beyond an end that is not reached yet are not ours to place: they would make a hole. */
export function withDelta(stretch: Stretch, upsert: readonly Message[], remove: readonly string[]): Stretch {
  const gone = new Set(remove);
  const changed = new Map(upsert.map((message) => [message.id, message]));
  let touched = false;
  const messages: Message[] = [];
  for (const message of stretch.messages) {
    if (gone.has(message.id)) {
      touched = true;
      continue;
    }
    const newer = changed.get(message.id);
    if (newer) {
      touched = true;
      changed.delete(message.id);
    }
    messages.push(newer ?? message);
  }
  const first = stretch.messages[0];
  const last = stretch.messages.at(-1);
  let added = 0;
  for (const message of changed.values()) {
    if (gone.has(message.id)) continue;
    const older = !first || message.order < first.order;
    const newer = !last || message.order > last.order;
    // An empty stretch takes something in only where it is known to be the whole conversation's end.
    if (newer ? !stretch.atEnd : older && !stretch.atStart) continue;
    messages.push(message);
    added += 1;
  }
  if (!touched && added === 0) return stretch;
  return trimmed({ ...stretch, messages: messages.sort(byOrder) }, 'newest');
}

/** Adds a page that lies just before or just after. Where both hold a message, the stretch's is the live one and wins. */
export function withPage(stretch: Stretch, page: Page, side: 'before' | 'after'): Stretch {
  const held = new Set(stretch.messages.map((message) => message.id));
  const fresh = page.messages.filter((message) => !held.has(message.id));
  const messages = [...stretch.messages, ...fresh].sort(byOrder);
  return side === 'before'
    ? trimmed({ messages, atStart: page.atStart, atEnd: stretch.atEnd }, 'oldest')
    : trimmed({ messages, atStart: stretch.atStart, atEnd: page.atEnd }, 'newest');
}

/**
 * Takes in a snapshot (the newest page) that came when subscribing again. It joins where it touches what is held; where
 * a hole might lie between, the snapshot replaces a stretch at the live edge and is ignored by one elsewhere.
 */
export function withSnapshot(stretch: Stretch, items: readonly Message[]): Stretch {
  const snapshot = [...items].sort(byOrder);
  const oldest = snapshot[0];
  const last = stretch.messages.at(-1);
  if (!oldest) return stretch.atEnd ? { messages: [], atStart: true, atEnd: true } : stretch;
  if (!last) return { messages: snapshot, atStart: false, atEnd: true };
  const touches = oldest.order <= last.order;
  if (!touches) return stretch.atEnd ? { messages: snapshot, atStart: false, atEnd: true } : stretch;
  // Everything from the snapshot's oldest on is as the snapshot says; what it lacks there is gone.
  const kept = stretch.messages.filter((message) => message.order < oldest.order);
  return trimmed({ messages: [...kept, ...snapshot], atStart: stretch.atStart, atEnd: true }, 'newest');
}

function trimmed(stretch: Stretch, keep: 'oldest' | 'newest'): Stretch {
  const over = stretch.messages.length - STRETCH_LIMIT;
  if (over <= 0) return stretch;
  return keep === 'oldest'
    ? { ...stretch, messages: stretch.messages.slice(0, STRETCH_LIMIT), atEnd: false }
    : { ...stretch, messages: stretch.messages.slice(over), atStart: false };
}
