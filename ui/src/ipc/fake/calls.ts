/** Calls in the fake: whoever is called takes it after a while. */
import type { Call } from '../contract';
import type { Answers } from './answers';
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
    ours: { muted: false, holding: false, camera: false, screen: false, listeningOnly: false, changedDevice: false },
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
    concealed: 0,
    frozen: 0,
    received: 42,
    sent: 41,
    relayed: false,
  },
});

/** Changes what we do in a call. */
function doInCall(world: World, id: string, part: Partial<Call['ours']>): null {
  const call = world.calls.get(id);
  if (call) changeCall(world, id, { ours: { ...call.ours, ...part } });
  return null;
}

export const callAnswers = {
  'call.start': (world, { account, peer, video }) => ({ account, id: ringThere(world, account, peer, video) }),
  'call.accept': (world, { id }) => {
    changeCall(world, id, { phase: { phase: 'active', since: Date.now(), interrupted: false } });
    return null;
  },
  'call.decline': (world, { id }) => dropCall(world, id),
  'call.hangUp': (world, { id }) => dropCall(world, id),
  'call.dismiss': (world, { id }) => dropCall(world, id),
  'call.mute': (world, { id, muted }) => doInCall(world, id, { muted }),
  'call.hold': (world, { id, held }) => doInCall(world, id, { holding: held }),
  'call.dial': () => null,
  'call.camera': (world, { id, on }) => doInCall(world, id, { camera: on }),
  'call.share': (world, { id }) => doInCall(world, id, { screen: true }),
  'call.stopSharing': (world, { id }) => doInCall(world, id, { screen: false }),
  'call.showables': () => ({
    list: [
      { id: 'screen:1', title: 'DP-1', screen: true, asked: false, width: 1920, height: 1080, thumbnail: null },
      {
        id: 'window:7',
        title: 'Letters to the orchard',
        screen: false,
        asked: false,
        width: 800,
        height: 600,
        thumbnail: null,
      },
    ],
  }),
  'devices.list': () => ({
    microphones: [
      { id: 'built-in', name: 'Built-in Microphone', isDefault: true },
      { id: 'headset', name: 'Headset', isDefault: false },
    ],
    loudspeakers: [{ id: 'built-in', name: 'Built-in Speakers', isDefault: true }],
    cameras: [],
    silent: null,
  }),
  'devices.try': (world, { what }) => {
    if (what === 'nothing') world.views.trial.delta([], ['trial']);
    else world.views.trial.delta([{ id: 'trial', order: 0, step: 'playing', level: 0.4, left: 2000 }]);
    return null;
  },
} satisfies Partial<Answers>;
