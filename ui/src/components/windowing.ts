/** Which rows of a long list are drawn, and where it stands. Pure: pixels in, pixels out. */

export interface Layout {
  readonly keys: readonly string[];
  /** Where each row begins; one more than rows, the last is the total height. */
  readonly offsets: Float64Array;
  readonly indexes: ReadonlyMap<string, number>;
}

/** A place that survives changes of rows and heights: rows that were visible, each with its distance from the top edge. */
export interface Anchor {
  readonly rows: readonly { key: string; distance: number }[];
}

export function layOut<R extends { key: string }>(rows: readonly R[], height: (row: R) => number): Layout {
  const offsets = new Float64Array(rows.length + 1);
  const indexes = new Map<string, number>();
  const keys: string[] = new Array(rows.length);
  let at = 0;
  rows.forEach((row, index) => {
    keys[index] = row.key;
    indexes.set(row.key, index);
    at += height(row);
    offsets[index + 1] = at;
  });
  return { keys, offsets, indexes };
}

export const total = (layout: Layout): number => layout.offsets.at(-1) ?? 0;

/** Index of the row that covers `y`; the nearest one outside. */
export function rowAt(layout: Layout, y: number): number {
  let low = 0;
  let high = layout.keys.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((layout.offsets[middle] ?? 0) <= y) low = middle;
    else high = middle - 1;
  }
  return Math.max(0, low);
}

/** Rows to draw, `[start, end)`: those in view and `spare` pixels either side. */
export function visibleRange(layout: Layout, top: number, height: number, spare: number): [number, number] {
  if (layout.keys.length === 0) return [0, 0];
  return [rowAt(layout, top - spare), rowAt(layout, top + height + spare) + 1];
}

/** Remembers where `top` is. Rows `stable` denies (dividers, which come and go) are held on to only where nothing else is in view. */
export function anchorAt(layout: Layout, top: number, height: number, stable: (key: string) => boolean): Anchor {
  const [start, end] = visibleRange(layout, top, height, 0);
  const seen = layout.keys
    .slice(start, end)
    .map((key, index) => ({ key, distance: (layout.offsets[start + index] ?? 0) - top }));
  return { rows: [...seen.filter((row) => stable(row.key)), ...seen.filter((row) => !stable(row.key))] };
}

/** Where `top` must be so that the first remembered row that still exists stands where it stood. */
export function topOf(layout: Layout, anchor: Anchor): number | null {
  for (const { key, distance } of anchor.rows) {
    const index = layout.indexes.get(key);
    if (index !== undefined) return (layout.offsets[index] ?? 0) - distance;
  }
  return null;
}
