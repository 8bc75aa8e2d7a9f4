// A file on its way to an account, and what came of it in words.
import { t } from '../../i18n/index.svelte';
import type { Imported } from '../../ipc/contract';

/** Bytes that go over the border at once. */
const PART = 512 * 1024;

interface Part {
  text: string;
  first: boolean;
  last: boolean;
  /** How much of the file has gone with it, of 1. */
  share: number;
}

/** The file in parts; no character is torn apart. An empty file is one empty part. */
export async function* partsOf(file: Blob): AsyncGenerator<Part> {
  const decoder = new TextDecoder('utf-8', { fatal: false });
  for (let begin = 0; ; begin += PART) {
    const end = Math.min(begin + PART, file.size);
    const last = end === file.size;
    const bytes = await file.slice(begin, end).arrayBuffer();
    yield {
      text: decoder.decode(bytes, { stream: !last }),
      first: begin === 0,
      last,
      share: file.size === 0 ? 1 : end / file.size,
    };
    if (last) return;
  }
}

/** What was taken over, the most important first. */
export function importedWords(told: Imported, own: string): string[] {
  if (told.failure && told.contacts + told.messages + told.known + told.leftOut === 0)
    return [t('data.importedNothing')];
  const words = [
    t(told.failure ? 'data.importedSome' : 'data.imported', { contacts: told.contacts, messages: told.messages }),
  ];
  if (told.from !== null && told.from !== own) words.push(t('data.importedFrom', { address: told.from }));
  if (told.contacts > 0) words.push(t('data.importedAsked'));
  if (told.blocked > 0) words.push(t('data.importedBlocked', { count: told.blocked }));
  if (told.known > 0) words.push(t('data.importedKnown', { count: told.known }));
  if (told.leftOut > 0) words.push(t('data.importedLeftOut', { count: told.leftOut }));
  return words;
}
