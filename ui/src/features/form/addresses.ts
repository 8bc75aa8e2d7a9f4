/** Addresses as they are typed and pasted. Pure. */
import type { Contact } from '../../ipc/contract';
import { tidyAddress } from '../account/address';
import { matches } from '../search/match';
import type { Suggestion } from './Completion.svelte';

/** Several at once: as they stand in a list, a mail or a table. Names before `<…>` are left out. */
export function addressesIn(text: string): string[] {
  const found = text
    .split(/[\s,;]+/)
    .map((piece) => tidyAddress(piece.replace(/^[<"'(]+|[>"')]+$/g, '')))
    .filter((piece) => piece !== '');
  const addresses = found.filter((piece) => piece.includes('@') || piece.includes('.'));
  return [...new Set(addresses.length > 0 ? addresses : found)];
}

/** People one knows whose name or address fits, each address once. */
export function known(contacts: Iterable<Contact>, account: string | null, text: string, without: readonly string[]) {
  const fitting = new Map<string, Suggestion>();
  if (text.trim() === '') return [];
  for (const contact of contacts) {
    if (account !== null && contact.account !== account) continue;
    if (without.includes(contact.jid) || fitting.has(contact.jid)) continue;
    if (!matches(text, contact.name, contact.jid)) continue;
    fitting.set(contact.jid, { key: contact.jid, label: contact.name, detail: contact.jid });
    if (fitting.size === 8) break;
  }
  return [...fitting.values()];
}
