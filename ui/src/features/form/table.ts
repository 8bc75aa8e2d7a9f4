/** Tables of what was found: their order, and their text for other programs. Pure. */
import type { FormColumn, FormRow, FormTable } from '../../ipc/contract';

export interface Order {
  column: number;
  falling: boolean;
}

/** What a column sorts by; null stands behind everything else. */
function keyOf(column: FormColumn, cell: string): number | string | null {
  const text = cell.trim();
  if (text === '') return null;
  if (column.kind === 'boolean' || column.datatype === 'boolean') return text === '1' || text === 'true' ? 1 : 0;
  if (column.datatype === 'whole' || column.datatype === 'decimal') {
    const number = Number(text);
    return Number.isNaN(number) ? text : number;
  }
  if (column.datatype === 'dateTime' || column.datatype === 'date') {
    const at = Date.parse(text);
    return Number.isNaN(at) ? text : at;
  }
  return text;
}

/** Rows in order, each as its place in the table; as they came where there is none. */
export function sorted(table: FormTable, order: Order | null, locale: string): number[] {
  const places = table.rows.map((_, index) => index);
  const column = order && table.columns[order.column];
  if (!order || !column) return places;
  const collator = new Intl.Collator(locale, { numeric: true, sensitivity: 'base' });
  const keys = table.rows.map((row) => keyOf(column, row.cells[order.column] ?? ''));
  const sign = order.falling ? -1 : 1;
  return places.sort((a, b) => {
    const one = keys[a] ?? null;
    const other = keys[b] ?? null;
    if (one === null || other === null) return one === other ? a - b : one === null ? 1 : -1;
    if (typeof one === 'number' && typeof other === 'number') return sign * (one - other) || a - b;
    // What is no number in a column of numbers stands behind them.
    if (typeof one !== typeof other) return typeof one === 'number' ? -1 : 1;
    return sign * collator.compare(String(one), String(other)) || a - b;
  });
}

const flat = (cell: string) => cell.replace(/\s*[\t\r\n]+\s*/g, ', ').trim();

export const rowText = (row: FormRow) => row.cells.map(flat).join('\t');

/** With its headings, as spreadsheets take it. */
export const tableText = (table: FormTable, places: readonly number[]) =>
  [
    table.columns.map(({ label, var: name }) => flat(label || name)).join('\t'),
    ...places.map((place) => rowText(table.rows[place] ?? { cells: [] })),
  ].join('\n');

/** Dates are written out. */
const WRITTEN: Partial<Record<FormColumn['datatype'], number>> = { date: 14, dateTime: 24 };

/** How much room each column wants, by what is in the first rows, within reason. In letters. */
export function widths(table: FormTable): number[] {
  const sample = table.rows.slice(0, 200);
  return table.columns.map(({ label, datatype }, index) => {
    const lengths = sample.map(({ cells }) => Math.min(40, (cells[index] ?? '').length)).sort((a, b) => a - b);
    const usual = lengths[Math.floor(lengths.length * 0.9)] ?? 0;
    return Math.max(6, Math.min(40, Math.max(usual, WRITTEN[datatype] ?? 0, label.length + 3)));
  });
}

/** Where the addresses stand, and what their people are called; null where there are none. */
export function addressColumn(table: FormTable): number | null {
  const at = table.columns.findIndex(({ kind, var: name }) => kind === 'jidSingle' || name.toLowerCase() === 'jid');
  return at < 0 ? null : at;
}

/** A person's name in a directory's answer, where it tells one. */
export function nameIn(table: FormTable, row: FormRow): string {
  const cell = (pattern: RegExp) =>
    row.cells[table.columns.findIndex(({ var: name }) => pattern.test(name))]?.trim() ?? '';
  const whole = cell(/^(fn|name|full_?name)$/i);
  if (whole !== '') return whole;
  const parts = [cell(/^(first|given)/i), cell(/^(last|family)/i)].filter(Boolean).join(' ');
  return parts !== '' ? parts : cell(/^nick/i);
}
