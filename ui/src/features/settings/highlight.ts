/** Marks the words of a search where they stand on the page, in webviews that can: no element is touched for it. */
import { fold } from '../search/match';

const NAME = 'found';

/** The text as it is searched, and for each of its units the place in the original. */
function folded(text: string): { text: string; places: number[] } {
  let all = '';
  const places: number[] = [];
  let at = 0;
  for (const character of text) {
    const piece = fold(character);
    for (let unit = 0; unit < piece.length; unit++) places.push(at);
    all += piece;
    at += character.length;
  }
  places.push(at);
  return { text: all, places };
}

/** Where the words of `query` stand in `text`, as `[start, end)`. */
export function occurrences(text: string, query: string): [number, number][] {
  const { text: searched, places } = folded(text);
  const found: [number, number][] = [];
  for (const word of fold(query).split(/\s+/).filter(Boolean))
    for (let at = searched.indexOf(word); at >= 0; at = searched.indexOf(word, at + word.length))
      found.push([places[at] ?? 0, places[at + word.length] ?? text.length]);
  return found;
}

/** Answers what takes the marks away. */
export function highlight(root: Element, query: string): () => void {
  if (query === '' || !('highlights' in CSS)) return () => undefined;
  const ranges: Range[] = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (node.parentElement?.closest('[hidden], pre, [role=status]')) continue;
    for (const [start, end] of occurrences(node.textContent ?? '', query)) {
      const range = new Range();
      range.setStart(node, start);
      range.setEnd(node, end);
      ranges.push(range);
    }
  }
  CSS.highlights.set(NAME, new Highlight(...ranges));
  return () => CSS.highlights.delete(NAME);
}
