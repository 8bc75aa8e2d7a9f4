/** Puts a list below what opened it, or above where there is more room; in the top layer, so that nothing cuts it off. */
const GAP = 4;

export function placeBelow(list: HTMLElement, anchor: Element): void {
  const box = anchor.getBoundingClientRect();
  const below = innerHeight - box.bottom - GAP * 2;
  const above = box.top - GAP * 2;
  const up = below < 160 && above > below;
  list.style.inlineSize = `${box.width}px`;
  list.style.left = `${Math.max(GAP, Math.min(box.left, innerWidth - box.width - GAP))}px`;
  list.style.maxBlockSize = `${Math.max(96, Math.min(320, up ? above : below))}px`;
  list.style.top = up ? 'auto' : `${box.bottom + GAP}px`;
  list.style.bottom = up ? `${innerHeight - box.top + GAP}px` : 'auto';
}

/** To be attached to the list: it follows what it hangs on. */
export const hangingOn = (anchor: () => Element | undefined) => (list: HTMLElement) => {
  // Absent in jsdom only.
  if (typeof list.showPopover === 'function') list.showPopover();
  const place = () => {
    const element = anchor();
    if (element) placeBelow(list, element);
  };
  place();
  addEventListener('scroll', place, { capture: true, passive: true });
  addEventListener('resize', place);
  return () => {
    removeEventListener('scroll', place, { capture: true });
    removeEventListener('resize', place);
  };
};
