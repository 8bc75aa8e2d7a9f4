/** What was said in the fake. */
import type { Message } from '../contract';

const MINUTE = 60_000;

export function message(part: Partial<Message> & Pick<Message, 'id' | 'order' | 'at' | 'body'>): Message {
  const outgoing = part.outgoing ?? false;
  return {
    outgoing,
    delivery: outgoing ? 'read' : null,
    failure: null,
    otherDevice: false,
    call: null,
    files: [],
    ...part,
  };
}

const LINES = [
  'Did the new form come through?',
  'The orchard wants everyone’s arrival time before noon.',
  'Yes, filled it in on the train. Two fields were already right.',
  'Lovely. Call in five minutes?',
  'I will be late, the ferry is still on the other side.',
  'Bring the herbs if you pass the market. Rosemary, and a little thyme if they have any left by the time you are there; the Friar said that the last bunch was dry.',
  'ok',
  '🌿🌿🌿',
  'See https://verona.example/orchard?day=friday (the second page).',
  'First line\nSecond line\n\nAfter an empty line',
];

/** A long history, made on demand: line `index` of `count`, the last one an hour ago. */
export function line(peer: string, index: number, count: number, now: number): Message {
  const body = LINES[(index * 7 + peer.length) % LINES.length] ?? '';
  return message({
    id: `${peer}-${index}`,
    order: (index + 1) * 10,
    at: now - 60 * MINUTE - (count - index) * 11 * MINUTE,
    body: count > 1000 ? `${index + 1}: ${body}` : body,
    outgoing: (index * 13) % 5 < 2,
  });
}

/** The conversation with Juliet, as the picture shows it. */
export function julietTalk(now: number): Message[] {
  const at = (minutes: number) => now - minutes * MINUTE;
  let order = 1_000_000;
  const say = (minutes: number, body: string, part: Partial<Message> = {}) =>
    message({ id: `j-${++order}`, order, at: at(minutes), body, ...part });
  return [
    say(60 * 25, 'Are you coming to the orchard tomorrow?'),
    say(60 * 25 - 2, 'I could bring the lute.'),
    say(60 * 25 - 9, '/me tunes a string', { outgoing: true }),
    say(60 * 24.5, 'Please do. The others would love it.', { outgoing: true, otherDevice: true }),
    say(52, 'Did the new form come through?'),
    say(51, 'The orchard wants everyone’s arrival time before noon.'),
    say(49, 'Yes, filled it in on the train. Two fields were already right.', { outgoing: true }),
    say(40, 'مرحبا! هل وصلت الرسالة؟ (yes, it did)', { outgoing: true, delivery: 'delivered' }),
    say(30, '', { call: { outgoing: false, video: true, outcome: 'completed', seconds: 767, here: true } }),
    say(12, 'It is all here: https://verona.example/orchard?day=friday'),
    say(12, 'And ask xmpp:peter@mantua.example?message;body=Hello about the herbs.'),
    say(11, '<img src=x onerror=alert(1)> is only text, <b>of course</b>.'),
    say(4, 'Lovely. Call in five minutes?', { outgoing: true, delivery: 'onServer' }),
  ];
}
