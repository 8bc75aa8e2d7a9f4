/** Finding by name: every word of the query must begin a word of the text, or occur in the address. */
/** Without case and accents. */
export const fold = (text: string) =>
  text
    .normalize('NFKD')
    .replace(/[\p{M}\p{Cf}]/gu, '')
    .toLowerCase()
    .replaceAll('ß', 'ss');

export function matches(query: string, name: string, address = ''): boolean {
  const words = fold(query).split(/\s+/).filter(Boolean);
  const inName = fold(name).split(/[\s.,_\-@/]+/);
  const whole = fold(name);
  const folded = fold(address);
  return words.every(
    (word) => inName.some((part) => part.startsWith(word)) || whole.includes(word) || folded.includes(word),
  );
}
