/** Where passwords are kept: in the keyring, or where none answers, in a file if the person wants that. */
import type { Application } from '../../state/application.svelte';

/** There is a place for passwords that outlives Waxwing. */
export const canRemember = (app: Application): boolean => (app.info?.passwords ?? 'nowhere') !== 'nowhere';

/** Stores the choice, and asks anew where passwords are kept now. */
export async function keepPasswordsInFile(app: Application, passwordFile: boolean): Promise<void> {
  await app.change({ passwordFile });
  await app.notices.watch(app.rpc('app.info', {}).then((info) => (app.info = info)));
}
