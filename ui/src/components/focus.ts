/**
 * The focus is never lost: when what holds it is taken away (a row, a panel, a dialog), it goes to the nearest thing that
 * stood around it. A browser would leave it nowhere, and whoever uses the keyboard at the beginning of the page.
 */

// A link within the page (the one that skips to its main part) leads somewhere and is no place to be.
const FOCUSABLE =
  'button:not(:disabled), input:not(:disabled), textarea:not(:disabled), select:not(:disabled), summary, a[href]:not([href^="#"]), [tabindex]';

/** Where a part is entered: at what is chosen in it, else where it says, else at the one row of a list Tab reaches. */
const ENTRIES = ['[aria-current="true"]', '[data-region-entry]', '[data-row] [tabindex="0"]'];

export const isVisible = (element: HTMLElement) => element.checkVisibility({ visibilityProperty: true });

/** What is to be focused on coming into a part; `skip` says what does not count. */
export function entryIn(root: HTMLElement, skip: (element: HTMLElement) => boolean = () => false) {
  const candidates = [...root.querySelectorAll<HTMLElement>(FOCUSABLE)].filter(
    (element) => element.tabIndex >= 0 && isVisible(element) && !skip(element),
  );
  return ENTRIES.map((entry) => candidates.find((element) => element.matches(entry))).find(Boolean) ?? candidates[0];
}

/** An element with all that is around it, as long as that is known: once it is taken away it stands nowhere. */
type Trail = readonly HTMLElement[];

function trailOf(element: Element | null): Trail {
  const trail: HTMLElement[] = [];
  for (let at = element; at && at !== document.body; at = at.parentElement)
    if (at instanceof HTMLElement) trail.push(at);
  return trail;
}

function focusNear(trail: Trail): void {
  for (const element of trail) {
    if (!element.isConnected || !isVisible(element)) continue;
    // The page itself takes the focus only where it is asked for by name.
    const target = element.matches(FOCUSABLE) && !element.matches('main') ? element : entryIn(element);
    if (!target) continue;
    target.focus({ preventScroll: true });
    if (document.activeElement === target) return;
  }
}

const isNowhere = () => !document.activeElement || document.activeElement === document.body;

/** Remembers where the focus is. Answers what brings it back there, or near it where that is gone. */
export function rememberFocus(): () => void {
  const trail = trailOf(document.activeElement);
  return () => focusNear(trail);
}

/** Watches over the focus of the whole document. Answers what ends that. */
export function keepFocus(): () => void {
  let trail: Trail = [];
  const remember = (event: FocusEvent) => {
    if (event.target instanceof Element) trail = trailOf(event.target);
  };
  const observer = new MutationObserver(() => {
    if (trail[0]?.isConnected === false && isNowhere()) focusNear(trail);
  });
  document.addEventListener('focusin', remember);
  observer.observe(document.body, { childList: true, subtree: true });
  return () => {
    document.removeEventListener('focusin', remember);
    observer.disconnect();
  };
}
