/** The letter an avatar without a picture shows: the first grapheme that is a letter or digit, so combining marks stay whole. */
const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

export function initial(name: string): string {
  let first = '';
  for (const { segment } of segmenter.segment(name)) {
    if (/[\p{L}\p{N}]/u.test(segment)) return segment.toLocaleUpperCase();
    if (first === '' && /\p{Extended_Pictographic}/u.test(segment)) first = segment;
  }
  return first || '·';
}
