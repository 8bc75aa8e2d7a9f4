/** The list of people as it is drawn: by group, within it by how available they are, then by name. Pure. */
import type { Contact, Show } from '../../ipc/contract';
import { matches } from '../search/match';

export type PeopleRow =
  | { key: string; kind: 'group'; name: string | null; count: number }
  | { key: string; kind: 'person'; contact: Contact };

const RANK: Record<Show, number> = { chat: 0, online: 0, away: 1, dnd: 1, xa: 2, offline: 3 };

export function peopleRows(contacts: Iterable<Contact>, query: string, locale: string): PeopleRow[] {
  const collator = new Intl.Collator(locale, { sensitivity: 'base' });
  const groups = new Map<string | null, Contact[]>();
  for (const contact of contacts) {
    if (query !== '' && !matches(query, contact.name, contact.jid)) continue;
    // In several groups means shown in each, as everywhere else.
    const names: (string | null)[] = contact.groups.length > 0 ? contact.groups : [null];
    for (const name of new Set(names)) {
      const list = groups.get(name);
      if (list) list.push(contact);
      else groups.set(name, [contact]);
    }
  }
  // Those without a group come last.
  const order = [...groups.keys()].sort((a, b) => (a === null ? 1 : b === null ? -1 : collator.compare(a, b)));
  return order.flatMap((name): PeopleRow[] => {
    const list = groups.get(name) ?? [];
    list.sort((a, b) => RANK[a.presence.show] - RANK[b.presence.show] || collator.compare(a.name, b.name));
    return [
      { key: `g:${name ?? ''}:${name === null}`, kind: 'group', name, count: list.length },
      ...list.map((contact): PeopleRow => ({ key: `p:${name ?? ''}:${contact.id}`, kind: 'person', contact })),
    ];
  });
}

export function knownGroups(contacts: Iterable<Contact>, locale: string): string[] {
  const names = new Set<string>();
  for (const contact of contacts) for (const group of contact.groups) names.add(group);
  return [...names].sort(new Intl.Collator(locale, { sensitivity: 'base' }).compare);
}
