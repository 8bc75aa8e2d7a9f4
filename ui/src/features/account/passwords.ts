/** Where passwords are kept: in the keyring, or where none answers, in a file if the person wants that. */
import type { Application } from '../../state/application.svelte';

/** There is a place for passwords that outlives Waxwing. */
export const canRemember = (app: Application): boolean => (app.info?.passwords ?? 'nowhere') !== 'nowhere';

/** A file is the person's choice where no keyring answers; one named at the start is not theirs to change here. */
export function mayChooseFile(app: Application): boolean {
  const store = app.info?.passwords ?? 'nowhere';
  return store === 'nowhere' || store === 'refused' || store === 'file';
}

/** Stores the choice, and asks anew where passwords are kept now. */
export async function keepPasswordsInFile(app: Application, passwordFile: boolean): Promise<void> {
  await app.change({ passwordFile });
  await app.notices.watch(app.askInfo());
}
