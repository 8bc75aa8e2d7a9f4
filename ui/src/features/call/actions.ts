/** What the person does with calls. */
import type { Call, ConversationId, Showable } from '../../ipc/contract';
import type { Application } from '../../state/application.svelte';

const named = ({ account, id }: Call) => ({ account, id });

/** Calls somebody; the call comes by its view. */
export async function call(app: Application, { account, peer }: ConversationId, video: boolean): Promise<void> {
  await app.notices.watch(app.rpc('call.start', { account, peer, video }));
}

/** Takes a call; where it is talked, the conversation is at hand. */
export async function accept(app: Application, incoming: Call, video: boolean): Promise<void> {
  if (!(await app.notices.watch(app.rpc('call.accept', { ...named(incoming), video })))) return;
  await app.chat(incoming.account, incoming.peer);
  app.place.onStage = incoming.video;
}

export const decline = (app: Application, incoming: Call) =>
  app.notices.watch(app.rpc('call.decline', named(incoming)));

export const hangUp = (app: Application, current: Call) => app.notices.watch(app.rpc('call.hangUp', named(current)));

export const mute = (app: Application, current: Call, muted: boolean) =>
  app.notices.watch(app.rpc('call.mute', { ...named(current), muted }));

export const hold = (app: Application, current: Call, held: boolean) =>
  app.notices.watch(app.rpc('call.hold', { ...named(current), held }));

export const film = (app: Application, current: Call, on: boolean) =>
  app.notices.watch(app.rpc('call.camera', { ...named(current), on }));

export const share = (app: Application, current: Call, showable: Pick<Showable, 'id'>) =>
  app.notices.watch(app.rpc('call.share', { ...named(current), showable: showable.id }));

export const stopSharing = (app: Application, current: Call) =>
  app.notices.watch(app.rpc('call.stopSharing', named(current)));

export const dial = (app: Application, current: Call, tone: string) =>
  app.notices.watch(app.rpc('call.dial', { ...named(current), tone }));

export const dismiss = (app: Application, over: Call) => app.notices.watch(app.rpc('call.dismiss', named(over)));

/** Once more, as it was. */
export async function again(app: Application, over: Call): Promise<void> {
  await dismiss(app, over);
  await call(app, over, over.video);
}
