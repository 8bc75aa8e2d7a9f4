/** What stands on a page of a form, flat: which fields, and how deep. Pure. */
import type { Field, FieldFault, Form, FormPage, FormPart } from '../../ipc/contract';
import { matches } from '../search/match';

export function fieldIds(parts: readonly FormPart[]): number[] {
  return parts.flatMap((part) =>
    part.part === 'field' ? [part.field] : part.part === 'section' ? fieldIds(part.parts) : [],
  );
}

export function fieldsOn(form: Form, page: FormPage | undefined): Field[] {
  const ids = new Set(fieldIds(page?.parts ?? []));
  return form.fields.filter(({ id }) => ids.has(id));
}

/** The first page with something wrong, the one that is shown before others. */
export function faultyPage(form: Form, faults: readonly Pick<FieldFault, 'field'>[], shown: number): number | null {
  const wrong = new Set(faults.map(({ field }) => field));
  const faulty = form.pages.flatMap((page, index) => (fieldIds(page.parts).some((id) => wrong.has(id)) ? [index] : []));
  return faulty.includes(shown) ? shown : (faulty[0] ?? null);
}

/** The parts that hold these fields; a page without anything else is left out. */
export function only(parts: readonly FormPart[], fields: ReadonlySet<number>): FormPart[] {
  return parts.flatMap((part): FormPart[] => {
    if (part.part === 'field') return fields.has(part.field) ? [part] : [];
    if (part.part !== 'section') return [];
    const inner = only(part.parts, fields);
    return inner.length > 0 ? [{ ...part, parts: inner }] : [];
  });
}

/** The first so many fields, with all that stands before and between them. */
export function begun(parts: readonly FormPart[], most: number): FormPart[] {
  let left = most;
  const take = (list: readonly FormPart[]): FormPart[] => {
    const taken: FormPart[] = [];
    for (const part of list) {
      if (left <= 0) break;
      if (part.part === 'field') left -= 1;
      taken.push(part.part === 'section' ? { ...part, parts: take(part.parts) } : part);
    }
    return taken;
  };
  return take(parts);
}

export const found = (fields: readonly Field[], query: string): Set<number> =>
  new Set(
    fields
      .filter(({ label, desc, var: name }) => matches(query, `${label} ${desc ?? ''}`, name ?? ''))
      .map(({ id }) => id),
  );
