import { describe, expect, it } from 'vitest';
import type { Message } from '../../ipc/contract';
import { message } from '../../ipc/fake/talk';
import { pieces, timelineRows, type TimelineRow } from './rows';

const MINUTE = 60_000;
const NOON = Date.UTC(2026, 4, 4, 12);
const say = (order: number, minutes: number, part: Partial<Message> = {}) =>
  message({ id: `m${order}`, order, at: NOON + minutes * MINUTE, body: `${order}`, ...part });
const shape = (rows: TimelineRow[]) =>
  rows.map((row) =>
    row.kind === 'message' ? `${row.first ? '[' : ''}${row.message.order}${row.last ? ']' : ''}` : row.kind,
  );

describe('timelineRows', () => {
  it('groups by sender and five minutes', () => {
    const rows = timelineRows([say(1, 0), say(2, 2), say(3, 8), say(4, 9, { outgoing: true })], null, false);
    expect(shape(rows)).toEqual(['day', '[1', '2]', '[3]', '[4]']);
  });

  it('begins a new day with a divider and a new group', () => {
    const rows = timelineRows([say(1, 12 * 60 - 1), say(2, 12 * 60 + 1)], null, false);
    expect(shape(rows)).toEqual(['day', '[1]', 'day', '[2]']);
  });

  it('divides at the first unread message', () => {
    expect(shape(timelineRows([say(1, 0), say(2, 1), say(3, 2)], 2, false))).toEqual([
      'day',
      '[1]',
      'unread',
      '[2',
      '3]',
    ]);
  });

  it('divides before the next one where the first unread was taken away', () => {
    expect(shape(timelineRows([say(1, 0), say(3, 2)], 2, false))).toEqual(['day', '[1]', 'unread', '[3]']);
  });

  it('does not divide where the first unread lies before what is held', () => {
    expect(shape(timelineRows([say(5, 0), say(6, 1)], 2, false))).toEqual(['day', '[5', '6]']);
  });

  it('shows the state wherever it changes within a group', () => {
    const own = (order: number, delivery: Message['delivery']) => say(order, order, { outgoing: true, delivery });
    const rows = timelineRows([own(1, 'read'), own(2, 'read'), own(3, 'failed'), own(4, 'queued')], null, false);
    expect(shape(rows)).toEqual(['day', '[1', '2]', '3]', '4]']);
  });

  it('lets an action stand alone', () => {
    expect(shape(timelineRows([say(1, 0), say(2, 1, { body: '/me waves' }), say(3, 2)], null, false))).toEqual([
      'day',
      '[1]',
      '[2]',
      '[3]',
    ]);
  });

  it('gives every row a key of its own', () => {
    const rows = timelineRows([say(1, 0), say(2, 1440), say(3, 0), say(4, 1440)], 3, true);
    expect(new Set(rows.map((row) => row.key)).size).toBe(rows.length);
  });

  it('says where the conversation begins only where that is known', () => {
    expect(shape(timelineRows([say(1, 0)], null, true))[0]).toBe('start');
    expect(timelineRows([], null, true)).toEqual([]);
  });
});

describe('pieces', () => {
  const links = (body: string) =>
    pieces(body)
      .filter((piece) => piece.link)
      .map((piece) => piece.text);

  it('loses nothing', () => {
    for (const body of ['', 'plain', 'see https://a.example/x, ok', 'https://a.example', '(https://a.example/b_(c))'])
      expect(
        pieces(body)
          .map((piece) => piece.text)
          .join(''),
      ).toBe(body);
  });

  it('leaves the sentence its punctuation', () => {
    expect(links('see https://a.example/x.')).toEqual(['https://a.example/x']);
    expect(links('(https://a.example/x)')).toEqual(['https://a.example/x']);
    expect(links('https://a.example/b_(c)')).toEqual(['https://a.example/b_(c)']);
  });

  it('knows nothing but http and https', () => {
    expect(links('javascript:alert(1) file:///etc/passwd xhttps://no')).toEqual([]);
  });
});
