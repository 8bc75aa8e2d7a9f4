/**
 * Makes something that holds state, outside whatever asks for it. What a derived value or an effect makes itself it does not
 * follow: it would never hear of a change.
 */
export function apart<T>(make: () => T): T {
  let made: { value: T } | undefined;
  const end = $effect.root(() => {
    made = { value: make() };
  });
  end();
  return (made ?? { value: make() }).value;
}
