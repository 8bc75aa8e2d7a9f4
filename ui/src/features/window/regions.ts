/** The parts of the window F6 walks through, in reading order. Each marks itself with `data-region`. */
import { entryIn, isVisible } from '../../components/focus';

const regions = () => [...document.querySelectorAll<HTMLElement>('[data-region]')].filter(isVisible);

export function nextRegion(by: 1 | -1): void {
  const all = regions();
  if (all.length === 0) return;
  // The innermost region that holds the focus is the one we are in.
  const at = all.findLastIndex((region) => region.contains(document.activeElement));
  for (let step = 1; step <= all.length; step++) {
    const region = all[(at + by * step + all.length * 2) % all.length];
    if (region && enter(region)) return;
  }
}

/** Moves the focus into the part of that name. Answers whether there was something to focus. */
export const enterRegion = (name: string): boolean =>
  regions().some((region) => region.dataset['region'] === name && enter(region));

function enter(region: HTMLElement): boolean {
  const inner = [...region.querySelectorAll<HTMLElement>('[data-region]')];
  const target = entryIn(region, (element) => inner.some((nested) => nested.contains(element)));
  target?.focus();
  return target !== undefined;
}
