/** The parts of the window F6 walks through, in reading order. Each marks itself with `data-region`. */

const FOCUSABLE =
  'button:not(:disabled), input:not(:disabled), textarea:not(:disabled), select, summary, [tabindex="0"]';

const visible = (element: HTMLElement) => element.getClientRects().length > 0;

export function nextRegion(by: 1 | -1): void {
  const regions = [...document.querySelectorAll<HTMLElement>('[data-region]')].filter(visible);
  if (regions.length === 0) return;
  // The innermost region that holds the focus is the one we are in.
  const at = regions.findLastIndex((region) => region.contains(document.activeElement));
  for (let step = 1; step <= regions.length; step++) {
    const region = regions[(at + by * step + regions.length * 2) % regions.length];
    if (region && enter(region)) return;
  }
}

function enter(region: HTMLElement): boolean {
  const inner = [...region.querySelectorAll<HTMLElement>('[data-region]')];
  const candidates = [...region.querySelectorAll<HTMLElement>(FOCUSABLE)].filter(
    (element) => visible(element) && element.tabIndex >= 0 && !inner.some((nested) => nested.contains(element)),
  );
  const target =
    candidates.find((element) => element.matches('[data-region-entry], [aria-current="true"]')) ?? candidates[0];
  target?.focus();
  return target !== undefined;
}
