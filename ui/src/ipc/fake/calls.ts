/** Calls in the fake: whoever is called takes it after a while. */
import type { Call } from '../contract';
import type { World } from './world';

export function fakeCall(world: World, account: string, peer: string, part: Partial<Call> = {}): Call {
  const { name, hue, avatar } = world.blank(account, peer);
  return {
    id: `call-${world.calls.size + 1}`,
    order: world.now,
    account,
    peer,
    name,
    hue,
    avatar,
    outgoing: true,
    video: false,
    phase: { phase: 'calling', reached: false },
    ours: { muted: false, camera: false, screen: false, listeningOnly: false, changedDevice: false },
    theirs: { muted: false, camera: false, screen: false, holding: false },
    quality: null,
    stranger: false,
    ...part,
  };
}

export function changeCall(world: World, id: string, part: Partial<Call>): void {
  const old = world.calls.get(id);
  if (!old) return;
  const next = { ...old, ...part };
  world.calls.set(id, next);
  world.views.calls.delta([next]);
}

export function dropCall(world: World, id: string): null {
  if (world.calls.delete(id)) world.views.calls.delta([], [id]);
  return null;
}

/** Somebody calls. */
export function ringHere(world: World, account: string, peer: string, part: Partial<Call> = {}): Call {
  const call = fakeCall(world, account, peer, { outgoing: false, phase: { phase: 'ringing' }, ...part });
  world.calls.set(call.id, call);
  world.views.calls.delta([call]);
  return call;
}

/** We call somebody. */
export function ringThere(world: World, account: string, peer: string, video: boolean): string {
  const call = fakeCall(world, account, peer, { video });
  world.calls.set(call.id, call);
  world.views.calls.delta([call]);
  const steps: [number, Partial<Call>][] = [
    [300, { phase: { phase: 'calling', reached: true } }],
    [1500, { phase: { phase: 'connecting' } }],
  ];
  for (const [after, part] of steps) setTimeout(() => changeCall(world, call.id, part), after);
  setTimeout(() => changeCall(world, call.id, talking()), 2000);
  return call.id;
}

/** A call that is on. */
export const talking = (): Partial<Call> => ({
  phase: { phase: 'active', since: Date.now(), interrupted: false },
  quality: {
    verdict: 'good',
    lostHere: 0,
    lostThere: 0.4,
    roundTrip: 38,
    heldBack: 40,
    received: 42,
    sent: 41,
    relayed: false,
  },
});
