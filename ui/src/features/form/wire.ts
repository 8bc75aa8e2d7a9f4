/** Answers as people type them and as the service is told them. Pure. */
import type { Answer, Datatype, Field, Form } from '../../ipc/contract';
import type { FormDraft } from '../../state/forms.svelte';

const separators = new Map<string, { group: string; decimal: string }>();

function separatorsOf(locale: string): { group: string; decimal: string } {
  let found = separators.get(locale);
  if (!found) {
    const parts = new Intl.NumberFormat(locale).formatToParts(12345.6);
    const part = (type: string) => parts.find((item) => item.type === type)?.value ?? '';
    found = { group: part('group'), decimal: part('decimal') };
    separators.set(locale, found);
  }
  return found;
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** `12 000`, and `12.000` or `1,5` where the locale writes so: as the wire wants it. What is no such number stays as it is. */
export function wireNumber(text: string, locale: string, whole: boolean): string {
  const { group, decimal } = separatorsOf(locale);
  const tidy = text
    .trim()
    .replace(/−/g, '-')
    .replace(/(?<=\d)[\s\u00a0\u202f'’](?=\d{3}(?!\d))/g, '');
  // In the wire's own form already. A whole number with a point is one with groups, where groups are written so.
  if (/^[+-]?\d+$/.test(tidy) || (!whole && /^[+-]?\d*\.\d+$/.test(tidy))) return tidy;
  const grouped = new RegExp(`^([+-]?)(\\d{1,3}(?:${escaped(group)}\\d{3})+|\\d+)(?:${escaped(decimal)}(\\d+))?$`).exec(
    tidy,
  );
  if (!grouped || (whole && grouped[3] !== undefined)) return text.trim();
  const [, sign = '', digits = '', fraction] = grouped;
  return `${sign}${digits.replaceAll(group, '')}${fraction === undefined ? '' : `.${fraction}`}`;
}

const pad = (number: number, length = 2) => String(number).padStart(length, '0');

/** What an input of the platform can hold of a value; null where it cannot without losing something. */
export function toInput(datatype: Datatype, wire: string): string | null {
  if (wire === '') return '';
  if (datatype === 'date') return /^\d{4}-\d{2}-\d{2}$/.test(wire) ? wire : null;
  if (datatype === 'time') return /^\d{2}:\d{2}(:\d{2})?$/.test(wire) ? wire : null;
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?$/.test(wire)) return null;
  const at = new Date(wire);
  if (Number.isNaN(at.getTime()) || at.getMilliseconds() !== 0 || at.getFullYear() < 1000) return null;
  const day = `${pad(at.getFullYear(), 4)}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
  const seconds = at.getSeconds() === 0 ? '' : `:${pad(at.getSeconds())}`;
  return `${day}T${pad(at.getHours())}:${pad(at.getMinutes())}${seconds}`;
}

/** The wire's form (XEP-0082): times with seconds, and moments in UTC. */
export function fromInput(datatype: Datatype, text: string): string {
  if (datatype === 'date' || text === '') return text;
  if (datatype === 'time') return /^\d{2}:\d{2}$/.test(text) ? `${text}:00` : text;
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? text : at.toISOString().replace(/\.000Z$/, 'Z');
}

export const isTrue = (values: readonly string[]) => values[0] === '1' || values[0] === 'true';

/** What is handed in for a field. */
export function wireValues(field: Field, values: readonly string[], locale: string): string[] {
  if (field.kind === 'boolean') return [isTrue(values) ? '1' : '0'];
  const typed = field.kind === 'textSingle' && (field.datatype === 'whole' || field.datatype === 'decimal');
  if (typed)
    return values.map((value) => wireNumber(value, locale, field.datatype === 'whole')).filter((v) => v !== '');
  if (field.kind === 'textMulti') return values.every((line) => line === '') ? [] : [...values];
  return values.filter((value) => value !== '');
}

/** The answers to these fields. A switch that was never pressed says no: that is what is seen. */
export function answersOf(fields: readonly Field[], draft: FormDraft, locale: string): Answer[] {
  return fields
    .filter(({ asked }) => asked)
    .map((field) => ({ field: field.id, values: wireValues(field, draft.values(field), locale) }));
}

export const askedIn = (form: Form) => form.fields.filter(({ asked }) => asked);
