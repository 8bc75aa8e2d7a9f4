/** How many modal dialogs are open, so that what would open another of itself can wait. */
let open = $state(0);

export const openDialogs = () => open;

/** To be called by a dialog when it opens. Answers what it calls when it is gone. */
export function dialogOpened(): () => void {
  open += 1;
  return () => {
    open -= 1;
  };
}
