const still = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

/** Brings what just appeared into view, where it appeared out of it. */
export function intoView(node: Element): void {
  requestAnimationFrame(() => {
    if (node.isConnected) node.scrollIntoView({ block: 'nearest', behavior: still() ? 'auto' : 'smooth' });
  });
}
