import { describe, expect, it } from 'vitest';
import { anchorAt, layOut, rowAt, topOf, total, visibleRange } from './windowing';

const rows = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => ({ key: `r${from + index}`, height: 20 + ((from + index) % 7) * 9 }));
const lay = (list: { key: string; height: number }[]) => layOut(list, (row) => row.height);
const anyRow = () => true;

describe('windowing', () => {
  it('finds the rows in view', () => {
    const layout = layOut(rows(0, 100), () => 10);
    expect(total(layout)).toBe(1000);
    expect(rowAt(layout, 0)).toBe(0);
    expect(rowAt(layout, 19.9)).toBe(1);
    expect(rowAt(layout, 99999)).toBe(99);
    expect(visibleRange(layout, 100, 50, 0)).toEqual([10, 16]);
    expect(visibleRange(layout, 100, 50, 20)).toEqual([8, 18]);
    expect(
      visibleRange(
        layOut([], () => 1),
        0,
        100,
        0,
      ),
    ).toEqual([0, 0]);
  });

  it('draws few of many', () => {
    const layout = layOut(rows(0, 100_000), () => 30);
    const [start, end] = visibleRange(layout, 1_500_000, 800, 800);
    expect(end - start).toBeLessThan(90);
  });

  it('keeps its place when older rows come in above', () => {
    const before = lay(rows(50, 150));
    const top = 777;
    const anchor = anchorAt(before, top, 600, anyRow);
    const after = lay(rows(0, 150));
    const shift = total(lay(rows(0, 50)));
    expect(topOf(after, anchor)).toBeCloseTo(top + shift);
  });

  it('keeps its place when rows above grow and rows below go', () => {
    const before = lay(rows(0, 100));
    const top = 900;
    const anchor = anchorAt(before, top, 600, anyRow);
    const first = before.keys[rowAt(before, top)] ?? '';
    const after = lay(rows(0, 90).map((row, index) => (index < 5 ? { ...row, height: row.height + 40 } : row)));
    const offset = (layout: typeof before) => layout.offsets[layout.indexes.get(first) ?? 0] ?? 0;
    expect((topOf(after, anchor) ?? 0) - offset(after)).toBeCloseTo(top - offset(before));
  });

  it('holds on to the next row in view when the first one goes', () => {
    const before = lay(rows(0, 100));
    const anchor = anchorAt(before, 900, 600, anyRow);
    const gone = anchor.rows[0]?.key;
    const after = lay(rows(0, 100).filter((row) => row.key !== gone));
    const second = anchor.rows[1];
    expect(topOf(after, anchor)).toBeCloseTo(
      (after.offsets[after.indexes.get(second?.key ?? '') ?? 0] ?? 0) - (second?.distance ?? 0),
    );
  });

  it('prefers rows that stay to dividers that move', () => {
    const layout = lay(rows(0, 100));
    const anchor = anchorAt(layout, 900, 600, (key) => Number(key.slice(1)) % 2 === 1);
    expect(Number(anchor.rows[0]?.key.slice(1)) % 2).toBe(1);
  });

  it('knows no place where everything it held is gone', () => {
    const anchor = anchorAt(lay(rows(0, 10)), 0, 100, anyRow);
    expect(topOf(lay(rows(500, 510)), anchor)).toBeNull();
  });
});
