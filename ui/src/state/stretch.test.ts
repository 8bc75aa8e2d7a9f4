import { describe, expect, it } from 'vitest';
import type { Message } from '../ipc/contract';
import { message } from '../ipc/fake/talk';
import { STRETCH_LIMIT, withDelta, withPage, withSnapshot, type Stretch } from './stretch';

const at = (order: number, part: Partial<Message> = {}) =>
  message({ id: `m${order}`, order, at: order, body: `${order}`, ...part });
const stretch = (orders: number[], ends: Partial<Stretch> = {}): Stretch => ({
  messages: orders.map((order) => at(order)),
  atStart: false,
  atEnd: true,
  ...ends,
});
const orders = (held: Stretch) => held.messages.map((item) => item.order);
const page = (list: number[], atStart = false, atEnd = false) => ({
  messages: list.map((order) => at(order)),
  atStart,
  atEnd,
  firstUnread: null,
});

describe('a delta', () => {
  it('appends at the live edge', () => {
    expect(orders(withDelta(stretch([10, 20]), [at(30)], []))).toEqual([10, 20, 30]);
  });

  it('leaves newer messages alone away from the live edge', () => {
    const held = stretch([10, 20], { atEnd: false });
    expect(withDelta(held, [at(30)], [])).toBe(held);
  });

  it('leaves older messages alone before the start is reached', () => {
    const held = stretch([10, 20]);
    expect(withDelta(held, [at(5)], [])).toBe(held);
    expect(orders(withDelta({ ...held, atStart: true }, [at(5)], []))).toEqual([5, 10, 20]);
  });

  it('puts a late message into its place', () => {
    expect(orders(withDelta(stretch([10, 30]), [at(20)], []))).toEqual([10, 20, 30]);
  });

  it('changes and removes what is held', () => {
    const held = withDelta(stretch([10, 20, 30]), [at(20, { delivery: 'read' })], ['m10']);
    expect(orders(held)).toEqual([20, 30]);
    expect(held.messages[0]?.delivery).toBe('read');
  });

  it('follows a message whose order changed', () => {
    const moved = { ...at(10), order: 40 };
    expect(orders(withDelta(stretch([10, 20, 30]), [moved], []))).toEqual([20, 30, 40]);
  });
});

describe('a page', () => {
  it('joins before and after', () => {
    expect(orders(withPage(stretch([30, 40]), page([10, 20], true), 'before'))).toEqual([10, 20, 30, 40]);
    expect(withPage(stretch([30]), page([10], true), 'before').atStart).toBe(true);
    const newer = withPage(stretch([10], { atEnd: false }), page([20], false, true), 'after');
    expect(orders(newer)).toEqual([10, 20]);
    expect(newer.atEnd).toBe(true);
  });

  it('lets the live version of a message win', () => {
    const held = { ...stretch([20]), messages: [at(20, { delivery: 'read' })] };
    expect(withPage(held, page([10, 20]), 'before').messages[1]?.delivery).toBe('read');
  });

  it('keeps memory bounded by letting the far end go', () => {
    const many = Array.from({ length: STRETCH_LIMIT }, (_, index) => 1000 + index);
    const older = withPage(stretch(many), page([998, 999]), 'before');
    expect(older.messages).toHaveLength(STRETCH_LIMIT);
    expect(older.messages[0]?.order).toBe(998);
    expect(older.atEnd).toBe(false);
    const newer = withPage(stretch(many, { atStart: true, atEnd: false }), page([5000], false, true), 'after');
    expect(newer.messages.at(-1)?.order).toBe(5000);
    expect(newer.atStart).toBe(false);
  });
});

describe('a new snapshot', () => {
  it('joins where it touches', () => {
    const held = withSnapshot(stretch([10, 20, 30]), [at(20), at(30), at(40)]);
    expect(orders(held)).toEqual([10, 20, 30, 40]);
  });

  it('takes away what it lacks', () => {
    expect(orders(withSnapshot(stretch([10, 20, 30]), [at(10), at(30)]))).toEqual([10, 30]);
  });

  it('replaces the live edge where a hole may lie between', () => {
    const held = withSnapshot(stretch([10, 20], { atStart: true }), [at(80), at(90)]);
    expect(orders(held)).toEqual([80, 90]);
    expect(held.atStart).toBe(false);
  });

  it('leaves a stretch elsewhere in the past alone', () => {
    const held = stretch([10, 20], { atEnd: false });
    expect(withSnapshot(held, [at(80)])).toBe(held);
  });
});
