/** What the person does with files. */
import type { File, FileId } from '../../ipc/contract';
import type { Application } from '../../state/application.svelte';

const named = ({ account, id }: FileId) => ({ account, id });

/** It comes, or came, from somebody who has to be there: it does not lie anywhere. */
export const isFromHand = ({ way }: File, outgoing: boolean) => !outgoing && way !== null && way !== 'upload';

/** Gets one, takes it, tries again, or goes on. */
export const start = (app: Application, file: FileId) => app.notices.watch(app.rpc('file.start', named(file)));

export const pause = (app: Application, file: FileId) => app.notices.watch(app.rpc('file.pause', named(file)));

export const cancel = (app: Application, file: FileId) => app.notices.watch(app.rpc('file.cancel', named(file)));

export const open = (app: Application, file: FileId) => app.notices.watch(app.rpc('file.open', named(file)));

export const show = (app: Application, file: FileId) => app.notices.watch(app.rpc('file.show', named(file)));

/** Puts a copy where the person says, and tells where that is. */
export async function save(app: Application, file: FileId): Promise<void> {
  await app.notices.watch(
    app.rpc('file.save', named(file)).then(({ path }) => {
      if (path !== null) app.notices.tell({ about: 'saved', address: path });
    }),
  );
}
