/**
 * A right-to-left pseudo-locale made from English: every word is turned around by bidi overrides, so that a text that
 * does not come from the catalogue stands out and the layout can be read mirrored by people who read English.
 */
import type { Text } from './text';

const RLO = '\u202e';
const PDF = '\u202c';

function turned(text: string): string {
  return text
    .split(/(\{\w+\})/)
    .map((piece) => (piece.startsWith('{') ? piece : piece.replace(/[^\s]+/g, (word) => `${RLO}${word}${PDF}`)))
    .join('');
}

export function pseudo<K extends string>(catalogue: Readonly<Record<K, Text>>): Record<K, Text> {
  const entries = Object.entries<Text>(catalogue).map(([key, text]) => [
    key,
    typeof text === 'string'
      ? turned(text)
      : Object.fromEntries(Object.entries(text).map(([form, words]) => [form, turned(words)])),
  ]);
  return Object.fromEntries(entries) as Record<K, Text>;
}
