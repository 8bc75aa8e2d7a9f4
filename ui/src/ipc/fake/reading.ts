/** Pages and searches of the fake's messages. */
import type { Commands, Page, SearchHit } from '../contract';
import type { World } from './world';

export function page(world: World, { account, peer, at, limit }: Commands['timeline.page']['request']): Page {
  const id = `${account}/${peer}`;
  const all = world.messages.get(id) ?? [];
  let start: number;
  if (at.kind === 'newest') start = all.length - limit;
  else {
    const index = all.findIndex((item) => item.order >= at.order);
    const here = index < 0 ? all.length : index;
    if (at.kind === 'before') start = here - limit;
    else if (at.kind === 'after') start = (all[here]?.order === at.order ? 1 : 0) + here;
    else start = here - Math.floor(limit / 2);
  }
  const end = at.kind === 'before' ? start + limit : Math.min(all.length, Math.max(0, start) + limit);
  const from = Math.max(0, start);
  return {
    messages: all.slice(from, end),
    atStart: from === 0,
    atEnd: end >= all.length,
    firstUnread: world.firstUnread.get(id) ?? null,
  };
}

export function search(world: World, { query, within, cursor, limit }: Commands['search.messages']['request']) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const hits: SearchHit[] = [];
  for (const conversation of world.conversations.values()) {
    if (within && (within.account !== conversation.account || within.peer !== conversation.peer)) continue;
    for (const item of (world.messages.get(conversation.id) ?? []).slice(-500)) {
      const body = item.body.toLowerCase();
      if (!words.every((word) => body.includes(word))) continue;
      const { account, peer, name, hue } = conversation;
      hits.push({ account, peer, name, hue, message: item, excerpt: marked(item.body, words) });
    }
  }
  hits.sort((a, b) => b.message.at - a.message.at);
  const from = Number(cursor ?? 0);
  return { hits: hits.slice(from, from + limit), cursor: hits.length > from + limit ? String(from + limit) : null };
}

function marked(body: string, words: string[]) {
  const first = words[0] ?? '';
  const at = body.toLowerCase().indexOf(first);
  const pieces = [
    { text: body.slice(0, at), found: false },
    { text: body.slice(at, at + first.length), found: true },
    { text: body.slice(at + first.length), found: false },
  ];
  return pieces.filter((piece) => piece.text !== '');
}
