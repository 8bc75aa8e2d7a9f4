/** What is said beside a field: what it wants, and what is wrong with an answer. */
import { en } from '../../i18n/en';
import { longDate, mediumDate } from '../../i18n/dates';
import { locale, t, type Key } from '../../i18n/index.svelte';
import { sizeWords } from '../../i18n/sizes';
import type { Datatype, Field, FieldFault, FieldTrouble, FormColumn } from '../../ipc/contract';
import { isTrue } from './wire';

/** What a field or column is called. Those of old have but their names (XEP-0077 §13.4.1, XEP-0055 §4): we have words. */
export function labelWords({ label, var: name }: { label: string; var: string | null }): string {
  if (label.trim() !== '' && label !== name) return label;
  if (name === 'jid') return t('form.jid');
  const key = `register.field.${name ?? ''}`;
  if (key in en) return t(key as Key);
  return name || t('form.nameless');
}

/** A bound or a value as the person's locale writes it. */
export function valueWords(datatype: Datatype, value: string): string {
  if (datatype === 'whole' && /^[+-]?\d{1,15}$/.test(value))
    return new Intl.NumberFormat(locale()).format(Number(value));
  if (datatype === 'decimal' && /^[+-]?\d{1,12}(\.\d{1,9})?$/.test(value))
    return new Intl.NumberFormat(locale(), { maximumFractionDigits: 9 }).format(Number(value));
  if (datatype === 'date' && /^\d{4}-\d{2}-\d{2}$/.test(value)) return longDate(locale(), localDay(value));
  if (datatype === 'dateTime') {
    const at = Date.parse(value);
    if (!Number.isNaN(at))
      return new Intl.DateTimeFormat(locale(), { dateStyle: 'long', timeStyle: 'short' }).format(at);
  }
  if (datatype === 'time' && /^\d{2}:\d{2}:00$/.test(value)) return value.slice(0, 5);
  return value;
}

function localDay(value: string): number {
  const [year = 1970, month = 1, day = 1] = value.split('-').map(Number);
  return new Date(year, month - 1, day).getTime();
}

type RangeKind = 'number' | 'date' | 'time' | 'value';

function rangeKind(datatype: Datatype): RangeKind {
  if (datatype === 'whole' || datatype === 'decimal') return 'number';
  if (datatype === 'date') return 'date';
  return datatype === 'time' || datatype === 'dateTime' ? 'time' : 'value';
}

function range(min: string | null, max: string | null, datatype: Datatype): string | null {
  const kind = rangeKind(datatype);
  const words = (value: string) => valueWords(datatype, value);
  if (min !== null && max !== null) return t(`form.range.${kind}.between`, { min: words(min), max: words(max) });
  if (min !== null) return t(`form.range.${kind}.least`, { min: words(min) });
  return max === null ? null : t(`form.range.${kind}.most`, { max: words(max) });
}

/** What a field wants, before anything is wrong: its range, or how many. */
export function wanted(field: Field): string | null {
  const { least, most } = field;
  if (field.kind === 'listMulti' || field.kind === 'jidMulti') {
    if (least !== null && least > 0 && most !== null)
      return least === most
        ? t('form.count.exactly', { count: least })
        : t('form.count.between', { least, count: most });
    if (least !== null && least > 0) return t('form.count.least', { count: least });
    return most === null ? null : t('form.count.most', { count: most });
  }
  return range(field.min, field.max, field.datatype);
}

function required(field: Field): Key {
  if (field.kind === 'listSingle' || field.kind === 'boolean') return 'form.fault.required.one';
  if (field.kind === 'listMulti') return 'form.fault.required.some';
  if (field.kind === 'jidSingle' || field.kind === 'jidMulti') return 'form.fault.required.address';
  return 'form.fault.required.text';
}

function troubleWords(field: Field, trouble: FieldTrouble): string {
  switch (trouble.trouble) {
    case 'required':
      return t(required(field));
    case 'tooSmall':
      return range(trouble.min, field.max, field.datatype) ?? '';
    case 'tooLarge':
      return range(field.min, trouble.max, field.datatype) ?? '';
    case 'tooFew':
      return t('form.count.least', { count: trouble.min });
    case 'tooMany':
      return t('form.count.most', { count: trouble.max });
    case 'notANumber':
    case 'notAWholeNumber': {
      const within = range(field.min, field.max, field.datatype);
      const words = t(`form.fault.${trouble.trouble}`);
      return within === null ? words : `${words} ${within}`;
    }
    case 'notMatching':
      return field.desc ? t('form.fault.notMatching') : t('form.fault.notMatchingUnsaid');
    case 'tooLong':
      return t('form.fault.tooLong', { size: sizeWords(locale(), trouble.most) });
    case 'refused':
      return t('form.fault.refused', { text: trouble.text });
    default:
      return t(`form.fault.${trouble.trouble}`);
  }
}

/** Why an answer will not do, in words that say what will. */
export function faultWords(field: Field, fault: FieldFault, values: readonly string[]): string {
  const words = troubleWords(field, fault.trouble);
  if (fault.at === null) return words;
  if (field.kind === 'textMulti') return t('form.fault.line', { line: fault.at + 1, words });
  const value = values[fault.at];
  return field.kind === 'jidMulti' && value !== undefined ? t('form.fault.of', { value, words }) : words;
}

/** A cell of a table. */
export function cellWords(column: FormColumn, cell: string): string {
  if (cell === '') return '';
  if (column.kind === 'boolean' || column.datatype === 'boolean')
    return isTrue([cell.trim()]) ? t('form.yes') : t('form.no');
  if (column.datatype === 'date' && /^\d{4}-\d{2}-\d{2}$/.test(cell)) return mediumDate(locale(), localDay(cell));
  return column.datatype === 'text' ? cell : valueWords(column.datatype, cell);
}
